import Encodings
import Labels
import RunEngine

/// The rules that hold for a whole service, whatever the faults (quality.md Q1).
enum ServiceVerdict {
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
    var broken = service.broken
    let disk = service.disk
    for run in service.acknowledged where disk.runs[run] == nil { broken.append("the acknowledged run \(run) is gone") }
    for id in disk.order {
      guard let run = disk.runs[id] else { continue }
      broken += judge(id, run, service)
    }
    for runbook in service.runbooks.indices { broken += counters(of: runbook, disk) + series(runbook, service) }
    return broken
  }

  private static func judge(_ id: RunID, _ run: SimulatedDisk.Run, _ service: SimulatedService) -> [String] {
    guard let history = service.disk.history(of: id) else { return ["the history of \(id) does not read"] }
    let plan = service.runbooks[run.runbook].plan
    var broken: [String] = []
    var machine = RunMachine(plan: plan)
    for event in history { _ = machine.step(event) }
    if !machine.hasEnded || !run.isEnded { broken.append("the run \(id) does not end") }
    if machine.state == .ended(.failed(.history)) { broken.append("the history of \(id) does not fit the machine") }
    if !machine.waitsForTurn, machine.retryOf != run.retryOf { broken.append("a repetition does not name its run") }
    // What was taken over happened in the other run.
    let first = machine.waitsForTurn ? history.endIndex : history.lastIndex { isRetried($0) } ?? 0
    let own = run.retryOf == nil ? history[...] : history[first...]
    var outcomes: [EffectAddress: Int] = [:]
    var intents: [EffectAddress: Int] = [:]
    var children = 0
    for event in history { if case .handedOver = event { children += 1 } }
    for event in history {
      guard let address = event.address else { continue }
      switch event {
      case .callAnswered, .callFailed: outcomes[address, default: 0] += 1
      default: break
      }
    }
    for event in own { if case .callIntended(let address, _) = event { intents[address, default: 0] += 1 } }
    if outcomes.values.contains(where: { $0 > 1 }) { broken.append("an effect is recorded twice") }
    let there = service.disk.runs.values.filter { $0.parent == id }.count
    if children > 1 || there != children { broken.append("another run was started twice, or not at all") }
    for (address, times) in service.sent[id] ?? [:] {
      guard case .call(let rules)? = plan.steps[address.step]?.action else { continue }
      if intents[address] == nil { broken.append("a request left before its intent was durable") }
      if !rules.isRepeatable, times > intents[address, default: 0] {
        broken.append("a request that is not repeatable left \(times) times for one intent")
      }
    }
    return broken
  }

  private static func isRetried(_ event: RunEvent) -> Bool { if case .retried = event { true } else { false } }

  private static func counters(of runbook: Int, _ disk: SimulatedDisk) -> [String] {
    var broken: [String] = []
    let runs = disk.runs.values.filter { $0.runbook == runbook }
    if disk.begun[runbook, default: 0] != runs.filter(\.hasBegun).count {
      broken.append("the count of starts is wrong")
    }
    if disk.ended[runbook, default: 0] != runs.filter(\.isEnded).count { broken.append("the count of ends is wrong") }
    var streak = FailureStreak()
    var asked: [FailureAction] = []
    for outcome in disk.outcomes[runbook] ?? [] { asked += streak.take(outcome, SimulatedService.rules) }
    if streak != disk.streaks[runbook, default: FailureStreak()] || asked != disk.asked[runbook] ?? [] {
      broken.append("the streak of failures is wrong")
    }
    if let kept = disk.kept[runbook] {
      if kept.label != SimulatedService.label(of: "last") { broken.append("a kept variable lost its label") }
      if disk.runs[kept.run]?.isEnded != true { broken.append("a kept variable is of a run that has not ended") }
    }
    return broken
  }

  /// In a series each run begins when the one before is over, and with what that one kept.
  private static func series(_ runbook: Int, _ service: SimulatedService) -> [String] {
    guard service.runbooks[runbook].isSeries else { return [] }
    var broken: [String] = []
    var spans: [(begin: Instant, end: Instant)] = []
    var kept = 0
    for (id, run) in service.disk.runs where run.runbook == runbook {
      var machine = RunMachine(plan: service.runbooks[runbook].plan)
      for event in service.disk.history(of: id) ?? [] { _ = machine.step(event) }
      guard !machine.waitsForTurn, let begin = machine.startedAt, let end = machine.endedAt else { continue }
      if machine.state != .ended(.cancelled), run.number != nil { kept += 1 }
      if !run.isCancelRequested { spans.append((begin, end)) }
    }
    spans.sort { $0.begin < $1.begin }
    for (one, next) in zip(spans, spans.dropFirst()) where one.end > next.begin {
      broken.append("a run of a series began before the one before was over")
    }
    if service.disk.numbers[runbook, default: 0] != kept { broken.append("what a run of a series kept is lost") }
    return broken
  }
}
