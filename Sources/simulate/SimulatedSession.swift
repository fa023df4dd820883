import Encodings
import Labels
import RunEngine

/// One run in the hands of the process, as the service's `RunSession` is: its machine, and the events that are not on disk
/// yet. It decides nothing that the machine decides.
struct SimulatedSession {
  /// What has to happen outside before the run can go on.
  enum Outside {
    case effect(RunEffect)
    /// More conditions: after what is decided so far has been written.
    case decide([RunEffect])
    case ended
  }

  let id: RunID
  private(set) var machine: RunMachine
  private(set) var row: SimulatedDisk.Row
  private(set) var pending: [RunEvent] = []
  /// What happens next, when everything before it is on disk.
  var outside: Outside?
  /// Labels of the values that are not on disk yet.
  private var labels: [ValueID: Label] = [:]
  /// Labels of all its values as they were when these came to be: what a judge holds against those that are read back.
  private(set) var noted: [ValueID: Label] = [:]
  private var nextValue: UInt32 = 0
  private var stored = 0
  /// Pending events that are another run's.
  private var takenOver = 0

  init(_ id: RunID, plan: RunPlan, row: SimulatedDisk.Row = SimulatedDisk.Row()) {
    self.id = id
    self.row = row
    machine = RunMachine(plan: plan)
  }

  /// A run as it is stored: replays its history.
  init(_ id: RunID, plan: RunPlan, run: SimulatedDisk.Run, history: SimulatedHistory) {
    self.init(id, plan: plan, row: run.row)
    noted = run.labels
    for event in history.events { _ = machine.step(event) }
    stored = history.events.count
    nextValue = history.labels.keys.map { $0.raw + 1 }.max() ?? 0
  }

  /// Takes the first events of another run over: their values are sealed anew under this run.
  mutating func takeOver(
    _ events: some Sequence<RunEvent>, labels old: [ValueID: Label], noted known: [ValueID: Label]
  ) {
    for event in events {
      for (_, handle) in event.values {
        labels[handle.id] = old[handle.id]
        noted[handle.id] = known[handle.id]
      }
      _ = record(event)
    }
    takenOver = pending.count
    nextValue = old.keys.map { $0.raw + 1 }.max() ?? 0
  }

  /// Whether a call may be out: its intent is recorded.
  var isCalling: Bool { if case .calling = machine.state { true } else { false } }

  var isEnded: Bool { if case .ended? = outside { true } else { false } }

  /// Keeps a value for the run, with the label that its name has; it reaches the disk with the next event.
  mutating func insert(_ name: String) -> ValueHandle {
    let label = SimulatedService.label(of: name)
    return insert(label, noting: label)
  }

  /// The same of a value that comes from elsewhere: with the label that was read there, noting the one that it had.
  mutating func insert(_ label: Label, noting known: Label) -> ValueHandle {
    let handle = ValueHandle(id: ValueID(raw: nextValue), label: label)
    labels[handle.id] = label
    noted[handle.id] = known
    nextValue += 1
    return handle
  }

  /// The number of its runbook with which it begins.
  mutating func begin(with number: Int?) { row.number = number }

  /// Records an event and gives what the machine asks for.
  mutating func record(_ event: RunEvent) -> [RunEffect] {
    pending.append(event)
    return machine.step(event)
  }

  private static let conditionsAtOnce = 3

  /// Performs what needs nothing outside, until something does. With `begins` the intent of a call is recorded, so that it
  /// is on disk before the call leaves.
  mutating func settle(_ effects: [RunEffect], begins: Bool, now: Instant, using random: inout SimulationRandom) {
    if begins { row.hasBegun = true }
    outside = settled(effects, begins: begins, now: now, &random)
  }

  private mutating func settled(
    _ effects: [RunEffect], begins: Bool, now: Instant, _ random: inout SimulationRandom
  ) -> Outside {
    var effects = effects
    var decided = 0
    while let effect = effects.first {
      switch effect {
      case .decideCondition, .beginIteration, .advance:
        if decided == Self.conditionsAtOnce { return .decide(effects) }
        decided += 1
        effects = record(decision(effect, now: now, &random))
      case .call(let address):
        guard begins else { return .effect(effect) }
        if let left = machine.timeLeft(at: now), left < 0 {
          let reason = FailureReason.limit(.runTime)
          effects = record(.callFailed(address, at: now, reason: reason, request: nil, response: nil))
          continue
        }
        // What came before a call that has to fetch a token first is written without the call's intent.
        if !pending.isEmpty, random.happens(percent: 10) { return .effect(effect) }
        _ = record(.callIntended(address, at: now))
        return .effect(effect)
      case .perform, .startRunbook, .askApproval, .awaitApproval, .wait, .waitToRestart: return .effect(effect)
      case .finish: return .ended
      }
    }
    return .ended
  }

  /// What comes of an effect that asks nobody.
  private mutating func decision(
    _ effect: RunEffect, now: Instant, _ random: inout SimulationRandom
  ) -> RunEvent {
    switch effect {
    case .decideCondition(let address):
      return random.happens(percent: 3)
        ? .conditionFailed(address, at: now, reason: .unresolved("x"))
        : .conditionDecided(address, at: now, met: random.happens(percent: 50))
    case .beginIteration(let address):
      let count = Int.random(in: 0...3, using: &random)
      return .iterationBegan(
        address, at: now, count: count, items: insert("items"), element: count == 0 ? nil : insert("element"),
        variables: count == 0 ? [:] : ["item": insert("item")])
    case .advance(let address, let place):
      guard place.first < place.count else { return .iterationAdvanced(address, at: now, element: nil, variables: [:]) }
      return .iterationAdvanced(
        address, at: now, element: insert("element"), variables: ["item": insert("item")])
    default: return .cancelled(at: now)
    }
  }

  // MARK: To the disk

  /// Seals the events that are not on disk yet, with what they change around the run. All values of a batch stand with its
  /// first event.
  mutating func takePending() -> SimulatedDisk.Change {
    let records = pending.enumerated().map { offset, event in
      SimulatedRecord(
        sealing: event, labels: offset == 0 ? labels : [:], run: id, sequence: stored + 1 + offset)
    }
    bringRowUpToDate()
    var change = SimulatedDisk.Change(run: id, events: pending, records: records, after: stored, row: row)
    change.labels = noted
    change.begins = pending.dropFirst(takenOver).contains { event in
      switch event {
      case .started, .startFailed, .retried: true
      default: false
      }
    }
    if !pending.isEmpty, case .ended(let outcome) = machine.state {
      change.ends = outcome
      change.milliseconds = row.startedAt.flatMap { began in machine.endedAt?.milliseconds(since: began) }
      if outcome != .cancelled, let last = machine.variables["last"], machine.startingVariable("last") != last {
        change.kept = last.label
      }
    }
    stored += pending.count
    pending = []
    labels = [:]
    takenOver = 0
    return change
  }

  private mutating func bringRowUpToDate() {
    row.steps = machine.waitsForTurn ? 0 : machine.stepsExecuted - machine.stepsTakenOver
    row.startedAt = machine.waitsForTurn ? nil : machine.startedAt
    row.endedAt = machine.endedAt
    row.waiting =
      switch machine.state {
      case .waiting(_, let until), .restarting(_, let until): (until, false)
      case .awaiting(_, let approval): (approval.until, true)
      default: nil
      }
    if case .ended(let outcome) = machine.state { row.outcome = outcome }
  }
}
