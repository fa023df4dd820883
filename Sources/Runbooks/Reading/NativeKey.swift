/// What the value of a native key may be: for the editors' schema and the authors' page. The reader itself
/// checks more than a shape can say.
package indirect enum ValueShape: Equatable, Sendable {
  case text
  /// Any scalar, taken as text.
  case scalar
  case integer(ClosedRange<Int>)
  /// One of these numbers.
  case numbers([Int])
  /// A text of this form, a regular expression of JSON Schema.
  case pattern(String)
  case boolean
  /// `30s`
  case duration
  case choice([String])
  case anyJSON
  case object(NativeObject)
  case list(ValueShape)
  /// An object whose keys are the author's.
  case map(ValueShape)
  case oneOf([ValueShape])
}

/// What an object must have beside its required keys: exactly one of some.
package struct ChoiceOfKeys: Equatable, Sendable {
  package let keys: [String]
  /// The word that `type` must have for it; nil where it holds for every object.
  package let type: String?

  init(_ keys: [String], type: String? = nil) {
    self.keys = keys
    self.type = type
  }
}

/// One key of a native object.
package struct NativeKey: Equatable, Sendable {
  package let name: String
  package let shape: ValueShape
  package let isRequired: Bool
  /// One sentence for the editor.
  package let summary: String

  init(_ name: String, _ shape: ValueShape, required: Bool = false, _ summary: String) {
    self.name = name
    self.shape = shape
    self.isRequired = required
    self.summary = summary
  }
}

/// The kinds of object in a native document. Their keys are listed in one place, which the reader, the
/// schema and the authors' page are held against.
package enum NativeObject: String, Sendable, CaseIterable {
  case integration
  case authorization
  case clientCertificate = "client_certificate"
  case method
  case row
  case body
  case retry
  case signing
  case namedKey
  case runbook
  case start
  case publicStart
  case recipe
  case httpSignature
  case httpSignatureKey
  case credential
  case verification
  case variable
  case binding
  case valueMapping
  case failure
  case failureMail
  case failureWebhook
  case schedule
  case limits
  case step
  case edge
  case approval
  case condition
  case conditionRow
  case signatureKey
  case scheme
  case template
  case schemeDefinition
  case schemeAbout
  case schemeSignature
  case schemeSource
  case schemeKeyAddress
  case schemeExpectation
  case schemeKey
  case schemeTimestamp
  case schemeRecipe
  case dataSource
  case postgres

  /// What it must have one of; nil where there is no such choice.
  package var choice: ChoiceOfKeys? {
    switch self {
    case .body: ChoiceOfKeys(["json", "xml", "form", "text", "file"])
    case .binding: ChoiceOfKeys(["from", "object"])
    case .step: ChoiceOfKeys(StepReader.kindKeys)
    case .authorization: ChoiceOfKeys(["header", "query"], type: "api_key")
    default: nil
    }
  }

  /// The key of this name, compared byte for byte.
  package func key(named name: String) -> NativeKey? {
    keys.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
