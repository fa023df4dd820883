import RunEngine
import Storage
import Testing

@Suite("Answers to requests that wait for people")
struct ApprovalTests {
  private static func answer(_ run: RunID, _ login: String, _ isGiven: Bool, at: Int) -> Intention {
    .saveApproval(
      StoredApproval(run: run, step: "pay", visit: 1, login: login, isGiven: isGiven, at: StoreRig.time(at)))
  }

  @Test(
    "Whoever has agreed can refuse, a refusal stands, and an answer that changes nothing is refused",
    arguments: Engine.allCases)
  func changes(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let row = try await Self.waiting(rig, store)
      try await store.write(Self.answer(row.id, "ann", true, at: 5))
      await #expect(throws: CommitRefusal.answerStands(row.id)) {
        try await store.write(Self.answer(row.id, "ann", true, at: 6))
      }
      try await store.write(Self.answer(row.id, "ann", false, at: 7))
      await #expect(throws: CommitRefusal.answerStands(row.id)) {
        try await store.write(Self.answer(row.id, "ann", true, at: 8))
      }
      let answers = try await store.approvals(of: row.id)
      #expect(answers.map(\.isGiven) == [false])
      #expect(answers.map(\.at) == [StoreRig.time(7)])
    }
  }

  @Test("A run that waits for no approval takes no answer", arguments: Engine.allCases)
  func notWaiting(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var row = try await Self.waiting(rig, store)
      row.waiting = nil
      try await store.write(.appendEvents(row.id, [], row: row))
      await #expect(throws: CommitRefusal.historyMoved(row.id)) {
        try await store.write(Self.answer(row.id, "ann", true, at: 5))
      }
    }
  }

  @Test("What was decided by answers is not written once somebody has refused", arguments: Engine.allCases)
  func refusedMeanwhile(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let row = try await Self.waiting(rig, store)
      let expected = Intention.expectNoRefusal(row.id, step: "pay", visit: 1)
      try await store.write(Self.answer(row.id, "ann", true, at: 5))
      try await store.write(expected)
      try await store.write(Self.answer(row.id, "bob", false, at: 6))
      await #expect(throws: CommitRefusal.historyMoved(row.id)) { try await store.write(expected) }
      try await store.write(.expectNoRefusal(row.id, step: "pay", visit: 2))
    }
  }

  private static func waiting(_ rig: StoreRig, _ store: any Store) async throws -> StoredRun {
    var row = rig.run(1, state: .running)
    row.waiting = RunWait(reason: .approval, until: StoreRig.time(100))
    try await store.write(.createRun(row, [], replay: nil))
    return row
  }
}
