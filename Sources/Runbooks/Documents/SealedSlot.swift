import Labels

/// The place of one value that lives sealed in the service, never in a document.
package enum SealedSlot: Hashable, Sendable {
  /// An encrypted row of a method (R19): bound to the method's URL.
  case row(integration: String, method: String, kind: RowKind, name: String)
  /// An encrypted variable of a runbook (R22).
  case variable(runbook: String, name: String)
  /// The credential of a runbook's public endpoint (R4): `password`, `key` or `secret`.
  case startCredential(runbook: String, name: String)
  /// A credential of an integration (R13): `token`, `password` or `key`.
  case integrationCredential(integration: String, field: String)

  /// The command that enters the value; it comes from standard input or a prompt.
  package var command: String { self.command(shared: []) }

  /// The same, with the kind before a name that would not say which is meant.
  ///
  /// - Parameter shared: what both a runbook and an integration is called, by id or name.
  package func command(shared: Set<String>) -> String {
    switch self {
    case .row(let integration, let method, let kind, let name):
      return "chancery set \(integration)/\(method) \(kind.rawValue) \(name)"
    case .variable(let runbook, let name): return "chancery set \(runbook) variable \(name)"
    case .startCredential(let runbook, let name):
      return "chancery set \(shared.contains(runbook) ? "runbook:" : "")\(runbook) auth \(name)"
    case .integrationCredential(let integration, let field):
      return "chancery set \(shared.contains(integration) ? "integration:" : "")\(integration) auth \(field)"
    }
  }
}

/// A value that stood in clear in a file where it belongs sealed. It has been taken out of the document;
/// whoever imports the document seals it at once, under `slot`.
package struct SealAtImport: Sendable, Masked {
  /// Where the value belongs.
  package let slot: SealedSlot
  /// The UTF-8 of the value. Of a row it is a template, which is rendered after opening; of a variable the
  /// characters of a string, or the JSON text of anything else; of a credential the characters.
  package let value: [UInt8]

  package init(slot: SealedSlot, value: [UInt8]) {
    self.slot = slot
    self.value = value
  }

  /// No value, no length.
  package var maskedText: String { "SealAtImport(masked)" }
}
