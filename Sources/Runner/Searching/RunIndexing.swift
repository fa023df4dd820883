import Labels
import RunEngine
import Storage

extension RunSession {
  /// Words of a run that it is found by at most.
  static let mostWords = 256
  /// Bytes of one text, and of all texts, that are looked at for them.
  private static let mostTextBytes = 64 << 10
  private static let mostBytes = 256 << 10

  /// By what the words of a run's end are masked.
  enum EndMasks: Sendable {
    /// By label and by content, as its log is.
    case all
    /// By label, and by what the run itself has met (docs/spec/search-index.md §2 says where).
    case own
    /// What there is to mask could not be read: no word is taken.
    case unread
  }

  /// Versions of a secret that are looked for at a run's end: each costs the run, and whoever searches is shown nothing that
  /// the log masks, whatever was indexed.
  private static let versionsAtEnd = 4

  /// Learns what the log masks by content, where the run has ended.
  mutating func learnForEnd(by parts: ServiceParts) async -> EndMasks {
    guard machine.hasEnded else { return .all }
    do {
      try await learnGranted(parts: parts, versions: Self.versionsAtEnd)
      return .all
    } catch {
      return .unread
    }
  }

  /// What the run is found by, where it has ended, to be written with its end. Words that the log shows by then only:
  /// secrets are masked there, by label and by content. Where there are more than count, a search looks at the run itself.
  mutating func indexing(by parts: ServiceParts, _ masks: EndMasks) -> [Intention] {
    guard row.state.isFinished else { return [] }
    let texts = RunTexts(session: self, events: recorded, view: registry.view())
    var terms = SearchTerms()
    let isWhole = masks != .unread && Self.takeWords(of: texts, into: &terms) && recorded.count < Self.mostRecorded
    if !isWhole { terms.insertCut() }
    for step in texts.steps { terms.insert(step: step) }
    guard let entry = parts.search.entry(of: id, terms, keys: parts.keyring.runKeys) else { return [] }
    if parts.search.isWorthMerging(entry.day.number) {
      // In a turn of its own: nobody waits for it. Where it fails, it is made up for later.
      let merge = SearchChange.merge(day: entry.day.number, atLeast: SearchSegment.mostRuns / 2)
      parts.store.submit(WriteBatch([.search(merge)])) { _ in }
    }
    return [.search(.index(entry))]
  }

  /// Takes the words of the texts; false where there may be more than a run is found by.
  private static func takeWords(of texts: RunTexts, into terms: inout SearchTerms) -> Bool {
    var bytes = 0
    var isWhole = true
    texts.each { text in
      let isShort = text.utf8.count <= mostTextBytes
      bytes += min(text.utf8.count, mostTextBytes)
      let goesOn =
        WordScan.scan(isShort ? text : String(text.prefix(mostTextBytes))) { word in
          terms.insert(word: word)
          return terms.count < mostWords
        } && bytes < mostBytes
      isWhole = isWhole && isShort && goesOn
      return goesOn
    }
    return isWhole
  }
}
