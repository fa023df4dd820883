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

  /// A value that one run hands to the next: the label that was read, and the one that it had.
  struct Given {
    let label: Label
    let noted: Label
  }

  /// A start that is named by a key, as the one who asks for it knows it.
  struct Order {
    let runbook: Int
    /// The run that he was told of.
    var run: RunID?
  }

  mutating func freshID() -> RunID {
    let id = ids.make(at: clock.tick(), random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) })
    if disk.runs[id] != nil { broken.append("two runs have one id") }
    asked[id] = next()
    return id
  }

  /// A run with its first events: it begins where it has its place, or is over at once without one, and is taken in where
  /// it has to wait.
  ///
  /// - Parameter given: what the run hands over that starts it; nil where none does.
  mutating func open(_ id: RunID, of runbook: Int, with given: Given? = nil) -> Opened {
    let hasPlace = takePlace(id, of: runbook)
    var session = SimulatedSession(id, plan: runbooks[runbook].plan)
    let roots = given == nil ? ["request": session.insert("request")] : [:]
    let variables = ["given": given.map { session.insert($0.label, noting: $0.noted) } ?? session.insert("given")]
    var begun = session
    if hasPlace || mayPass(runbook) {
      begin(&begun, of: runbook, roots: roots, with: variables)
      if hasPlace { return opened(begun, of: runbook) }
      if begun.isEnded {
        figures.passed += 1
        return opened(begun, of: runbook)
      }
    }
    _ = session.record(.admitted(at: clock.now, roots: roots, variables: variables))
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
    _ session: inout SimulatedSession, of runbook: Int, roots: [String: ValueHandle],
    with given: [String: ValueHandle]
  ) {
    let now = clock.now
    let event: RunEvent
    if random.happens(percent: 4) {
      event = .startFailed(at: now, reason: .conversion("given"))
    } else {
      var variables = given
      if runbooks[runbook].hasStoredValues {
        session.begin(with: disk.numbers[runbook, default: 0])
        if let kept = disk.kept[runbook] {
          variables["last"] = session.insert(kept.label, noting: Self.label(of: "last"))
        }
      }
      event = .started(at: now, roots: roots, variables: variables)
    }
    session.settle(session.record(event), begins: true, now: now, using: &random)
  }

  /// What follows when a run's first commit is known, or known not to be there.
  mutating func go(on opened: Opened, isThere: Bool) {
    let (id, runbook) = (opened.id, runbooks[opened.run.runbook])
    guard isThere, let run = disk.runs[id] else { return giveBack(id, of: runbook) }
    known[id] = next()
    // Also by the pause of the run that started it.
    if run.isPaused { apply(Pause(subject: .run(id), isPaused: true)) }
    if run.isCancelRequested, !run.row.isEnded { requested.insert(id) }
    guard opened.session.outside != nil else { return enqueue(opened, runbook) }
    guard !opened.session.isEnded else { return giveBack(id, of: runbook) }
    hasBegun[id] = true
    live[id] = opened.session
    active.append(id)
  }

  private mutating func giveBack(_ id: RunID, of runbook: Runbook) {
    queue.finish(id, runbook: runbook.name)
    places[id] = nil
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
      switch receipt {
      case .written:
        service.tell(opened.id, of: run.key)
        service.go(on: opened, isThere: true)
      case .failed:
        if service.disk.runs[opened.id] != nil { service.figures.unacknowledged += 1 }
        service.unknown.append(.run(opened))
      case .refused:
        if let key = run.key, let first = service.disk.keys[key] {
          service.figures.duplicates += 1
          service.tell(first, of: key)
        }
        service.go(on: opened, isThere: false)
      }
    }
  }

  /// Somebody learns which run his start is: always the same one where he named it by a key.
  private mutating func tell(_ id: RunID, of key: Int?) {
    acknowledged.insert(id)
    guard let key else { return }
    if let before = orders[key].run, before != id { broken.append("a start was answered with two runs") }
    orders[key].run = id
  }

  // MARK: Who starts them

  mutating func start(_ runbook: Int) {
    guard disk.order.count < 24 else { return }
    var (runbook, key): (Int, Int?) = (runbook, nil)
    if random.happens(percent: 30), let known = orderToRepeat() {
      // Whoever was told nothing asks again, and one or another who was.
      figures.repeats += 1
      (runbook, key) = (orders[known].runbook, known)
    } else if random.happens(percent: 60) {
      key = orders.count
      orders.append(Order(runbook: runbook))
    }
    var opened = open(freshID(), of: runbook)
    opened.run.key = key
    admit(opened)
  }

  private mutating func orderToRepeat() -> Int? {
    let open = orders.indices.filter { orders[$0].run == nil }
    if random.happens(percent: 80), let order = open.randomElement(using: &random) { return order }
    return orders.indices.randomElement(using: &random)
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
    session.takeOver(history.events.prefix(point.events), labels: history.labels, noted: before.labels)
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
