import Cryptography
import Destinations
import Encodings
import Keyring
import Labels
import RunEngine
import Runbooks
import Storage

/// Write-only values: how each kind is sealed when it is entered, and opened when it is used. Nothing here
/// gives one back to a person.
struct SealedValues: Sendable {
  let keyring: Keyring
  let rules: EgressRules

  /// Where a slot's row stands in the store. `methodID` gives the id of an integration's method.
  static func place(_ slot: SealedSlot, methodID: (String, String) -> String?) -> SealedPlace? {
    switch slot {
    case .row(let integration, let method, let kind, let name):
      methodID(integration, method).map {
        SealedPlace(owner: SealedOwner.method($0), kind: SealedPlace.Kind(kind), name: name)
      }
    case .variable(let runbook, let name):
      SealedPlace(owner: SealedOwner.runbook(runbook), kind: .variable, name: name)
    case .startCredential(let runbook, let name):
      SealedPlace(owner: SealedOwner.runbook(runbook), kind: .auth, name: name)
    case .integrationCredential(let integration, let field):
      SealedPlace(owner: SealedOwner.integration(integration), kind: .auth, name: field)
    }
  }

  // MARK: Sealing

  /// An encrypted row: bound to the method's URL as it is now. A text with `<<` is a template.
  func row(
    _ value: [UInt8], method: Method, of integration: IntegrationDocument, kind: RowKind, name: String,
    generation: UInt64, at now: Instant
  ) throws -> SealedRow {
    let template = try RequestBuilding.urlTemplate(method, of: integration, rules: rules)
    let place = ParameterPlace(
      methodID: method.id, kind: ParameterKind(kind), name: name, httpMethod: method.httpMethod.rawValue,
      trust: integration.trustSettings, generation: generation)
    let isTemplate = String(decoding: value, as: UTF8.self).contains("<<")
    let envelope = try BoundParameters(keyring).seal(
      value, as: isTemplate ? .template : .literal, at: place, template: template)
    return SealedRow(
      place: SealedPlace(owner: SealedOwner.method(method.id), kind: SealedPlace.Kind(kind), name: name),
      generation: generation, boundTo: RequestBuilding.binding(method, of: integration, template: template),
      updatedAt: now,
      value: envelope)
  }

  /// An encrypted variable: labelled as itself, for the hosts that its declaration names, else for those of
  /// the runbook's own methods as they are now.
  func variable(
    _ value: [UInt8], declaration: VariableDeclaration, runbookID: String, hosts: HostClearance, generation: UInt64,
    at now: Instant
  ) throws -> SealedRow {
    let label = Label(origin: .variable(name: declaration.name), rule: .removesRequest, hosts: hosts)
    let envelope = try SealDoor.seal(
      LabeledText(text: value, label: label), with: keyring,
      in: Self.variableContext(runbookID, declaration.name, generation))
    return SealedRow(
      place: SealedPlace(owner: SealedOwner.runbook(runbookID), kind: .variable, name: declaration.name),
      generation: generation, boundTo: "runbook \(runbookID)", updatedAt: now, value: envelope)
  }

  /// An integration's credential: for the integration's host alone, and the host that gives its tokens where there is one.
  func credential(
    _ value: [UInt8], field: String, of integration: IntegrationDocument, generation: UInt64, at now: Instant
  ) throws -> SealedRow {
    let base = try CanonicalURL(integration.baseURL, allowingPlainHTTP: { rules.allowsPlainHTTP($0) })
    let tokens = try TokenSettings(integration, rules: rules)
    let label = Label(
      origin: .credential(holder: integration.id, field: field), rule: .masked,
      hosts: tokens?.credentialHosts ?? HostClearance(only: [base.origin]))
    let envelope = try SealDoor.seal(
      LabeledText(text: value, label: label), with: keyring,
      in: Self.credentialContext("integration", integration.id, field, generation))
    let tokenHost = tokens.map { ", tokens of \($0.template.origin)" } ?? ""
    return SealedRow(
      place: SealedPlace(owner: SealedOwner.integration(integration.id), kind: .auth, name: field),
      generation: generation, boundTo: "\(base.origin)\(tokenHost)\(integration.trustBinding)", updatedAt: now,
      value: envelope)
  }

  /// Whether a credential was entered under the roots that its integration trusts now. Its hosts are in its label.
  static func isBound(_ row: SealedRow, to integration: IntegrationDocument) -> Bool {
    integration.trust.isEmpty
      ? !row.boundTo.contains(" trusting ") : row.boundTo.hasSuffix(integration.trustBinding)
  }

  /// A public endpoint's credential: used for verifying only, so it has no label and never enters a run.
  func startCredential(
    _ value: [UInt8], name: String, runbookID: String, generation: UInt64, at now: Instant
  ) throws -> SealedRow {
    let envelope = try keyring.seal(value, in: Self.credentialContext("runbook", runbookID, name, generation))
    return SealedRow(
      place: SealedPlace(owner: SealedOwner.runbook(runbookID), kind: .auth, name: name), generation: generation,
      boundTo: "runbook \(runbookID)", updatedAt: now, value: envelope)
  }

  // MARK: Opening

  func openVariable(_ row: SealedRow, runbookID: String) throws -> LabeledText {
    try SealDoor.open(
      try Self.value(of: row), with: keyring, in: Self.variableContext(runbookID, row.place.name, row.generation))
  }

  func openCredential(_ row: SealedRow, integrationID: String) throws -> LabeledText {
    try SealDoor.open(
      try Self.value(of: row), with: keyring,
      in: Self.credentialContext("integration", integrationID, row.place.name, row.generation))
  }

  func openStartCredential(_ row: SealedRow, runbookID: String) throws -> GuardedBytes {
    try keyring.openGuarded(
      try Self.value(of: row), in: Self.credentialContext("runbook", runbookID, row.place.name, row.generation))
  }

  private static func value(of row: SealedRow) throws -> Envelope {
    guard let value = row.value else {
      throw FailureReason.unresolved("\(row.place.name), whose value is gone and must be entered again")
    }
    return value
  }

  /// The context of a value of a runbook or an integration, from where it stands; nil for what stands nowhere.
  static func context(of place: SealedPlace, generation: UInt64) -> EnvelopeContext? {
    func id(_ prefix: String) -> String? {
      place.owner.hasPrefix(prefix) ? String(place.owner.dropFirst(prefix.count)) : nil
    }
    switch place.kind {
    case .variable: return id(SealedOwner.runbook("")).map { variableContext($0, place.name, generation) }
    case .auth:
      return id(SealedOwner.runbook("")).map { credentialContext("runbook", $0, place.name, generation) }
        ?? id(SealedOwner.integration("")).map { credentialContext("integration", $0, place.name, generation) }
        ?? id(SealedOwner.mail("")).map { credentialContext("mail", $0, place.name, generation) }
    case .query, .header, .form: return nil
    }
  }

  private static func variableContext(_ runbookID: String, _ name: String, _ generation: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .variable, table: "sealed_row", row: SealedOwner.runbook(runbookID), column: "variable/\(name)",
      context: [Array(runbookID.utf8), Array(name.utf8), Array(String(generation).utf8)], version: generation)
  }

  private static func credentialContext(
    _ ownerKind: String, _ ownerID: String, _ field: String, _ generation: UInt64
  ) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .credential, table: "sealed_row", row: "\(ownerKind):\(ownerID)", column: "auth/\(field)",
      context: [
        Array(ownerKind.utf8), Array(ownerID.utf8), Array(field.utf8), Array(String(generation).utf8),
      ], version: generation)
  }
}
