import RunEngine

/// Who fetches a token, who waits for him, and for how long nobody tries again after a failure. Pure: it holds numbers and
/// names, never a token. A key names an integration with its settings.
///
/// A key is in one of these states, each with its exits:
/// - nothing is known: `enter` leads to *under way*;
/// - *under way*: `land` leads to nothing known (a token came, the fetch was given up before it left, or what it failed with
///   has changed since it was read) or to *resting*;
/// - *resting*: `enter` leads to *under way* after its end, and before it once what the key failed with has changed.
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

  /// The numbers of those who waited for a fetch.
  struct Landed: Equatable, Sendable {
    /// They are told how it ended.
    var told: [UInt64] = []
    /// They look again: it failed with credentials of before, and theirs are newer.
    var lookingAgain: [UInt64] = []
    /// Until when nobody asks after a failure; the time of the failure where it begins no rest.
    var until: Int64?
  }

  private struct Waiting: Equatable, Sendable {
    let number: UInt64
    let read: CredentialsRead
  }

  /// Each with what the token is, or was, asked for with.
  private enum State: Equatable, Sendable {
    case underWay(CredentialsRead, waiting: [Waiting], failures: Int)
    case resting(CredentialsRead, TokenFault, failures: Int, until: Int64)
  }

  private var states: [String: State] = [:]
  private var changes = CredentialChanges()
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

  /// - Parameters:
  ///   - read: what the token would be asked for with.
  ///   - now: the monotonic clock in milliseconds, as everywhere here.
  mutating func enter(_ key: String, _ read: CredentialsRead, now: Int64) -> Entry {
    switch states[key] {
    case nil:
      makeRoom(now: now)
      states[key] = .underWay(read, waiting: [], failures: 0)
      return .lead
    case .underWay(let leading, let waiting, let failures)?:
      guard waitingCount < Self.maximumWaiting else { return .refused(.busy) }
      lastNumber += 1
      waitingCount += 1
      states[key] = .underWay(
        leading, waiting: waiting + [Waiting(number: lastNumber, read: read)], failures: failures)
      return .wait(lastNumber)
    case .resting(let failed, let fault, let failures, let until)?:
      let isForgotten = changes.isOutdated(failed)
      guard isForgotten || now >= until else { return .refused(fault) }
      states[key] = .underWay(read, waiting: [], failures: isForgotten ? 0 : failures)
      return .lead
    }
  }

  /// Without a leader it changes nothing. A failure with what has changed since it was read says nothing of what is there
  /// now: it begins no rest.
  mutating func land(_ key: String, _ landing: Landing, now: Int64) -> Landed {
    guard case .underWay(let read, let waiting, let failures)? = states[key] else { return Landed() }
    waitingCount -= waiting.count
    states[key] = nil
    guard case .failed(let fault) = landing else { return Landed(told: waiting.map(\.number)) }
    guard changes.isOutdated(read) else {
      let until = now + Self.rest(after: failures + 1)
      states[key] = .resting(read, fault, failures: failures + 1, until: until)
      return Landed(told: waiting.map(\.number), until: until)
    }
    // Those with the credentials of before would only fail as well, one after another.
    return Landed(
      told: waiting.filter { changes.isOutdated($0.read) }.map(\.number),
      lookingAgain: waiting.filter { !changes.isOutdated($0.read) }.map(\.number), until: now)
  }

  /// One who waits does so no longer: the fetch goes on for the others, or for those to come. Whoever was told already has
  /// no number any more.
  mutating func leave(_ key: String, _ number: UInt64) {
    guard case .underWay(let read, var waiting, let failures)? = states[key],
      let place = waiting.firstIndex(where: { $0.number == number })
    else { return }
    waiting.remove(at: place)
    waitingCount -= 1
    states[key] = .underWay(read, waiting: waiting, failures: failures)
  }

  /// Until when nobody asks for this key after its last failure, also where that time is over; nil where it has not failed,
  /// or with what has changed since.
  func restEnd(_ key: String) -> Int64? {
    guard case .resting(let failed, _, _, let until)? = states[key], !changes.isOutdated(failed) else { return nil }
    return until
  }

  /// What is read from these sources from now on.
  func reading(_ sources: Set<ChangedCredential>) -> CredentialsRead { changes.reading(sources) }

  /// Lets the keys be tried at once that failed, or will fail, with what was read from this source before.
  mutating func changed(_ source: ChangedCredential) { changes.note(source) }

  static func rest(after failures: Int) -> Int64 {
    min(longestRest, firstRest << min(max(failures, 1) - 1, 16))
  }

  /// Failures that are over are forgotten first, then any: a fetch under way stays.
  private mutating func makeRoom(now: Int64) {
    guard states.count >= Self.maximumStates else { return }
    states = states.filter { _, state in
      if case .resting(_, _, _, let until) = state { until > now } else { true }
    }
    guard states.count >= Self.maximumStates else { return }
    states = states.filter { _, state in
      if case .resting = state { false } else { true }
    }
  }
}
