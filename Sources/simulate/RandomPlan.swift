import RunEngine

/// Makes a plan from chance: steps of every kind, edges anywhere (loops and missing edges included).
enum RandomPlan {
  static func make(using random: inout SimulationRandom) -> RunPlan {
    let count = Int.random(in: 1...8, using: &random)
    let names = (0..<count).map { "s\($0)" } + ["done", "failed"]
    var steps: [RunPlan.Step] = []
    for name in names.dropLast(2) {
      let action: RunPlan.Action
      switch Int.random(in: 0..<16, using: &random) {
      case 0..<3: action = .condition
      case 3..<8: action = .call(rules(using: &random))
      case 8: action = .local
      case 9: action = .sleep(milliseconds: Int64.random(in: 0...600_000, using: &random))
      case 10..<12: action = .iterate(batch: Int.random(in: 1...3, using: &random))
      // Sometimes of a step that does not iterate: documents refuse it, the machine must still end.
      case 12..<14: action = .next(of: names.randomElement(using: &random) ?? name)
      case 14: action = .startRunbook
      default: action = .end(.restart)
      }
      steps.append(
        RunPlan.Step(
          name: name, action: action, onSuccess: target(among: names, using: &random),
          onFailure: target(among: names, using: &random)))
    }
    steps.append(RunPlan.Step(name: "done", action: .end(.succeed)))
    steps.append(RunPlan.Step(name: "failed", action: .end(.fail)))
    return RunPlan(
      steps: steps, start: names[0],
      limits: RunLimits(maximumSteps: 60, maximumVisits: 12, maximumRunTimeMilliseconds: 3_600_000, maximumRestarts: 2))
  }

  private static func rules(using random: inout SimulationRandom) -> RunPlan.CallRules {
    RunPlan.CallRules(
      isRepeatable: random.happens(percent: 50), attempts: Int.random(in: 1...3, using: &random),
      backoffMilliseconds: Int64.random(in: 0...5_000, using: &random), retryOn: [.timeout, .statusClass(5)],
      approval: random.happens(percent: 15)
        ? RunPlan.ApprovalRules(required: Int.random(in: 1...3, using: &random), expiresMilliseconds: 3_600_000) : nil)
  }

  private static func target(among names: [String], using random: inout SimulationRandom) -> String? {
    random.happens(percent: 6) ? nil : names.randomElement(using: &random)
  }
}
