package import Encodings
package import RunEngine

/// Changes of what goes on around runs: streaks, outbox, notifications, figures, schedules, calls by method.
package enum AccountChange: Equatable, Sendable {
  /// The beginning or the end of a run, with the events that say so. Counts it, steps the streak of its runbook, and
  /// puts what the streak asks for into the outbox; the receipt names those.
  case run(RunAccount)
  /// The runbook was enabled: its streak begins anew, and a disabling that was asked for before is not done any more.
  case beginStreak(runbookID: String)
  /// What became of an item. Refused as `revisionMoved` unless it is still pending with one attempt fewer: so of two that
  /// would do it one is refused.
  case settle(OutboxItem)
  /// An item that was given up is tried anew, from this time on, and one that is pending sooner; refused as `notFound` where
  /// there is none such. An attempt that is under way meanwhile keeps its number, and so can be settled.
  case retry(outbox: String, at: Instant)
  /// Items of this action that wait are due from this time on.
  case release(FailureAction, at: Instant)
  /// Pending items of this action that runs of a runbook asked for have failed, finally, for this reason.
  case giveUp(FailureAction, runbookID: String, problem: String, at: Instant)
  /// Notifications that are there already are left alone.
  case notify([StoredNotification])
  /// Marks as read: this one, or all of a login.
  case readNotifications(login: String, id: String?, at: Instant)
  /// Forgets items of the outbox that ended, notifications, and mails that still wait for a mail server, from before this
  /// time.
  case forgetToldBefore(Instant)
  /// Forgets what no window of figures reaches any more: rows that begin before this second.
  case forgetTallies(before: Int64)
  /// Takes the slot of a schedule for the run of the same batch; refused as `slotTaken` unless it is later than the one
  /// stored. `missed` is how many were passed over by this start; the stored number is their sum.
  case takeSlot(ScheduleSlot)
  /// The runbook is paused; one that is already stays as it was.
  case pause(StoredPause)
  /// The runbook goes on; nothing happens where it is not paused.
  case resume(runbookID: String)
  /// Calls of a run's batch.
  case logRequests([RequestEntry])
  /// Forgets calls of a method from before this time; with `keepingRuns` only those that go with no run.
  case forgetRequests(method: String, before: Instant, keepingRuns: Bool = false)
  /// Calls of a run by these methods do not go with it: their methods keep them longer. Of the batch that deletes it.
  case keepRequests(run: RunID, methods: [String])
}

/// Which items of the outbox are asked for.
package struct OutboxPart: Hashable, Sendable {
  package var actions: [FailureAction]
  /// Runbooks whose items are left out.
  package var excluding: Set<String>

  package init(_ actions: [FailureAction] = FailureAction.allCases, excluding: Set<String> = []) {
    self.actions = actions
    self.excluding = excluding
  }
}

/// The reading side of the same.
package protocol AccountStore: Sendable {
  /// What has failed in a row; nothing where the runbook is not known.
  func failureStreak(runbookID: String) async throws(StoreFault) -> FailureStreak
  func outbox(_ query: OutboxQuery) async throws(StoreFault) -> [OutboxItem]
  func outboxItem(_ id: String) async throws(StoreFault) -> OutboxItem?
  /// Pending items of these that are due, the oldest first.
  func dueOutbox(_ part: OutboxPart, at: Instant, limit: Int) async throws(StoreFault) -> [OutboxItem]
  /// When the next pending item of these is due; nil where none is.
  func nextOutboxDue(_ part: OutboxPart) async throws(StoreFault) -> Instant?
  /// The newest first. With `unreadOnly` those that were not marked as read.
  func notifications(login: String, unreadOnly: Bool, limit: Int) async throws(StoreFault) -> [StoredNotification]
  /// What is counted in a window of time.
  func tally(runbookID: String, _ window: TallyWindow) async throws(StoreFault) -> RunTally
  /// Runbooks that are paused, by id.
  func pauses() async throws(StoreFault) -> [StoredPause]
  func scheduleSlots(runbookID: String) async throws(StoreFault) -> [ScheduleSlot]
  /// The newest first.
  func requests(_ query: RequestQuery) async throws(StoreFault) -> [RequestEntry]
  /// Methods that have calls logged, sorted.
  func requestMethods() async throws(StoreFault) -> [String]
}

extension AccountStore {
  /// The six figures as of now.
  package func figures(runbookID: String, at now: Instant) async throws(StoreFault) -> RunFigures {
    let day = try await tally(runbookID: runbookID, TallyWindow(seconds: RunFigures.Window.day.rawValue, endingAt: now))
    let week = try await tally(
      runbookID: runbookID, TallyWindow(seconds: RunFigures.Window.week.rawValue, endingAt: now))
    let month = try await tally(
      runbookID: runbookID, TallyWindow(seconds: RunFigures.Window.month.rawValue, endingAt: now))
    return RunFigures(day: day, week: week, month: month)
  }
}
