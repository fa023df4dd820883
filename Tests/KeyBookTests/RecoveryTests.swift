import Encodings
import RunEngine
import Storage
import Synchronization
import Testing

@testable import Runner

@Suite("Taking up what a restart left")
struct RecoveryTests {
  private func stored(
    _ parts: ServiceParts, _ runbook: String, _ state: StoredRunState, waiting: RunWait? = nil
  ) throws -> StoredRun {
    let now = parts.clock.now()
    return StoredRun(
      id: parts.runIDs.make(at: now), runbookID: runbook, bundle: BundleID(hex: "00"), state: state, trigger: .api,
      createdAt: now, runKeySlot: 0, runKeyGeneration: 0, waiting: waiting)
  }

  @Test("All unfinished runs are taken up, however many, and nothing begins before they are")
  func all() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let wait = RunWait(reason: .sleep, until: parts.clock.now().advanced(byMilliseconds: 3_600_000))
        let parked = try (0..<1_200).map { _ in try stored(parts, "sleeps", .running, waiting: wait) }
        let queued = try (0..<900).map { _ in try stored(parts, "line", .queued) }
        for rows in [parked, queued] {
          _ = try await parts.store.commit(WriteBatch(rows.map { .createRun($0, [], replay: nil) }))
        }
        let runner = Runner(parts: parts, library: DocumentLibrary(parts: parts))
        let early = runner.desk.withLock { $0.hasRecovered }
        #expect(!early)
        let worked = await runner.recoverOnce()
        #expect(worked)
        let (found, waits) = runner.desk.withLock { ($0.queue.parkedCount, $0.queue.waitingCount) }
        #expect(found == parked.count)
        #expect(waits == queued.count)
        let again = await runner.recoverOnce()
        #expect(again)
        #expect(runner.waitingCount == queued.count)
      }
    }
  }

  @Test("A runbook that is about to be disabled is held, however much else waits to be done")
  func disabling() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let library = DocumentLibrary(parts: parts)
        let row = try library.row(
          kind: .runbook, id: "dying", name: "dying", isActive: true, text: Array("{}".utf8), replacing: nil, by: nil)
        _ = try await parts.store.commit(WriteBatch([.saveDocument(row)]))
        try await fail(parts, "dying", times: 1, [.disable: .once(after: 1)])
        try await fail(parts, "other", times: 600, [.notify: .each])
        let newest = try await parts.store.outbox(OutboxQuery(state: .pending, limit: 500))
        #expect(newest.allSatisfy { $0.action == .notify })
        let asked = try await parts.store.outbox(OutboxQuery(state: .pending, action: .disable, limit: 500))
        #expect(asked.map(\.runbookID) == ["dying"])
        let runner = Runner(parts: parts, library: library)
        try await runner.renewHolds()
        #expect(runner.isHeld("dying"))
        #expect(!runner.isHeld("other"))
      }
    }
  }

  @Test("Of two renewals of the holds the later one's documents count, however long the earlier one is at reading")
  func inTurn() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let store = try #require(parts.store as? FaultyStore)
        let library = DocumentLibrary(parts: parts)
        let runner = Runner(parts: parts, library: library)
        let before = try library.row(
          kind: .runbook, id: "turned", name: "turned", isActive: true, text: Array("{}".utf8), replacing: nil, by: nil)
        let after = try library.row(
          kind: .runbook, id: "turned", name: "turned", isActive: false, text: Array("{}".utf8), replacing: before,
          by: nil)
        _ = try await store.commit(WriteBatch([.saveDocument(before)]))
        let later = LaterRenewal()
        store.afterNextDocuments {
          _ = try? await store.commit(WriteBatch([.saveDocument(after)]))
          await later.begin(waiting: { runner.holdTurns.waitingCount }) { try await runner.renewHolds() }
        }
        try await runner.renewHolds()
        try await later.end()
        let stored = try await store.document(.runbook, id: "turned")
        #expect(stored?.isActive == false)
        #expect(runner.isHeld("turned"))
      }
    }
  }

  private func fail(
    _ parts: ServiceParts, _ runbook: String, times: Int, _ moments: [FailureAction: FailureRules.Moment]
  ) async throws {
    let end = RunAccount.End(
      at: parts.clock.now(), outcome: .failed(.timeout), steps: 1, milliseconds: 1, rules: FailureRules(moments))
    let intentions: [Intention] = (0..<times).map { _ in
      .account(
        .run(
          RunAccount(
            runbookID: runbook, run: parts.runIDs.make(at: parts.clock.now()), bundle: BundleID(hex: "00"), end: end)))
    }
    _ = try await parts.store.commit(WriteBatch(intentions))
  }
}
