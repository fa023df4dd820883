import Labels
import RunEngine
import Storage

extension RunSession {
  /// Words of a run that it is found by at most.
  static let mostWords = 256
  /// Bytes of one text, and of all texts, that are looked at for them.
  private static let mostTextBytes = 64 << 10
  private static let mostBytes = 256 << 10

  /// What the run is found by, where it has ended, to be written with its end. Words that the log shows by then only:
  /// secrets are masked there, by label and by content.
  mutating func indexing(by parts: ServiceParts) -> [Intention] {
    guard row.state.isFinished else { return [] }
    let texts = RunTexts(session: self, events: recorded, view: registry.view())
    var terms = SearchTerms()
    var bytes = 0
    texts.each { text in
      bytes += min(text.utf8.count, Self.mostTextBytes)
      let piece = text.utf8.count > Self.mostTextBytes ? String(text.prefix(Self.mostTextBytes)) : text
      return WordScan.scan(piece) { word in
        terms.insert(word: word)
        return terms.count < Self.mostWords
      } && bytes < Self.mostBytes
    }
    for step in texts.steps { terms.insert(step: step) }
    guard let entry = parts.search.entry(of: id, terms, keys: parts.keyring.runKeys) else { return [] }
    if parts.search.isWorthMerging(entry.day.number) {
      // In a turn of its own: nobody waits for it. Where it fails, it is made up for later.
      let merge = SearchChange.merge(day: entry.day.number, atLeast: SearchSegment.mostRuns / 2)
      parts.store.submit(WriteBatch([.search(merge)])) { _ in }
    }
    return [.search(.index(entry))]
  }
}
