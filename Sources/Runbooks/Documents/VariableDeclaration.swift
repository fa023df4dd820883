package import Labels

/// A variable of a runbook, declared once (R14, R22).
package struct VariableDeclaration: Equatable, Sendable {
  package var name: String
  /// `nil`: whatever the value is.
  package var type: ValueType?
  /// What it holds when nothing else sets it.
  package var initialValue: InitialValue
  /// R22: sealed, hidden, and what uses it loses headers and body in the log.
  package var encrypt: Bool
  /// Hosts that an encrypted value may be sent to; `nil`: pinned when the runbook is granted.
  package var hosts: [String]?
  /// Where its value is taken from at the start of a run.
  package var from: VariableExpression?
  /// Applied to every value that is set, in order; no match keeps the value.
  package var valueMappings: [ValueMapping]
  /// Keep the last value for the next run.
  package var persist: Bool
  /// Whether a runbook that starts this one may set it in the place of its initial value.
  package var isInput: Bool
  package var vendor: VendorExtras

  package init(
    name: String, type: ValueType? = nil, initialValue: InitialValue = .none, encrypt: Bool = false,
    hosts: [String]? = nil, from: VariableExpression? = nil, valueMappings: [ValueMapping] = [],
    persist: Bool = false, isInput: Bool = false, vendor: VendorExtras = VendorExtras()
  ) {
    self.name = name
    self.type = type
    self.initialValue = initialValue
    self.encrypt = encrypt
    self.hosts = hosts
    self.from = from
    self.valueMappings = valueMappings
    self.persist = persist
    self.isInput = isInput
    self.vendor = vendor
  }
}

/// What a variable holds at the start of a run.
package enum InitialValue: Equatable, Sendable {
  /// No value: use before it is set is `unresolved`.
  case none
  /// One JSON value, in the text of the document.
  case json(String)
  /// A field of the key/value store, which must be granted.
  case secret(SecretReference)
  /// Sealed in the service: entered by `chancery set RUNBOOK variable NAME`.
  case sealed

  /// The field to read, where the value is one.
  package var secretReference: SecretReference? {
    switch self {
    case .none, .json, .sealed: nil
    case .secret(let reference): reference
    }
  }
}

/// One row of a variable's value mappings: this text becomes that.
package struct ValueMapping: Equatable, Sendable {
  package var input: String
  package var output: String

  package init(input: String, output: String) {
    self.input = input
    self.output = output
  }
}
