import Cryptography
import Destinations
import Encodings
import Labels
import Ledger
import NamedKeys
import RunEngine
import Runbooks
import SecretStore
import Storage
import Synchronization

/// What a runbook may do with secrets now: its grants, held against what its steps and methods are.
struct RunClearance: Sendable {
  /// The name under which a runbook's own right stands: where its encrypted requests and answers may go.
  static let ownMethods = "(own methods)"

  let runbookID: String
  let material: MaterialHash
  let grants: [RunbookGrant]
  /// Hosts for values that came in encrypted: those of the runbook's methods as of its grant; nowhere once an edit has
  /// suspended it, until somebody with the capability `grant` renews.
  let ownHosts: HostClearance

  init(bundle: LoadedBundle, grants stored: [StoredGrant]) {
    runbookID = bundle.runbook.id
    material = bundle.material
    grants = stored.compactMap { RunbookGrant($0) }
    let own = stored.first { $0.secretPath == Self.ownMethods && $0.materialHash == bundle.material.hex }
    ownHosts = HostClearance(only: (own?.hosts ?? []).compactMap { HostPort($0) })
  }

  /// The proof that a secret may be read, or why it may not.
  func granted(_ path: KVPath) -> Result<GrantedSecret, GrantRefusal> {
    GrantCheck.decide(runbookID: runbookID, path: path, material: material, grants: grants)
  }

  /// The proof that a named key may do something for the runbook, or why it may not.
  func granted(_ use: KeyUse) -> Result<GrantedKeyUse, GrantRefusal> {
    GrantCheck.decide(runbookID: runbookID, use: use, material: material, grants: grants)
  }
}

/// What was worked out of a runbook's grants last: every step of a run asks for it, with the grants as they are stored then.
final class ClearanceMemo: Sendable {
  private struct Known {
    let grants: [StoredGrant]
    let clearance: RunClearance
  }

  /// Bundles that are kept at most; then it begins anew.
  private static let most = 1_024

  private let known = Mutex<[BundleID: Known]>([:])

  func clearance(of bundle: LoadedBundle, grants: [StoredGrant]) -> RunClearance {
    if let found = known.withLock({ $0[bundle.id] }), found.grants == grants { return found.clearance }
    let clearance = RunClearance(bundle: bundle, grants: grants)
    known.withLock { known in
      if known.count >= Self.most { known = [:] }
      known[bundle.id] = Known(grants: grants, clearance: clearance)
    }
    return clearance
  }
}

extension RunbookGrant {
  /// Nil for a row that grants neither a secret nor an operation of a key.
  init?(_ row: StoredGrant) {
    guard let subject = GrantSubject(row.secretPath), let material = MaterialHash(hex: row.materialHash) else {
      return nil
    }
    self.init(
      runbookID: row.runbookID, subject: subject, material: material,
      pinnedHosts: HostClearance(only: row.hosts.compactMap { HostPort($0) }), grantedAt: row.grantedAt,
      grantedBy: row.grantedBy)
  }
}

/// Reads what a step needs of the secrets: credentials, sealed rows, granted secrets.
struct MaterialReading: Sendable {
  let parts: ServiceParts

  private var sealedValues: SealedValues { SealedValues(keyring: parts.keyring, rules: parts.rules) }

  func clearance(of bundle: LoadedBundle) async throws -> RunClearance {
    parts.clearances.clearance(of: bundle, grants: try await parts.store.grants(runbookID: bundle.runbook.id))
  }

  /// All but the token of an authorisation server, which may have to be fetched. A named key that signs the request is
  /// given a use on record, so this is asked for once for each attempt.
  ///
  /// - Parameters:
  ///   - clearance: what a runbook may; nil where there is none, and so no right to secrets of the store.
  ///   - keys: nil where nothing is to be signed: the right to is checked all the same.
  func material(
    for method: Method, of integration: IntegrationDocument, clearance: RunClearance?, keys: KeyBook?,
    by actor: LedgerActor
  ) async throws -> MethodMaterial {
    var material = MethodMaterial(sealedRows: [:], secrets: [:], ownHosts: clearance?.ownHosts ?? .nowhere)
    if method.inheritsAuthorization {
      material.credentialsRead = parts.tokens.reading(integration.credentialSources)
      material.credentials = try await credentials(
        of: integration, signsItself: method.signing != nil, clearance: clearance)
      if method.signing == nil, case .signature(let signing) = integration.authorization {
        for reference in signing.secretReferences {
          material.secrets[reference] = try await secret(reference, clearance: clearance)
        }
      }
    }
    if method.rows.contains(where: { $0.row.encrypt }) {
      for row in try await parts.store.sealedRows(owner: SealedOwner.method(method.id)) {
        material.sealedRows[row.place] = row
      }
    }
    for reference in method.secretReferences {
      material.secrets[reference] = try await secret(reference, clearance: clearance)
    }
    for signing in method.signings(under: integration) {
      guard case .named(let key) = signing.key, let use = signing.keyUse else { continue }
      guard let clearance else { throw FailureReason.notGranted("\(use.text) without a runbook") }
      let granted = try clearance.granted(use).mapError { FailureReason.notGranted($0.message) }.get()
      guard let keys else { continue }
      do {
        material.signers[NamedSigning(key: key, algorithm: signing.algorithm)] = try await keys.signer(
          key, granted: granted, as: signing.algorithm, by: actor)
      } catch NamedKeyError.algorithm(let type) {
        let words = NamedKeyCheck.words(of: type).joined(separator: ", ")
        throw FailureReason.unresolved(
          "\(key.text): a key of type \(type.rawValue) does not sign by \(signing.algorithm.rawValue), but by \(words)")
      } catch let error as NamedKeyError {
        throw FailureReason.unresolved("\(key.text): \(error.message)")
      } catch ServiceFault.notFound {
        throw FailureReason.unresolved("the key \(key.name), which there is not")
      }
    }
    return material
  }

  /// The credentials of an integration, by field.
  ///
  /// - Parameter signsItself: the request is signed by its method, so the key of the integration's signature is not
  ///   needed.
  func credentials(
    of integration: IntegrationDocument, signsItself: Bool = false, clearance: RunClearance?
  ) async throws -> [String: LabeledText] {
    var found: [String: LabeledText] = [:]
    var rows: [SealedRow]?
    var needed = integration.credentials
    if signsItself, case .signature = integration.authorization { needed.removeAll { $0.field == "key" } }
    for credential in needed {
      switch credential.source {
      case .secret(let reference): found[credential.field] = try await secret(reference, clearance: clearance)
      case .named(let key): throw FailureReason.notGranted("\(key.text) as a credential, which a named key is not")
      case .entered:
        if rows == nil { rows = try await parts.store.sealedRows(owner: SealedOwner.integration(integration.id)) }
        guard let row = rows?.first(where: { $0.place.kind == .auth && $0.place.name == credential.field }) else {
          throw FailureReason.unresolved(
            "the credential `\(credential.field)` of \(integration.id), which has not been entered")
        }
        guard SealedValues.isBound(row, to: integration) else { throw FailureReason.urlChanged }
        found[credential.field] = try sealedValues.openCredential(row, integrationID: integration.id)
      }
    }
    return found
  }

  /// What fetches the integration's token; nil where none is.
  func tokenSource(of integration: IntegrationDocument, with material: MethodMaterial) throws -> TokenSource? {
    try TokenSettings(integration, rules: parts.rules).map {
      TokenSource(
        parts: parts, settings: $0, credentials: material.credentials, read: material.credentialsRead)
    }
  }

  /// A granted secret's field, for the hosts that the secret names, else for those pinned by the grant.
  func secret(_ reference: SecretReference, clearance: RunClearance?) async throws -> LabeledText {
    guard let clearance else {
      throw FailureReason.notGranted("the secret \(reference.path) to any runbook that calls this")
    }
    guard let path = try? KVPath(reference.path) else {
      throw FailureReason.unresolved("the secret \(reference.path)")
    }
    let granted: GrantedSecret
    switch clearance.granted(path) {
    case .success(let proof): granted = proof
    case .failure(let refusal): throw FailureReason.notGranted(refusal.message)
    }
    guard let stored = try await parts.store.secret(path: path.text) else {
      throw FailureReason.unresolved("the secret \(reference.path)")
    }
    do {
      return Transforms.stringForm(try SecretShelf(parts: parts).open(stored).field(reference.field, granted: granted))
    } catch let error as SecretStoreError {
      throw FailureReason.unresolved(error.message)
    }
  }

  /// The starting values of a runbook's variables, by name: constants, secrets, sealed values, as the variables take them.
  /// Throws `FailureReason.conversion` with the name of a variable whose value is none of its type.
  func startingVariables(
    of bundle: LoadedBundle, clearance: RunClearance
  ) async throws -> [(name: String, value: LabeledText)] {
    var result: [(name: String, value: LabeledText)] = []
    let owner = SealedOwner.runbook(bundle.runbook.id)
    var rows: [SealedRow]?
    for variable in bundle.runbook.variables {
      let value: LabeledText
      switch variable.initialValue {
      case .none: continue
      case .json(let text):
        value = try settled(variable) { () throws(ValueFault) in try variable.settled(default: text) }
      case .secret(let reference):
        let stored = try await secret(reference, clearance: clearance)
        value = try settled(variable) { () throws(ValueFault) in try variable.settled(stored) }
      case .sealed:
        if rows == nil { rows = try await parts.store.sealedRows(owner: owner) }
        guard let row = rows?.first(where: { $0.place.kind == .variable && $0.place.name == variable.name }) else {
          continue
        }
        let entered = try sealedValues.openVariable(row, runbookID: bundle.runbook.id)
        value = try settled(variable) { () throws(ValueFault) in try variable.settled(entered) }
      }
      result.append((variable.name, labeled(value, as: variable, clearance: clearance)))
    }
    // What the runs before left comes in the place of what the document says.
    for (name, value) in try await KeptVariables(parts: parts).values(of: bundle.runbook, clearance: clearance) {
      result.removeAll { $0.name == name }
      result.append((name, value))
    }
    return result
  }

  /// A fault names its variable, for nothing else of a start does.
  private func settled(
    _ variable: VariableDeclaration, _ value: () throws(ValueFault) -> LabeledText
  ) throws(FailureReason) -> LabeledText {
    do throws(ValueFault) { return try value() } catch {
      throw .conversion("what the variable `\(variable.name)` begins with: \(error.message)")
    }
  }

  /// With the label of an encrypted variable; one that was entered has it already, with hosts of its own.
  private func labeled(_ value: LabeledText, as variable: VariableDeclaration, clearance: RunClearance) -> LabeledText {
    switch variable.initialValue {
    case .none, .sealed: value
    case .json: VariableTaking.labeled(value, for: variable, hosts: clearance.ownHosts)
    case .secret: VariableTaking.labeled(value, for: variable, hosts: .any)
    }
  }
}
