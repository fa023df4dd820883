import Encodings
import Foundation
import Keyring
import Ledger
import RunEngine
import SQLiteStore
import Storage
import Testing

/// The engines that the contract holds for: a new one joins with a case and its line in `open`.
enum Engine: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqlite

  var testDescription: String { rawValue }

  /// Opens the engine's store in a data folder.
  func open(
    _ folder: String, signHead: @escaping @Sendable (LedgerState) -> String?
  ) throws(StoreFault) -> any Store {
    switch self {
    case .sqlite:
      try SQLiteStore(
        SQLiteStore.Configuration(
          folder: folder, now: { StoreRig.start }, signHead: signHead,
          onFailedSync: { preconditionFailure("a sync failed in a test") }))
    }
  }
}

/// A data folder of its own for one test, with a keyring in it as the service has it.
struct StoreRig {
  static let start = Instant(millisecondsSinceEpoch: 1_795_536_339_000)

  let engine: Engine
  let folder: String
  let keyring: Keyring
  /// One key for all the runs of a test: the store never opens what it keeps.
  let runKey: RunKey

  /// Runs the body with a rig, and removes its folder afterwards.
  static func with(_ engine: Engine, _ body: (StoreRig) async throws -> Void) async throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = folder + "/data"
    let keyring = try KeyringFolder(data).initialise(seal: .dev, at: start)
    try await body(StoreRig(engine: engine, folder: data, keyring: keyring, runKey: try keyring.runKeys.allocate()))
  }

  private static func temporaryFolder() throws -> String {
    let pattern = FileManager.default.temporaryDirectory.appendingPathComponent("store-contract-XXXXXX").path
    var template = Array(pattern.utf8CString)
    try #require(mkdtemp(&template) != nil, "mkdtemp failed")
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// What stands for a signature: a test can say what the head of a state must be.
  @Sendable static func head(_ state: LedgerState) -> String? { "\(state.size) \(Hex.encode(state.root.bytes))" }

  /// Opens the store, runs the body, and closes it; the lock on the folder is gone when this returns.
  func withStore(
    signHead: @escaping @Sendable (LedgerState) -> String? = StoreRig.head, _ body: (any Store) async throws -> Void
  ) async throws {
    let store = try engine.open(folder, signHead: signHead)
    do {
      try await body(store)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  /// A rig and its open store.
  static func withStore(_ engine: Engine, _ body: (StoreRig, any Store) async throws -> Void) async throws {
    try await with(engine) { rig in
      try await rig.withStore { store in try await body(rig, store) }
    }
  }
}

extension Store {
  @discardableResult
  func write(_ intentions: Intention..., ledger: [LedgerDraft] = []) async throws -> CommitReceipt {
    try await commit(WriteBatch(intentions, ledger: ledger))
  }
}

/// Samples with real envelopes.
extension StoreRig {
  static func time(_ number: Int) -> Instant { start.advanced(byMilliseconds: Int64(number)) }

  /// Ids with a higher number are younger.
  static func runID(_ number: Int) -> RunID {
    RunID(at: time(number), random: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 10))
  }

  static func hash(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32) }

  func envelope(
    _ purpose: Purpose, _ context: [String], row: String, version: UInt64 = 1, text: String = "some text"
  ) throws -> Envelope {
    try keyring.seal(
      Array(text.utf8),
      in: EnvelopeContext(
        purpose: purpose, table: purpose.rawValue, row: row, column: "text", context: context.map { Array($0.utf8) },
        version: version))
  }

  func run(_ number: Int, runbook: String = "ask", state: StoredRunState = .queued) -> StoredRun {
    StoredRun(
      id: Self.runID(number), runbookID: runbook, bundle: BundleID(hex: Hex.encode(Self.hash(7))), state: state,
      trigger: .publicEndpoint, createdAt: Self.time(number), runKeySlot: UInt32(number), runKeyGeneration: 3)
  }

  func event(_ sequence: Int, of run: RunID, withValues: Bool = false) throws -> StoredEvent {
    func seal(_ purpose: Purpose, _ column: String) throws -> Envelope {
      try runKey.seal(
        Array("event \(sequence)".utf8),
        in: EnvelopeContext(
          purpose: purpose, table: "run_event", row: "\(run.text)/\(sequence)", column: column,
          context: [Array(run.text.utf8)], version: 1))
    }
    return StoredEvent(
      sequence: sequence, kind: "step-started", at: Self.time(sequence), event: try seal(.runEvent, "event"),
      values: withValues ? try seal(.runValue, "values") : nil)
  }

  func events(_ sequences: some Sequence<Int>, of run: RunID) throws -> [StoredEvent] {
    try sequences.map { try event($0, of: run, withValues: $0 % 2 == 0) }
  }

  func document(
    _ id: String, named name: String, kind: DocumentKind = .runbook, revision: UInt64 = 1, isActive: Bool = true
  ) throws -> StoredDocument {
    StoredDocument(
      kind: kind, id: id, name: name, revision: revision, isActive: isActive, updatedAt: Self.start,
      text: try envelope(.document, [kind.rawValue, id], row: id, version: revision))
  }

  func sealedRow(_ name: String, kind: SealedPlace.Kind = .variable, generation: UInt64 = 1) throws -> SealedRow {
    SealedRow(
      place: SealedPlace(owner: "runbook:ask", kind: kind, name: name), generation: generation,
      boundTo: "GET https://api.example.com/{id}", updatedAt: Self.start,
      value: try envelope(.variable, ["ask", name, "\(generation)"], row: name, version: generation))
  }

  func integrationToken(
    _ id: String, settings: String = "s", generation: UInt64 = 1
  ) throws -> StoredIntegrationToken {
    StoredIntegrationToken(
      integrationID: id, settings: settings, generation: generation, updatedAt: Self.start,
      record: try envelope(.integrationToken, [id, settings, "\(generation)"], row: id, version: generation))
  }

  func reveal(_ id: String, revision: UInt64 = 1, expiresAt: Instant = start) throws -> StoredReveal {
    StoredReveal(
      id: id, revision: revision, expiresAt: expiresAt,
      record: try envelope(.revealRecord, [], row: id, version: revision))
  }

  func login(_ name: String, revision: UInt64 = 1) throws -> StoredLogin {
    StoredLogin(
      name: name, revision: revision, updatedAt: Self.start,
      record: try envelope(.loginRecord, [], row: name, version: revision))
  }

  func namedKey(_ name: String, revision: UInt64 = 1) throws -> StoredNamedKey {
    StoredNamedKey(
      name: name, revision: revision, updatedAt: Self.start,
      record: try envelope(.namedKeyRecord, [name], row: name, version: revision))
  }

  func keyMaterial(_ version: UInt32) throws -> StoredKeyMaterial {
    StoredKeyMaterial(
      version: version, material: try envelope(.namedKeyMaterial, ["id", "\(version)"], row: "k/\(version)"))
  }

  func secret(_ path: String, version: UInt64 = 1, hosts: [String]? = nil) throws -> StoredSecret {
    StoredSecret(
      path: path, version: version, hosts: hosts, createdAt: Self.start,
      fields: try envelope(.kvSecret, [path, "\(version)"], row: path, version: version))
  }

  func grant(_ path: String, hosts: [String] = []) -> StoredGrant {
    StoredGrant(
      runbookID: "ask", secretPath: path, materialHash: Hex.encode(Self.hash(1)), hosts: hosts, grantedAt: Self.start,
      grantedBy: "ana")
  }

  func token(_ number: Int, uses: Int? = nil, isRevoked: Bool = false) throws -> StoredToken {
    StoredToken(
      hash: Self.hash(number), accessorHash: Self.hash(number + 100), expiresAt: Self.time(1000), remainingUses: uses,
      isRevoked: isRevoked, createdAt: Self.start, record: try envelope(.tokenRecord, [], row: "\(number)"))
  }

  func policy(_ name: String, revision: UInt64 = 1) throws -> StoredPolicy {
    StoredPolicy(
      name: name, revision: revision, updatedAt: Self.start,
      text: try envelope(.policy, [name], row: name, version: revision))
  }

  static func replay(_ number: Int) -> ReplayClaim {
    ReplayClaim([ReplayRow(key: hash(number), retention: .until(time(number)))])
  }

  /// A delivery without a signed time: kept for a key.
  static func kept(_ number: Int, endpoint: String = "ep", epoch: String = "k1", limit: Int = 3) -> ReplayClaim {
    ReplayClaim(
      [ReplayRow(key: hash(number), retention: .whileKeyStands(endpoint: endpoint, epoch: epoch))], keptLimit: limit)
  }

  static func draft(_ subject: String) -> LedgerDraft {
    LedgerDraft(kind: .document, actor: .entity("ana"), action: "save", subject: subject, outcome: "ok")
  }
}
