import RunEngine
import Storage

/// A new run whose commit failed so that nobody knows whether it was written. Its place is kept until somebody has looked.
struct UnknownRun: Sendable {
  let child: ChildRun
  /// When it was opened.
  let epoch: UInt64

  /// Whether an error of the store leaves open what became of the batch. One that the data refused was not written.
  static func isUnknown(_ error: any Error) -> Bool { !(error is CommitRefusal) }
}

/// A pause, or its end, whose commit failed so that nobody knows whether it was written.
struct UnknownPause: Sendable {
  let subject: Pausing.Subject
  /// When it was asked for.
  let epoch: UInt64
}

/// A request to end a run of which the same is true.
struct UnknownCancel: Sendable {
  let run: RunID
  /// When it was made.
  let epoch: UInt64
}

extension Runner {
  /// Has somebody look whether a run was written. Whoever asked for it was told that nobody knows; where it is there, it
  /// goes on as if he had been told, so that no run stands on disk that nobody drives, and none of a series begins beside
  /// it. Until then it keeps the place that it took.
  func lookAfter(_ session: RunSession, next: RunSession.Outside?) {
    let child = ChildRun(session: session, next: next, intentions: [], drafts: [])
    desk.withLock { $0.unknown.append(UnknownRun(child: child, epoch: signals.epoch)) }
    ring.yield()
  }

  /// Has somebody look whether a runbook, or a run, is paused on disk: the queue must not go on otherwise.
  func lookAfter(_ subject: Pausing.Subject) {
    desk.withLock { $0.unknownPauses.append(UnknownPause(subject: subject, epoch: signals.epoch)) }
    ring.yield()
  }

  /// Has somebody look whether a run is to end: nobody would end it before a restart.
  func lookAfterCancel(of run: RunID) {
    desk.withLock { $0.unknownCancels.append(UnknownCancel(run: run, epoch: signals.epoch)) }
    ring.yield()
  }

  /// Ends a run that is to end on disk.
  func settle(_ unknown: UnknownCancel) async {
    await look(since: unknown.epoch) { () throws(StoreFault) in
      guard let row = try await parts.store.run(unknown.run), row.cancelRequestedAt != nil, !row.state.isFinished else {
        return
      }
      end(row.id)
    }
  }

  /// Goes on with a run that was written after all, or gives its place back.
  func settle(_ unknown: UnknownRun) async {
    let id = unknown.child.session.id
    await look(since: unknown.epoch) { () throws(StoreFault) in
      let row = try await parts.store.run(id)
      // With a seal the desk was cleared, and what is on disk was, or will be, read anew; so was what had no place yet.
      let isKnown = desk.withLock { $0.runbooks[id] != nil }
      if isKnown || signals.mustDiscard(since: unknown.epoch) { return }
      await settle(unknown.child, as: row)
      // What its commit brought into the outbox was announced to nobody.
      if row != nil { aftermath.ring() }
    }
  }

  /// Lets the queue hold what is paused on disk.
  func settle(_ unknown: UnknownPause) async {
    await look(since: unknown.epoch) { () throws(StoreFault) in
      try await Pausing(runner: self).renew(unknown.subject)
    }
  }

  /// Looks until the disk can be read, or everything has to stop.
  private func look(since epoch: UInt64, _ body: () async throws(StoreFault) -> Void) async {
    var backoff = Backoff()
    while !signals.mustStop(since: epoch), !Task.isCancelled {
      do throws(StoreFault) {
        return try await body()
      } catch {
        guard (try? await Task.sleep(for: backoff.next())) != nil else { return }
      }
    }
  }
}
