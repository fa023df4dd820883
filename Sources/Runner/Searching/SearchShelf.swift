import Encodings
import Keyring
import RunEngine
package import Storage
import Synchronization

/// The keys of the days under which runs are found, and the tokens of words under them. Joined to the service once.
package final class SearchShelf: Sendable {
  /// Under the lock: the days that are stored or about to be; nil until they were read.
  fileprivate struct State: Sendable {
    var days: [Int64: SearchDay]?
    /// The keys used last.
    var keys: [Int64: RunKey] = [:]
    /// Entries that were made since the last segment of their day.
    var fresh: [Int64: Int] = [:]
  }

  private let state = Mutex(State())
  private static let mostKeys = 4
  /// Bits of a token. Of a million runs with twenty words each about one has a word that it does not have; so each run is
  /// looked at before it is shown, and nobody reads words from the index by guessing without such errors.
  private static let bits: UInt32 = 24

  package init() {}

  /// What the store has. Called before runs go on; nothing is indexed before.
  package func use(_ days: [SearchDay]) {
    state.withLock { state in
      state.days = Dictionary(days.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
      state.keys = [:]
      state.fresh = [:]
    }
  }

  /// Called with a seal.
  package func forget() { state.withLock { $0 = State() } }

  func forget(day: Int64) {
    state.withLock { state in
      state.days?[day] = nil
      state.keys[day] = nil
    }
  }

  /// What a run is found by, under the key of its day, which is made where it is the day's first. Nil where days were not
  /// read yet or there is no key: then the run is found by its row alone.
  func entry(of run: RunID, _ terms: SearchTerms, keys: RunKeys) -> SearchEntry? {
    let number = SearchDay.number(of: run)
    guard let (day, key) = try? today(number, keys: keys) else { return nil }
    return (try? Self.tokens(of: terms, day: day, key: key)).map { SearchEntry(run: run, day: day, tokens: $0) }
  }

  /// Tokens of terms in a stored day; nil where its key is gone.
  ///
  /// - Parameter cut: what a run has to have else that is found by fewer words than it has; nil where all have what is
  ///   looked for.
  func query(
    _ terms: SearchTerms, cut: SearchTerms? = nil, in day: SearchDay, keys: RunKeys
  ) -> SearchQuery.Day? {
    guard let key = try? keys.key(slot: day.keySlot, generation: day.keyGeneration),
      let tokens = try? Self.tokens(of: terms, day: day, key: key)
    else { return nil }
    let cut = cut.flatMap { try? Self.tokens(of: $0, day: day, key: key) }
    return SearchQuery.Day(number: day.number, tokens: tokens, cut: cut)
  }

  /// Whether so many entries of a day were made that they should be sorted.
  func isWorthMerging(_ day: Int64) -> Bool {
    state.withLock { state in
      let count = state.fresh[day, default: 0] + 1
      state.fresh[day] = count == SearchSegment.mostRuns ? 0 : count
      return count == SearchSegment.mostRuns
    }
  }

  private func today(_ number: Int64, keys: RunKeys) throws -> (SearchDay, RunKey)? {
    try state.withLock { state in
      guard state.days != nil else { return nil }
      if let day = state.days?[number] {
        if let key = state.keys[number] { return (day, key) }
        let key = try keys.key(slot: day.keySlot, generation: day.keyGeneration)
        state.keep(key, of: number, most: Self.mostKeys)
        return (day, key)
      }
      let key = try keys.allocate()
      let day = SearchDay(number: number, keySlot: key.slot, keyGeneration: key.generation)
      state.days?[number] = day
      state.keep(key, of: number, most: Self.mostKeys)
      return (day, key)
    }
  }

  /// Growing, none twice.
  private static func tokens(of terms: SearchTerms, day: SearchDay, key: RunKey) throws -> [UInt32] {
    var tokens = try key.shortMACs(
      .searchToken, context: [Array(String(day.number).utf8)], messages: terms.bytes, endingAt: terms.ends)
    for index in tokens.indices { tokens[index] >>= 32 - bits }
    tokens.sort()
    var count = 0
    for token in tokens where count == 0 || tokens[count - 1] != token {
      tokens[count] = token
      count += 1
    }
    tokens.removeLast(tokens.count - count)
    return tokens
  }
}

extension SearchShelf.State {
  fileprivate mutating func keep(_ key: RunKey, of day: Int64, most: Int) {
    if keys.count >= most { keys = [:] }
    keys[day] = key
  }
}
