import Cryptography
import Foundation
import GRDB
import Ledger
import Storage
import Testing

/// Rows that somebody else changed than the service: with the tools of the engine, while the store is closed or open.
@Suite("Rows that are not as the ledger has them")
struct AnchorTests {
  /// What an attacker does to the database file; `saved` is a copy of all rows from before the last changes.
  enum Tampering: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case unrevokedToken
    case refilledToken
    case olderPolicy
    case deletedPolicy
    case insertedGrant
    case widenedGrant
    case switchedDocument
    case olderDocument
    case olderReveal
    case revivedReveal
    case olderLogin
    case olderNamedKey

    var testDescription: String { rawValue }

    var table: String {
      switch self {
      case .unrevokedToken, .refilledToken: "token"
      case .olderPolicy, .deletedPolicy: "policy"
      case .insertedGrant, .widenedGrant: "grant"
      case .switchedDocument, .olderDocument: "document"
      case .olderReveal, .revivedReveal: "reveal"
      case .olderLogin: "login"
      case .olderNamedKey: "named_key"
      }
    }

    var statements: [String] {
      switch self {
      case .unrevokedToken: ["UPDATE token SET is_revoked = 0"]
      case .refilledToken: ["UPDATE token SET remaining_uses = 100"]
      case .olderPolicy: ["DELETE FROM policy", "INSERT INTO policy SELECT * FROM saved.policy"]
      case .deletedPolicy: ["DELETE FROM policy"]
      case .insertedGrant:
        [
          "INSERT INTO secret_grant (runbook, secret_path, material, hosts, granted_at, granted_by) "
            + "SELECT runbook, 'kv/other', material, hosts, granted_at, granted_by FROM secret_grant"
        ]
      case .widenedGrant: ["UPDATE secret_grant SET hosts = 'evil.example:443'"]
      case .switchedDocument: ["UPDATE document SET is_active = 1"]
      case .olderDocument: ["DELETE FROM document", "INSERT INTO document SELECT * FROM saved.document"]
      case .olderReveal:
        ["DELETE FROM reveal WHERE id = 'a'", "INSERT INTO reveal SELECT * FROM saved.reveal WHERE id = 'a'"]
      case .revivedReveal: ["INSERT INTO reveal SELECT * FROM saved.reveal WHERE id = 'b'"]
      case .olderLogin: ["DELETE FROM login", "INSERT INTO login SELECT * FROM saved.login"]
      case .olderNamedKey: ["DELETE FROM named_key", "INSERT INTO named_key SELECT * FROM saved.named_key"]
      }
    }

    /// Reads what was tampered with.
    func read(_ store: any Store) async throws {
      switch self {
      case .unrevokedToken: _ = try await store.liveTokens()
      case .refilledToken: _ = try await store.token(hash: StoreRig.hash(1))
      case .olderPolicy, .deletedPolicy: _ = try await store.policies()
      case .insertedGrant, .widenedGrant: _ = try await store.grants(runbookID: "ask")
      case .switchedDocument: _ = try await store.document(.runbook, id: "1")
      case .olderDocument: _ = try await store.documents(.runbook)
      case .olderReveal: _ = try await store.reveal(id: "a")
      case .revivedReveal: _ = try await store.reveals()
      case .olderLogin: _ = try await store.login(named: "ann")
      case .olderNamedKey: _ = try await store.namedKey("k")
      }
    }
  }

  private func tamper(_ rig: StoreRig, _ statements: [String]) throws {
    let queue = try DatabaseQueue(path: rig.folder + "/chancery.db")
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "ATTACH DATABASE ? AS saved", arguments: [rig.folder + "/saved.db"])
      for statement in statements { try database.execute(sql: statement) }
    }
    try queue.close()
  }

  /// Everything twice: an older state that is saved, and the present one.
  private func fill(_ rig: StoreRig, _ store: any Store) async throws {
    try await store.write(
      .savePolicy(try rig.policy("operator")), .saveDocument(try rig.document("1", named: "a", isActive: true)),
      .saveToken(try rig.token(1, uses: 5)), .saveToken(try rig.token(2)), .saveGrant(rig.grant("kv/a")),
      .saveReveal(try rig.reveal("a")), .saveReveal(try rig.reveal("b")), .saveLogin(try rig.login("ann")),
      .saveNamedKey(try rig.namedKey("k"), adding: [try rig.keyMaterial(1)], removing: []))
    try tamper(
      rig,
      [
        "CREATE TABLE saved.policy AS SELECT * FROM policy", "CREATE TABLE saved.document AS SELECT * FROM document",
        "CREATE TABLE saved.reveal AS SELECT * FROM reveal", "CREATE TABLE saved.login AS SELECT * FROM login",
        "CREATE TABLE saved.named_key AS SELECT * FROM named_key",
      ])
    try await store.write(
      .savePolicy(try rig.policy("operator", revision: 2)),
      .saveDocument(try rig.document("1", named: "a", revision: 2, isActive: false)),
      .useToken(hash: StoreRig.hash(1)), .revokeToken(hash: StoreRig.hash(2)),
      .saveReveal(try rig.reveal("a", revision: 2)), .deleteReveal(id: "b"),
      .saveLogin(try rig.login("ann", revision: 2)),
      .saveNamedKey(try rig.namedKey("k", revision: 2), adding: [], removing: []))
  }

  /// Reads the ledger as a start of the service does.
  private func anchor(_ store: any Store) async throws {
    let state = try await store.ledgerState()
    let head = state.size == 0 ? nil : try SignedSamples.head(state)
    _ = try await store.anchor(AnchorReading(from: AnchorCheckpoint(), to: head))
  }

  @Test("What was changed while the service was stopped is noticed when it is read", arguments: Tampering.allCases)
  func stopped(tampering: Tampering) async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in try await fill(rig, store) }
      try await rig.withStore { store in
        try await anchor(store)
        try await tampering.read(store)
      }
      try tamper(rig, tampering.statements)
      try await rig.withStore { store in
        try await anchor(store)
        await #expect(throws: StoreFault.rowRestored(table: tampering.table)) { try await tampering.read(store) }
      }
    }
  }

  @Test("What is changed while the service runs is noticed when it is read", arguments: Tampering.allCases)
  func running(tampering: Tampering) async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        try await fill(rig, store)
        try await tampering.read(store)
        try tamper(rig, tampering.statements)
        await #expect(throws: StoreFault.rowRestored(table: tampering.table)) { try await tampering.read(store) }
      }
    }
  }

  @Test("A row that was put back is not moved to another term: moving it would vouch for it")
  func resealed() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        try await fill(rig, store)
        let term = try rig.keyring.currentTerm + 1
        let whole = try #require(try await store.cells(.policy, notUnder: term, after: nil, limit: 1).first)
        try tamper(rig, Tampering.olderPolicy.statements)
        let older = try #require(try await store.cells(.policy, notUnder: term, after: nil, limit: 1).first)
        #expect(older != whole)
        let moved = try rig.envelope(.policy, ["operator"], row: "operator")
        await #expect(throws: CommitRefusal.rowRestored(table: "policy")) {
          try await store.write(.reseal(older, with: moved))
        }
        // One that stands is moved, and read afterwards as what it is now.
        let login = try #require(try await store.cells(.login, notUnder: term, after: nil, limit: 1).first)
        try await store.write(.reseal(login, with: try rig.envelope(.loginRecord, [], row: "ann", version: 2)))
        let read = try await store.login(named: "ann")
        #expect(read != nil && read?.record != login.envelope)
      }
    }
  }

  @Test("A counted token that was put back is not used: using it would vouch for the row")
  func refilled() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        try await fill(rig, store)
        try await store.write(.useToken(hash: StoreRig.hash(1)), .useToken(hash: StoreRig.hash(1)))
        try tamper(rig, Tampering.refilledToken.statements)
        await #expect(throws: CommitRefusal.rowRestored(table: "token")) {
          try await store.write(.useToken(hash: StoreRig.hash(1)))
        }
      }
    }
  }

  @Test("An object that is written anew stands again", arguments: Engine.allCases)
  func mended(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        try await fill(rig, store)
        try tamper(rig, Tampering.widenedGrant.statements)
        try await store.write(.saveGrant(rig.grant("kv/a")))
        let grants = try await store.grants(runbookID: "ask")
        #expect(grants == [rig.grant("kv/a")])
        try await store.write(.deletePolicy(name: "operator"), .deleteGrant(runbookID: "ask", secretPath: "kv/a"))
        let policies = try await store.policies()
        #expect(policies.isEmpty)
      }
    }
  }

  @Test("A document that is not as the ledger has it is found by whoever mends, who can ask what the ledger has")
  func stray() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in
        let whole = try rig.document("1", named: "whole name")
        try await store.write(.saveDocument(whole), .saveDocument(try rig.document("2", named: "other")))
        try tamper(rig, ["UPDATE document SET name = 'whole' WHERE id = '1'"])
        let before = try await store.strayDocuments(.runbook)
        let isKnown = try await store.isAnchored(whole)
        #expect(before.isEmpty && !isKnown)
        try await anchor(store)
        let stray = try await store.strayDocuments(.runbook)
        #expect(stray.map(\.id) == ["1"])
        #expect(stray.map(\.name) == ["whole"])
        let none = try await store.strayDocuments(.integration)
        #expect(none.isEmpty)
        let asWritten = try await store.isAnchored(whole)
        let asFound = try await store.isAnchored(try #require(stray.first))
        #expect(asWritten && !asFound)
        try await store.write(.saveDocument(try rig.document("1", named: "whole", revision: 2)))
        let after = try await store.strayDocuments(.runbook)
        #expect(after.isEmpty)
        let documents = try await store.documents(.runbook)
        #expect(documents.count == 2)
      }
    }
  }

  @Test("A grant that stood when it was read does not stand once it was changed or withdrawn and is put back")
  func returned() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        let (wide, narrow) = (rig.grant("kv/a", hosts: ["a:1", "b:2"]), rig.grant("kv/a", hosts: ["a:1"]))
        for _ in 0..<2 {
          try await store.write(.saveGrant(wide))
          let first = try await store.grants(runbookID: "ask")
          let second = try await store.grants(runbookID: "ask")
          #expect(first == [wide] && second == [wide])
          try await store.write(.saveGrant(narrow))
          try tamper(rig, ["UPDATE secret_grant SET hosts = 'a:1' || char(10) || 'b:2'"])
          await #expect(throws: StoreFault.rowRestored(table: "grant")) { try await store.grants(runbookID: "ask") }
        }
        try await store.write(.saveGrant(narrow))
        _ = try await store.grants(runbookID: "ask")
        try tamper(rig, ["CREATE TABLE saved.grants AS SELECT * FROM secret_grant"])
        try await store.write(.deleteGrant(runbookID: "ask", secretPath: "kv/a"))
        let none = try await store.grants(runbookID: "ask")
        #expect(none.isEmpty)
        try tamper(rig, ["INSERT INTO secret_grant SELECT * FROM saved.grants"])
        await #expect(throws: StoreFault.rowRestored(table: "grant")) { try await store.grants(runbookID: "ask") }
      }
    }
  }

  @Test("Readers beside a writer see no row as put back that was not", arguments: Engine.allCases)
  func noFalseAlarm(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in
        try await anchor(store)
        try await store.write(.saveToken(try rig.token(1, uses: 400)))
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<4 {
            group.addTask { for _ in 0..<100 { try await store.write(.useToken(hash: StoreRig.hash(1))) } }
            group.addTask { for _ in 0..<300 { _ = try await store.token(hash: StoreRig.hash(1)) } }
          }
          try await group.waitForAll()
        }
        let left = try await store.token(hash: StoreRig.hash(1))?.remainingUses
        #expect(left == 0)
      }
    }
  }

  @Test("A checkpoint leads to the same as the whole ledger, and goes on with it", arguments: Engine.allCases)
  func checkpoint(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in
        let before = try await store.anchorCheckpoint()
        #expect(before == nil)
        try await anchor(store)
        try await fill(rig, store)
        let kept = try #require(try await store.anchorCheckpoint())
        try await store.write(.savePolicy(try rig.policy("operator", revision: 3)))
        let state = try await store.ledgerState()
        let head = try SignedSamples.head(state)
        let short = try await store.anchor(AnchorReading(from: kept, to: head))
        let long = try await store.anchor(AnchorReading(from: AnchorCheckpoint(), to: head))
        #expect(short == long)
        let policies = try await store.policies()
        #expect(policies.count == 1)
      }
    }
  }

  @Test("Without a key only refusals and times are written, and the last head stays", arguments: Engine.allCases)
  func withoutKey(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in try await store.write(ledger: [StoreRig.draft("signed")]) }
      try await rig.withStore(signHead: { _ in nil }) { store in
        let head = try await store.ledgerHead()
        let before = try await Shown(store)
        for intention in [Intention.savePolicy(try rig.policy("p")), .saveSetting(name: "id", value: [1])] {
          await #expect(throws: CommitRefusal.sealed) {
            try await store.write(intention, ledger: [StoreRig.draft("unsigned")])
          }
        }
        let after = try await Shown(store)
        #expect(after == before)
        let refusal = LedgerDraft(
          kind: .refusalSummary, actor: .service, action: "refuse", subject: "", outcome: "refused")
        async let refused = store.write(.noteTime(StoreRig.time(3)), ledger: [refusal])
        async let other: CommitReceipt? = try? store.write(.deletePolicy(name: "p"))
        let size = try await refused.ledgerSize
        #expect(size == 2)
        #expect(await other == nil)
        let kept = try await store.ledgerHead()
        #expect(kept == head)
      }
    }
  }

  @Test("A ledger whose rows were changed is refused by the start that reads it")
  func brokenLedger() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in try await fill(rig, store) }
      try tamper(rig, ["DELETE FROM ledger WHERE position = 0"])
      try await rig.withStore { store in
        await #expect(throws: StoreFault.ledgerBroken(.misplaced(row: 1))) { try await anchor(store) }
      }
    }
  }
}

/// Heads of a ledger, signed by a key of the tests.
enum SignedSamples {
  static func head(_ state: LedgerState) throws -> SignedHead {
    let key = Ed25519.SigningKey(seed: GuardedBytes(copying: [UInt8](repeating: 7, count: 32)))
    return SignedHead.sign(state, as: try LedgerOrigin("store.example/contract"), with: key)
  }
}
