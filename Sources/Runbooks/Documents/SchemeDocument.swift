package import Webhooks

/// A signature scheme of the installation's own, in the language of docs/spec/webhook-schemes.md.
package struct SchemeDocument: Equatable, Sendable {
  /// The name under which endpoints use it.
  package var id: String
  package var notes: String
  /// Codes of warnings that its author has read and accepts.
  package var acceptedWarnings: [String]
  /// Whether it stands in the place of the scheme of that name that comes with the program.
  package var replacesBuiltIn: Bool
  package var definition: SchemeDefinition

  package init(
    id: String, notes: String = "", acceptedWarnings: [String] = [], replacesBuiltIn: Bool = false,
    definition: SchemeDefinition
  ) {
    self.id = id
    self.notes = notes
    self.acceptedWarnings = acceptedWarnings
    self.replacesBuiltIn = replacesBuiltIn
    self.definition = definition
  }

  /// The scheme, a recipe with its settings filled in.
  package var scheme: SignatureScheme? { definition.scheme(named: id) }

  /// Warnings that nobody has accepted. While there is one, no endpoint may use the scheme.
  package var unconfirmed: [SchemeWarning] {
    (scheme?.warnings ?? []).filter { !acceptedWarnings.contains($0.code) }
  }

  /// Definitions are equal when they are written alike.
  package static func == (left: SchemeDocument, right: SchemeDocument) -> Bool {
    left.canonicalJSON == right.canonicalJSON
  }
}
