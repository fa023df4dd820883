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
    judgeStarts()
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
    if !service.places.isEmpty { broken.append("a place is kept for a run that is over") }
    if service.queue != RunQueue(caps: service.caps) {
      broken.append("the queue holds something of runs that are over")
    }
  }

  /// No start that somebody was told of is gone, and one that was named by a key was made once, however often it was asked
  /// for.
  private mutating func judgeStarts() {
    for run in service.acknowledged where disk.runs[run] == nil { broken.append("the acknowledged run \(run) is gone") }
    var starts: [Int: RunID] = [:]
    for (id, run) in disk.runs {
      guard let key = run.key else { continue }
      if starts.updateValue(id, forKey: key) != nil { broken.append("a start was made twice under one key") }
    }
    for (key, order) in service.orders.enumerated() {
      if let told = order.run, starts[key] != told {
        broken.append("a start was answered with a run that is not its own")
      }
    }
  }

  private mutating func judge(_ id: RunID, _ run: SimulatedDisk.Run, _ history: [RunEvent]) {
    let plan = service.runbooks[run.runbook].plan
    var machine = RunMachine(plan: plan)
    for event in history {
      judgeLabels(of: event, run, id)
      judgeBeginning(event, run, id)
      _ = machine.step(event)
    }
    machines[id] = machine
    let isTimed = service.figures.leapsBack + service.figures.leapsForward == 0
    broken += HistoryVerdict.judge(history, plan: plan, isTimed: isTimed).map { "\($0) (in \(id))" }
    if !machine.hasEnded { broken.append("the history of \(id) does not end") }
    if machine.state == .ended(.failed(.history)) { broken.append("the history of \(id) does not fit the machine") }
    if case .ended(let outcome) = machine.state, outcome != run.row.outcome {
      broken.append("the list says another end of \(id) than its history")
    }
    if !run.row.saysWait(of: machine.state) { broken.append("the list says that \(id) waits for something else") }
    if !machine.waitsForTurn, machine.retryOf != run.retryOf { broken.append("a repetition does not name its run") }
    judgeEffects(of: history, id)
  }

  /// What somebody started a run with is there when it is taken in, and when it begins.
  private mutating func judgeBeginning(_ event: RunEvent, _ run: SimulatedDisk.Run, _ id: RunID) {
    guard run.parent == nil, run.retryOf == nil else { return }
    switch event {
    case .admitted, .started:
      if event.roots["request"] == nil { broken.append("what \(id) was started with is lost") }
    default: break
    }
  }

  /// No outcome and no child is recorded twice.
  private mutating func judgeEffects(of history: [RunEvent], _ id: RunID) {
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

  /// Every value is read back with the label that it had when it came to be, and in its own place: what another run handed
  /// over has that one's.
  private mutating func judgeLabels(of event: RunEvent, _ run: SimulatedDisk.Run, _ id: RunID) {
    for (name, handle) in event.values {
      let own = name.split(separator: ".", maxSplits: 1)
      let variable = own.first == "variables" ? String(own[1]) : name
      let isAstray = variable != "given" && handle.label != SimulatedService.label(of: variable)
      if isAstray || handle.label != run.labels[handle.id] {
        broken.append("the value \(name) of \(id) lost its label")
      }
    }
  }

  private mutating func judgeCounters(of runbook: Int) {
    let runs = disk.runs.filter { $0.value.runbook == runbook }
    if disk.tallies[runbook, default: RunTally()] != tally(of: runs) { broken.append("the figures are wrong") }
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

  /// What the figures have to be, from the histories; of one that does not read, what the list says.
  private mutating func tally(of runs: [RunID: SimulatedDisk.Run]) -> RunTally {
    var tally = RunTally()
    for (id, run) in runs {
      guard let listed = run.row.startedAt else { continue }
      tally.started += 1
      guard run.row.isEnded else { continue }
      var (steps, began, ended) = (run.row.steps, listed, run.row.endedAt)
      if let machine = machines[id], let history = disk.history(of: id)?.events {
        let beginning = history.last { event in
          switch event {
          case .started, .startFailed, .retried: true
          default: false
          }
        }
        if beginning?.instant != listed || history.last?.instant != ended {
          broken.append("the list says that \(id) began, or ended, at another time")
        }
        steps = machine.stepsExecuted - machine.stepsTakenOver
        (began, ended) = (beginning?.instant ?? listed, history.last?.instant)
      }
      let time = max(0, ended?.milliseconds(since: began) ?? 0)
      tally.finished += 1
      tally.steps += Int64(steps)
      tally.mostSteps = max(tally.mostSteps, Int64(steps))
      tally.milliseconds += time
      tally.mostMilliseconds = max(tally.mostMilliseconds, time)
    }
    return tally
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
