import Encodings
import Labels
import RunEngine

/// How runs come to be: a start, a slot of a schedule, a step of another run, a repetition.
extension SimulatedService {
  /// A run that is about to exist: its session holds its first events and what happens next.
  struct Opened {
    var session: SimulatedSession
    var run: SimulatedDisk.Run
    let change: SimulatedDisk.Change
    var id: RunID { session.id }
  }

  mutating func freshID() -> RunID {
    let id = ids.make(at: clock.tick(), random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) })
    if disk.runs[id] != nil { broken.append("two runs have one id") }
    asked[id] = next()
    return id
  }

  mutating func takePlace(_ id: RunID, of runbook: Int) -> Bool {
    queue.limit(runbooks[runbook].cap, runbook: runbooks[runbook].name)
    let takes = queue.takePlace(id, runbook: runbooks[runbook].name, isSeries: runbooks[runbook].isSeries)
    if takes, runbooks[runbook].isSeries,
      disk.runs.values.contains(where: { $0.runbook == runbook && $0.holdsLine })
    {
      broken.append("a run of a series begins beside another one")
    }
    if takes, runbooks[runbook].isSeries, !earlier(than: id, of: runbook).isEmpty {
      broken.append("a series out of order")
    }
    return takes
  }

  /// A run with its first events: it begins where it has its place, or is over at once without one, and is taken in where
  /// it has to wait.
  mutating func open(_ id: RunID, of runbook: Int) -> Opened {
    let hasPlace = takePlace(id, of: runbook)
    var session = SimulatedSession(id, plan: runbooks[runbook].plan)
    let given = session.insert("given")
    var begun = session
    if hasPlace || mayPass(runbook) {
      begin(&begun, of: runbook, with: ["given": given])
      if hasPlace { return opened(begun, of: runbook) }
      if begun.isEnded {
        figures.passed += 1
        return opened(begun, of: runbook)
      }
    }
    _ = session.record(.admitted(at: clock.now, roots: [:], variables: ["given": given]))
    return opened(session, of: runbook)
  }

  /// A run without a place may be over with its first commit where its first step asks nobody.
  private func mayPass(_ runbook: Int) -> Bool {
    let plan = runbooks[runbook].plan
    switch plan.steps[plan.start]?.action {
    case .end, .condition: break
    default: return false
    }
    return !runbooks[runbook].isSeries && !runbooks[runbook].hasStoredValues
      && queue.mayPass(runbook: runbooks[runbook].name)
  }

  func opened(_ session: SimulatedSession, of runbook: Int, retryOf: RunID? = nil) -> Opened {
    var session = session
    var run = SimulatedDisk.Run(runbook: runbook)
    run.retryOf = retryOf
    let change = session.takePending()
    return Opened(session: session, run: run, change: change)
  }

  /// A run begins, with what its runbook keeps as it is now; or its values do not convert.
  mutating func begin(
    _ session: inout SimulatedSession, of runbook: Int, with variables: [String: ValueHandle]
  ) {
    let now = clock.now
    let event: RunEvent
    if random.happens(percent: 4) {
      event = .startFailed(at: now, reason: .conversion("given"))
    } else {
      if runbooks[runbook].hasStoredValues { session.begin(with: disk.numbers[runbook, default: 0]) }
      event = .started(at: now, roots: [:], variables: variables)
    }
    session.settle(session.record(event), begins: true, now: now, using: &random)
  }

  /// What follows when a run's first commit is known, or known not to be there.
  mutating func go(on opened: Opened, isThere: Bool) {
    let (id, runbook) = (opened.id, runbooks[opened.run.runbook])
    guard isThere, let run = disk.runs[id] else { return queue.finish(id, runbook: runbook.name) }
    known[id] = next()
    if run.isPaused {
      // Also by the pause of the run that started it.
      passed.insert(id)
      queue.pause(true, run: id, runbook: runbook.name)
    }
    if run.isCancelRequested, !run.row.isEnded { requested.insert(id) }
    guard opened.session.outside != nil else { return enqueue(opened, runbook) }
    guard !opened.session.isEnded else { return queue.finish(id, runbook: runbook.name) }
    hasBegun[id] = true
    live[id] = opened.session
    active.append(id)
  }

  private mutating func enqueue(_ opened: Opened, _ runbook: Runbook) {
    let id = opened.id
    figures.waits += 1
    hasBegun[id] = false
    // Of many that wait some are read again when their turn comes.
    if random.happens(percent: 50) { kept[id] = opened.session }
    if requested.contains(id) {
      active.append(id)
    } else {
      queue.limit(runbook.cap, runbook: runbook.name)
      queue.enqueue(id, runbook: runbook.name, isSeries: runbook.isSeries)
    }
  }

  /// Writes a run that somebody asked for. Where nobody knows whether it was written, its place is kept until somebody has
  /// looked.
  private mutating func admit(_ opened: Opened, slot: DueSlot? = nil) {
    let (run, change) = (opened.run, opened.change)
    submit { disk in
      if let slot, !disk.mayTake(slot, of: run.runbook) { return false }
      guard disk.create(run, change) else { return false }
      if let slot { disk.take(slot, of: run.runbook) }
      return true
    } then: { service, receipt in
      if slot != nil { service.slotsInHand.remove(run.runbook) }
      let isThere = service.disk.runs[opened.id] != nil
      switch receipt {
      case .written: service.acknowledged.insert(opened.id)
      case .failed: if isThere { service.figures.unacknowledged += 1 }
      case .refused: break
      }
      service.go(on: opened, isThere: isThere)
    }
  }

  // MARK: Who starts them

  mutating func start(_ runbook: Int) {
    guard disk.order.count < 24 else { return }
    admit(open(freshID(), of: runbook))
  }

  mutating func lookAtSchedules() {
    for (number, runbook) in runbooks.enumerated() where !queue.isPaused(runbook.name) {
      guard let schedule = runbook.schedule, disk.order.count < 30, !slotsInHand.contains(number),
        let slot = DueSlot(
          schedule, taken: disk.slots[number]?.slot, since: savedAt, now: clock.now, offset: { _ in 0 })
      else { continue }
      figures.slots += 1
      slotsInHand.insert(number)
      var opened = open(freshID(), of: number)
      opened.run.slot = slot.slot
      admit(opened, slot: slot)
    }
  }

  /// From the failed step, with what came before taken over.
  mutating func retry() {
    let ended = disk.order.filter { disk.runs[$0]?.row.isEnded == true }
    guard disk.order.count < 24, let old = ended.randomElement(using: &random), let before = disk.runs[old],
      let history = disk.history(of: old),
      let point = try? RetryPoint(of: history.events, plan: runbooks[before.runbook].plan)
    else { return }
    let id = freshID()
    var session = SimulatedSession(id, plan: runbooks[before.runbook].plan)
    session.takeOver(history.events.prefix(point.events), labels: history.labels)
    if takePlace(id, of: before.runbook) {
      let effects = session.record(.retried(at: clock.now, of: old))
      session.settle(effects, begins: true, now: clock.now, using: &random)
    } else {
      _ = session.record(.admitted(at: clock.now, roots: [:], variables: [:]))
    }
    figures.retries += 1
    admit(opened(session, of: before.runbook, retryOf: old))
  }
}
