import Labels
import RunEngine

/// What a service has on disk: it survives every kill, and changes by whole batches.
struct SimulatedDisk {
  struct Run {
    var runbook: Int
    /// Events in their recorded form.
    var events: [[UInt8]] = []
    /// The labels that the values of the run were sealed with.
    var labels: [ValueID: Label] = [:]
    /// Whether it has had a place.
    var hasBegun = false
    var isEnded = false
    var isCancelRequested = false
    /// The number of its runbook that it began with; nil where it has not begun, or took another run's values over.
    var number: Int?
    var parent: RunID?
    var retryOf: RunID?
  }

  var runs: [RunID: Run] = [:]
  /// In the order in which they came.
  var order: [RunID] = []
  var paused: Set<Int> = []
  /// Runs that are paused by themselves, and all that ever were.
  var pausedRuns: Set<RunID> = []
  var passed: Set<RunID> = []
  var begun: [Int: Int] = [:]
  var ended: [Int: Int] = [:]
  var streaks: [Int: FailureStreak] = [:]
  /// What failures asked for, in their order.
  var asked: [Int: [FailureAction]] = [:]
  /// Ends of each runbook's runs, in their order.
  var outcomes: [Int: [RunOutcome]] = [:]
  /// The label of the variable that a runbook keeps, and the run that left it.
  var kept: [Int: (run: RunID, label: Label)] = [:]

  /// A number that each run of a runbook raises by one: what it kept, on top of what it began with.
  var numbers: [Int: Int] = [:]

  /// A run's events as they are read back: with the labels that were sealed with them. Nil where one does not read.
  func history(of id: RunID) -> [RunEvent]? {
    guard let run = runs[id] else { return nil }
    var events: [RunEvent] = []
    for bytes in run.events {
      let labels = run.labels
      guard
        let event = try? RunHistory.decode(
          bytes, handle: { id in labels[id].map { ValueHandle(id: id, label: $0) } })
      else { return nil }
      events.append(event)
    }
    return events
  }

  /// A new run, which its first event may have ended already.
  mutating func add(_ run: Run, _ id: RunID, hasPlace: Bool, plan: RunPlan) {
    runs[id] = run
    runs[id]?.hasBegun = hasPlace
    order.append(id)
    if hasPlace { begun[run.runbook, default: 0] += 1 }
    var machine = RunMachine(plan: plan)
    for event in history(of: id) ?? [] { _ = machine.step(event) }
    settle(id, machine)
  }

  /// What the end of a run changes around it.
  mutating func settle(_ id: RunID, _ machine: RunMachine) {
    guard case .ended(let outcome) = machine.state, let run = runs[id] else { return }
    let runbook = run.runbook
    runs[id]?.isEnded = true
    pausedRuns.remove(id)
    ended[runbook, default: 0] += 1
    outcomes[runbook, default: []].append(outcome)
    asked[runbook, default: []] += streaks[runbook, default: FailureStreak()].take(outcome, SimulatedService.rules)
    if outcome != .cancelled, let last = machine.variables["last"] { kept[runbook] = (id, last.label) }
    if outcome != .cancelled, let number = run.number { numbers[runbook] = number + 1 }
  }
}

extension SimulatedDisk.Run {
  /// Whether it has begun and is not over.
  func holdsLine(of runbook: Int) -> Bool { self.runbook == runbook && hasBegun && !isEnded && !isCancelRequested }
}
