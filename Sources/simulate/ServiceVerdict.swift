import Encodings
import Labels
import RunEngine

/// The rules that hold for a whole service, whatever the faults (quality.md Q1).
struct ServiceVerdict {
  /// Every rule that the seed breaks, in words; empty when it holds.
  static func judge(seed: UInt64) -> [String] {
    var broken: [String] = []
    for killsPerMille in [0, 20, 120] {
      var service = SimulatedService(seed: seed, killsPerMille: killsPerMille)
      service.run()
      broken += judge(service).map { "service: \($0) (kills per mille: \(killsPerMille))" }
    }
    return broken
  }

  static func judge(_ service: SimulatedService) -> [String] {
    var verdict = ServiceVerdict(service)
    verdict.judge()
    return verdict.broken
  }

  private let service: SimulatedService
  private var disk: SimulatedDisk { service.disk }
  /// Machines of the runs whose histories read.
  private var machines: [RunID: RunMachine] = [:]
  /// The runs that each run started, as they name it.
  private var children: [RunID: [RunID]] = [:]
  private var broken: [String]

  private init(_ service: SimulatedService) {
    self.service = service
    broken = service.broken
    for (id, run) in service.disk.runs {
      if let parent = run.parent { children[parent, default: []].append(id) }
    }
  }

  private mutating func judge() {
    for run in service.acknowledged where disk.runs[run] == nil { broken.append("the acknowledged run \(run) is gone") }
    for id in disk.order {
      guard let run = disk.runs[id] else { continue }
      if !run.row.isEnded { broken.append("the run \(id) does not end, and waits for nothing") }
      guard let history = disk.history(of: id) else {
        // It ended before anybody read it again, or because of it.
        if !service.damaged.contains(id) { broken.append("the history of \(id) does not read") }
        continue
      }
      if service.damaged.contains(id) { broken.append("a damaged record of \(id) opens") }
      judge(id, run, history.events)
    }
    for runbook in service.runbooks.indices {
      judgeCounters(of: runbook)
      judgeSeries(runbook)
      judgeSlots(of: runbook)
    }
    if service.queue != RunQueue(caps: service.caps) {
      broken.append("the queue holds something of runs that are over")
    }
  }

  private mutating func judge(_ id: RunID, _ run: SimulatedDisk.Run, _ history: [RunEvent]) {
    let plan = service.runbooks[run.runbook].plan
    var machine = RunMachine(plan: plan)
    for event in history {
      judgeLabels(of: event, id)
      judgeWait(machine.state, event, plan, id)
      let before = machine.state
      _ = machine.step(event)
      if machine.state != before { judgeSleep(machine.state, event, plan, id) }
    }
    machines[id] = machine
    if !machine.hasEnded { broken.append("the history of \(id) does not end") }
    if machine.state == .ended(.failed(.history)) { broken.append("the history of \(id) does not fit the machine") }
    if case .ended(let outcome) = machine.state, outcome != run.row.outcome {
      broken.append("the list says another end of \(id) than its history")
    }
    if !machine.waitsForTurn, machine.retryOf != run.retryOf { broken.append("a repetition does not name its run") }
    var outcomes: [EffectAddress: Int] = [:]
    var handed: [RunID] = []
    for event in history {
      switch event {
      case .callAnswered(let address, _, _, _, _), .callFailed(let address, _, _, _, _):
        outcomes[address, default: 0] += 1
      case .handedOver(_, _, let child): handed.append(child)
      default: break
      }
    }
    if outcomes.values.contains(where: { $0 > 1 }) { broken.append("an effect of \(id) is recorded twice") }
    if (children[id] ?? []).sorted() != handed.sorted() {
      broken.append("\(id) started another run twice, or not at all")
    }
  }

  /// Every variable has the label that its name has, as it is read back.
  private mutating func judgeLabels(of event: RunEvent, _ id: RunID) {
    for (name, handle) in event.variables where handle.label != SimulatedService.label(of: name) {
      broken.append("the variable \(name) of \(id) lost its label")
    }
  }

  /// Where nobody set the clock, no sleep, no wait before another attempt and no question is over before its time.
  private mutating func judgeWait(_ state: RunState, _ event: RunEvent, _ plan: RunPlan, _ id: RunID) {
    guard service.figures.leapsBack + service.figures.leapsForward == 0 else { return }
    let (isOver, until): (Instant?, Instant?) =
      switch (state, event) {
      case (.waiting(_, let until), .waitElapsed(_, let at)): (at, until)
      case (.awaiting(_, let approval), .waitElapsed(_, let at)): (at, approval.until)
      case (.restarting(_, let until), .restarted(let at)): (at, until)
      default: (nil, nil)
      }
    if let isOver, let until, isOver < until { broken.append("a wait of \(id) was over before its time") }
  }

  /// A sleep that has just begun lasts as long as its step says.
  private mutating func judgeSleep(_ state: RunState, _ event: RunEvent, _ plan: RunPlan, _ id: RunID) {
    guard case .waiting(let address, let until) = state,
      case .sleep(let milliseconds)? = plan.steps[address.step]?.action
    else { return }
    if until.milliseconds(since: event.instant) != milliseconds {
      broken.append("a sleep of \(id) lasts another time than its step says")
    }
  }

  private mutating func judgeCounters(of runbook: Int) {
    let runs = disk.runs.filter { $0.value.runbook == runbook }
    var tally = RunTally()
    for (id, run) in runs {
      guard let began = run.row.startedAt else { continue }
      tally.add(.start)
      guard run.row.isEnded else { continue }
      guard let machine = machines[id] else {
        tally.finished += 1
        continue
      }
      if machine.waitsForTurn || machine.startedAt != began {
        broken.append("the list says that \(id) began at another time")
      }
      tally.finished += 1
      tally.steps += Int64(machine.stepsExecuted - machine.stepsTakenOver)
    }
    let counted = disk.tallies[runbook, default: RunTally()]
    let isReadable = runs.keys.allSatisfy { machines[$0] != nil }
    if counted.started != tally.started || counted.finished != tally.finished
      || (isReadable && counted.steps != tally.steps) || counted.milliseconds < 0
    {
      broken.append("the figures are wrong")
    }
    let ends = disk.outcomes[runbook] ?? []
    if ends.count != runs.values.filter(\.row.isEnded).count { broken.append("an end is counted twice, or not at all") }
    let (failures, asked) = Self.streak(of: ends)
    if failures != disk.streaks[runbook]?.failures ?? 0 || asked != disk.asked[runbook] ?? [] {
      broken.append("the streak of failures is wrong")
    }
    guard let kept = disk.kept[runbook] else { return }
    if kept.label != SimulatedService.label(of: "last") { broken.append("a kept variable lost its label") }
    if disk.runs[kept.run]?.row.isEnded != true { broken.append("a kept variable is of a run that has not ended") }
  }

  /// Failures in a row after these ends, and what they have asked for: each crossing once, a notification each time.
  private static func streak(of ends: [RunOutcome]) -> (failures: Int, asked: [FailureAction]) {
    var failures = 0
    var asked: [FailureAction] = []
    for outcome in ends {
      switch outcome {
      case .cancelled: continue
      case .succeeded: failures = 0
      case .failed:
        failures += 1
        if failures == 3 { asked.append(.disable) }
        if failures == 2 { asked.append(.ticket) }
        asked.append(.notify)
      }
    }
    return (failures, asked)
  }

  /// In a series each run begins when the one before is over, and with what that one kept.
  private mutating func judgeSeries(_ runbook: Int) {
    guard service.runbooks[runbook].isSeries else { return }
    let runs = disk.runs.filter { $0.value.runbook == runbook }
    let kept = runs.filter { id, run in
      run.row.number != nil && run.row.outcome != .cancelled
        && (machines[id] != nil || run.row.outcome != .failed(.history))
    }
    // One whose end was asked for begins nothing more, and others begin: a call that it had out may still be its last.
    let isOdd = runs.values.contains { $0.isCancelRequested && $0.row.outcome != .cancelled }
    if !isOdd, disk.numbers[runbook, default: 0] != kept.count { broken.append("what a run of a series kept is lost") }
    let spans = runs.values.compactMap { run in
      run.isCancelRequested ? nil : run.begun.flatMap { begun in run.ended.map { (begun: begun, ended: $0) } }
    }.sorted { $0.begun < $1.begun }
    for (one, next) in zip(spans, spans.dropFirst()) where one.ended > next.begun {
      broken.append("a run of a series began before the one before was over")
    }
  }

  /// No slot is started twice, and every slot that came is started or counted.
  private mutating func judgeSlots(of runbook: Int) {
    guard let schedule = service.runbooks[runbook].schedule else { return }
    let started = disk.runs.values.filter { $0.runbook == runbook }.compactMap(\.slot)
    if Set(started).count != started.count { broken.append("a slot of a schedule was started twice") }
    let taken = disk.slots[runbook]
    let came = taken.map {
      schedule.starts(after: service.savedAt, through: $0.slot, limit: DueSlot.mostCounted, offset: { _ in 0 })?.count
        ?? 0
    }
    if (came ?? 0) != started.count + Int(taken?.missed ?? 0) || started.max() != taken?.slot {
      broken.append("a slot of a schedule was neither started nor counted")
    }
  }
}
