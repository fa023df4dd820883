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
  /// Of these, visits that the run took over from the one that it repeats.
  package private(set) var stepsTakenOver = 0
  package private(set) var startedAt: Instant?
  package private(set) var endedAt: Instant?
  /// The step that took the last failure edge and why, for conditions and the log.
  package private(set) var lastFailure: StepFailure?
  /// How often each step was come to, for addresses: never counted anew, so that no two effects have one address.
  private var visits: [String: Int] = [:]
  /// The steps that the run came to, its end among them.
  package var visitedSteps: Set<String> { Set(visits.keys) }
  /// The same outside of iterations, since the run began or began again: for the limit.
  private var counted: [String: Int] = [:]
  /// Iterations that are open, the innermost last.
  private var frames: [Frame] = []
  /// The edge without which the run failed, also where a step's own failure is its reason; nil where no edge is missing.
  package private(set) var missingEdge: FailureReason?
  private var restarts = 0
  /// What the run began with, for beginning again.
  private var startingVariables: [String: ValueHandle] = [:]
  /// What the variables held when the run began or began again, or when it had taken over what came before it.
  private var ownBeginning: [String: ValueHandle] = [:]
  /// Whether the run was taken in and waits for its turn: it has not begun, whatever it took over from another one.
  package private(set) var waitsForTurn = false
  /// The run that this one took its first events from.
  package private(set) var retryOf: RunID?

  /// One open iteration.
  fileprivate struct Frame: Equatable {
    let step: String
    let items: ValueHandle
    let count: Int
    let batch: Int
    /// The first element that has not been taken.
    var next: Int
    var element: ValueHandle?
    /// Visits within the present element, for the limit.
    var counted: [String: Int] = [:]
  }

  package init(plan: RunPlan) {
    self.plan = plan
  }

  /// The present element of the innermost open iteration, or its batch: what `response` means there.
  package var element: ValueHandle? { frames.last?.element }

  /// How many elements of the innermost open iteration were taken, and how many there are.
  package var progress: (taken: Int, count: Int)? { frames.last.map { ($0.next, $0.count) } }

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
    case (.queued, .admitted(_, let roots, let variables, _)) where !waitsForTurn:
      self.roots = roots
      self.variables = variables
      waitsForTurn = true
      return []
    case (.queued, .started(let at, let roots, let variables, _)):
      waitsForTurn = false
      self.roots = roots
      self.variables = variables
      startingVariables = variables
      ownBeginning = variables
      startedAt = at
      return enter(plan.start, from: nil, at: at)
    case (.queued, .startFailed(let at, let reason)):
      waitsForTurn = false
      startedAt = at
      return end(.failed(reason), at: at)
    case (.restarting, .restarted(let at)) where !waitsForTurn:
      variables = startingVariables
      ownBeginning = startingVariables
      counted = [:]
      frames = []
      lastFailure = nil
      return enter(plan.start, from: nil, at: at)
    case (.ready, .retried(let at, let run)), (.performing, .retried(let at, let run)),
      (.deciding, .retried(let at, let run)), (.asking, .retried(let at, let run)),
      (.waiting, .retried(let at, let run)), (.restarting, .retried(let at, let run)):
      waitsForTurn = false
      startedAt = at
      // The visit in which it goes on is its own.
      stepsTakenOver = stepsExecuted - (state.address == nil ? 0 : 1)
      lastFailure = nil
      ownBeginning = variables
      retryOf = run
      return waitAnew(at: at)
    case (.ready, .admitted), (.performing, .admitted), (.deciding, .admitted), (.asking, .admitted),
      (.waiting, .admitted), (.restarting, .admitted):
      guard !waitsForTurn, event.roots.isEmpty, event.variables.isEmpty else {
        return end(.failed(.history), at: event.instant)
      }
      waitsForTurn = true
      return []
    case _ where waitsForTurn:
      return end(.failed(.history), at: event.instant)
    default:
      return stepOfCall(event) ?? stepInside(event) ?? end(.failed(.history), at: event.instant)
    }
  }

  /// Events of calls: what leaves the service, the waits before it, and its approval. Nil where the state has none.
  private mutating func stepOfCall(_ event: RunEvent) -> [RunEffect]? {
    switch (state, event) {
    case (.ready(let address), .callIntended(let intended, _)) where address == intended:
      state = .calling(address)
      return []
    case (.calling(let address), .callIntended(let intended, _)) where address == intended:
      return []
    case (.calling(let address), .callAnswered(let other, let at, _, let response, let taken))
    where address == other:
      return self.answered(address, status: response.status, taken: taken, at: at)
    case (.calling(let address), .callFailed(let failed, let at, let reason, _, _)) where address == failed,
      (.ready(let address), .callFailed(let failed, let at, let reason, _, _)) where address == failed,
      (.asking(let address), .callFailed(let failed, let at, let reason, _, _)) where address == failed:
      return self.callFailed(address, reason: reason, at: at)
    case (.waiting(let address, _), .waitElapsed(let elapsed, let at)) where address == elapsed:
      if let limit = runTimeLimit(at: at) { return end(.failed(.limit(limit)), at: at) }
      if case .sleep? = plan.steps[address.step]?.action {
        return follow(address.step, succeeded: true, reason: nil, at: at)
      }
      state = .ready(address)
      return [.call(address)]
    case (.asking(let address), .approvalAsked(let asked, let at, _, let commitment, let attempts))
    where address == asked:
      guard case .call(let rules)? = plan.steps[address.step]?.action, let approval = rules.approval else { return nil }
      // Nobody can agree to what the run has no time for.
      let until = min(at.advanced(byMilliseconds: approval.expiresMilliseconds), runTimeEnd ?? at)
      state = .awaiting(address, RunState.Approval(commitment: commitment, until: until, attempts: attempts))
      return [.awaitApproval(address, until: until)]
    // An answer that came when the time was over is none, whoever records it.
    case (.awaiting(let address, let approval), .approvalGiven(let late, let at, _))
    where address == late && at >= approval.until,
      (.awaiting(let address, let approval), .approvalRefused(let late, let at, _))
    where address == late && at >= approval.until:
      return follow(address.step, succeeded: false, reason: .notApproved(.expired), at: at)
    case (.awaiting(let address, var approval), .approvalGiven(let given, let at, let name)) where address == given:
      guard case .call(let rules)? = plan.steps[address.step]?.action, let needed = rules.approval else { return nil }
      approval.given.insert(name)
      guard approval.given.count >= needed.required else {
        state = .awaiting(address, approval)
        return [.awaitApproval(address, until: approval.until)]
      }
      if let limit = runTimeLimit(at: at) { return end(.failed(.limit(limit)), at: at) }
      approved[address] = approval
      state = .ready(address)
      return [.call(address)]
    case (.awaiting(let address, _), .approvalRefused(let refused, let at, _)) where address == refused:
      return follow(address.step, succeeded: false, reason: .notApproved(.refused), at: at)
    case (.awaiting(let address, _), .waitElapsed(let elapsed, let at)) where address == elapsed:
      return follow(address.step, succeeded: false, reason: .notApproved(.expired), at: at)
    default: return nil
    }
  }

  /// Events of what is done inside the service. Nil where the state has none.
  private mutating func stepInside(_ event: RunEvent) -> [RunEffect]? {
    switch (state, event) {
    case (.deciding(let address), .conditionDecided(let decided, let at, let met)) where address == decided:
      return follow(address.step, succeeded: met, reason: nil, at: at)
    case (.deciding(let address), .conditionFailed(let failed, let at, let reason)) where address == failed:
      // A condition has a "met" and a "not met" edge, none for "could not be decided": the run fails.
      return end(.failed(reason), at: at)
    case (.performing(let address), .performed(let done, let at, let brought)) where address == done:
      guard case .local? = plan.steps[address.step]?.action else { return nil }
      variables.merge(brought) { _, new in new }
      return follow(address.step, succeeded: true, reason: nil, at: at)
    case (.performing(let address), .stepFailed(let failed, let at, let reason)) where address == failed:
      return insideFailed(address, reason: reason, at: at)
    case (.performing(let address), .iterationBegan(let begun, let at, let count, let items, let element, let taken))
    where address == begun:
      return iterationBegan(address, count: count, items: items, element: element, taken: taken, at: at)
    case (.performing(let address), .iterationAdvanced(let advanced, let at, let element, let taken))
    where address == advanced:
      return iterationAdvanced(address, element: element, taken: taken, at: at)
    case (.performing(let address), .handedOver(let handed, let at, _)) where address == handed:
      guard case .startRunbook? = plan.steps[address.step]?.action else { return nil }
      return end(.succeeded, at: at)
    default: return nil
    }
  }

  /// The commitment to the request that was approved for this call; nil where it has not been approved.
  package func approvedCommitment(of address: EffectAddress) -> String? { approved[address]?.commitment }
  private var approved: [EffectAddress: RunState.Approval] = [:]

  /// How many attempts of a call one approval covers: as many as it may have, where it is safe to repeat, else one.
  package func attemptsUnderOneApproval(of address: EffectAddress) -> Int {
    guard case .call(let rules)? = plan.steps[address.step]?.action, rules.isRepeatable else { return 1 }
    return rules.attempts
  }

  /// What a variable held when the run began or began again, or when it had taken over what came before it: another value
  /// than this one was set by the run's own steps.
  package func startingVariable(_ name: String) -> ValueHandle? { ownBeginning[name] }

  /// Whether a wait in this step is a sleep, and not one before another attempt.
  package func isSleeping(in step: String) -> Bool {
    if case .sleep? = plan.steps[step]?.action { true } else { false }
  }

  /// Whether the run is over.
  package var hasEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// What a driver must do with a machine that was rebuilt from its history.
  package enum Resumption: Equatable, Sendable {
    /// It has not begun: when its turn has come, record `started` or, where it took events over, `retried`.
    case begin
    /// Perform these effects: none of them can have been performed already.
    case perform([RunEffect])
    /// The request was out when the process stopped, and repeating is declared safe: repeat it under the
    /// same address, hence with the same idempotency key.
    case repeatCall(EffectAddress)
    /// The request was out, and must not be repeated: record `callFailed(interrupted)`.
    case interrupted(EffectAddress)
    case ended(RunOutcome)
  }

  /// Decides how a rebuilt run goes on.
  package var resumption: Resumption {
    if waitsForTurn, !hasEnded { return .begin }
    switch state {
    case .calling(let address): return isRepeatable(address.step) ? .repeatCall(address) : .interrupted(address)
    case .ended(let outcome): return .ended(outcome)
    case .queued: return .begin
    case .deciding, .performing, .ready, .asking, .awaiting, .waiting, .restarting:
      return .perform(presentEffects)
    }
  }

  /// What is to be done in the present state, where nothing of it can have been done already.
  private var presentEffects: [RunEffect] {
    switch state {
    case .queued, .ended, .calling: []
    case .deciding(let address): [.decideCondition(address)]
    case .performing(let address): insideEffects(address)
    case .ready(let address): [.call(address)]
    case .asking(let address): [.askApproval(address)]
    case .awaiting(let address, let approval): [.awaitApproval(address, until: approval.until)]
    case .waiting(let address, let until): [.wait(address, until: until)]
    case .restarting(_, let until): [.waitToRestart(until: until)]
    }
  }

  /// A wait that was taken over is a whole one again: a sleep, or the one before the run begins anew.
  private mutating func waitAnew(at: Instant) -> [RunEffect] {
    let until: Instant
    switch state {
    case .waiting(let address, _):
      guard case .sleep(let milliseconds)? = plan.steps[address.step]?.action else { return presentEffects }
      until = at.advanced(byMilliseconds: milliseconds)
      state = .waiting(address, until: until)
    case .restarting(let number, _):
      until = at.advanced(byMilliseconds: doubledWait(plan.limits.restartWaitMilliseconds, times: restarts - 1))
      state = .restarting(number, until: until)
    default: return presentEffects
    }
    return outlasts(until) ? end(.failed(.limit(.runTime)), at: at) : presentEffects
  }

  private func insideEffects(_ address: EffectAddress) -> [RunEffect] {
    switch plan.steps[address.step]?.action {
    case .local: [.perform(address)]
    case .iterate: [.beginIteration(address)]
    case .startRunbook: [.startRunbook(address)]
    case .next(let begin): frames.last { $0.step == begin }.map { [.advance(address, $0.place)] } ?? []
    case .condition, .call, .sleep, .end, nil: []
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
    let approval = approved.removeValue(forKey: address)
    // Nothing more may be learnt of a secret: not by which edge is taken either.
    if reason == .declassificationLimit { return end(.failed(reason), at: at) }
    guard case .call(let rules)? = plan.steps[address.step]?.action else { return end(.failed(.history), at: at) }
    let isCovered = rules.approval == nil || (approval?.attempts ?? 1) > address.attempt
    guard isCovered, rules.repeats(after: reason, attempt: address.attempt) else {
      return follow(address.step, succeeded: false, reason: reason, at: at)
    }
    let next = EffectAddress(step: address.step, visit: address.visit, attempt: address.attempt + 1)
    var until = at.advanced(byMilliseconds: rules.wait(afterAttempt: address.attempt))
    // Sooner nobody would be asked, and the attempt would be lost.
    if case .authorizationRests(_, let rest) = reason { until = max(until, rest) }
    if outlasts(until) { return end(.failed(.limit(.runTime)), at: at) }
    // The same request, under the same approval: it is held against the commitment again when it leaves.
    approved[next] = approval
    state = .waiting(next, until: until)
    return [.wait(next, until: until)]
  }

  /// A signature that cannot be made takes the failure edge. An array that cannot be read does not: the failure edge
  /// of an iteration says that it has no elements.
  private mutating func insideFailed(_ address: EffectAddress, reason: FailureReason, at: Instant) -> [RunEffect] {
    switch plan.steps[address.step]?.action {
    case .local where reason == .declassificationLimit, .startRunbook where reason == .declassificationLimit:
      end(.failed(reason), at: at)
    case .local, .startRunbook: follow(address.step, succeeded: false, reason: reason, at: at)
    default: end(.failed(reason), at: at)
    }
  }

  private mutating func iterationBegan(
    _ address: EffectAddress, count: Int, items: ValueHandle, element: ValueHandle?, taken: [String: ValueHandle],
    at: Instant
  ) -> [RunEffect]? {
    guard case .iterate(let batch)? = plan.steps[address.step]?.action, (count == 0) == (element == nil) else {
      return nil
    }
    guard let element else { return follow(address.step, succeeded: false, reason: nil, at: at) }
    variables.merge(taken) { _, new in new }
    frames.append(
      Frame(
        step: address.step, items: items, count: count, batch: max(1, batch), next: min(count, max(1, batch)),
        element: element))
    return follow(address.step, succeeded: true, reason: nil, at: at)
  }

  private mutating func iterationAdvanced(
    _ address: EffectAddress, element: ValueHandle?, taken: [String: ValueHandle], at: Instant
  ) -> [RunEffect]? {
    guard case .next(let begin)? = plan.steps[address.step]?.action,
      let open = frames.lastIndex(where: { $0.step == begin })
    else { return nil }
    frames.removeSubrange((open + 1)...)
    guard (frames[open].next < frames[open].count) == (element != nil) else { return nil }
    guard let element else {
      frames.removeLast()
      return follow(address.step, succeeded: true, reason: nil, at: at)
    }
    frames[open].next = min(frames[open].count, frames[open].next + frames[open].batch)
    frames[open].element = element
    frames[open].counted = [:]
    variables.merge(taken) { _, new in new }
    return follow(begin, succeeded: true, reason: nil, at: at)
  }

  private mutating func follow(_ name: String, succeeded: Bool, reason: FailureReason?, at: Instant) -> [RunEffect] {
    guard let step = plan.steps[name] else { return end(.failed(.history), at: at) }
    if let reason { lastFailure = StepFailure(step: name, reason: reason) }
    guard let target = succeeded ? step.onSuccess : step.onFailure else {
      // A failed call without a failure edge fails the run with the call's own reason, and the edge is named beside it.
      let missing = FailureReason.missingEdge(step: name, outcome: step.outcome(succeeded))
      missingEdge = missing
      return end(.failed(reason ?? missing), at: at)
    }
    return enter(target, from: name, at: at)
  }

  /// Counts a visit where it belongs: of the next element none, of a step in an iteration with its element.
  private mutating func countVisit(of step: RunPlan.Step) -> Bool {
    visits[step.name, default: 0] += 1
    if case .next = step.action { return true }
    if let open = frames.indices.last {
      frames[open].counted[step.name, default: 0] += 1
      return frames[open].counted[step.name, default: 0] <= plan.limits.maximumVisits
    }
    counted[step.name, default: 0] += 1
    return counted[step.name, default: 0] <= plan.limits.maximumVisits
  }

  private mutating func enter(_ name: String, from: String?, at: Instant) -> [RunEffect] {
    guard let step = plan.steps[name] else {
      return end(.failed(.missingEdge(step: from ?? "start", outcome: name)), at: at)
    }
    if let limit = runTimeLimit(at: at) { return end(.failed(.limit(limit)), at: at) }
    guard stepsExecuted < plan.limits.maximumSteps else { return end(.failed(.limit(.steps)), at: at) }
    // Whoever comes to the beginning of an iteration that is still open has left it: it begins anew.
    if case .iterate = step.action, let open = frames.lastIndex(where: { $0.step == name }) {
      frames.removeSubrange(open...)
    }
    guard countVisit(of: step) else { return end(.failed(.limit(.visits)), at: at) }
    stepsExecuted += 1
    let address = EffectAddress(step: name, visit: visits[name, default: 1])
    switch step.action {
    case .condition:
      state = .deciding(address)
    case .call(let rules):
      state = rules.approval == nil ? .ready(address) : .asking(address)
    case .local, .iterate, .startRunbook:
      state = .performing(address)
    case .next(let begin):
      guard frames.contains(where: { $0.step == begin }) else {
        return end(.failed(.missingEdge(step: name, outcome: "an iteration that is not open")), at: at)
      }
      state = .performing(address)
    case .sleep(let milliseconds):
      let until = at.advanced(byMilliseconds: milliseconds)
      if outlasts(until) { return end(.failed(.limit(.runTime)), at: at) }
      state = .waiting(address, until: until)
    case .end(.succeed):
      return end(.succeeded, at: at)
    case .end(.restart) where restarts < plan.limits.maximumRestarts:
      restarts += 1
      let wait = doubledWait(plan.limits.restartWaitMilliseconds, times: restarts - 1)
      let until = at.advanced(byMilliseconds: wait)
      if outlasts(until) { return end(.failed(.limit(.runTime)), at: at) }
      state = .restarting(restarts, until: until)
    case .end(.fail), .end(.restart):
      return end(.failed(.reachedFailure(step: name)), at: at)
    }
    return presentEffects
  }

  private func runTimeLimit(at: Instant) -> RunLimit? {
    timeLeft(at: at).flatMap { $0 < 0 ? .runTime : nil }
  }

  /// Milliseconds that the run may still take; below zero where its time is over, nil before it began. A call is not begun
  /// without any, and takes no longer.
  package func timeLeft(at: Instant) -> Int64? {
    guard let startedAt, !waitsForTurn else { return nil }
    return plan.limits.maximumRunTimeMilliseconds - (at.millisecondsSinceEpoch - startedAt.millisecondsSinceEpoch)
  }

  /// When the run's time is over; nil before it has begun.
  private var runTimeEnd: Instant? {
    startedAt?.advanced(byMilliseconds: plan.limits.maximumRunTimeMilliseconds)
  }

  /// Whether a wait until then leaves the run no time: it fails at once instead of after the wait.
  private func outlasts(_ until: Instant) -> Bool { runTimeEnd.map { until >= $0 } ?? false }

  private mutating func end(_ outcome: RunOutcome, at: Instant) -> [RunEffect] {
    state = .ended(outcome)
    endedAt = at
    return [.finish(outcome)]
  }
}

extension RunMachine.Frame {
  fileprivate var place: IterationPlace {
    IterationPlace(step: step, items: items, first: next, batch: batch, count: count)
  }
}
