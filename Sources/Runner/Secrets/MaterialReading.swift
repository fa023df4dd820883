import Cryptography
import Destinations
import Encodings
import Labels
import RunEngine
import Runbooks
import Storage

/// What a runbook may do with secrets now: its grants, held against what its steps and methods are.
struct RunClearance: Sendable {
  /// The name under which a runbook's own right stands: where its encrypted requests and answers may go.
  static let ownMethods = "(own methods)"

  let materialHash: String
  /// Active grants by secret path.
  let grants: [String: StoredGrant]
  /// Hosts for values that came in encrypted: those of the runbook's methods as of its grant.
  let ownHosts: HostClearance

  /// A grant counts only where it was given for exactly these steps and methods.
  init(bundle: LoadedBundle, grants: [StoredGrant]) {
    materialHash = bundle.materialHash
    let hash = materialHash
    self.grants = Dictionary(
      grants.filter { $0.materialHash == hash }.map { ($0.secretPath, $0) }, uniquingKeysWith: { first, _ in first })
    // Editing suspends reading secrets; values that come in encrypted keep to the hosts that were granted.
    let own = grants.first { $0.secretPath == Self.ownMethods }
    ownHosts = HostClearance(only: (own?.hosts ?? []).compactMap { HostPort($0) })
  }
}

/// Reads what a step needs of the secrets: credentials, sealed rows, granted secrets.
struct MaterialReading: Sendable {
  let parts: ServiceParts

  private var sealedValues: SealedValues { SealedValues(keyring: parts.keyring, rules: parts.rules) }

  func clearance(of bundle: LoadedBundle) async throws -> RunClearance {
    RunClearance(bundle: bundle, grants: try await parts.store.grants(runbookID: bundle.runbook.id))
  }

  func material(
    for method: Method, of integration: IntegrationDocument, clearance: RunClearance
  ) async throws -> MethodMaterial {
    var material = MethodMaterial(credential: nil, sealedRows: [:], secrets: [:], ownHosts: clearance.ownHosts)
    if method.inheritsAuthorization, let credential = integration.authorization.credential {
      material.credential = try await read(
        credential.source, field: credential.field, of: integration, clearance: clearance)
    }
    if method.rows.contains(where: { $0.row.encrypt }) {
      for row in try await parts.store.sealedRows(owner: SealedOwner.method(method.id)) {
        material.sealedRows[row.place] = row
      }
    }
    for reference in method.secretReferences {
      material.secrets[reference] = try await secret(reference, clearance: clearance)
    }
    return material
  }

  private func read(
    _ source: CredentialSource, field: String, of integration: IntegrationDocument, clearance: RunClearance
  ) async throws -> LabeledText {
    switch source {
    case .secret(let reference): return try await secret(reference, clearance: clearance)
    case .entered:
      let rows = try await parts.store.sealedRows(owner: SealedOwner.integration(integration.id))
      guard let row = rows.first(where: { $0.place.kind == .auth && $0.place.name == field }) else {
        throw FailureReason.unresolved("the credential `\(field)` of \(integration.id), which has not been entered")
      }
      return try sealedValues.openCredential(row, integrationID: integration.id)
    }
  }

  /// A granted secret's field, for the hosts that the secret names, else for those pinned by the grant.
  func secret(_ reference: SecretReference, clearance: RunClearance) async throws -> LabeledText {
    guard let grant = clearance.grants[reference.path] else {
      throw FailureReason.notGranted(
        "the secret \(reference.path); give it with `chancery grant RUNBOOK \(reference.path)`")
    }
    guard let stored = try await parts.store.secret(path: reference.path) else {
      throw FailureReason.unresolved("the secret \(reference.path)")
    }
    let fields = try SecretShelf(parts: parts).open(stored)
    let path = ValuePath(steps: [.member(reference.field)], isBare: true)
    let value = Transforms.stringForm(try LabeledJSON(reading: fields).extract(path, name: reference.text))
    guard stored.hosts == nil else { return value }
    return value.labeled(
      also: Label(origins: [LabelOrigin](), hosts: HostClearance(only: grant.hosts.compactMap { HostPort($0) })))
  }

  /// The starting values of a runbook's variables, by name: constants, secrets, sealed values.
  func startingVariables(
    of bundle: LoadedBundle, clearance: RunClearance
  ) async throws -> [(name: String, value: LabeledText)] {
    var result: [(name: String, value: LabeledText)] = []
    let owner = SealedOwner.runbook(bundle.runbook.id)
    var rows: [SealedRow]?
    for variable in bundle.runbook.variables {
      switch variable.initialValue {
      case .none: continue
      case .json(let text):
        let value = try LabeledText(json: Array(text.utf8), label: .clear)
        result.append(
          (variable.name, VariableTaking.labeled(value, for: variable, hosts: clearance.ownHosts)))
      case .secret(let reference):
        let value = try await secret(reference, clearance: clearance)
        result.append((variable.name, VariableTaking.labeled(value, for: variable, hosts: .any)))
      case .sealed:
        if rows == nil { rows = try await parts.store.sealedRows(owner: owner) }
        guard let row = rows?.first(where: { $0.place.kind == .variable && $0.place.name == variable.name }) else {
          continue
        }
        result.append((variable.name, try sealedValues.openVariable(row, runbookID: bundle.runbook.id)))
      }
    }
    return result
  }
}
