import Encodings
import Keyring
import RunEngine
import Storage
import Testing

@Suite("What is written is read back")
struct RoundTripTests {
  @Test("A run, its events and its replay row are read back as they were written", arguments: Engine.allCases)
  func run(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let run = rig.run(1)
      let events = try rig.events(1...3, of: run.id)
      try await store.write(.createRun(run, events, replay: StoreRig.replay(1)))
      let seen1 = try await store.run(run.id)
      #expect(seen1 == run)
      let seen2 = try await store.events(of: run.id, after: 0)
      #expect(seen2 == events)
      let seen3 = try await store.events(of: run.id, after: 2)
      #expect(seen3 == [events[2]])
      let seen4 = try await store.events(of: run.id, after: 3)
      #expect(seen4 == [])
      let seen5 = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(seen5 == run.id)
      let seen6 = try await store.replayedRun(key: StoreRig.hash(2))
      #expect(seen6 == nil)
      let seen7 = try await store.run(StoreRig.runID(2))
      #expect(seen7 == nil)
      let seen8 = try await store.runKeySlots()
      #expect(seen8 == [1])
    }
  }

  @Test("Appended events follow the stored ones, and the run's row says what it was given", arguments: Engine.allCases)
  func append(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var run = rig.run(1)
      try await store.write(.createRun(run, try rig.events(1...2, of: run.id), replay: nil))
      run.state = .failed
      run.startedAt = StoreRig.time(5)
      run.endedAt = StoreRig.time(6)
      run.stepsExecuted = 4
      run.failureWord = "timeout"
      try await store.write(.appendEvents(run.id, try rig.events(3...5, of: run.id), row: run))
      let seen9 = try await store.run(run.id)
      #expect(seen9 == run)
      let seen10 = try await store.events(of: run.id, after: 0).map(\.sequence)
      #expect(seen10 == [1, 2, 3, 4, 5])
    }
  }

  @Test("A run says which one it repeats, and those of one are found", arguments: Engine.allCases)
  func retries(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var runs = (1...4).map { rig.run($0, state: .failed) }
      runs[1].retryOf = runs[0].id
      runs[2].retryOf = runs[0].id
      runs[3].isDry = true
      for run in runs { try await store.write(.createRun(run, [], replay: nil)) }
      var query = RunQuery()
      query.retryOf = runs[0].id
      let found = try await store.runs(query)
      #expect(found == [runs[2], runs[1]])
      let dry = try await store.run(runs[3].id)
      #expect(dry?.isDry == true)
    }
  }

  @Test(
    "Named keys are read back with their material, follow their revisions, and go whole", arguments: Engine.allCases)
  func namedKeys(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let first = try rig.keyMaterial(1)
      let second = try rig.keyMaterial(2)
      try await store.write(.saveNamedKey(try rig.namedKey("k"), adding: [first], removing: []))
      try await store.write(.saveNamedKey(try rig.namedKey("j"), adding: [first], removing: []))
      for revision in [1, 3] as [UInt64] {
        await #expect(throws: CommitRefusal.revisionMoved(name: "k")) {
          try await store.write(.saveNamedKey(try rig.namedKey("k", revision: revision), adding: [], removing: []))
        }
      }
      let next = try rig.namedKey("k", revision: 2)
      try await store.write(.saveNamedKey(next, adding: [second], removing: [1]))
      let key = try await store.namedKey("k")
      #expect(key == next)
      let names = try await store.namedKeyNames()
      #expect(names == ["j", "k"])
      let gone = try await store.keyMaterial("k", version: 1)
      #expect(gone == nil)
      let kept = try await store.keyMaterial("k", version: 2)
      #expect(kept == second.material)
      try await store.write(.deleteNamedKey(name: "k"))
      let deleted = try await store.namedKey("k")
      #expect(deleted == nil)
      let material = try await store.keyMaterial("k", version: 2)
      #expect(material == nil)
      let other = try await store.keyMaterial("j", version: 1)
      #expect(other == first.material)
      await #expect(throws: CommitRefusal.notFound(name: "k")) { try await store.write(.deleteNamedKey(name: "k")) }
    }
  }

  @Test("Reveal requests and logins are read back, follow their revisions, and go", arguments: Engine.allCases)
  func persons(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let late = try rig.reveal("a", expiresAt: StoreRig.time(9))
      let early = try rig.reveal("b", expiresAt: StoreRig.time(1))
      try await store.write(.saveReveal(late), .saveReveal(early), .saveLogin(try rig.login("bob")))
      let next = try rig.reveal("a", revision: 2, expiresAt: StoreRig.time(9))
      try await store.write(.saveReveal(next), .saveLogin(try rig.login("ann")))
      // Of two that would take the same step one is refused.
      await #expect(throws: CommitRefusal.revisionMoved(name: "a")) { try await store.write(.saveReveal(next)) }
      await #expect(throws: CommitRefusal.revisionMoved(name: "ann")) {
        try await store.write(.saveLogin(try rig.login("ann", revision: 3)))
      }
      let reveals = try await store.reveals()
      #expect(reveals == [early, next])
      let reveal = try await store.reveal(id: "a")
      #expect(reveal == next)
      let names = try await store.loginNames()
      #expect(names == ["ann", "bob"])
      // What was decided by a login is stored while that login stands, and not after.
      let ann = try #require(try await store.login(named: "ann"))
      try await store.write(.expectLogin(ann), .saveToken(try rig.token(1)))
      try await store.write(.saveLogin(try rig.login("ann", revision: 2)))
      await #expect(throws: CommitRefusal.revisionMoved(name: "ann")) {
        try await store.write(.expectLogin(ann), .saveToken(try rig.token(2)))
      }
      let refused = try await store.token(hash: StoreRig.hash(2))
      #expect(refused == nil)
      try await store.write(.deleteReveal(id: "a"), .deleteLogin(name: "bob"))
      await #expect(throws: CommitRefusal.notFound(name: "bob")) { try await store.write(.deleteLogin(name: "bob")) }
      let gone = try await store.reveal(id: "a")
      #expect(gone == nil)
      let login = try await store.login(named: "bob")
      #expect(login == nil)
    }
  }

  @Test("A stored envelope still opens", arguments: Engine.allCases)
  func envelope(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let text = try rig.envelope(.document, ["bundle", "b"], row: "b", text: "the documents")
      let id = BundleID(hex: Hex.encode(StoreRig.hash(9)))
      try await store.write(.saveBundle(id, text))
      let stored = try #require(try await store.bundle(id))
      let context = EnvelopeContext(
        purpose: .document, table: "document", row: "b", column: "text", context: [Array("bundle".utf8), [0x62]],
        version: 1)
      #expect(try rig.keyring.open(stored, in: context) == Array("the documents".utf8))
    }
  }

  @Test("A bundle that is known is left alone", arguments: Engine.allCases)
  func bundle(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let id = BundleID(hex: Hex.encode(StoreRig.hash(9)))
      let first = try rig.envelope(.document, ["bundle", "b"], row: "b")
      try await store.write(.saveBundle(id, first))
      try await store.write(.saveBundle(id, try rig.envelope(.document, ["bundle", "b"], row: "b")))
      let seen11 = try await store.bundle(id)
      #expect(seen11 == first)
      let seen12 = try await store.bundle(BundleID(hex: "00"))
      #expect(seen12 == nil)
    }
  }

  @Test("Documents are found by kind, id and name, and listed by name", arguments: Engine.allCases)
  func documents(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let b = try rig.document("1", named: "b", isActive: false)
      let a = try rig.document("2", named: "a")
      let other = try rig.document("1", named: "b", kind: .integration)
      try await store.write(.saveDocument(b), .saveDocument(a), .saveDocument(other))
      let seen13 = try await store.documents(.runbook)
      #expect(seen13 == [a, b])
      let seen14 = try await store.documents(.integration)
      #expect(seen14 == [other])
      let seen15 = try await store.document(.runbook, id: "1")
      #expect(seen15 == b)
      let seen16 = try await store.document(.runbook, named: "a")
      #expect(seen16 == a)
      let seen17 = try await store.document(.integration, named: "a")
      #expect(seen17 == nil)
    }
  }

  @Test("A save keeps the one before as it was, the newest hundred of each document", arguments: Engine.allCases)
  func documentVersions(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var first = try rig.document("1", named: "a")
      first.savedBy = "an entity"
      try await store.write(.saveDocument(first), .saveDocument(try rig.document("2", named: "b")))
      let none = try await store.documentVersions(.runbook, id: "1")
      #expect(none == [])
      try await store.write(.saveDocument(try rig.document("1", named: "c", revision: 2, isActive: false)))
      let current = try await store.document(.runbook, id: "1")
      #expect(current?.savedBy == nil)
      let lines = try await store.documentVersions(.runbook, id: "1")
      #expect(
        lines == [
          StoredDocumentVersion(
            revision: 1, name: "a", isActive: true, updatedAt: StoreRig.start, savedBy: "an entity")
        ])
      let kept = try await store.documentVersion(.runbook, id: "1", revision: 1)
      #expect(kept == first)
      for revision in 3...UInt64(StoredDocument.keptVersions + 5) {
        try await store.write(.saveDocument(try rig.document("1", named: "c", revision: revision)))
      }
      let revisions = try await store.documentVersions(.runbook, id: "1").map(\.revision)
      #expect(revisions == (5...UInt64(StoredDocument.keptVersions + 4)).reversed())
      let gone = try await store.documentVersion(.runbook, id: "1", revision: 4)
      #expect(gone == nil)
      let other = try await store.documentVersions(.runbook, id: "2")
      #expect(other == [])
    }
  }

  @Test("Sealed rows belong to their place, and can be deleted", arguments: Engine.allCases)
  func sealedRows(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let header = try rig.sealedRow("key", kind: .header)
      let variable = try rig.sealedRow("key", kind: .variable)
      try await store.write(.saveSealedRow(variable), .saveSealedRow(header))
      let seen18 = try await store.sealedRows(owner: "runbook:ask")
      #expect(seen18 == [header, variable])
      let seen19 = try await store.sealedRows(owner: "runbook:other")
      #expect(seen19 == [])
      try await store.write(.deleteSealedRow(header.place))
      let seen20 = try await store.sealedRows(owner: "runbook:ask")
      #expect(seen20 == [variable])
    }
  }

  @Test(
    "A secret keeps its hosts, none told from an empty list", arguments: Engine.allCases,
    [nil, [], ["a.example:443"], ["a.example:443", "[::1]:8443"]] as [[String]?])
  func secretHosts(engine: Engine, hosts: [String]?) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let secret = try rig.secret("kv/a", hosts: hosts)
      var grant = rig.grant("kv/a")
      grant.hosts = hosts ?? []
      try await store.write(.saveSecret(secret), .saveGrant(grant))
      let seen21 = try await store.secret(path: "kv/a")
      #expect(seen21 == secret)
      let seen22 = try await store.grants(runbookID: "ask")
      #expect(seen22 == [grant])
    }
  }

  @Test("The newest version of a secret is read; deleting takes all versions", arguments: Engine.allCases)
  func secrets(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let second = try rig.secret("kv/a", version: 2)
      try await store.write(.saveSecret(try rig.secret("kv/a")), .saveSecret(second))
      let seen23 = try await store.secret(path: "kv/a")
      #expect(seen23 == second)
      try await store.write(.deleteSecret(path: "kv/a"))
      let seen24 = try await store.secret(path: "kv/a")
      #expect(seen24 == nil)
      let seen25 = try await store.secretPaths(prefix: "")
      #expect(seen25 == [])
    }
  }

  @Test("Versions of a secret come with the newest first, no more than asked for", arguments: Engine.allCases)
  func secretVersions(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let versions = try (1...3).map { try rig.secret("kv/a", version: $0) }
      for version in versions { try await store.write(.saveSecret(version)) }
      try await store.write(.saveSecret(try rig.secret("kv/ab")))
      let all = try await store.secretVersions(path: "kv/a", limit: 9)
      #expect(all == [versions[2], versions[1], versions[0]])
      let two = try await store.secretVersions(path: "kv/a", limit: 2)
      #expect(two == [versions[2], versions[1]])
      let none = try await store.secretVersions(path: "kv/b", limit: 9)
      #expect(none == [])
    }
  }

  @Test("A grant that was taken away stays known as one that was, and gives no right", arguments: Engine.allCases)
  func pastGrants(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveGrant(rig.grant("kv/b")), .saveGrant(rig.grant("kv/a")), .saveGrant(rig.grant("kv/c")))
      let before = try await store.pastGrants(runbookID: "ask")
      #expect(before == [])
      for path in ["kv/b", "kv/a", "kv/none"] {
        try await store.write(.deleteGrant(runbookID: "ask", secretPath: path))
      }
      try await store.write(.saveGrant(rig.grant("kv/a")), .deleteGrant(runbookID: "ask", secretPath: "kv/a"))
      try await store.write(.deleteGrant(runbookID: "ask", secretPath: "kv/c"))
      try await store.write(.forgetRunbook(id: "ask", sealedOwner: "runbook:ask"))
      let past = try await store.pastGrants(runbookID: "ask")
      #expect(past == ["kv/a", "kv/b", "kv/c"])
      let rights = try await store.grants(runbookID: "ask")
      #expect(rights == [])
      let other = try await store.pastGrants(runbookID: "other")
      #expect(other == [])
    }
  }

  @Test("Paths below a prefix come sorted and once; a prefix is no pattern", arguments: Engine.allCases)
  func paths(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for path in ["kv/b", "kv/a", "kv/ünï/x", "other/a", "kv/%"] {
        try await store.write(.saveSecret(try rig.secret(path)))
      }
      try await store.write(.saveSecret(try rig.secret("kv/a", version: 2)))
      let seen26 = try await store.secretPaths(prefix: "kv/")
      #expect(seen26 == ["kv/%", "kv/a", "kv/b", "kv/ünï/x"])
      let seen27 = try await store.secretPaths(prefix: "kv/ünï/")
      #expect(seen27 == ["kv/ünï/x"])
      let seen28 = try await store.secretPaths(prefix: "kv/%")
      #expect(seen28 == ["kv/%"])
      let seen29 = try await store.secretPaths(prefix: "KV/")
      #expect(seen29 == [])
    }
  }

  @Test("A grant given again replaces the first, and can be taken away", arguments: Engine.allCases)
  func grants(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveGrant(rig.grant("kv/b")), .saveGrant(rig.grant("kv/a")))
      let again = rig.grant("kv/b", hosts: ["b.example:443"])
      try await store.write(.saveGrant(again))
      let seen30 = try await store.grants(runbookID: "ask")
      #expect(seen30 == [rig.grant("kv/a"), again])
      try await store.write(.deleteGrant(runbookID: "ask", secretPath: "kv/a"))
      let seen31 = try await store.grants(runbookID: "ask")
      #expect(seen31 == [again])
    }
  }

  @Test("Tokens are found by their hash; a revoked one stays, revoked", arguments: Engine.allCases)
  func tokens(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var token = try rig.token(1)
      token.expiresAt = nil
      let counted = try rig.token(2, uses: 5)
      try await store.write(.saveToken(token), .saveToken(counted))
      let seen32 = try await store.token(hash: token.hash)
      #expect(seen32 == token)
      let seen33 = try await store.token(hash: counted.hash)
      #expect(seen33 == counted)
      let seen34 = try await store.token(hash: StoreRig.hash(3))
      #expect(seen34 == nil)
      try await store.write(.revokeToken(hash: token.hash))
      token.isRevoked = true
      let seen35 = try await store.token(hash: token.hash)
      #expect(seen35 == token)
      let seen36 = try await store.token(hash: counted.hash)
      #expect(seen36 == counted)
    }
  }

  @Test("Policies come by name; a deleted one is gone", arguments: Engine.allCases)
  func policies(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let operatorPolicy = try rig.policy("operator", revision: 2)
      try await store.write(.savePolicy(try rig.policy("operator")), .savePolicy(try rig.policy("auditor")))
      try await store.write(.savePolicy(operatorPolicy), .deletePolicy(name: "auditor"))
      let seen37 = try await store.policies()
      #expect(seen37 == [operatorPolicy])
    }
  }

  @Test("The newest time that was noted stays, whatever the clock says later", arguments: Engine.allCases)
  func notedTime(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let seen38 = try await store.lastNotedTime()
      #expect(seen38 == nil)
      for number in [3, 9, 4] { try await store.write(.noteTime(StoreRig.time(number))) }
      let seen39 = try await store.lastNotedTime()
      #expect(seen39 == StoreRig.time(9))
    }
  }

  @Test("A setting is replaced, and an empty one is told from none", arguments: Engine.allCases)
  func settings(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let seen40 = try await store.setting("id")
      #expect(seen40 == nil)
      try await store.write(.saveSetting(name: "id", value: [1, 0, 255]))
      let seen41 = try await store.setting("id")
      #expect(seen41 == [1, 0, 255])
      try await store.write(.saveSetting(name: "id", value: []))
      let seen42 = try await store.setting("id")
      #expect(seen42 == [])
    }
  }

  @Test(
    "Of an integration the newest token is kept, whatever its settings; a later one is not replaced by an earlier one",
    arguments: Engine.allCases)
  func integrationTokens(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let none = try await store.integrationToken("i")
      #expect(none == nil)
      let first = try rig.integrationToken("i", settings: "a", generation: 5)
      let other = try rig.integrationToken("j", settings: "a", generation: 1)
      try await store.write(.saveIntegrationToken(first), .saveIntegrationToken(other))
      let seen = try await store.integrationToken("i")
      #expect(seen == first)
      for generation: UInt64 in [4, 5] {
        let older = try rig.integrationToken("i", settings: "b", generation: generation)
        await #expect(throws: CommitRefusal.revisionMoved(name: "i")) {
          try await store.write(.saveIntegrationToken(older))
        }
      }
      let second = try rig.integrationToken("i", settings: "b", generation: 6)
      try await store.write(.saveIntegrationToken(second))
      let newest = try await store.integrationToken("i")
      #expect(newest == second)
      try await store.write(.deleteIntegrationToken(integrationID: "i"), .deleteIntegrationToken(integrationID: "none"))
      let gone = try await store.integrationToken("i")
      #expect(gone == nil)
      let kept = try await store.integrationToken("j")
      #expect(kept == other)
    }
  }

  @Test("Only deliveries that can no longer be replayed are forgotten", arguments: Engine.allCases)
  func forgetting(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for number in 1...3 {
        try await store.write(.createRun(rig.run(number), [], replay: StoreRig.replay(number)))
      }
      try await store.write(.forgetReplays(before: StoreRig.time(2)))
      let seen43 = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(seen43 == nil)
      let seen44 = try await store.replayedRun(key: StoreRig.hash(2))
      #expect(seen44 == StoreRig.runID(2))
      let seen45 = try await store.replayedRun(key: StoreRig.hash(3))
      #expect(seen45 == StoreRig.runID(3))
      try await store.write(.createRun(rig.run(4), [], replay: StoreRig.replay(1)))
      let seen46 = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(seen46 == StoreRig.runID(4))
    }
  }
}

@Suite("Values that move to another term of the keyring")
struct ResealRowTests {
  /// One row in each table, all under the rig's first term.
  private func fill(_ rig: StoreRig, _ store: any Store) async throws {
    try await store.write(
      .saveBundle(BundleID(hex: Hex.encode(StoreRig.hash(9))), try rig.envelope(.document, ["bundle", "b"], row: "b")),
      .saveDocument(try rig.document("1", named: "a")), .saveDocument(try rig.document("2", named: "b")),
      .saveDocument(try rig.document("2", named: "b", revision: 2)),
      .saveSealedRow(try rig.sealedRow("x")), .saveSealedRow(try rig.sealedRow("y")),
      .saveSecret(try rig.secret("kv/a")), .saveSecret(try rig.secret("kv/a", version: 2)),
      .saveToken(try rig.token(1)), .saveToken(try rig.token(2)), .savePolicy(try rig.policy("operator")),
      .saveIntegrationToken(try rig.integrationToken("i")), .saveLogin(try rig.login("ann")),
      .saveReveal(try rig.reveal("r")),
      .keepVariable(
        StoredKeptVariable(
          runbookID: "r", name: "v", value: try rig.envelope(.persistedVariable, ["r", "v"], row: "r/v"))),
      .saveNamedKey(try rig.namedKey("k"), adding: [try rig.keyMaterial(1), try rig.keyMaterial(2)], removing: []))
  }

  @Test("Cells come by their term, page by page, and none is left when all have moved", arguments: Engine.allCases)
  func pages(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await fill(rig, store)
      let term = try rig.keyring.currentTerm
      for table in SealedTable.allCases {
        let none = try await store.cells(table, notUnder: term, after: nil, limit: 10)
        #expect(none == [], "\(table)")
        var cells: [SealedCell] = []
        while let page = try await store.cells(table, notUnder: term + 1, after: cells.last, limit: 1).first {
          cells.append(page)
        }
        let expected = [.document, .namedKeyVersion, .sealedRow, .secret, .token].contains(table) ? 2 : 1
        #expect(cells.count == expected, "\(table)")
        #expect(Set(cells.map { "\($0.key)\($0.version)" }).count == expected, "\(table)")
        for cell in cells {
          let other = try rig.envelope(.document, ["moved", "x"], row: "moved")
          try await store.write(.reseal(cell, with: other))
          // What is not there any more is left alone.
          try await store.write(.reseal(cell, with: cell.envelope))
        }
        let moved = try await store.cells(table, notUnder: term + 1, after: nil, limit: 10)
        #expect(moved.allSatisfy { cell in !cells.contains { $0.envelope == cell.envelope } }, "\(table)")
      }
    }
  }
}
