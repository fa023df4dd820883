package import Runbooks

/// What is done about failed runs. Each is one row of the outbox, written with the end of the run that asked for it.
package enum FailureAction: String, CaseIterable, Sendable {
  /// The runbook is made inactive.
  case disable
  /// A ticket is opened at the desk.
  case ticket
  /// Everybody with the preference gets a notification.
  case notify
  case mail
  case webhook

  /// Whether this release does it; what it does not do waits in the outbox for one that does.
  package var isDone: Bool {
    switch self {
    case .disable, .notify, .mail, .webhook: true
    case .ticket: false
    }
  }

  /// Its bit in the stored form of a streak. Never reused.
  var bit: Int64 {
    switch self {
    case .disable: 1
    case .ticket: 2
    case .notify: 4
    case .mail: 8
    case .webhook: 16
    }
  }
}

/// When each action is asked for, as a runbook has it.
package struct FailureRules: Equatable, Sendable {
  package enum Moment: Equatable, Sendable {
    /// By each failed run.
    case each
    /// Once in a streak: by the run with which this many have failed in a row, at least 1.
    case once(after: Int)
  }

  package let moments: [FailureAction: Moment]

  package init(_ moments: [FailureAction: Moment] = [:]) {
    self.moments = moments
  }

  package init(_ settings: FailureSettings) {
    var moments: [FailureAction: Moment] = [:]
    moments[.disable] = settings.disableAfter.map { .once(after: $0) }
    moments[.ticket] = settings.ticketAfter.map { .once(after: $0) }
    let telling = settings.tellAfter.map { Moment.once(after: $0) } ?? .each
    if settings.notifies { moments[.notify] = telling }
    if settings.mail != nil { moments[.mail] = telling }
    if settings.webhook != nil { moments[.webhook] = telling }
    self.moments = moments
  }
}

/// Failed runs of one runbook in a row, and what the streak has asked for already. Pure; the store keeps it and steps it
/// in the batch that records a run's end, so that each crossing happens once (details.md, "Running and failing").
package struct FailureStreak: Equatable, Sendable {
  /// Failed runs since the last success, or since the runbook was enabled.
  package private(set) var failures: Int
  /// Actions of the kind `once` that this streak has asked for.
  package private(set) var done: Set<FailureAction>

  package init(failures: Int = 0, done: Set<FailureAction> = []) {
    self.failures = max(0, failures)
    self.done = done
  }

  /// Takes the end of a run and says what is to be done, in the order of `FailureAction.allCases`.
  ///
  /// A success ends the streak; a cancelled run neither counts nor ends it. A run that begins again from its start has
  /// not ended, so it counts once, at its final outcome. A number that was lowered below the failures there are asks at
  /// the next failed run.
  package mutating func take(_ outcome: RunOutcome, _ rules: FailureRules) -> [FailureAction] {
    switch outcome {
    case .cancelled: return []
    case .succeeded:
      self = FailureStreak()
      return []
    case .failed:
      // A count that cannot grow any more still triggers.
      failures = failures == .max ? failures : failures + 1
    }
    return FailureAction.allCases.filter { action in
      switch rules.moments[action] {
      case nil: return false
      case .each: return true
      case .once(let count):
        guard failures >= count, !done.contains(action) else { return false }
        done.insert(action)
        return true
      }
    }
  }

  /// The stored form of `done`.
  package var doneBits: Int64 { done.reduce(0) { $0 | $1.bit } }

  /// Reads the stored form; bits that are not known are left out.
  package init(failures: Int, doneBits: Int64) {
    self.init(failures: failures, done: Set(FailureAction.allCases.filter { doneBits & $0.bit != 0 }))
  }
}
