import RunEngine

/// Makes plans from chance.
enum RandomPlan {
  /// Steps of every kind, edges anywhere: loops and missing edges included.
  ///
  /// - Parameter isShort: one that asks a condition, and is over.
  static func make(isShort: Bool = false, using random: inout SimulationRandom) -> RunPlan {
    if isShort {
      let ends = ["done", "failed"]
      return plan(
        [
          RunPlan.Step(
            name: "s0", action: .condition, onSuccess: ends.randomElement(using: &random),
            onFailure: ends.randomElement(using: &random))
        ], maximumSteps: 60)
    }
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
    // Often so few that runs come there before they have visited a step too often.
    return plan(steps, maximumSteps: min(60, Int.random(in: 10...110, using: &random)))
  }

  private static func plan(_ steps: [RunPlan.Step], maximumSteps: Int) -> RunPlan {
    RunPlan(
      steps: steps + [
        RunPlan.Step(name: "done", action: .end(.succeed)), RunPlan.Step(name: "failed", action: .end(.fail)),
      ],
      start: "s0",
      limits: RunLimits(
        maximumSteps: maximumSteps, maximumVisits: 12, maximumRunTimeMilliseconds: 3_600_000, maximumRestarts: 2,
        restartWaitMilliseconds: 60_000))
  }

  private static func rules(using random: inout SimulationRandom) -> RunPlan.CallRules {
    RunPlan.CallRules(
      isRepeatable: random.happens(percent: 50), attempts: Int.random(in: 1...3, using: &random),
      backoffMilliseconds: Int64.random(in: 0...5_000, using: &random), retryOn: [.timeout, .statusClass(5)],
      approval: random.happens(percent: 40)
        ? RunPlan.ApprovalRules(
          required: Int.random(in: 1...3, using: &random),
          expiresMilliseconds: Int64.random(in: 60_000...7_200_000, using: &random)) : nil)
  }

  private static func target(among names: [String], using random: inout SimulationRandom) -> String? {
    random.happens(percent: 6) ? nil : names.randomElement(using: &random)
  }
}
