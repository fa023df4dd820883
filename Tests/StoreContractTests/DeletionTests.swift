import Encodings
import RunEngine
import Runbooks
import Storage
import Testing

@Suite("Deleting documents, and changing a record from a known state")
struct DeletionTests {
  @Test(
    "A deleted document is gone with its earlier saves, and the ledger still vouches for what is there",
    arguments: Engine.allCases)
  func document(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template)))
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template, revision: 2)))
      try await store.write(.deleteDocument(.template, id: "1", revision: 2))
      let left = try await store.documents(.template)
      #expect(left.isEmpty)
      let versions = try await store.documentVersions(.template, id: "1")
      #expect(versions.isEmpty)
      let fault = try await Audit.fault(of: store)
      #expect(fault == nil)
      // The name is free, and the next document of the id begins anew.
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template)))
      let again = try await store.documents(.template)
      #expect(again.map(\.revision) == [1])
    }
  }

  @Test("A record is changed from the state that was read, and from no other", arguments: Engine.allCases)
  func setting(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(.expectSetting(name: "s", value: nil), .saveSetting(name: "s", value: [1]))
      try await store.write(.expectSetting(name: "s", value: [1]), .saveSetting(name: "s", value: [2]))
      await #expect(throws: CommitRefusal.revisionMoved(name: "s")) {
        try await store.write(.expectSetting(name: "s", value: [1]), .saveSetting(name: "s", value: [3]))
      }
      let stored = try await store.setting("s")
      #expect(stored == [2])
    }
  }

  @Test("What belongs to a runbook goes with it, and nothing of another one's", arguments: Engine.allCases)
  func remains(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for runbook in ["ask", "other"] {
        try await store.write(
          .keepVariable(
            StoredKeptVariable(
              runbookID: runbook, name: "v",
              value: try rig.envelope(.persistedVariable, [runbook, "v"], row: "\(runbook)/v"))),
          .account(.pause(StoredPause(runbookID: runbook, at: StoreRig.start, pausedBy: "ana"))),
          .account(
            .takeSlot(ScheduleSlot(runbookID: runbook, schedule: "* * * * *", slot: StoreRig.time(1), missed: 0))),
          .createRun(rig.run(runbook == "ask" ? 1 : 2, runbook: runbook, state: .failed), [], replay: nil))
      }
      let failed = RunAccount(
        runbookID: "ask", run: StoreRig.runID(1), bundle: BundleID(hex: "00"), startedAt: StoreRig.time(1),
        end: RunAccount.End(
          at: StoreRig.time(2), outcome: .failed(.timeout), steps: 1, milliseconds: 1,
          rules: FailureRules(FailureSettings(disableAfter: 1, notify: .everybody))))
      try await store.write(.account(.run(failed)))
      let before = try await store.dueOutbox(OutboxPart([.disable]), at: StoreRig.time(100), limit: 9)
      #expect(before.map(\.action) == [.disable])
      try await store.write(.forgetRunbook(id: "ask", sealedOwner: "runbook:ask"))
      let pending = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(100), limit: 9)
      #expect(!pending.contains { $0.action == .disable }, "a later runbook of the id has not failed")
      for (runbook, count) in [("ask", 0), ("other", 1)] {
        let kept = try await store.keptVariables(runbookID: runbook)
        let slots = try await store.scheduleSlots(runbookID: runbook)
        let pauses = try await store.pauses().filter { $0.runbookID == runbook }
        #expect([kept.count, slots.count, pauses.count] == [count, count, count])
      }
      let runs = try await store.runbooksOfRuns()
      #expect(runs == ["ask", "other"], "runs that are over stay")
    }
  }

  @Test("A kept variable comes with the time at which it was kept, and is cleared once", arguments: Engine.allCases)
  func keptVariables(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      func kept(_ name: String, at: Instant?) throws -> StoredKeptVariable {
        StoredKeptVariable(
          runbookID: "ask", name: name, value: try rig.envelope(.persistedVariable, ["ask", name], row: "ask/\(name)"),
          keptAt: at)
      }
      let first = try kept("a", at: nil)
      let second = try kept("b", at: StoreRig.time(1))
      try await store.write(.keepVariable(first), .keepVariable(second))
      let all = try await store.keptVariables(runbookID: "ask")
      #expect(all == [first, second])
      let later = try kept("a", at: StoreRig.time(2))
      try await store.write(.keepVariable(later), .forgetKeptVariable(runbookID: "ask", name: "b"))
      let left = try await store.keptVariables(runbookID: "ask")
      #expect(left == [later])
      for (runbook, name) in [("ask", "b"), ("other", "a")] {
        await #expect(throws: CommitRefusal.notFound(name: name)) {
          try await store.write(.forgetKeptVariable(runbookID: runbook, name: name))
        }
      }
    }
  }

  @Test(
    "A runbook is not forgotten while a run of it is not over, nor with a grant or a sealed value left",
    arguments: Engine.allCases)
  func remainsRefused(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let forget = Intention.forgetRunbook(id: "ask", sealedOwner: "runbook:ask")
      let kept = StoredKeptVariable(
        runbookID: "ask", name: "v", value: try rig.envelope(.persistedVariable, ["ask", "v"], row: "ask/v"))
      try await store.write(.keepVariable(kept), .createRun(rig.run(1), [], replay: nil))
      await #expect(throws: CommitRefusal.runsUnfinished(runbook: "ask")) { try await store.write(forget) }
      let ended = rig.run(1, state: .cancelled)
      try await store.write(.appendEvents(ended.id, [], row: ended), .saveGrant(rig.grant("kv/a")))
      await #expect(throws: CommitRefusal.revisionMoved(name: "ask")) { try await store.write(forget) }
      let row = try rig.sealedRow("v")
      try await store.write(.deleteGrant(runbookID: "ask", secretPath: "kv/a"), .saveSealedRow(row))
      await #expect(throws: CommitRefusal.revisionMoved(name: "runbook:ask")) { try await store.write(forget) }
      await #expect(throws: CommitRefusal.revisionMoved(name: "runbook:ask")) {
        try await store.write(.expectNothingSealed(owners: ["runbook:none", "runbook:ask"]))
      }
      let left = try await store.keptVariables(runbookID: "ask")
      #expect(left.count == 1, "a refused deletion changes nothing")
      try await store.write(.deleteSealedRow(row.place), forget)
      let gone = try await store.keptVariables(runbookID: "ask")
      #expect(gone.isEmpty)
    }
  }
}
