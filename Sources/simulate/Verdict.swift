import RunEngine

/// The rules that hold for every run, whatever the faults (quality.md Q1).
enum Verdict {
  /// Every rule that the seed breaks, in words; empty when it holds.
  static func judge(seed: UInt64) -> [String] {
    var broken: [String] = []
    for killsPerMille in [0, 20, 120, 400] {
      var run = SimulatedRun(seed: seed, killsPerMille: killsPerMille)
      run.runToEnd()
      broken += judge(run).map { "\($0) (kills per mille: \(killsPerMille))" }
    }
    return broken
  }

  static func judge(_ run: SimulatedRun) -> [String] {
    var broken: [String] = []
    let seen = run.observation
    if seen.isEndless { broken.append("the run asks for more than its limits allow") }
    if seen.outcome == nil { broken.append("the run did not end") }
    if seen.outcome == .failed(.history) { broken.append("its own history did not fit the machine") }
    if !seen.sentWithoutIntent.isEmpty { broken.append("a request left before its intent was durable") }
    if !seen.sentUnapproved.isEmpty { broken.append("a request left without the approvals that it needs") }
    var durable: [RunID] = []
    for case .handedOver(_, _, let child) in run.disk { durable.append(child) }
    // A kill after the commit and before the answer leaves a child that nobody here has seen.
    if durable.count > 1 || !Set(seen.children).isSubset(of: durable) {
      broken.append("another run was started twice, or without its parent's end")
    }
    if !seen.sentAfterOutcome.isEmpty { broken.append("a request left although its outcome was durable") }
    for (address, times) in Dictionary(seen.sent.map { ($0, 1) }, uniquingKeysWith: +) where times > 1 {
      guard case .call(let rules)? = run.plan.steps[address.step]?.action, !rules.isRepeatable else { continue }
      broken.append("\(address.step) was sent \(times) times, and is not repeatable")
    }
    var replayed = RunMachine(plan: run.plan)
    for event in run.disk { _ = replayed.step(event) }
    if case .ended(let outcome) = replayed.state {
      if outcome != seen.outcome { broken.append("the replayed outcome differs from the reported one") }
    } else {
      broken.append("the history does not end")
    }
    broken += HistoryVerdict.judge(run.disk, plan: run.plan, isTimed: seen.leaps == 0)
    return broken
  }
}
