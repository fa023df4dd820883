import Labels
package import RunEngine
package import Storage

/// Finds runs by words of their logs and by steps. The index gives candidates; each one is opened and looked at as the
/// viewer would see it, so that nobody learns by searching what he could not read.
package struct RunSearch: Sendable {
  private let parts: ServiceParts
  private let library: DocumentLibrary

  /// What a run must have, all of it.
  package struct Wanted: Sendable {
    package var words: [[UInt8]]
    package var step: String?

    /// Words that are looked for at once at most.
    package static let mostWords = 8

    /// Nil where the text has no word, or too many.
    package init?(text: String?, step: String?) {
      words = text.map { WordScan.words(of: $0) } ?? []
      self.step = step
      guard words.count <= Self.mostWords, text == nil || !words.isEmpty, !words.isEmpty || step != nil else {
        return nil
      }
    }

    var terms: SearchTerms { SearchTerms(words: words, steps: step.map { [$0] } ?? []) }

    /// What a run has that may have the words without being found by them; nil where no words are looked for.
    var cut: SearchTerms? { words.isEmpty ? nil : SearchTerms(steps: step.map { [$0] } ?? [], isCut: true) }
  }

  /// Runs that are opened for one page at most; then the page ends, and says where the next one goes on.
  private static let mostOpened = 200
  private static let mostRounds = 64
  private static let candidatesAtOnce = 50

  package init(library: DocumentLibrary) {
    self.parts = library.parts
    self.library = library
  }

  /// A page, the newest first.
  ///
  /// - Parameter mayRead: whether the viewer may read the log of a run; others are passed over unopened.
  package func page(
    _ wanted: Wanted, _ query: RunQuery, mayRead: (RunID) -> Bool
  ) async throws -> (runs: [StoredRun], next: RunID?) {
    let days = try await days(wanted, query)
    var found: [StoredRun] = []
    var query = query
    let limit = query.limit
    query.limit = max(limit, Self.candidatesAtOnce)
    var opened = 0
    // Where the page ends and whether another one follows is said by runs that the viewer may read, and by no others.
    var last: RunID?
    for _ in 0..<Self.mostRounds {
      let page = try await parts.store.search(SearchQuery(days: days, runs: query))
      for run in page.candidates where mayRead(run.id) {
        if found.count == limit { return (found, last) }
        opened += 1
        last = run.id
        if try await has(run, wanted) { found.append(run) }
        if opened == Self.mostOpened { return (found, last) }
      }
      guard let next = page.next else { return (found, nil) }
      query.before = next
    }
    return (found, last)
  }

  /// The tokens of each day in which such runs can be.
  private func days(_ wanted: Wanted, _ query: RunQuery) async throws -> [SearchQuery.Day] {
    let first = query.since.map { SearchDay.number(of: $0) } ?? .min
    let last = min(
      query.until.map { SearchDay.number(of: $0) } ?? .max, query.before.map { SearchDay.number(of: $0) } ?? .max)
    return try await parts.store.searchDays().filter { $0.number >= first && $0.number <= last }.compactMap {
      parts.search.query(wanted.terms, cut: wanted.cut, in: $0, keys: parts.keyring.runKeys)
    }
  }

  /// One that does not open any more has nothing to show, and so is not found.
  private func has(_ run: StoredRun, _ wanted: Wanted) async throws -> Bool {
    guard var session = try? await RunLoading(parts: parts, library: library).session(of: run) else { return false }
    if !wanted.words.isEmpty { try await session.learnGranted(parts: parts) }
    let texts = RunTexts(session: session, events: session.history, view: session.registry.view())
    if let step = wanted.step, !texts.steps.contains(step) { return false }
    var missing = Set(wanted.words)
    if missing.isEmpty { return true }
    texts.each { text in
      _ = WordScan.scan(text) { word in
        missing.remove(Array(word))
        return !missing.isEmpty
      }
      return !missing.isEmpty
    }
    return missing.isEmpty
  }
}
