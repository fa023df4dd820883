import Encodings
import Keyring
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Runs that grow old")
struct RetentionTests {
  private static let day: Int64 = 86_400

  /// A service whose clock stands where the test puts it, with what deletes runs.
  private struct Service {
    let parts: ServiceParts
    let library: DocumentLibrary
    let retention: Retention

    init(_ parts: ServiceParts) {
      self.parts = parts
      parts.search.use([])
      library = DocumentLibrary(parts: parts)
      retention = Retention(runner: Runner(parts: parts, library: library))
    }

    /// Saves a runbook that keeps its runs for these days; gives what its runs are pinned to.
    func runbook(_ id: String, days: Int) async throws -> BundleID {
      let text = "runbook: \(id)\nretention_days: \(days)\nsteps: { a: { end: success } }\n"
      let read = DocumentReader.read(
        [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], known: nil, freshID: { "fresh" })
      let document = try #require(read.runbooks.first?.document)
      let row = try library.row(
        kind: .runbook, id: id, name: id, isActive: true, text: document.canonicalJSON, replacing: nil, by: nil)
      let bundle = try await library.currentBundle(of: document)
      let sealed = try parts.keyring.seal(bundle.text, in: RecordContexts.bundle(bundle.id))
      _ = try await parts.store.commit(WriteBatch([.saveDocument(row), .saveBundle(bundle.id, sealed)]))
      return bundle.id
    }

    /// Runs that came now and, unless they are still under way, ended at once.
    @discardableResult
    func runs(
      _ count: Int, of runbook: String, _ bundle: BundleID = BundleID(hex: "00"), state: StoredRunState = .succeeded
    ) async throws -> [StoredRun] {
      let now = parts.clock.now()
      let runs = try (0..<count).map { _ in
        let key = try parts.keyring.runKeys.allocate()
        return StoredRun(
          id: parts.runIDs.make(at: now), runbookID: runbook, bundle: bundle, state: state, trigger: .api,
          createdAt: now,
          endedAt: state.isFinished ? now : nil, runKeySlot: key.slot, runKeyGeneration: key.generation)
      }
      _ = try await parts.store.commit(WriteBatch(runs.map { .createRun($0, [], replay: nil) }))
      return runs
    }

    func pass(days: Int? = nil) async { await retention.pass(at: parts.clock.now(), days: days) }

    func left(_ runs: [StoredRun]) async throws -> Int {
      var count = 0
      for run in runs where try await parts.store.run(run.id) != nil { count += 1 }
      return count
    }

    func isShredded(_ run: StoredRun) -> Bool {
      (try? parts.keyring.runKeys.key(slot: run.runKeySlot, generation: run.runKeyGeneration)) == nil
    }
  }

  private func with(_ body: (KeyBookRig, Service) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in try await body(rig, Service(parts)) }
    }
  }

  @Test("Each runbook's runs go after its own days, and their keys with them")
  func ownDays() async throws {
    try await with { rig, service in
      let short = try await service.runs(2, of: "short", try await service.runbook("short", days: 2))
      let long = try await service.runs(2, of: "long", try await service.runbook("long", days: 5))
      rig.pass(seconds: 2 * Self.day)
      await service.pass()
      let early = try await service.left(short)
      #expect(early == 2, "they are as old as they may be")
      rig.pass(seconds: 1)
      await service.pass()
      let (gone, kept) = (try await service.left(short), try await service.left(long))
      #expect(gone == 0 && kept == 2)
      #expect(short.allSatisfy(service.isShredded) && !long.contains(where: service.isShredded))
      rig.pass(seconds: 3 * Self.day)
      await service.pass()
      let last = try await service.left(long)
      #expect(last == 0)
      #expect(long.allSatisfy(service.isShredded))
    }
  }

  @Test("The service's days hold for every run, also where its runbook says more, and never lengthen a runbook's own")
  func serviceDays() async throws {
    try await with { rig, service in
      let short = try await service.runs(1, of: "short", try await service.runbook("short", days: 2))
      let long = try await service.runs(1, of: "long", try await service.runbook("long", days: 300))
      rig.pass(seconds: 3 * Self.day + 1)
      await service.pass(days: 10)
      let (gone, kept) = (try await service.left(short), try await service.left(long))
      #expect(gone == 0 && kept == 1)
      rig.pass(seconds: 7 * Self.day)
      await service.pass(days: 10)
      let last = try await service.left(long)
      #expect(last == 0)
      #expect(long.allSatisfy(service.isShredded))
    }
  }

  @Test("One pass deletes as many as there are, over pages of runs that are not over yet", .timeLimit(.minutes(2)))
  func pages() async throws {
    try await with { rig, service in
      let bundle = try await service.runbook("r", days: 2)
      let oldest = try await service.runs(1_203, of: "r", bundle)
      rig.pass(seconds: 1)
      // More than a page of them stands before the old ones.
      let waiting = try await service.runs(620, of: "r", bundle, state: .running)
      rig.pass(seconds: 2 * Self.day)
      let fresh = try await service.runs(3, of: "r", bundle)
      await service.pass()
      let (old, under, new) = (
        try await service.left(oldest), try await service.left(waiting), try await service.left(fresh)
      )
      #expect(old == 0)
      #expect(under == 620 && new == 3)
      #expect(oldest.allSatisfy(service.isShredded))
      #expect(!(waiting + fresh).contains(where: service.isShredded))
    }
  }

  @Test("A run that came long ago and ended lately stays for its days from its end")
  func longRun() async throws {
    try await with { rig, service in
      let bundle = try await service.runbook("r", days: 2)
      let run = try #require(try await service.runs(1, of: "r", bundle, state: .running).first)
      rig.pass(seconds: 5 * Self.day)
      var ended = run
      ended.state = .failed
      ended.endedAt = service.parts.clock.now()
      _ = try await service.parts.store.commit(WriteBatch([.appendEvents(run.id, [], row: ended)]))
      rig.pass(seconds: Self.day)
      await service.pass()
      let kept = try await service.left([run])
      #expect(kept == 1)
      rig.pass(seconds: Self.day + 1)
      await service.pass()
      let gone = try await service.left([run])
      #expect(gone == 0)
    }
  }

  @Test("The runs of a runbook that was deleted go after the days that its document said")
  func deletedRunbook() async throws {
    try await with { rig, service in
      let runs = try await service.runs(2, of: "r", try await service.runbook("r", days: 4))
      _ = try await service.parts.store.commit(WriteBatch([.deleteDocument(.runbook, id: "r", revision: 1)]))
      rig.pass(seconds: 4 * Self.day)
      await service.pass()
      let kept = try await service.left(runs)
      #expect(kept == 2)
      rig.pass(seconds: 1)
      await service.pass()
      let gone = try await service.left(runs)
      #expect(gone == 0)
      #expect(runs.allSatisfy(service.isShredded))
    }
  }
}
