import Encodings
import Keyring
import RunEngine
import Storage
import Testing

@testable import Runner

@Suite("Keys of days")
struct SearchKeepingTests {
  private static let day: Int64 = 86_400

  /// A finished run with an entry for these words.
  private func run(_ parts: ServiceParts, _ words: String...) async throws -> StoredRun {
    let now = parts.clock.now()
    let key = try parts.keyring.runKeys.allocate()
    let run = StoredRun(
      id: parts.runIDs.make(at: now), runbookID: "r", bundle: BundleID(hex: "00"), state: .succeeded, trigger: .api,
      createdAt: now, endedAt: now, runKeySlot: key.slot, runKeyGeneration: key.generation)
    let terms = SearchTerms(words: words.map { Array($0.utf8) })
    let entry = try #require(parts.search.entry(of: run.id, terms, keys: parts.keyring.runKeys))
    _ = try await parts.store.commit(
      WriteBatch([.createRun(run, [], replay: nil), .search(.index(entry))]))
    return run
  }

  private func found(_ parts: ServiceParts, _ word: String) async throws -> [RunID] {
    let days = try await parts.store.searchDays().compactMap {
      parts.search.query(SearchTerms(words: [Array(word.utf8)]), in: $0, keys: parts.keyring.runKeys)
    }
    return try await parts.store.search(SearchQuery(days: days, runs: RunQuery())).candidates.map(\.id)
  }

  @Test("A word is found on each day under that day's key, also after a restart; equal words of two days are not equal")
  func days() async throws {
    try await KeyBookRig.with { rig in
      var first: StoredRun?
      try await rig.withParts { parts in
        parts.search.use(try await parts.store.searchDays())
        first = try await run(parts, "word", "other")
      }
      rig.pass(seconds: Self.day)
      try await rig.withParts { parts in
        parts.search.use(try await parts.store.searchDays())
        let second = try await run(parts, "word")
        let runs = try await found(parts, "word")
        #expect(runs == [second.id] + (first.map { [$0.id] } ?? []))
        let none = try await found(parts, "words")
        #expect(none.isEmpty)
        let days = try await parts.store.searchDays()
        let tokens = days.compactMap {
          parts.search.query(SearchTerms(words: [Array("word".utf8)]), in: $0, keys: parts.keyring.runKeys)?.tokens
        }
        #expect(tokens.count == 2)
        #expect(tokens.first != tokens.last)
      }
    }
  }

  @Test("With the last run of a day that is over its key is destroyed; the key of today stays until tomorrow")
  func destruction() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        parts.search.use([])
        let runner = Runner(parts: parts, library: DocumentLibrary(parts: parts))
        let (first, second) = (try await run(parts, "word"), try await run(parts, "word"))
        let day = try #require(try await parts.store.searchDays().first)
        try await runner.delete([first], by: .service)
        try await runner.tendSearch()
        let one = try await found(parts, "word")
        #expect(one == [second.id])
        try await runner.delete([second], by: .service)
        #expect(throws: Never.self) { try parts.keyring.runKeys.key(slot: day.keySlot, generation: day.keyGeneration) }
        rig.pass(seconds: Self.day)
        try await runner.tendSearch()
        let left = try await parts.store.searchDays()
        #expect(left.isEmpty)
        #expect(throws: KeyringError.runKeyDestroyed(slot: day.keySlot)) {
          try parts.keyring.runKeys.key(slot: day.keySlot, generation: day.keyGeneration)
        }
      }
    }
  }

  @Test("Deleting the runs of an earlier day destroys its key at once, and the sweep of a start keeps those of others")
  func sweep() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        parts.search.use([])
        let runner = Runner(parts: parts, library: DocumentLibrary(parts: parts))
        let old = try await run(parts, "word")
        let day = try #require(try await parts.store.searchDays().first)
        rig.pass(seconds: Self.day)
        let new = try await run(parts, "word")
        _ = try parts.keyring.runKeys.sweep(keeping: try await parts.store.runKeySlots())
        let both = try await found(parts, "word")
        #expect(both == [new.id, old.id])
        try await runner.delete([old], by: .service)
        #expect(throws: KeyringError.runKeyDestroyed(slot: day.keySlot)) {
          try parts.keyring.runKeys.key(slot: day.keySlot, generation: day.keyGeneration)
        }
        let left = try await found(parts, "word")
        #expect(left == [new.id])
      }
    }
  }

  @Test("Before the days were read nothing is indexed: it would be under a second key")
  func unread() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let id = parts.runIDs.make(at: parts.clock.now())
        #expect(parts.search.entry(of: id, SearchTerms(steps: ["a"]), keys: parts.keyring.runKeys) == nil)
        parts.search.use([])
        #expect(parts.search.entry(of: id, SearchTerms(steps: ["a"]), keys: parts.keyring.runKeys) != nil)
        parts.search.forget()
        #expect(parts.search.entry(of: id, SearchTerms(steps: ["a"]), keys: parts.keyring.runKeys) == nil)
      }
    }
  }
}
