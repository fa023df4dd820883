/// Where a run goes on that repeats another one from the step at which that one failed.
///
/// The failed step is the one that the run ended with; where it ended at an end step that says failure, the step that
/// took its failure edge last with a reason. Of a cancelled run it is the step in which it stood.
package struct RetryPoint: Equatable, Sendable {
  /// So many events are taken over: those before anything of the failed visit happened.
  package let events: Int
  /// Where the run stands after them.
  package let state: RunState

  /// Why there is no such step.
  package enum Refusal: Error, Equatable, Sendable {
    case notEnded
    case succeeded
    /// It ended at a limit, at a missing edge, or before its first step.
    case noStep
    /// The events do not fit the plan.
    case history
  }

  /// Finds the point in the whole history of a run.
  package init(of history: [RunEvent], plan: RunPlan) throws(Refusal) {
    var machine = RunMachine(plan: plan)
    var states: [RunState] = [machine.state]
    for event in history {
      _ = machine.step(event)
      states.append(machine.state)
    }
    guard case .ended(let outcome) = machine.state else { throw .notEnded }
    let failed: EffectAddress?
    switch outcome {
    case .succeeded: throw .succeeded
    case .failed(.history): throw .history
    case .failed(.limit), .failed(.missingEdge): throw .noStep
    case .failed: failed = Self.failedVisit(in: history, states, last: machine.lastFailure?.step)
    case .cancelled:
      let before = states[states.count - 2]
      if case .restarting = before {
        // One that was itself a repetition, and waited for its turn, hands on nothing of its waiting.
        var events = history.count - 1
        if events > 0, case .admitted = history[events - 1] { events -= 1 }
        self.init(events: events, state: before)
        return
      }
      failed = before.address
    }
    guard let failed, let first = states.firstIndex(where: { Self.isSameVisit($0.address, failed) }) else {
      throw .noStep
    }
    self.init(events: first, state: states[first])
  }

  private init(events: Int, state: RunState) {
    self.events = events
    self.state = state
  }

  /// The visit whose failure decided the run's: that of the last event where it has a reason, else the last one of the
  /// step that took its failure edge last.
  private static func failedVisit(in history: [RunEvent], _ states: [RunState], last step: String?) -> EffectAddress? {
    if let last = history.last, last.reason != nil, let address = last.address { return address }
    for index in history.indices.reversed() {
      guard let address = history[index].address, address.step == step else { continue }
      switch history[index] {
      case .callFailed, .stepFailed, .approvalRefused: return address
      case .waitElapsed: if case .awaiting = states[index] { return address }
      default: continue
      }
    }
    return nil
  }

  private static func isSameVisit(_ one: EffectAddress?, _ other: EffectAddress) -> Bool {
    one?.step == other.step && one?.visit == other.visit
  }

  /// Whether a run of this plan comes to the same point by the same events.
  package func fits(_ history: [RunEvent], plan: RunPlan) -> Bool {
    var machine = RunMachine(plan: plan)
    for event in history.prefix(events) { _ = machine.step(event) }
    return machine.state == state && plan.steps[state.address?.step ?? plan.start] != nil
  }
}
