package import Encodings
package import RunEngine

/// What a batch of a run's events changes around the run: written with them, so that it counts once whatever happens.
package struct RunAccount: Equatable, Sendable {
  package var runbookID: String
  package var run: RunID
  package var bundle: BundleID
  /// Set in the batch with which the run begins.
  package var startedAt: Instant?
  /// Set in the batch with which it ends.
  package var end: End?

  package struct End: Equatable, Sendable {
    package var at: Instant
    package var outcome: RunOutcome
    package var steps: Int
    /// From first step to end; nil where the run never began, and is in no figure of time or steps.
    package var milliseconds: Int64?
    package var rules: FailureRules

    package init(at: Instant, outcome: RunOutcome, steps: Int, milliseconds: Int64?, rules: FailureRules) {
      self.at = at
      self.outcome = outcome
      self.steps = steps
      self.milliseconds = milliseconds
      self.rules = rules
    }
  }

  package init(runbookID: String, run: RunID, bundle: BundleID, startedAt: Instant? = nil, end: End? = nil) {
    self.runbookID = runbookID
    self.run = run
    self.bundle = bundle
    self.startedAt = startedAt
    self.end = end
  }
}

/// Something that is to be done after a commit, at least once. Ids, numbers and words, all in clear.
package struct OutboxItem: Equatable, Sendable {
  package enum State: String, CaseIterable, Sendable {
    /// To be done when it is due.
    case pending
    /// For a part of the service that is not there yet; nothing tries it.
    case waiting
    case done
    /// Given up: it cannot succeed, or was tried too often.
    case failed
  }

  /// What the receiving side knows a repetition by: the run and the action. The same for each attempt.
  package var id: String
  package var action: FailureAction
  package var state: State
  package var runbookID: String
  package var run: RunID
  /// The documents of the run: what they say holds, whatever was changed since.
  package var bundle: BundleID
  /// Failed runs in a row, this one included.
  package var failures: Int
  package var createdAt: Instant
  package var attempts: Int
  package var dueAt: Instant
  package var doneAt: Instant?
  /// A word for why the last attempt failed; never what anybody answered.
  package var problem: String?

  package init(
    run: RunID, action: FailureAction, state: State, runbookID: String, bundle: BundleID, failures: Int,
    createdAt: Instant
  ) {
    id = Self.id(run, action)
    self.action = action
    self.state = state
    self.runbookID = runbookID
    self.run = run
    self.bundle = bundle
    self.failures = failures
    self.createdAt = createdAt
    attempts = 0
    dueAt = createdAt
  }

  package static func id(_ run: RunID, _ action: FailureAction) -> String { "\(run.text)-\(action.rawValue)" }
}

/// A place in the outbox, which goes from the newest to the oldest by when something was asked for.
package struct OutboxCursor: Equatable, Sendable {
  package let at: Instant
  package let id: String

  /// All items that come behind this one.
  package init(behind item: OutboxItem) {
    at = item.createdAt
    id = item.id
  }

  /// Reads `text`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 3, let milliseconds = Int64(parts[0]), let run = RunID(parts[1]),
      let action = FailureAction(rawValue: parts[2])
    else { return nil }
    at = Instant(millisecondsSinceEpoch: milliseconds)
    id = OutboxItem.id(run, action)
  }

  /// What stands for the cursor in a query.
  package var text: String { "\(at.millisecondsSinceEpoch)-\(id)" }
}

/// A filter over the outbox; pages go from the newest to the oldest.
package struct OutboxQuery: Sendable {
  package var state: OutboxItem.State?
  package var action: FailureAction?
  package var runbookID: String?
  /// Only items behind this place.
  package var before: OutboxCursor?
  /// 1 to 500.
  package var limit: Int

  package init(
    state: OutboxItem.State? = nil, action: FailureAction? = nil, runbookID: String? = nil,
    before: OutboxCursor? = nil, limit: Int = 50
  ) {
    self.state = state
    self.action = action
    self.runbookID = runbookID
    self.before = before
    self.limit = min(max(1, limit), 500)
  }
}

/// That a run failed, for one login.
package struct StoredNotification: Equatable, Sendable {
  package var login: String
  /// The id of the outbox's item.
  package var id: String
  package var runbookID: String
  package var run: RunID
  package var failures: Int
  package var at: Instant
  package var readAt: Instant?

  package init(
    login: String, id: String, runbookID: String, run: RunID, failures: Int, at: Instant, readAt: Instant? = nil
  ) {
    self.login = login
    self.id = id
    self.runbookID = runbookID
    self.run = run
    self.failures = failures
    self.at = at
    self.readAt = readAt
  }
}

/// The newest slot of a schedule that was dealt with.
package struct ScheduleSlot: Equatable, Sendable {
  package var runbookID: String
  /// The schedule as it is written: expression and zone.
  package var schedule: String
  package var slot: Instant
  /// Slots that were passed over in all, because the service was not there.
  package var missed: Int64

  package init(runbookID: String, schedule: String, slot: Instant, missed: Int64) {
    self.runbookID = runbookID
    self.schedule = schedule
    self.slot = slot
    self.missed = missed
  }
}

/// One call of a method, for the log by method: where its events are, and what they say in numbers.
package struct RequestEntry: Equatable, Sendable {
  /// What made the call.
  package enum Origin: String, Sendable, CaseIterable {
    case run
    /// A run that was deleted since: what was sent went with it.
    case deletedRun = "deleted-run"
    /// Somebody tried the method out.
    case test
    /// A token was fetched from the integration's authorisation server.
    case token
  }

  /// Stands for the method of an integration's calls to its authorisation server.
  package static let tokenMethod = "(token)"

  /// INTEGRATION/METHOD.
  package var method: String
  package var at: Instant
  /// Of another origin than a run: an id that no run has.
  package var run: RunID
  package var origin: Origin
  /// The event that holds request and answer.
  package var sequence: Int
  package var step: String
  /// `status 200`, or the word of a failure.
  package var outcome: String
  package var milliseconds: Int64?
  package var sentBytes: Int64?
  package var receivedBytes: Int64?

  package init(
    method: String, at: Instant, run: RunID, sequence: Int, step: String, outcome: String, milliseconds: Int64?,
    sentBytes: Int64?, receivedBytes: Int64?, origin: Origin = .run
  ) {
    self.method = method
    self.at = at
    self.run = run
    self.origin = origin
    self.sequence = sequence
    self.step = step
    self.outcome = outcome
    self.milliseconds = milliseconds
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
  }
}

/// Where a page of a method's calls begins: behind the last call of the page before, which may share its millisecond with
/// others, or before an instant.
package struct RequestCursor: Equatable, Sendable {
  package var at: Instant
  /// Nil: no call of the instant itself.
  package var run: RunID?
  package var sequence: Int

  /// All calls before this instant.
  package init(before at: Instant) {
    self.at = at
    run = nil
    sequence = 0
  }

  /// All calls that come behind this one, the newest first.
  package init(behind entry: RequestEntry) {
    at = entry.at
    run = entry.run
    sequence = entry.sequence
  }

  /// Reads `text`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let milliseconds = Int64(parts[0]), let run = RunID(String(parts[1])),
      let sequence = Int(parts[2])
    else { return nil }
    at = Instant(millisecondsSinceEpoch: milliseconds)
    self.run = run
    self.sequence = sequence
  }

  /// What stands for the cursor in a query; nil where it is an instant alone.
  package var text: String? { run.map { "\(at.millisecondsSinceEpoch)-\($0.text)-\(sequence)" } }
}

/// A filter over the calls of a method; pages go from the newest to the oldest.
package struct RequestQuery: Sendable {
  package var method: String
  /// Only calls before this place.
  package var before: RequestCursor?
  /// 1 to 500.
  package var limit: Int

  package init(method: String, before: RequestCursor? = nil, limit: Int = 50) {
    self.method = method
    self.before = before
    self.limit = min(max(1, limit), 500)
  }
}
