import RunEngine

/// Who fetches a token, who waits for him, and for how long nobody tries again after a failure. Pure: it holds numbers and
/// names, never a token. A key names an integration with its settings.
///
/// A key is in one of these states, each with its exits:
/// - nothing is known: `enter` leads to *under way*;
/// - *under way*: `land` leads to nothing known (a token came, or the fetch was given up before it left) or to *resting*;
/// - *resting*: `enter` after its end leads to *under way*; a `forget` leads to nothing known.
struct TokenFlights: Equatable, Sendable {
  /// What whoever needs a token does.
  enum Entry: Equatable, Sendable {
    /// Fetch it, and `land` whatever happens.
    case lead
    /// Wait under this number until somebody lands.
    case wait(UInt64)
    /// Nobody asks at present.
    case refused(TokenFault)
  }

  /// How a fetch ended.
  enum Landing: Equatable, Sendable {
    /// The token is stored.
    case fetched
    case failed(TokenFault)
    /// It was stopped by what concerns its leader alone: the next one may lead.
    case abandoned
  }

  private enum State: Equatable, Sendable {
    case underWay(waiting: [UInt64], failures: Int)
    case resting(TokenFault, failures: Int, until: Int64)
  }

  private var states: [String: State] = [:]
  private var waitingCount = 0
  private var lastNumber: UInt64 = 0

  /// Keys of which anything is known.
  var stateCount: Int { states.count }

  /// The most that wait at one time, over all keys.
  static let maximumWaiting = 10_000
  /// Failures that are remembered.
  static let maximumStates = 4_096
  /// Milliseconds before the second try; doubled with each failure, up to the longest.
  static let firstRest: Int64 = 1_000
  static let longestRest: Int64 = 60_000

  /// - Parameter now: the monotonic clock in milliseconds, as everywhere here.
  mutating func enter(_ key: String, now: Int64) -> Entry {
    switch states[key] {
    case nil:
      makeRoom(now: now)
      states[key] = .underWay(waiting: [], failures: 0)
      return .lead
    case .underWay(let waiting, let failures)?:
      guard waitingCount < Self.maximumWaiting else { return .refused(.busy) }
      lastNumber += 1
      waitingCount += 1
      states[key] = .underWay(waiting: waiting + [lastNumber], failures: failures)
      return .wait(lastNumber)
    case .resting(let fault, let failures, let until)?:
      guard now >= until else { return .refused(fault) }
      states[key] = .underWay(waiting: [], failures: failures)
      return .lead
    }
  }

  /// The numbers of those who waited; all of them are told the same. Without a leader it changes nothing.
  mutating func land(_ key: String, _ landing: Landing, now: Int64) -> [UInt64] {
    guard case .underWay(let waiting, let failures)? = states[key] else { return [] }
    waitingCount -= waiting.count
    switch landing {
    case .fetched, .abandoned: states[key] = nil
    case .failed(let fault):
      states[key] = .resting(fault, failures: failures + 1, until: now + Self.rest(after: failures + 1))
    }
    return waiting
  }

  /// Until when nobody asks for this key after its last failure, also where that time is over; nil where it has not failed.
  func restEnd(_ key: String) -> Int64? {
    guard case .resting(_, _, let until)? = states[key] else { return nil }
    return until
  }

  /// The keys that failed last; their rest may be over.
  var resting: [String] {
    states.filter { _, state in
      if case .resting = state { true } else { false }
    }.map(\.key)
  }

  /// Lets the keys that begin so be tried at once: what they failed with has been changed.
  mutating func forgetFailures(startingWith prefix: String) {
    states = states.filter { key, state in
      if case .resting = state { !key.hasPrefix(prefix) } else { true }
    }
  }

  static func rest(after failures: Int) -> Int64 {
    min(longestRest, firstRest << min(max(failures, 1) - 1, 16))
  }

  /// Failures that are over are forgotten first, then any: a fetch under way stays.
  private mutating func makeRoom(now: Int64) {
    guard states.count >= Self.maximumStates else { return }
    states = states.filter { _, state in
      if case .resting(_, _, let until) = state { until > now } else { true }
    }
    guard states.count >= Self.maximumStates else { return }
    states = states.filter { _, state in
      if case .resting = state { false } else { true }
    }
  }
}
