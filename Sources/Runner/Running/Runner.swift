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
  private struct Desk: Sendable {
    var queue: RunQueue
    var handed: [RunID: Handed] = [:]
    /// Runs that have a place already and go on in the loop's next turn.
    var placed: [RunID] = []
    var runbooks: [RunID: Standing] = [:]
    /// Runs that were roused while they were active: whoever parks one of them lets it go on at once.
    var roused: Set<RunID> = []
    /// When parked runs go on.
    var timers = RunTimers()
    /// Runs that wait and need not be read from the store when their turn comes; not more than `mostKept`.
    var kept: [RunID: RunSession] = [:]
  }

  /// What the desk knows of an unfinished run.
  struct Standing: Sendable {
    var runbook: String
    var isSeries: Bool
  }

  private static let mostKept = 256

  private let desk: Mutex<Desk>
  let signals = RunSignals()
  private let bell: AsyncStream<Void>
  private let ring: AsyncStream<Void>.Continuation
  /// Rings when an earlier time than before is waited for.
  private let times: AsyncStream<Void>
  private let alarm: AsyncStream<Void>.Continuation
  private let recovery = Mutex(false)

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
        stop.finish()
      }
    }
  }

  private static let graceForCalls = Duration.seconds(8)

  private func driveRuns() async {
    await withDiscardingTaskGroup { group in
      for await _ in bell {
        if parts.isSealed { continue }
        await recoverOnce()
        let epoch = signals.epoch
        let disabling = aftermath.takeDisabling()
        let startable = desk.withLock { desk in
          for runbook in disabling { desk.queue.hold(true, runbook: runbook) }
          defer { desk.placed = [] }
          return desk.placed + desk.queue.takeStartable()
        }
        for run in startable {
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

  /// Forgets every run in memory; called with a seal. Tasks stop at their next effect boundary.
  package func forget() {
    signals.stopAll(isSeal: true)
    desk.withLock { desk in
      desk.queue.removeAll()
      desk.handed = [:]
      desk.kept = [:]
      desk.placed = []
      desk.runbooks = [:]
      desk.timers.removeAll()
      desk.roused = []
    }
    recovery.withLock { $0 = false }
    library.forget()
    parts.tokens.forget()
    parts.search.forget()
  }

  /// Keeps the queued runs of a runbook queued, or lets them go on.
  package func hold(_ isHeld: Bool, runbook: String) {
    if !isHeld { aftermath.forgetDisabling(runbook) }
    desk.withLock { $0.queue.hold(isHeld, runbook: runbook) }
    ring.yield()
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
    guard let row = try? await parts.store.run(run.id), !row.isPaused else { return }
    desk.withLock { $0.queue.pause(false, run: run.id, runbook: run.runbookID) }
  }

  /// Pauses the runbooks that are paused on disk: before anything is let in.
  package func renewPauses() async throws {
    for pause in try await parts.store.pauses() { self.pause(true, runbook: pause.runbookID) }
  }

  /// Whether queued runs of the runbook stay queued.
  package func isHeld(_ runbook: String) -> Bool { desk.withLock { $0.queue.isHeld(runbook) } }

  /// Holds the runs of runbooks that are inactive, or are about to be, and of no others: after a change of documents.
  package func renewHolds() async throws {
    let rows = try await parts.store.documents(.runbook)
    var disabling: Set<String> = []
    for item in try await parts.store.outbox(OutboxQuery(state: .pending, limit: 500)) where item.action == .disable {
      disabling.insert(item.runbookID)
    }
    desk.withLock { desk in
      for row in rows { desk.queue.hold(!row.isActive || disabling.contains(row.id), runbook: row.id) }
    }
    ring.yield()
  }

  /// Takes a place for a run that is about to be admitted: true where it may begin at once.
  func takePlace(_ run: RunID, of runbook: RunbookDocument) -> Bool {
    desk.withLock { $0.queue.takePlace(run, runbook: runbook.id, isSeries: runbook.mode == .series) }
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
      desk.runbooks[run] = Standing(handed.session.bundle.runbook)
      desk.placed.append(run)
    }
    ring.yield()
  }

  /// Puts a committed run into its runbook's line; where many wait, it is read from the store when its turn comes.
  func enqueue(_ session: RunSession, of runbook: RunbookDocument) {
    let run = session.id
    desk.withLock { desk in
      desk.runbooks[run] = Standing(runbook)
      if desk.kept.count < Self.mostKept { desk.kept[run] = session }
      desk.queue.enqueue(run, runbook: runbook.id, isSeries: runbook.mode == .series)
    }
    ring.yield()
  }

  /// Ends a run that is not over: at once where it waits, else at its next effect boundary. A call that is out already
  /// is recorded first; if it was the last one, the run ends as that call has it. The request is durable when this
  /// returns. Throws `CommitRefusal.historyMoved` where the run is over.
  package func cancel(_ run: RunID, by actor: String) async throws {
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(actor), action: "cancel", subject: "runs/\(run.text)", outcome: "ok")
    _ = try await parts.store.commit(WriteBatch([.requestCancel(run, at: parts.clock.now())], ledger: [draft]))
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
  package func delete(_ runs: [StoredRun], by actor: LedgerActor) async throws {
    guard !runs.isEmpty else { return }
    let drafts = runs.map { run in
      LedgerDraft(kind: .runEvent, actor: actor, action: "delete", subject: "runs/\(run.id.text)", outcome: "ok")
    }
    _ = try await parts.store.commit(WriteBatch(runs.map { .deleteRun($0.id) }, ledger: drafts))
    // What does not go now is taken out by `tendSearch`.
    let days = (try? await releaseSearch(of: Set(runs.map { SearchDay.number(of: $0.id) }))) ?? []
    try parts.keyring.runKeys.destroy(runs.map(\.runKeySlot) + days)
  }

  private static let deletedAtOnce = 1_000

  /// Deletes the runs that ended before this time, a bounded number at once; true where there are more.
  package func deleteRuns(endedBefore: Instant) async throws -> Bool {
    let old = try await parts.store.finishedRuns(endedBefore: endedBefore, limit: Self.deletedAtOnce)
    try await delete(old, by: .service)
    return old.count == Self.deletedAtOnce
  }

  /// The same of one runbook. Found by their ids, which begin with the time at which they came.
  package func deleteRuns(of runbook: String, endedBefore: Instant) async throws -> Bool {
    var query = RunQuery(
      runbookID: runbook, before: RunID(at: endedBefore, random: [UInt8](repeating: 0, count: 10)), limit: 500)
    var deleted = 0
    while true {
      let page = try await parts.store.runs(query)
      let old = page.filter { run in run.endedAt.map { $0 < endedBefore } ?? false }
      try await delete(old, by: .service)
      deleted += old.count
      guard page.count == query.limit, let last = page.last, deleted < Self.deletedAtOnce else {
        return page.count == query.limit && !old.isEmpty
      }
      query.before = last.id
    }
  }

  private func recoverOnce() async {
    guard
      recovery.withLock({ done in
        defer { done = true }
        return !done
      })
    else { return }
    guard let left = try? await parts.store.unfinishedRuns(limit: 100_000), (try? await renewHolds()) != nil else {
      recovery.withLock { $0 = false }
      return
    }
    // Runs that have begun come first: in series mode one of them holds the line.
    for row in left.filter({ $0.state == .running }) + left.filter({ $0.state != .running }) {
      if row.cancelRequestedAt != nil { signals.request(row.id) }
      let mode = try? await library.bundle(row.bundle).runbook.mode
      // An answer that nobody has acted on yet: the run looks at it as soon as it has its turn.
      let answers = row.waiting?.reason == .approval ? try? await parts.store.approvals(of: row.id) : nil
      let isAnswered = answers?.isEmpty == false
      desk.withLock { desk in
        guard desk.handed[row.id] == nil else { return }
        desk.runbooks[row.id] = Standing(runbook: row.runbookID, isSeries: mode == .series)
        if row.pause != nil { desk.queue.pause(true, run: row.id, runbook: row.runbookID) }
        if row.cancelRequestedAt != nil {
          // It only has to end, and waits for nothing: neither its turn nor somebody who resumes its runbook.
          if !desk.placed.contains(row.id) { desk.placed.append(row.id) }
        } else if let waiting = row.waiting, row.state == .running, !isAnswered {
          desk.queue.park(row.id, runbook: row.runbookID, isSeries: mode == .series)
          desk.timers.add(row.id, until: waiting.until)
        } else {
          desk.queue.enqueue(
            row.id, runbook: row.runbookID, isSeries: mode == .series, isUnderWay: row.state == .running)
        }
      }
      if row.pause != nil { await forgetPause(of: row) }
    }
    alarm.yield()
  }

  private func work(on run: RunID, since epoch: UInt64) async {
    let (handed, kept) = desk.withLock { desk in
      (desk.handed.removeValue(forKey: run), desk.kept.removeValue(forKey: run))
    }
    let driver = RunDriver(
      parts: parts, keys: keys, followers: followers, signals: signals, aftermath: aftermath, epoch: epoch,
      runner: self)
    var stop = RunDriver.Stop.ended(.succeeded)
    do {
      if let handed {
        stop = await driver.drive(handed.session, from: handed.next)
      } else if let (session, next) = try await resume(run, kept, driver: driver) {
        stop = await driver.drive(session, from: next)
      }
    } catch let fault as RunFault where !parts.isSealed {
      await close(run, because: fault)
    } catch {
      stop = .gaveUp
    }
    // The desk was cleared with the seal, and may hold the run anew by now.
    if signals.mustDiscard(since: epoch) { return }
    // A commit that failed (a full disk) leaves the run as its history has it: it is taken up again after a while.
    let mayGoOn = stop == .gaveUp && !parts.isSealed && !Task.isCancelled && !signals.mustStop(since: epoch)
    if mayGoOn { try? await Task.sleep(for: Self.pauseAfterFailedCommit) }
    desk.withLock { desk in
      let known = desk.runbooks[run] ?? Standing(runbook: "", isSeries: false)
      let isRoused = desk.roused.remove(run) != nil
      if case .parked(let until) = stop, !isRoused, !signals.isRequested(run) {
        desk.queue.park(run, runbook: known.runbook, isSeries: known.isSeries)
        desk.timers.add(run, until: until)
        return
      }
      if mayGoOn || stop.isParked || stop == .paused {
        desk.queue.stepBack(run, runbook: known.runbook, isSeries: known.isSeries)
      } else {
        desk.queue.finish(run, runbook: known.runbook)
        desk.runbooks[run] = nil
        signals.forget(run)
      }
    }
    ring.yield()
    alarm.yield()
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

  private static let pauseAfterFailedCommit = Duration.seconds(2)

  /// A run whose history cannot be read ends as failed, in the list and in the ledger. Its events stay as they are: they
  /// are evidence, and the ledger tells whether they were changed.
  private func close(_ id: RunID, because fault: RunFault) async {
    guard var row = try? await parts.store.run(id), !row.state.isFinished else { return }
    row.state = .failed
    row.failureWord = FailureReason.history.word
    row.endedAt = parts.clock.now()
    let draft = LedgerDraft(
      kind: .runEvent, actor: .run(id.text), action: "close", subject: row.runbookID, outcome: fault.word)
    let settings = try? await library.runbook(row.runbookID)?.document.onFailure
    let account = RunAccount(
      runbookID: row.runbookID, run: id, bundle: row.bundle,
      end: RunAccount.End(row, outcome: .failed(.history), rules: FailureRules(settings ?? FailureSettings())))
    let batch = WriteBatch([.appendEvents(id, [], row: row), .account(.run(account))], ledger: [draft])
    if let receipt = try? await parts.store.commit(batch) { aftermath.take(receipt.outbox) }
    followers.announce(id, isEnded: true)
  }

  /// What happens next in a rebuilt run: its end, where somebody asked for it.
  private func goOn(_ session: inout RunSession, _ effects: [RunEffect], _ now: Instant) -> RunSession.Outside {
    var effects = effects
    if signals.isRequested(session.id), !session.machine.hasEnded { effects = session.record(.cancelled(at: now)) }
    // Its turn had come when it was paused: what it would begin, it begins when it goes on.
    let begins = signals.isRequested(session.id) || !isPaused(session.row)
    return session.settle(effects, begins: begins, now: now)
  }

  /// Rebuilds a run from its history, unless it was kept, and takes the step that its state calls for.
  private func resume(
    _ id: RunID, _ kept: RunSession?, driver: RunDriver
  ) async throws -> (RunSession, RunSession.Outside)? {
    var session: RunSession
    if let kept {
      // It has been admitted and nothing else: it has met no secret but those that it brought.
      session = kept
    } else {
      guard let row = try await parts.store.run(id), !row.state.isFinished else { return nil }
      session = try await RunLoading(parts: parts, library: library).session(of: row)
      try await session.learnGranted(parts: parts)
    }
    let now = parts.clock.now()
    let outside: RunSession.Outside
    switch session.machine.resumption {
    case .ended(let outcome): outside = .ended(outcome)
    case .repeatCall(let address): outside = .call(address)
    case .interrupted(let address):
      let effects = session.record(.callFailed(address, at: now, reason: .interrupted, request: nil, response: nil))
      outside = goOn(&session, effects, now)
    case .perform(let effects): outside = goOn(&session, effects, now)
    }
    guard session.pendingEvents.isEmpty ? true : await driver.commit(&session) else { return nil }
    return (session, outside)
  }
}

extension Runner.Standing {
  init(_ runbook: RunbookDocument) {
    self.init(runbook: runbook.id, isSeries: runbook.mode == .series)
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
    let events = try await parts.store.events(of: row.id, after: 0)
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
