import Encodings
import Labels
import RunEngine

/// What a history has to keep of its plan, recounted from its events alone: how long waits last, and how far limits reach.
/// The machine's own numbers are what is judged.
struct HistoryVerdict {
  private struct Visit: Hashable {
    let step: String
    let number: Int
  }

  private let plan: RunPlan
  /// Whether times can be compared: nobody set the clock.
  private let isTimed: Bool
  private(set) var broken: [String] = []

  private var began: Instant?
  private var last: Instant?
  private var visits: Set<Visit> = []
  /// Visits of each step since the run began, or began again; judged where no iteration was open since.
  private var counted: [String: Int] = [:]
  private var hasIterated = false
  private var restarts = 0
  /// Steps since the run goes its own way.
  private var steps = 0
  /// What the run's variables are, and what they began with.
  private var variables: [String: ValueHandle] = [:]
  private var starting: [String: ValueHandle] = [:]
  /// When each attempt failed, and until when each question stands.
  private var failures: [EffectAddress: Instant] = [:]
  private var deadlines: [EffectAddress: Instant] = [:]

  init(plan: RunPlan, isTimed: Bool) {
    self.plan = plan
    self.isTimed = isTimed
  }

  /// Every rule that a whole history breaks.
  static func judge(_ history: [RunEvent], plan: RunPlan, isTimed: Bool) -> [String] {
    var verdict = HistoryVerdict(plan: plan, isTimed: isTimed)
    var machine = RunMachine(plan: plan)
    for event in history {
      let before = machine.state
      _ = machine.step(event)
      verdict.take(event, before, machine.state)
      verdict.judgeVariables(of: machine, after: event, from: before)
    }
    verdict.judgeEnd(of: machine)
    return verdict.broken
  }

  private mutating func take(_ event: RunEvent, _ before: RunState, _ after: RunState) {
    switch event {
    case .started(let at, _, _, _), .startFailed(let at, _): began = at
    case .retried(let at, _):
      began = at
      // The wait of a restart that was taken over is not the run's own step.
      if case .restarting = before { steps = -1 } else { steps = 0 }
    case .callFailed(let address, let at, _, _, _): failures[address] = at
    case .callIntended(let address, let at): judgeIntent(address, at)
    case .iterationBegan(_, _, let count, _, _, _): if count > 0 { hasIterated = true }
    case .restarted: beginAgain()
    default: break
    }
    if let address = event.address { visit(address) }
    // A wait that was taken over begins anew.
    var isNew = after != before
    if case .retried = event { isNew = true }
    if isNew { judgeLength(of: after, event) }
    judgeEarliness(of: event, before, after)
    last = event.instant
  }

  /// The variables are what the events made of them; a run that begins again has those that it began with.
  private mutating func judgeVariables(of machine: RunMachine, after event: RunEvent, from before: RunState) {
    switch event {
    case .admitted: if before == .queued { variables = event.variables }
    case .started: (variables, starting) = (event.variables, event.variables)
    case .restarted: variables = starting
    case .iterationBegan, .iterationAdvanced:
      if event.element != nil { variables.merge(event.variables) { _, new in new } }
    case .callAnswered, .performed: variables.merge(event.variables) { _, new in new }
    default: break
    }
    if machine.variables != variables { broken.append("its variables are not what its events say") }
  }

  // MARK: Limits

  private var timeEnd: Instant? { began?.advanced(byMilliseconds: plan.limits.maximumRunTimeMilliseconds) }

  private mutating func visit(_ address: EffectAddress) {
    guard visits.insert(Visit(step: address.step, number: address.visit)).inserted else { return }
    steps += 1
    if visits.count + restarts > plan.limits.maximumSteps { broken.append("more steps than the plan allows") }
    if let last, let timeEnd, last > timeEnd { broken.append("a step began when the run's time was over") }
    if case .next? = plan.steps[address.step]?.action { return }
    counted[address.step, default: 0] += 1
    if !hasIterated, counted[address.step, default: 0] > plan.limits.maximumVisits {
      broken.append("more visits of a step than the plan allows")
    }
  }

  private mutating func beginAgain() {
    (counted, hasIterated) = ([:], false)
    restarts += 1
    steps += 1
    if restarts > plan.limits.maximumRestarts { broken.append("more restarts than the plan allows") }
  }

  private mutating func judgeIntent(_ address: EffectAddress, _ at: Instant) {
    guard case .call(let rules)? = plan.steps[address.step]?.action else {
      return broken.append("a call of a step that makes none")
    }
    if address.attempt > rules.attempts { broken.append("more attempts of a call than the plan allows") }
    if let timeEnd, at > timeEnd { broken.append("a call began when the run's time was over") }
    guard isTimed, address.attempt > 1 else { return }
    let before = EffectAddress(step: address.step, visit: address.visit, attempt: address.attempt - 1)
    guard let failed = failures[before] else { return broken.append("an attempt of a call before the one before it") }
    if at < failed.advanced(byMilliseconds: backoff(before: address)) {
      broken.append("another attempt of a call before its wait is over")
    }
  }

  private mutating func judgeEnd(of machine: RunMachine) {
    guard case .ended(let outcome) = machine.state, !machine.waitsForTurn else { return }
    let own = machine.stepsExecuted - machine.stepsTakenOver - steps
    // The last one leaves no event where the run ends as it comes to it, or is cancelled there.
    if own != 0, own != 1 { broken.append("its steps are counted wrongly") }
    if outcome == .failed(.limit(.steps)), visits.count + restarts != plan.limits.maximumSteps {
      broken.append("it ended at its steps' limit before it came there")
    }
    if outcome == .failed(.limit(.runTime)), let last, let timeEnd, last.advanced(byMilliseconds: longestWait) < timeEnd
    {
      broken.append("it ended at its time's limit before it came there")
    }
  }

  /// Milliseconds of the longest wait that the plan asks for anywhere.
  private var longestWait: Int64 {
    let waits = plan.steps.values.map { step in
      switch step.action {
      case .sleep(let milliseconds): milliseconds
      case .call(let rules): Self.doubled(rules.backoffMilliseconds, times: rules.attempts)
      default: Int64(0)
      }
    }
    let restart = Self.doubled(plan.limits.restartWaitMilliseconds, times: plan.limits.maximumRestarts)
    return max(restart, waits.max() ?? 0)
  }

  // MARK: Waits

  /// A wait that has just begun lasts as long as the plan says.
  private mutating func judgeLength(of state: RunState, _ event: RunEvent) {
    switch state {
    case .waiting(let address, let until):
      switch plan.steps[address.step]?.action {
      case .sleep(let milliseconds): judgeLength("a sleep", until, event, milliseconds)
      case .call: judgeLength("the wait before another attempt", until, event, backoff(before: address))
      default: broken.append("a step waits that asks for no wait")
      }
    case .restarting(_, let until):
      judgeLength(
        "the wait before a restart", until, event,
        Self.doubled(plan.limits.restartWaitMilliseconds, times: restarts))
    case .awaiting(let address, let approval):
      if case .approvalAsked(_, let at, _, _, _) = event { deadlines[address] = deadline(of: address, askedAt: at) }
      if approval.until != deadlines[address] { broken.append("a question stands for another time than its step says") }
    default: break
    }
  }

  private mutating func judgeLength(_ name: String, _ until: Instant, _ event: RunEvent, _ milliseconds: Int64) {
    if until.milliseconds(since: event.instant) != milliseconds {
      broken.append("\(name) lasts another time than the plan says")
    }
  }

  /// Where nobody set the clock, nothing that waits goes on before its time; and no answer counts that came too late.
  private mutating func judgeEarliness(of event: RunEvent, _ before: RunState, _ after: RunState) {
    let until: Instant?
    switch (before, event) {
    case (.waiting(_, let end), .waitElapsed), (.restarting(_, let end), .restarted): until = end
    case (.awaiting(let address, _), .waitElapsed): until = deadlines[address]
    case (.awaiting(let address, _), .approvalGiven(_, let at, _)):
      let counts: Bool
      switch after {
      case .ready, .calling, .awaiting: counts = after.address == address
      default: counts = false
      }
      if counts, let deadline = deadlines[address], at >= deadline {
        broken.append("an approval counts that came too late")
      }
      return
    default: return
    }
    if isTimed, let until, event.instant < until { broken.append("a wait was over before its time") }
  }

  private func backoff(before address: EffectAddress) -> Int64 {
    guard case .call(let rules)? = plan.steps[address.step]?.action else { return 0 }
    return Self.doubled(rules.backoffMilliseconds, times: address.attempt - 2)
  }

  private func deadline(of address: EffectAddress, askedAt at: Instant) -> Instant? {
    guard case .call(let rules)? = plan.steps[address.step]?.action, let approval = rules.approval, let timeEnd else {
      return nil
    }
    return min(at.advanced(byMilliseconds: approval.expiresMilliseconds), timeEnd)
  }

  /// A wait doubled so many times, at most an hour.
  private static func doubled(_ milliseconds: Int64, times: Int) -> Int64 {
    var wait = milliseconds
    for _ in 0..<max(0, times) { wait = min(wait * 2, 3_600_000) }
    return min(wait, 3_600_000)
  }
}
