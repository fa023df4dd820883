package import Encodings
package import RunEngine

/// A day of the index of words: days since 1970-01-01 in UTC, by the time in the ids of its runs. Its key lies in the
/// run-key file like that of a run, and is destroyed when no run of the day is left.
package struct SearchDay: Hashable, Sendable {
  package var number: Int64
  package var keySlot: UInt32
  package var keyGeneration: UInt32

  package init(number: Int64, keySlot: UInt32, keyGeneration: UInt32) {
    self.number = number
    self.keySlot = keySlot
    self.keyGeneration = keyGeneration
  }

  private static let milliseconds: Int64 = 86_400_000

  /// The day in which an instant lies.
  package static func number(of instant: Instant) -> Int64 {
    let time = instant.millisecondsSinceEpoch
    return time >= 0 ? time / milliseconds : (time - milliseconds + 1) / milliseconds
  }

  /// The day of a run.
  package static func number(of run: RunID) -> Int64 { number(of: run.instant) }

  /// No id of the day, or of a later one, is smaller.
  package static func firstID(of number: Int64) -> RunID {
    RunID(
      at: Instant(millisecondsSinceEpoch: number.multipliedReportingOverflow(by: milliseconds).partialValue),
      random: [UInt8](repeating: 0, count: 10))
  }
}

/// What a run is found by: tokens of its words and steps under the key of its day (`docs/spec/search-index.md`).
package struct SearchEntry: Equatable, Sendable {
  package var run: RunID
  package var day: SearchDay
  /// Growing, none twice; 24 bits each.
  package var tokens: [UInt32]

  package init(run: RunID, day: SearchDay, tokens: [UInt32]) {
    self.run = run
    self.day = day
    self.tokens = tokens
  }
}

/// Changes of the index of words.
package enum SearchChange: Equatable, Sendable {
  /// What a run is found by from now on, in the batch that ends it. One that has an entry is left alone, and so is one
  /// whose day has another key.
  case index(SearchEntry)
  /// Sorts entries of a day that stand by themselves into a segment, the oldest first; not fewer than `atLeast`, not more
  /// than `SearchSegment.mostRuns`.
  case merge(day: Int64, atLeast: Int)
  /// Makes segments anew in which runs were deleted, without what they left there; at most so many at once, so that the
  /// writer is not held up.
  case settle(limit: Int)
  /// Forgets a day and its key's place, where no run of that day is left. Its key is to be destroyed after the commit.
  case forgetDay(Int64)
}

/// How many runs one segment of the index holds at most.
package enum SearchSegment {
  package static let mostRuns = 1_024
}

/// Looks for runs by tokens.
package struct SearchQuery: Sendable {
  /// What a run of a day must have, all of it.
  package struct Day: Sendable {
    package var number: Int64
    package var tokens: [UInt32]
    /// What is enough as well, all of it; nil where nothing else is. Growing, as `tokens`.
    package var cut: [UInt32]?

    package init(number: Int64, tokens: [UInt32], cut: [UInt32]? = nil) {
      self.number = number
      self.tokens = tokens
      self.cut = cut
    }
  }

  /// The newest first.
  package var days: [Day]
  /// What the runs must be besides; its limit is the number of candidates, its cursor that of the page.
  package var runs: RunQuery
  /// Rows of runs that are read at most, by each of two ways.
  package var mostRead: Int

  package init(days: [Day], runs: RunQuery, mostRead: Int = 2_000) {
    self.days = days
    self.runs = runs
    self.mostRead = mostRead
  }
}

/// Candidates of a search, the newest first: runs that may have the words. Tokens are short, so each one must be looked
/// at. Runs that have not ended are among them always: they are in no index yet.
package struct SearchPage: Equatable, Sendable {
  package var candidates: [StoredRun]
  /// How far back was looked: the cursor of the next page; nil where there is nothing more.
  package var next: RunID?

  package init(candidates: [StoredRun], next: RunID?) {
    self.candidates = candidates
    self.next = next
  }
}

/// The reading side of the index.
package protocol SearchStore: Sendable {
  func search(_ query: SearchQuery) async throws(StoreFault) -> SearchPage
  /// The days that have an index, the newest first.
  func searchDays() async throws(StoreFault) -> [SearchDay]
  /// How many entries of each day stand by themselves yet.
  func unmergedSearchEntries() async throws(StoreFault) -> [Int64: Int]
  /// Segments in which deleted runs have left something.
  func unsettledSearchSegments() async throws(StoreFault) -> Int
}
