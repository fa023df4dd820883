package import Encodings
package import Labels

/// The pure state machine of one run: an event in, effects out. No clock (events carry their time), no
/// I/O, no content (handles only), so it can be compared, printed, replayed and simulated.
///
/// The driver performs effects and answers each with an event; after a restart it replays the recorded
/// events through `step` and asks `resume` what to do next. There is no second route for recovery.
package struct RunMachine: Equatable, Sendable {
  package let plan: RunPlan
  package private(set) var state: RunState = .queued
  /// Values that the trigger brought, by root name.
  package private(set) var roots: [String: ValueHandle] = [:]
  /// The run's variables, by name.
  package private(set) var variables: [String: ValueHandle] = [:]
  /// Step visits so far.
  package private(set) var stepsExecuted = 0
  package private(set) var startedAt: Instant?
  package private(set) var endedAt: Instant?
  /// The step that took the last failure edge and why, for conditions and the log.
  package private(set) var lastFailure: StepFailure?
  private var visits: [String: Int] = [:]
  private var restarts = 0
  /// What the run began with, for beginning again.
  private var startingVariables: [String: ValueHandle] = [:]

  package init(plan: RunPlan) {
    self.plan = plan
  }

  /// Takes one event and says what is to be done next.
  ///
  /// An event that the state does not allow ends the run with `history`: it can only come from a
  /// recorded history that was not made by this machine, and going on would guess.
  package mutating func step(_ event: RunEvent) -> [RunEffect] {
    switch (state, event) {
    case (.ended, _):
      return []
    case (_, .cancelled(let at)):
      return end(.cancelled, at: at)
    case (.queued, .started(let at, let roots, let variables)):
      self.roots = roots
      self.variables = variables
      startingVariables = variables
      startedAt = at
      return enter(plan.start, from: nil, at: at)
    case (.queued, .startFailed(let at, let reason)):
      startedAt = at
      return end(.failed(reason), at: at)
    case (.deciding(let address), .conditionDecided(let decided, let at, let met)) where address == decided:
      return follow(address.step, succeeded: met, reason: nil, at: at)
    case (.deciding(let address), .conditionFailed(let failed, let at, let reason)) where address == failed:
      // A condition has a "met" and a "not met" edge, none for "could not be decided": the run fails.
      return end(.failed(reason), at: at)
    case (.ready(let address), .callIntended(let intended, _)) where address == intended:
      state = .calling(address)
      return []
    case (.calling(let address), .callIntended(let intended, _)) where address == intended:
      return []
    case (.calling(let address), .callAnswered(let other, let at, _, let response, let taken))
    where address == other:
      return self.answered(address, status: response.status, taken: taken, at: at)
    case (.calling(let address), .callFailed(let failed, let at, let reason, _, _)) where address == failed,
      (.ready(let address), .callFailed(let failed, let at, let reason, _, _)) where address == failed:
      return self.callFailed(address, reason: reason, at: at)
    case (.waiting(let address, _), .waitElapsed(let elapsed, let at)) where address == elapsed:
      if let limit = runTimeLimit(at: at) { return end(.failed(.limit(limit)), at: at) }
      state = .ready(address)
      return [.call(address)]
    case (.restarting, .restarted(let at)):
      variables = startingVariables
      visits = [:]
      lastFailure = nil
      return enter(plan.start, from: nil, at: at)
    default:
      return end(.failed(.history), at: event.instant)
    }
  }

  /// Whether the run is over.
  package var hasEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// What a driver must do with a machine that was rebuilt from its history.
  package enum Resumption: Equatable, Sendable {
    /// Perform these effects: none of them can have been performed already.
    case perform([RunEffect])
    /// The request was out when the process stopped, and repeating is declared safe: repeat it under the
    /// same address, hence with the same idempotency key.
    case repeatCall(EffectAddress)
    /// The request was out, and must not be repeated: record `callFailed(interrupted)`.
    case interrupted(EffectAddress)
    case ended(RunOutcome)
  }

  /// Decides how a rebuilt run goes on; `queued` has nothing to do but be started.
  package var resumption: Resumption {
    switch state {
    case .queued: .perform([])
    case .deciding(let address): .perform([.decideCondition(address)])
    case .ready(let address): .perform([.call(address)])
    case .waiting(let address, let until): .perform([.wait(address, until: until)])
    case .restarting(_, let until): .perform([.waitToRestart(until: until)])
    case .calling(let address): isRepeatable(address.step) ? .repeatCall(address) : .interrupted(address)
    case .ended(let outcome): .ended(outcome)
    }
  }

  private func isRepeatable(_ step: String) -> Bool {
    guard case .call(let rules)? = plan.steps[step]?.action else { return false }
    return rules.isRepeatable
  }

  // MARK: Transitions

  private mutating func answered(
    _ address: EffectAddress, status: Int, taken: [String: ValueHandle], at: Instant
  ) -> [RunEffect] {
    guard (200...299).contains(status) else { return self.callFailed(address, reason: .status(status), at: at) }
    variables.merge(taken) { _, new in new }
    return follow(address.step, succeeded: true, reason: nil, at: at)
  }

  private mutating func callFailed(_ address: EffectAddress, reason: FailureReason, at: Instant) -> [RunEffect] {
    guard case .call(let rules)? = plan.steps[address.step]?.action else { return end(.failed(.history), at: at) }
    guard rules.repeats(after: reason, attempt: address.attempt) else {
      return follow(address.step, succeeded: false, reason: reason, at: at)
    }
    let next = EffectAddress(step: address.step, visit: address.visit, attempt: address.attempt + 1)
    let until = at.advanced(byMilliseconds: rules.wait(afterAttempt: address.attempt))
    state = .waiting(next, until: until)
    return [.wait(next, until: until)]
  }

  private mutating func follow(_ name: String, succeeded: Bool, reason: FailureReason?, at: Instant) -> [RunEffect] {
    guard let step = plan.steps[name] else { return end(.failed(.history), at: at) }
    if let reason { lastFailure = StepFailure(step: name, reason: reason) }
    guard let target = succeeded ? step.onSuccess : step.onFailure else {
      // A failed call without a failure edge fails the run with the call's own reason.
      return end(.failed(reason ?? .missingEdge(step: name, outcome: succeeded ? "success" : "not met")), at: at)
    }
    return enter(target, from: name, at: at)
  }

  private mutating func enter(_ name: String, from: String?, at: Instant) -> [RunEffect] {
    guard let step = plan.steps[name] else {
      return end(.failed(.missingEdge(step: from ?? "start", outcome: name)), at: at)
    }
    if let limit = runTimeLimit(at: at) { return end(.failed(.limit(limit)), at: at) }
    guard stepsExecuted < plan.limits.maximumSteps else { return end(.failed(.limit(.steps)), at: at) }
    let visit = visits[name, default: 0] + 1
    guard visit <= plan.limits.maximumVisits else { return end(.failed(.limit(.visits)), at: at) }
    visits[name] = visit
    stepsExecuted += 1
    let address = EffectAddress(step: name, visit: visit)
    switch step.action {
    case .condition:
      state = .deciding(address)
      return [.decideCondition(address)]
    case .call:
      state = .ready(address)
      return [.call(address)]
    case .end(.succeed):
      return end(.succeeded, at: at)
    case .end(.restart) where restarts < plan.limits.maximumRestarts:
      restarts += 1
      let wait = doubledWait(plan.limits.restartWaitMilliseconds, times: restarts - 1)
      let until = at.advanced(byMilliseconds: wait)
      state = .restarting(restarts, until: until)
      return [.waitToRestart(until: until)]
    case .end(.fail), .end(.restart):
      return end(.failed(.reachedFailure(step: name)), at: at)
    }
  }

  private func runTimeLimit(at: Instant) -> RunLimit? {
    guard let startedAt else { return nil }
    let spent = at.millisecondsSinceEpoch - startedAt.millisecondsSinceEpoch
    return spent > plan.limits.maximumRunTimeMilliseconds ? .runTime : nil
  }

  private mutating func end(_ outcome: RunOutcome, at: Instant) -> [RunEffect] {
    state = .ended(outcome)
    endedAt = at
    return [.finish(outcome)]
  }
}
