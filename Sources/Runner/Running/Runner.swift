package import Encodings
import Keyring
import Labels
package import Ledger
package import RunEngine
import Runbooks
import ServiceLifecycle
package import Storage
import Synchronization

/// Keeps runs going: takes what is admitted, resumes what a restart left, and drives each in a task of its
/// own, as many at once as the queue allows.
package final class Runner: Service {
  package let parts: ServiceParts
  package let library: DocumentLibrary
  /// Named keys, as runs use them; the one book of the service, so that uses are put on record once.
  package let keys: KeyBook
  package let followers = RunFollowers()
  let aftermath = Aftermath()
  /// How many dry runs are under way: each holds all of its events until its end.
  let rehearsals = Mutex(0)

  /// A run whose session is in memory already, with what has to happen next.
  struct Handed: Sendable {
    var session: RunSession
    var next: RunSession.Outside
  }

  /// Under the lock: the queue, sessions handed over by admission, and the runbook of each run.
  struct Desk: Sendable {
    var queue: RunQueue
    /// Whether what a restart left is here: before that nothing begins.
    var hasRecovered = false
    var handed: [RunID: Handed] = [:]
    /// Runs that have a place already and go on in the loop's next turn.
    var placed: [RunID] = []
    var runbooks: [RunID: Standing] = [:]
    /// Runs that were roused while they were active: whoever parks one of them lets it go on at once.
    var roused: Set<RunID> = []
    /// When parked runs go on.
    var timers = RunTimers()
    /// Runbooks that are to be disabled by what came into the outbox since the holds were last read from disk.
    var disabling: Set<String> = []
    /// Runs of which nobody knows whether they were written.
    var unknown: [UnknownRun] = []
    /// Pauses, and requests to end a run, of which the same is true.
    var unknownPauses: [UnknownPause] = []
    var unknownCancels: [UnknownCancel] = []
    /// Runs that wait and need not be read from the store when their turn comes; not more than `mostKept`.
    var kept: [RunID: RunSession] = [:]
  }

  /// What the desk knows of an unfinished run.
  struct Standing: Sendable {
    var runbook: String
    /// As the documents say that the run is pinned to.
    var isSeries: Bool
    /// Whether it has had a place, and its first step is on disk.
    var hasBegun: Bool
  }

  private static let mostKept = 256

  let desk: Mutex<Desk>
  let signals = RunSignals()
  /// Pauses are written, and let the queue hold, one after another.
  let pauseTurns = Turns()
  /// Holds and limits are renewed one after another: what was read first must not be set last.
  let holdTurns = Turns()
  private let bell: AsyncStream<Void>
  let ring: AsyncStream<Void>.Continuation
  /// Rings when an earlier time than before is waited for.
  private let times: AsyncStream<Void>
  let alarm: AsyncStream<Void>.Continuation

  package init(parts: ServiceParts, library: DocumentLibrary, caps: RunQueue.Caps = RunQueue.Caps()) {
    self.parts = parts
    self.library = library
    keys = KeyBook(parts: parts)
    desk = Mutex(Desk(queue: RunQueue(caps: caps)))
    (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    (times, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Runs that wait for their turn, for the budget of starts.
  package var waitingCount: Int { desk.withLock { $0.queue.waitingCount } }

  /// Those of one runbook that have not begun.
  package func waitingCount(of runbook: String) -> Int { desk.withLock { $0.queue.waitingCount(of: runbook) } }

  /// Runs that wait for their turn, in all and of one runbook.
  func waitingCounts(of runbook: String) -> (all: Int, own: Int) {
    desk.withLock { ($0.queue.waitingCount, $0.queue.waitingCount(of: runbook)) }
  }

  package func run() async throws {
    let (stopping, stop) = AsyncStream<Void>.makeStream()
    await withTaskGroup(of: Void.self) { outer in
      outer.addTask { await self.driveRuns() }
      outer.addTask { await self.keepTime() }
      // Calls that are out when the service is told to end have a while to come back.
      outer.addTask {
        for await _ in stopping {}
        try? await Task.sleep(for: Self.graceForCalls)
      }
      await withGracefulShutdownHandler {
        // The runs and the clock, in whatever order they end.
        await outer.next()
        await outer.next()
        outer.cancelAll()
      } onGracefulShutdown: {
        self.signals.stopAll(isSeal: false)
        self.ring.finish()
        self.alarm.finish()
        self.parts.tokens.close()
        stop.finish()
      }
    }
  }

  private static let graceForCalls = Duration.seconds(8)

  private static let pauseAfterFailedRecovery = Duration.seconds(2)

  private func driveRuns() async {
    await withDiscardingTaskGroup { group in
      // A token that runs wait for is fetched whoever of them leaves.
      group.addTask { await self.parts.tokens.carry() }
      for await _ in bell {
        if parts.isSealed { continue }
        guard await recoverOnce() else {
          // A disk that cannot be read for now: nothing begins before it can.
          group.addTask {
            try? await Task.sleep(for: Self.pauseAfterFailedRecovery)
            self.ring.yield()
          }
          continue
        }
        let epoch = signals.epoch
        let taken = desk.withLock { desk in
          defer { (desk.placed, desk.unknown, desk.unknownPauses, desk.unknownCancels) = ([], [], [], []) }
          return (
            startable: desk.placed + desk.queue.takeStartable(), runs: desk.unknown, pauses: desk.unknownPauses,
            cancels: desk.unknownCancels
          )
        }
        for run in taken.runs { group.addTask { await self.settle(run) } }
        for pause in taken.pauses { group.addTask { await self.settle(pause) } }
        for cancel in taken.cancels { group.addTask { await self.settle(cancel) } }
        for run in taken.startable {
          group.addTask { await self.work(on: run, since: epoch) }
        }
      }
    }
  }

  /// Called after an unseal, and once at the start: reads what was left unfinished.
  package func wake() {
    ring.yield()
    aftermath.ring()
  }

  /// Forgets every run in memory, and ends those who follow one; called with a seal. Tasks stop at their next effect boundary.
  package func forget() {
    signals.stopAll(isSeal: true)
    followers.cut()
    desk.withLock { desk in
      desk.hasRecovered = false
      desk.queue.removeAll()
      desk.handed = [:]
      desk.kept = [:]
      desk.placed = []
      desk.unknown = []
      desk.unknownPauses = []
      desk.unknownCancels = []
      desk.disabling = []
      desk.runbooks = [:]
      desk.timers.removeAll()
      desk.roused = []
    }
    library.forget()
    parts.tokens.forget()
    parts.search.forget()
  }

  /// Keeps the queued runs of a runbook queued, or lets them go on.
  package func hold(_ isHeld: Bool, runbook: String) {
    desk.withLock { desk in
      if !isHeld { desk.disabling.remove(runbook) }
      desk.queue.hold(isHeld, runbook: runbook)
    }
    ring.yield()
  }

  /// Takes note of what a commit brought into the outbox. No run of a runbook that is about to be disabled begins from here
  /// on, however long the outbox takes.
  func take(_ items: [OutboxItem]) {
    guard !items.isEmpty else { return }
    desk.withLock { desk in
      for item in items where item.action == .disable {
        desk.disabling.insert(item.runbookID)
        desk.queue.hold(true, runbook: item.runbookID)
      }
    }
    aftermath.ring()
  }

  /// Lets no run of a runbook begin or go on, or lets all go on in their order.
  func pause(_ isPaused: Bool, runbook: String) {
    desk.withLock { $0.queue.pause(isPaused, runbook: runbook) }
    ring.yield()
  }

  /// Whether the runbook is paused.
  package func isPaused(_ runbook: String) -> Bool { desk.withLock { $0.queue.isPaused(runbook) } }

  /// Whether the run is held, by itself or with its runbook: it begins nothing.
  package func isPaused(_ run: StoredRun) -> Bool {
    desk.withLock { $0.queue.isPaused(run.id, runbook: run.runbookID) }
  }

  /// Runs that are paused by themselves, in all and of one runbook.
  package var pausedCount: Int { desk.withLock { $0.queue.pausedCount } }
  package func pausedCount(of runbook: String) -> Int { desk.withLock { $0.queue.pausedCount(of: runbook) } }

  /// Lets a run stand still, or go on: after its row says so.
  func pause(_ isPaused: Bool, run: StoredRun) async {
    desk.withLock { $0.queue.pause(isPaused, run: run.id, runbook: run.runbookID) }
    if isPaused { await forgetPause(of: run) }
    ring.yield()
  }

  /// The mark of a run that ended, or was let go on, while it was set would stay for ever.
  private func forgetPause(of run: StoredRun) async {
    do throws(StoreFault) {
      if try await parts.store.run(run.id)?.isPaused ?? false { return }
      desk.withLock { $0.queue.pause(false, run: run.id, runbook: run.runbookID) }
    } catch {
      lookAfter(.run(run))
    }
  }

  /// Lets a run stand still, or go on, as its row has it, in turn with those that pause it; where it cannot be read, later.
  func followPause(of run: StoredRun) async {
    do throws(StoreFault) {
      try await Pausing(runner: self).renew(.run(run))
    } catch {
      lookAfter(.run(run))
    }
  }

  /// Whether queued runs of the runbook stay queued.
  package func isHeld(_ runbook: String) -> Bool { desk.withLock { $0.queue.isHeld(runbook) } }

  /// Takes a place for a run that is about to be admitted: true where it may begin at once.
  func takePlace(_ run: RunID, of runbook: RunbookDocument) -> Bool {
    desk.withLock { desk in
      desk.queue.limit(runbook.limits.maximumParallel, runbook: runbook.id)
      return desk.hasRecovered && desk.queue.takePlace(run, runbook: runbook.id, isSeries: runbook.mode == .series)
    }
  }

  /// Whether a run that got no place may be begun all the same where it is over with its first commit.
  func mayPass(_ runbook: RunbookDocument) -> Bool {
    runbook.mode != .series && !runbook.hasStoredValues
      && desk.withLock { $0.hasRecovered && $0.queue.mayPass(runbook: runbook.id) }
  }

  /// Gives a place back that was taken for a run which was not admitted.
  func giveBack(_ run: RunID, of runbook: RunbookDocument) {
    let isAwaited = desk.withLock { desk in
      desk.queue.finish(run, runbook: runbook.id)
      return desk.queue.waitingCount > 0
    }
    if isAwaited { ring.yield() }
  }

  /// Goes on with a run that has a place: its first intent is on disk.
  func begin(_ handed: Handed) {
    desk.withLock { desk in
      let run = handed.session.id
      desk.handed[run] = handed
      desk.runbooks[run] = Standing(handed.session.bundle.runbook, hasBegun: true)
      desk.placed.append(run)
    }
    ring.yield()
  }

  /// Puts a committed run into its runbook's line; where many wait, it is read from the store when its turn comes.
  func enqueue(_ session: RunSession, of runbook: RunbookDocument) {
    let run = session.id
    desk.withLock { desk in
      desk.runbooks[run] = Standing(runbook, hasBegun: false)
      if desk.kept.count < Self.mostKept { desk.kept[run] = session }
      if signals.isRequested(run) {
        // Somebody was quicker: it only has to end, and waits for nothing.
        desk.placed.append(run)
      } else {
        desk.queue.limit(runbook.limits.maximumParallel, runbook: runbook.id)
        desk.queue.enqueue(run, runbook: runbook.id, isSeries: runbook.mode == .series)
      }
    }
    ring.yield()
  }

  /// Ends a committed run that waits for its turn.
  func end(_ session: RunSession) {
    signals.request(session.id)
    enqueue(session, of: session.bundle.runbook)
  }

  /// Ends a run that is not over: at once where it waits, else at its next effect boundary. A call that is out already
  /// is recorded first; if it was the last one, the run ends as that call has it. The request is durable when this
  /// returns. Throws `CommitRefusal.historyMoved` where the run is over. Where nobody knows whether the request was written,
  /// somebody looks.
  package func cancel(_ run: RunID, by actor: String) async throws {
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(actor), action: "cancel", subject: "runs/\(run.text)", outcome: "ok")
    do {
      _ = try await parts.store.commit(WriteBatch([.requestCancel(run, at: parts.clock.now())], ledger: [draft]))
    } catch {
      if UnknownRun.isUnknown(error) { lookAfterCancel(of: run) }
      throw error
    }
    end(run)
  }

  /// Lets a run end whose row says that it is to.
  func end(_ run: RunID) {
    signals.request(run)
    desk.withLock { desk in
      guard let runbook = desk.runbooks[run]?.runbook, desk.queue.withdraw(run, runbook: runbook) else { return }
      desk.placed.append(run)
    }
    ring.yield()
  }

  /// Deletes finished runs and destroys their keys: what they stored cannot be opened afterwards, in no copy of the
  /// database. The rows go first: should the process end between, the next start destroys the keys that no row knows.
  /// Throws `CommitRefusal.historyMoved` where one is not over; then nothing is deleted.
  ///
  /// - Parameter keepingCallsOf: methods whose lines in the request log outlive the runs.
  package func delete(
    _ runs: [StoredRun], by actor: LedgerActor, keepingCallsOf methods: [String] = []
  ) async throws {
    guard !runs.isEmpty else { return }
    let drafts = runs.map { run in
      LedgerDraft(kind: .runEvent, actor: actor, action: "delete", subject: "runs/\(run.id.text)", outcome: "ok")
    }
    let kept = methods.isEmpty ? [] : runs.map { Intention.account(.keepRequests(run: $0.id, methods: methods)) }
    _ = try await parts.store.commit(WriteBatch(kept + runs.map { .deleteRun($0.id) }, ledger: drafts))
    parts.logs.forget(Set(runs.map(\.id)))
    // What does not go now is taken out by `tendSearch`.
    let days = (try? await releaseSearch(of: Set(runs.map { SearchDay.number(of: $0.id) }))) ?? []
    try parts.keyring.runKeys.destroy(runs.map(\.runKeySlot) + days)
  }

  private static let deletedAtOnce = 1_000

  /// Deletes the runs that ended before this time, a bounded number at once; true where there are more.
  package func deleteRuns(endedBefore: Instant, keepingCallsOf methods: [String] = []) async throws -> Bool {
    let old = try await parts.store.finishedRuns(endedBefore: endedBefore, limit: Self.deletedAtOnce)
    try await delete(old, by: .service, keepingCallsOf: methods)
    return old.count == Self.deletedAtOnce
  }

  /// The same of one runbook. Found by their ids, which begin with the time at which they came.
  package func deleteRuns(
    of runbook: String, endedBefore: Instant, keepingCallsOf methods: [String] = []
  ) async throws -> Bool {
    var query = RunQuery(
      runbookID: runbook, before: RunID(at: endedBefore, random: [UInt8](repeating: 0, count: 10)), limit: 500)
    var deleted = 0
    while true {
      let page = try await parts.store.runs(query)
      let old = page.filter { run in run.endedAt.map { $0 < endedBefore } ?? false }
      try await delete(old, by: .service, keepingCallsOf: methods)
      deleted += old.count
      guard page.count == query.limit, let last = page.last, deleted < Self.deletedAtOnce else {
        return page.count == query.limit && !old.isEmpty
      }
      query.before = last.id
    }
  }

  /// Lets parked runs go on when their time has come.
  private func keepTime() async {
    var bells = times.makeAsyncIterator()
    while !Task.isCancelled {
      let next = desk.withLock { $0.timers.earliest }
      let now = parts.clock.now()
      if let next, next.millisecondsSinceEpoch <= now.millisecondsSinceEpoch {
        desk.withLock { desk in
          for run in desk.timers.takeDue(at: now) {
            guard let known = desk.runbooks[run] else { continue }
            desk.queue.unpark(run, runbook: known.runbook)
          }
        }
        ring.yield()
        continue
      }
      // A wall clock can jump: it is looked at now and then, however far the next time is.
      let wait = next.map { min($0.millisecondsSinceEpoch - now.millisecondsSinceEpoch, Self.longestNap) }
      guard await nap(milliseconds: wait ?? Self.longestNap, &bells) else { return }
    }
  }

  private static let longestNap: Int64 = 30_000

  /// Waits so long, or until an earlier time may be there; false when the service ends.
  private func nap(milliseconds: Int64, _ bells: inout AsyncStream<Void>.Iterator) async -> Bool {
    let timer = Task {
      // One that is cancelled must not ring: whoever waits next would wake at once, and so for ever.
      guard (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil else { return }
      alarm.yield()
    }
    defer { timer.cancel() }
    return await bells.next() != nil
  }

  /// Lets a parked run go on now: somebody has answered what it waits for. Nothing happens where it is not parked.
  func rouse(_ run: RunID) {
    desk.withLock { desk in
      guard let known = desk.runbooks[run] else { return }
      if !desk.queue.unpark(run, runbook: known.runbook) { desk.roused.insert(run) }
    }
    ring.yield()
  }
}

extension Runner.Standing {
  init(_ runbook: RunbookDocument, hasBegun: Bool) {
    self.init(runbook: runbook.id, isSeries: runbook.mode == .series, hasBegun: hasBegun)
  }
}

extension RunDriver.Stop {
  var isParked: Bool { if case .parked = self { true } else { false } }
}

/// Rebuilds a run's session from what is stored: for going on, and for viewers.
struct RunLoading: Sendable {
  let parts: ServiceParts
  let library: DocumentLibrary

  func session(of row: StoredRun) async throws -> RunSession {
    let bundle = try await library.bundle(row.bundle)
    let key = try parts.keyring.runKeys.key(slot: row.runKeySlot, generation: row.runKeyGeneration)
    let events: [StoredEvent]
    do {
      events = try await parts.store.events(of: row.id, after: 0)
    } catch StoreFault.damaged {
      // A column that cannot be what it must be is no less a fault of the history than an envelope that does not open.
      throw RunFault.rows
    }
    let registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: row.id, keyring: parts.keyring))
    return try RunSession(
      bundle: bundle, row: row, key: key, registry: registry, events: events, publicURL: parts.publicURL)
  }
}

/// The names of masks: four characters under a key of the installation.
enum Masks {
  /// Without a run: for stored secrets, whose names are the same everywhere.
  static func pseudonyms(run: RunID?, keyring: Keyring) -> Pseudonyms {
    Pseudonyms(run: run?.text ?? "") { handle in
      // A sealed keyring gives no names; nothing is shown then anyway.
      guard let hash = try? keyring.mac(.maskPseudonym, message: handle) else { return "----" }
      return String(Base32.encode(hash.prefix(5), alphabet: .crockford).lowercased().prefix(4))
    }
  }
}
