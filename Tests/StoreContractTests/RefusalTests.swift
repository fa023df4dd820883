import Encodings
import Keyring
import RunEngine
import Storage
import Testing

/// A way to be refused: what is stored before, the intention, and the refusal.
enum RefusalCase: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case delivery, gapAtAppend, repeatedEvent, gapWithin, gapAtCreate, unknownRun, documentName, documentNew
  case documentSkips, documentRepeats, policySkips, policyRepeats, secretSkips, secretRepeats, sealedRepeats
  case settingMoved, settingIsThere, noDocument, otherRevision
  case noSecret, noToken, unknownTokenUse, spentToken, revokedToken, uncountedToken
  case cutDocument, cutEditor, cutGrant, cutGrantHost, cutLogin, cutPolicy, cutReveal, cutNamedKey, cutSealed, cutSecret

  var testDescription: String { rawValue }

  struct Scene {
    var before: [Intention] = []
    var refused: Intention
    var refusal: CommitRefusal
  }

  func scene(_ rig: StoreRig) throws -> Scene {
    switch self {
    case .delivery, .gapAtAppend, .repeatedEvent, .gapWithin, .gapAtCreate, .unknownRun: try runScene(rig)
    case .noToken, .unknownTokenUse, .spentToken, .revokedToken, .uncountedToken: try tokenScene(rig)
    case .cutDocument, .cutEditor, .cutGrant, .cutGrantHost, .cutLogin, .cutPolicy, .cutReveal, .cutNamedKey,
      .cutSealed, .cutSecret:
      try cutScene(rig)
    default: try revisionScene(rig)
    }
  }

  private func runScene(_ rig: StoreRig) throws -> Scene {
    let run = rig.run(1)
    let stored = Intention.createRun(run, try rig.events(1...2, of: run.id), replay: StoreRig.replay(1))
    func append(_ sequences: [Int]) throws -> Scene {
      let events = try rig.events(sequences, of: run.id)
      return Scene(
        before: [stored], refused: .appendEvents(run.id, events, row: run), refusal: .historyMoved(run.id))
    }
    switch self {
    case .delivery:
      let second = rig.run(2)
      let refused = Intention.createRun(second, try rig.events(1...1, of: second.id), replay: StoreRig.replay(1))
      return Scene(before: [stored], refused: refused, refusal: .duplicateDelivery(firstRun: run.id))
    case .gapAtAppend: return try append([4])
    case .repeatedEvent: return try append([2, 3])
    case .gapWithin: return try append([3, 4, 6])
    case .gapAtCreate:
      return Scene(
        refused: .createRun(run, try rig.events(2...2, of: run.id), replay: nil), refusal: .historyMoved(run.id))
    default:
      return Scene(
        refused: .appendEvents(run.id, try rig.events(1...1, of: run.id), row: run), refusal: .historyMoved(run.id))
    }
  }

  private func tokenScene(_ rig: StoreRig) throws -> Scene {
    let use = Intention.useToken(hash: StoreRig.hash(1))
    return switch self {
    case .noToken: Scene(refused: .revokeToken(hash: StoreRig.hash(1)), refusal: .notFound(name: "token"))
    case .spentToken: Scene(before: [.saveToken(try rig.token(1, uses: 0))], refused: use, refusal: .tokenSpent)
    case .revokedToken:
      Scene(before: [.saveToken(try rig.token(1, uses: 2, isRevoked: true))], refused: use, refusal: .tokenSpent)
    case .uncountedToken: Scene(before: [.saveToken(try rig.token(1))], refused: use, refusal: .tokenSpent)
    default: Scene(refused: use, refusal: .tokenSpent)
    }
  }

  /// Texts that an engine may end at U+0000: what was anchored would not be what is stored.
  private func cutScene(_ rig: StoreRig) throws -> Scene {
    func scene(_ refused: Intention, _ table: String) -> Scene {
      Scene(refused: refused, refusal: .textWouldBeCut(table: table))
    }
    var edited = try rig.document("1", named: "a")
    edited.savedBy = "ana\0"
    return switch self {
    case .cutDocument: scene(.saveDocument(try rig.document("1", named: "a\0b")), "document")
    case .cutEditor: scene(.saveDocument(edited), "document")
    case .cutGrant: scene(.saveGrant(rig.grant("kv/a\0b")), "grant")
    case .cutGrantHost: scene(.saveGrant(rig.grant("kv/a", hosts: ["a:1", "b\0:2"])), "grant")
    case .cutLogin: scene(.saveLogin(try rig.login("\0ann")), "login")
    case .cutPolicy: scene(.savePolicy(try rig.policy("p\0")), "policy")
    case .cutReveal: scene(.saveReveal(try rig.reveal("r\0")), "reveal")
    case .cutNamedKey: scene(.saveNamedKey(try rig.namedKey("k\0"), adding: [], removing: []), "named_key")
    case .cutSealed: scene(.saveSealedRow(try rig.sealedRow("v\0w")), "sealed_row")
    default: scene(.saveSecret(try rig.secret("kv/a\0b")), "secret")
    }
  }

  private func revisionScene(_ rig: StoreRig) throws -> Scene {
    let document = Intention.saveDocument(try rig.document("1", named: "a"))
    return switch self {
    case .documentName:
      Scene(
        before: [document], refused: .saveDocument(try rig.document("2", named: "a")),
        refusal: .nameTaken(kind: .runbook, name: "a"))
    case .documentNew:
      Scene(
        refused: .saveDocument(try rig.document("1", named: "a", revision: 2)), refusal: .revisionMoved(name: "a"))
    case .documentSkips:
      Scene(
        before: [document], refused: .saveDocument(try rig.document("1", named: "a", revision: 3)),
        refusal: .revisionMoved(name: "a"))
    case .documentRepeats: Scene(before: [document], refused: document, refusal: .revisionMoved(name: "a"))
    case .policySkips:
      Scene(refused: .savePolicy(try rig.policy("p", revision: 2)), refusal: .revisionMoved(name: "p"))
    case .policyRepeats:
      Scene(
        before: [.savePolicy(try rig.policy("p"))], refused: .savePolicy(try rig.policy("p")),
        refusal: .revisionMoved(name: "p"))
    case .secretSkips:
      Scene(refused: .saveSecret(try rig.secret("kv/a", version: 2)), refusal: .revisionMoved(name: "kv/a"))
    case .secretRepeats:
      Scene(
        before: [.saveSecret(try rig.secret("kv/a"))], refused: .saveSecret(try rig.secret("kv/a")),
        refusal: .revisionMoved(name: "kv/a"))
    case .sealedRepeats:
      Scene(
        before: [.saveSealedRow(try rig.sealedRow("v", generation: 5))],
        refused: .saveSealedRow(try rig.sealedRow("v", generation: 5)), refusal: .revisionMoved(name: "v"))
    case .settingMoved:
      Scene(
        before: [.saveSetting(name: "s", value: [1])], refused: .expectSetting(name: "s", value: [2]),
        refusal: .revisionMoved(name: "s"))
    case .settingIsThere:
      Scene(
        before: [.saveSetting(name: "s", value: [1])], refused: .expectSetting(name: "s", value: nil),
        refusal: .revisionMoved(name: "s"))
    case .noDocument:
      Scene(refused: .deleteDocument(.template, id: "1", revision: 1), refusal: .notFound(name: "1"))
    case .otherRevision:
      Scene(
        before: [document], refused: .deleteDocument(.runbook, id: "1", revision: 2), refusal: .revisionMoved(name: "1")
      )
    default: Scene(refused: .deleteSecret(path: "kv/a"), refusal: .notFound(name: "kv/a"))
    }
  }
}

@Suite("A batch that the data disagrees with")
struct RefusalTests {
  @Test("Nothing of a refused batch is stored", arguments: Engine.allCases, RefusalCase.allCases)
  func leavesNothing(engine: Engine, refusal: RefusalCase) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let scene = try refusal.scene(rig)
      try await store.commit(WriteBatch(scene.before, ledger: [StoreRig.draft("before")]))
      let before = try await Shown(store)
      let other = rig.run(50)
      let batch = WriteBatch(
        [
          .saveSetting(name: "mark", value: [1]), .createRun(other, try rig.events(1...2, of: other.id), replay: nil),
          .saveDocument(try rig.document("50", named: "fifty")), scene.refused,
          .saveSetting(name: "after", value: [1]),
        ], ledger: [StoreRig.draft("refused")])
      await #expect(throws: scene.refusal) { try await store.commit(batch) }
      let seen1 = try await Shown(store)
      #expect(seen1 == before)
      // The store goes on, and its ledger where it was.
      let seen2 = try await store.write(ledger: [StoreRig.draft("next")]).ledgerSize
      #expect(seen2 == before.state.size + 1)
      let seen3 = try await Audit.fault(of: store)
      #expect(seen3 == nil)
    }
  }

  @Test("Of many batches at once, the refused take nothing else with them", arguments: Engine.allCases)
  func concurrent(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let run = rig.run(1)
      try await store.write(.createRun(run, try rig.events(1...1, of: run.id), replay: nil))
      let gap = Intention.appendEvents(run.id, try rig.events(7...7, of: run.id), row: run)
      let count = 300
      let sizes = await withTaskGroup(of: (Int, UInt64?).self) { group in
        for number in 0..<count {
          group.addTask {
            let mark = Intention.saveSetting(name: "\(number)", value: [UInt8(truncatingIfNeeded: number)])
            let batch = WriteBatch(number % 3 == 0 ? [mark, gap] : [mark], ledger: [StoreRig.draft("\(number)")])
            do {
              return (number, try await store.commit(batch).ledgerSize)
            } catch {
              #expect(error as? CommitRefusal == .historyMoved(run.id))
              return (number, nil)
            }
          }
        }
        return await group.reduce(into: [Int: UInt64?]()) { $0[$1.0] = .some($1.1) }
      }
      for number in 0..<count {
        let isRefused = number % 3 == 0
        #expect((sizes[number] ?? nil) == nil ? isRefused : !isRefused)
        #expect(
          try await store.setting("\(number)") == (isRefused ? nil : [UInt8(truncatingIfNeeded: number)]))
      }
      #expect(sizes.values.compactMap { $0 }.sorted() == Array(1...200))
      let seen4 = try await store.ledgerState().size
      #expect(seen4 == 200)
      let seen5 = try await Audit.fault(of: store)
      #expect(seen5 == nil)
    }
  }

  @Test("Of the same delivery many times at once, one starts a run and the others name it", arguments: Engine.allCases)
  func deliveries(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let outcomes = await withTaskGroup(of: (started: RunID?, named: RunID?).self) { group in
        for number in 1...40 {
          let run = rig.run(number)
          group.addTask {
            do {
              try await store.write(.createRun(run, [], replay: StoreRig.replay(99)))
              return (run.id, nil)
            } catch CommitRefusal.duplicateDelivery(let first) {
              return (nil, first)
            } catch {
              Issue.record(error)
              return (nil, nil)
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let started = outcomes.compactMap(\.started)
      let named = outcomes.compactMap(\.named)
      #expect(started.count == 1 && named.count == 39)
      #expect(Set(named) == Set(started))
      let seen6 = try await store.runs(RunQuery()).map(\.id)
      #expect(seen6 == started)
    }
  }

  @Test("Of two deliveries that share one name at once, one starts a run", arguments: Engine.allCases)
  func sharedName(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      // The sender's attempts: other bytes each time, one id.
      let started = await withTaskGroup(of: RunID?.self) { group in
        for number in 1...20 {
          let run = rig.run(number)
          let rows = StoreRig.kept(number, limit: .max).rows + StoreRig.kept(99, limit: .max).rows
          group.addTask {
            do { try await store.write(.createRun(run, [], replay: ReplayClaim(rows))) } catch { return nil }
            return run.id
          }
        }
        return await group.reduce(into: []) { if let run = $1 { $0.append(run) } }
      }
      #expect(started.count == 1)
      let seen = try await store.keptReplays()
      #expect(seen == ["ep": 2])
    }
  }

  @Test(
    "At the limit a new delivery is refused, a repeated one names its run, and nothing is forgotten",
    arguments: Engine.allCases)
  func replayCap(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for number in 1...3 {
        try await store.write(.createRun(rig.run(number), [], replay: StoreRig.kept(number)))
      }
      await #expect(throws: CommitRefusal.replayCapReached(endpoint: "ep")) {
        try await store.write(.createRun(rig.run(4), [], replay: StoreRig.kept(4)))
      }
      await #expect(throws: CommitRefusal.duplicateDelivery(firstRun: StoreRig.runID(2))) {
        try await store.write(.createRun(rig.run(4), [], replay: StoreRig.kept(2)))
      }
      let runs = try await store.runs(RunQuery()).count
      #expect(runs == 3)
      // Another endpoint, and deliveries with a time of their own, have room.
      try await store.write(.createRun(rig.run(5), [], replay: StoreRig.kept(5, endpoint: "other")))
      try await store.write(.createRun(rig.run(6), [], replay: StoreRig.replay(6)))
      let kept = try await store.keptReplays()
      #expect(kept == ["ep": 3, "other": 1])
      // By no time at all.
      try await store.write(.forgetReplays(before: StoreRig.time(1_000_000)))
      let after = try await store.keptReplays()
      #expect(after == kept)
      let known = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(known == StoreRig.runID(1))
      let gone = try await store.replayedRun(key: StoreRig.hash(6))
      #expect(gone == nil)
    }
  }

  @Test("Deliveries of keys that are gone are forgotten, a few at a time, and make room", arguments: Engine.allCases)
  func forgetKept(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for number in 1...3 {
        let epoch = number == 3 ? "k2" : "k1"
        try await store.write(.createRun(rig.run(number), [], replay: StoreRig.kept(number, epoch: epoch)))
      }
      let epochs = try await store.keptEpochs(endpoint: "ep")
      #expect(epochs == ["k1", "k2"])
      let unknown = try await store.keptEpochs(endpoint: "nobody")
      #expect(unknown.isEmpty)
      try await store.write(.forgetKeptReplays(endpoint: "ep", epoch: "k3", limit: 10))
      try await store.write(.forgetKeptReplays(endpoint: "nobody", epoch: "k1", limit: 10))
      let all = try await store.keptReplays()
      #expect(all == ["ep": 3])
      try await store.write(.forgetKeptReplays(endpoint: "ep", epoch: "k1", limit: 1))
      let fewer = try await store.keptReplays()
      #expect(fewer == ["ep": 2])
      try await store.write(.forgetKeptReplays(endpoint: "ep", epoch: "k1", limit: 10))
      try await store.write(.forgetKeptReplays(endpoint: "ep", epoch: "k1", limit: 10))
      let left = try await store.keptReplays()
      #expect(left == ["ep": 1])
      let third = try await store.replayedRun(key: StoreRig.hash(3))
      #expect(third == StoreRig.runID(3))
      try await store.write(.createRun(rig.run(4), [], replay: StoreRig.kept(4, epoch: "k2")))
      try await store.write(.forgetKeptReplays(endpoint: "ep", epoch: "k2", limit: 10))
      let none = try await store.keptReplays()
      #expect(none == [:])
    }
  }

  @Test("The key of kept deliveries is named anew, a few at a time, and they stay known", arguments: Engine.allCases)
  func renameKept(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for number in 1...3 {
        let claim = StoreRig.kept(number, endpoint: number == 3 ? "other" : "ep", epoch: "k1")
        try await store.write(.createRun(rig.run(number), [], replay: claim))
      }
      try await store.write(.renameKeptReplays(endpoint: "ep", epoch: "k1", to: "k2", limit: 1))
      let both = try await store.keptEpochs(endpoint: "ep")
      #expect(both == ["k1", "k2"])
      try await store.write(.renameKeptReplays(endpoint: "ep", epoch: "k1", to: "k2", limit: 10))
      let one = try await store.keptEpochs(endpoint: "ep")
      #expect(one == ["k2"])
      let other = try await store.keptEpochs(endpoint: "other")
      #expect(other == ["k1"])
      let kept = try await store.keptReplays()
      #expect(kept == ["ep": 2, "other": 1])
      let known = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(known == StoreRig.runID(1))
      // Once more what is known already: a repetition still.
      await #expect(throws: CommitRefusal.duplicateDelivery(firstRun: StoreRig.runID(1))) {
        try await store.write(.createRun(rig.run(4), [], replay: StoreRig.kept(1, epoch: "k2")))
      }
    }
  }

  @Test("Uses of a token never go below none left, however many want one at once", arguments: Engine.allCases)
  func tokenUses(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let token = try rig.token(1, uses: 10)
      try await store.write(.saveToken(token))
      let taken = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<60 {
          group.addTask {
            do {
              try await store.write(.useToken(hash: token.hash))
              return true
            } catch {
              #expect(error as? CommitRefusal == .tokenSpent)
              return false
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(taken == 10)
      let seen7 = try await store.token(hash: token.hash)?.remainingUses
      #expect(seen7 == 0)
    }
  }

  @Test("Intentions of one batch see each other, so a token with one use is not used twice", arguments: Engine.allCases)
  func withinABatch(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let token = try rig.token(1, uses: 1)
      try await store.write(.saveToken(token))
      let use = Intention.useToken(hash: token.hash)
      await #expect(throws: CommitRefusal.tokenSpent) { try await store.write(use, use) }
      let seen8 = try await store.token(hash: token.hash)?.remainingUses
      #expect(seen8 == 1)
    }
  }

  @Test("A document may take a name that another gave up in the same batch", arguments: Engine.allCases)
  func names(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveDocument(try rig.document("1", named: "a")))
      let renamed = try rig.document("1", named: "b", revision: 2)
      let second = try rig.document("2", named: "a")
      try await store.write(.saveDocument(renamed), .saveDocument(second))
      let seen9 = try await store.documents(.runbook)
      #expect(seen9 == [second, renamed])
      // The other kind has names of its own.
      try await store.write(.saveDocument(try rig.document("3", named: "a", kind: .integration)))
      let seen10 = try await store.document(.integration, named: "a")?.id
      #expect(seen10 == "3")
    }
  }

  @Test("A sealed row's generation may jump, but never goes back", arguments: Engine.allCases)
  func generations(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveSealedRow(try rig.sealedRow("v", generation: 4)))
      let later = try rig.sealedRow("v", generation: 9)
      try await store.write(.saveSealedRow(later))
      let older = Intention.saveSealedRow(try rig.sealedRow("v", generation: 8))
      await #expect(throws: CommitRefusal.revisionMoved(name: "v")) { try await store.write(older) }
      let seen11 = try await store.sealedRows(owner: "runbook:ask")
      #expect(seen11 == [later])
    }
  }
}
