import Destinations
import Encodings
import Keyring
import Labels
import Ledger
import NamedKeys
import RunEngine
import Runbooks
import SecretStore
import Storage
import Synchronization

/// Moves what is sealed under older terms of the keyring to the current one, in the background. It can be stopped at any
/// moment: each commit leaves every row under one term or another, and older terms open as long as the keyring is kept.
package final class Resealing: Sendable {
  private let parts: ServiceParts
  private let library: DocumentLibrary
  /// Under the lock: whether a pass is under way.
  private let isRunning = Mutex(false)

  /// The setting that says up to which term everything has been moved.
  private static let setting = "resealed-term"
  /// Rows of one commit: so few that other writers wait no longer than for each other.
  private static let batch = 64

  package init(library: DocumentLibrary) {
    parts = library.parts
    self.library = library
  }

  /// What a pass did.
  package struct Outcome: Equatable, Sendable {
    package var moved = 0
    /// Rows that do not open, or are not as the ledger has them: left as they are.
    package var stuck = 0
  }

  /// Up to which term everything has been moved; the term of the installation's beginning where nothing ever was.
  package func resealedTerm() async throws -> UInt32 {
    guard let bytes = try await parts.store.setting(Self.setting), bytes.count == 4 else { return 1 }
    return bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Goes through all tables, unless a pass is under way or there is nothing to do; nil then. A term that is begun
  /// meanwhile is taken up by the next pass.
  package func pass() async throws -> Outcome? {
    guard begin() else { return nil }
    defer { isRunning.withLock { $0 = false } }
    let term = try parts.keyring.currentTerm
    guard try await resealedTerm() < term else { return nil }
    var outcome = Outcome()
    let contexts = try await ResealContexts(parts: parts, library: library)
    for table in SealedTable.allCases {
      var last: SealedCell?
      while true {
        let cells = try await parts.store.cells(
          table, notUnder: term, after: last, limit: Self.batch)
        guard !cells.isEmpty else { break }
        try await move(cells, contexts, &outcome)
        last = cells.last
      }
    }
    // What was entered for an integration that cannot be read is moved once it can be: a later pass looks for it.
    guard contexts.hasEveryIntegration || outcome.stuck == 0 else { return outcome }
    let words = outcome.stuck == 0 ? "\(outcome.moved) rows" : "\(outcome.moved) rows, \(outcome.stuck) do not open"
    let draft = LedgerDraft(
      .key(version: UInt64(term)), actor: .service, action: "reseal", subject: "keyring", outcome: words)
    let bytes = withUnsafeBytes(of: term.bigEndian) { Array($0) }
    _ = try await parts.store.commit(
      WriteBatch([.saveSetting(name: Self.setting, value: bytes)], ledger: [draft]))
    return outcome
  }

  /// False where another pass is under way.
  private func begin() -> Bool {
    isRunning.withLock { running in
      guard !running else { return false }
      running = true
      return true
    }
  }

  private func move(_ cells: [SealedCell], _ contexts: ResealContexts, _ outcome: inout Outcome) async throws {
    var intentions: [Intention] = []
    for cell in cells {
      do {
        if let envelope = try await contexts.resealed(cell) { intentions.append(.reseal(cell, with: envelope)) }
      } catch KeyringError.sealed {
        throw KeyringError.sealed
      } catch {
        outcome.stuck += 1
      }
    }
    do {
      try await commit(intentions)
      outcome.moved += intentions.count
    } catch CommitRefusal.rowRestored {
      // One of them is not what the ledger has; the others go on.
      for intention in intentions {
        do {
          try await commit([intention])
          outcome.moved += 1
        } catch CommitRefusal.rowRestored {
          outcome.stuck += 1
        }
      }
    }
  }

  private func commit(_ intentions: [Intention]) async throws {
    guard !intentions.isEmpty else { return }
    _ = try await parts.store.commit(WriteBatch(intentions))
  }
}

/// Where each sealed row belongs: the contexts of keys/purposes.yaml, found from the row's own key.
private struct ResealContexts {
  let parts: ServiceParts
  /// By the id of the method.
  private var templates: [String: (template: URLTemplate, httpMethod: String, trust: TrustSettings)] = [:]
  /// False where an integration cannot be read: what was entered for its methods does not open then.
  let hasEveryIntegration: Bool

  /// Reads the integrations: a parameter is bound to the URL of its method.
  init(parts: ServiceParts, library: DocumentLibrary) async throws {
    self.parts = parts
    let integrations = try await library.integrationRows().map(\.document)
    hasEveryIntegration = integrations.allSatisfy { $0 != nil }
    for integration in integrations.compactMap({ $0 }) {
      for method in integration.methods where method.rows.contains(where: { $0.row.encrypt }) {
        guard let template = try? RequestBuilding.urlTemplate(method, of: integration, rules: parts.rules) else {
          continue
        }
        templates[method.id] = (template, method.httpMethod.rawValue, integration.trustSettings)
      }
    }
  }

  /// Nil where it is under the current term already. Throws where it does not open.
  func resealed(_ cell: SealedCell) async throws -> Envelope? {
    let keyring = parts.keyring
    switch cell.table {
    case .bundle: return try keyring.resealed(cell.envelope, in: RecordContexts.bundle(BundleID(hex: cell.key[0])))
    case .keptVariable:
      return try keyring.resealed(cell.envelope, in: KeptVariables.context(cell.key[0], cell.key[1]))
    case .document, .documentVersion:
      guard let kind = DocumentKind(rawValue: cell.key[0]) else {
        throw StoreFault.damaged(table: cell.table.rawValue, column: "kind")
      }
      let context = RecordContexts.document(kind, id: cell.key[1], revision: cell.version)
      return try keyring.resealed(cell.envelope, in: context)
    case .integrationToken:
      let context = TokenSettings.context(
        integration: cell.key[0], settings: cell.key[1], generation: cell.version)
      return try keyring.resealed(cell.envelope, in: context)
    case .login:
      return try keyring.resealed(cell.envelope, in: RecordContexts.login(cell.key[0], revision: cell.version))
    case .namedKey:
      return try keyring.resealed(cell.envelope, in: KeySeal.recordContext(cell.key[0], revision: cell.version))
    case .namedKeyVersion: return try await namedKeyVersion(cell)
    case .policy:
      return try keyring.resealed(cell.envelope, in: RecordContexts.policy(cell.key[0], revision: cell.version))
    case .reveal:
      return try keyring.resealed(cell.envelope, in: RecordContexts.reveal(cell.key[0], revision: cell.version))
    case .secret:
      return try KVVersion.resealed(
        cell.envelope, path: try KVPath(cell.key[0]), version: cell.version, with: keyring)
    case .sealedRow: return try sealedRow(cell)
    case .token: return try keyring.resealed(cell.envelope, in: RecordContexts.token(hash: cell.key[0]))
    }
  }

  /// The material is bound to the key's id, which its record holds.
  private func namedKeyVersion(_ cell: SealedCell) async throws -> Envelope? {
    guard let row = try await parts.store.namedKey(cell.key[0]), let version = UInt32(cell.key[1]) else {
      throw StoreFault.damaged(table: "named_key_version", column: "name")
    }
    let record = try parts.keyring.open(row.record, in: KeySeal.recordContext(row.name, revision: row.revision))
    let key = try NamedKey(record: record, name: KeyName(row.name))
    return try parts.keyring.resealed(
      cell.envelope, in: KeySeal.materialContext(row.name, id: key.id, version: version))
  }

  private func sealedRow(_ cell: SealedCell) throws -> Envelope? {
    guard let kind = SealedPlace.Kind(rawValue: cell.key[1]) else {
      throw StoreFault.damaged(table: "sealed_row", column: "kind")
    }
    let place = SealedPlace(owner: cell.key[0], kind: kind, name: cell.key[2])
    if let parameter = ParameterKind(rawValue: kind.rawValue) {
      let id = String(place.owner.dropFirst(SealedOwner.method("").count))
      guard let bound = templates[id] else { throw StoreFault.damaged(table: "sealed_row", column: "owner") }
      let place = ParameterPlace(
        methodID: id, kind: parameter, name: place.name, httpMethod: bound.httpMethod, trust: bound.trust,
        generation: cell.version)
      return try BoundParameters(parts.keyring).resealed(
        BoundParameter(place: place, envelope: cell.envelope), template: bound.template)
    }
    guard let context = SealedValues.context(of: place, generation: cell.version) else {
      throw StoreFault.damaged(table: "sealed_row", column: "owner")
    }
    return try parts.keyring.resealed(cell.envelope, in: context)
  }
}
