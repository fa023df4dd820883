import Ledger
import RunEngine
import Runbooks
import Storage

extension Runner {
  /// Pauses the runbooks that are paused on disk: before anything is let in.
  package func renewPauses() async throws {
    try await pauseTurns.pass {
      for pause in try await parts.store.pauses() { self.pause(true, runbook: pause.runbookID) }
    }
  }

  /// Lets new ids come after those of all runs that are not over, also where the clock has gone back since: before anything
  /// is let in. A series goes by the order of ids.
  package func renewIDs() async throws {
    for state in [StoredRunState.queued, .running] {
      guard let newest = try await parts.store.runs(RunQuery(state: state, limit: 1)).first else { continue }
      parts.runIDs.follow(newest.id)
    }
  }

  /// Holds the runs of runbooks that are inactive, or are about to be, and of no others, and lets each runbook's runs go one
  /// by one or side by side as its document says: after a change of documents.
  package func renewHolds() async throws {
    try await holdTurns.pass { try await renewHoldsInTurn() }
  }

  private func renewHoldsInTurn() async throws {
    desk.withLock { $0.disabling = [] }
    var disabling: Set<String> = []
    var query = OutboxQuery(state: .pending, action: .disable, limit: 500)
    while true {
      let page = try await parts.store.outbox(query)
      disabling.formUnion(page.map(\.runbookID))
      guard page.count == query.limit, let last = page.last else { break }
      query.before = OutboxCursor(behind: last)
    }
    let runbooks = try await library.readableRunbooks()
    desk.withLock { desk in
      for (row, document) in runbooks {
        let isDisabling = disabling.contains(row.id) || desk.disabling.contains(row.id)
        desk.queue.hold(!row.isActive || isDisabling, runbook: row.id)
        if let document = try? document.get() {
          desk.queue.setMode(isSeries: document.mode == .series, runbook: row.id)
          desk.queue.setLimit(document.limits.maximumParallel, runbook: row.id)
        }
      }
    }
    ring.yield()
  }

  /// Runs that are read at once.
  private static let recoveredAtOnce = 1_000

  /// Takes up what was left unfinished, all of it, before anything begins; false where it could not be read.
  func recoverOnce() async -> Bool {
    let epoch = signals.epoch
    if desk.withLock({ $0.hasRecovered }) { return true }
    do {
      try await renewHolds()
      var last: RunID?
      while true {
        let page = try await parts.store.unfinishedRuns(after: last, limit: Self.recoveredAtOnce)
        for row in page { await takeUp(row) }
        guard page.count == Self.recoveredAtOnce, let newest = page.last else { break }
        if parts.isSealed { return false }
        last = newest.id
      }
    } catch {
      return false
    }
    // With a seal the desk was cleared, and nothing of this is to be taken for all there is.
    desk.withLock { desk in
      if !signals.mustDiscard(since: epoch) { desk.hasRecovered = true }
    }
    alarm.yield()
    return desk.withLock { $0.hasRecovered }
  }

  /// Puts an unfinished run where it stands. In series mode one that has begun holds the line, whenever it is found: nothing
  /// begins before all are here.
  private func takeUp(_ row: StoredRun) async {
    if row.cancelRequestedAt != nil { signals.request(row.id) }
    let runbook = try? await library.bundle(row.bundle).runbook
    let isSeries = runbook?.mode == .series
    let hasBegun = row.state == .running
    // An answer that nobody has acted on yet: the run looks at it as soon as it has its turn.
    let answers = row.waiting?.reason == .approval ? try? await parts.store.approvals(of: row.id) : nil
    let isAnswered = answers?.isEmpty == false
    desk.withLock { desk in
      guard desk.handed[row.id] == nil else { return }
      desk.queue.limit(runbook?.limits.maximumParallel, runbook: row.runbookID)
      desk.runbooks[row.id] = Standing(runbook: row.runbookID, isSeries: isSeries, hasBegun: hasBegun)
      if row.pause != nil { desk.queue.pause(true, run: row.id, runbook: row.runbookID) }
      if row.cancelRequestedAt != nil {
        // It only has to end, and waits for nothing: neither its turn nor somebody who resumes its runbook.
        if !desk.placed.contains(row.id) { desk.placed.append(row.id) }
      } else if let waiting = row.waiting, hasBegun, !isAnswered {
        desk.queue.park(row.id, runbook: row.runbookID, isSeries: isSeries)
        desk.timers.add(row.id, until: waiting.until)
      } else {
        desk.queue.enqueue(row.id, runbook: row.runbookID, isSeries: isSeries, isUnderWay: hasBegun)
      }
    }
    if row.pause != nil { await followPause(of: row) }
  }
}
