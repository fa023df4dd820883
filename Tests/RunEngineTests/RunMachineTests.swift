import Encodings
import Labels
import RunEngine
import Testing

@Suite("RunMachine")
struct RunMachineTests {
  static let start = Instant(millisecondsSinceEpoch: 1_000)
  static let handle = ValueHandle(id: ValueID(raw: 3), label: .clear)

  static func later(_ milliseconds: Int64) -> Instant { start.advanced(byMilliseconds: milliseconds) }

  static func plan(
    _ rules: RunPlan.CallRules = .init(isRepeatable: false), onFailure: String? = "failed",
    limits: RunLimits = RunLimits()
  ) -> RunPlan {
    RunPlan(
      steps: [
        .init(name: "call", action: .call(rules), onSuccess: "check", onFailure: onFailure),
        .init(name: "check", action: .condition, onSuccess: "done", onFailure: "call"),
        .init(name: "done", action: .end(.succeed)),
        .init(name: "failed", action: .end(.fail)),
      ], start: "call", limits: limits)
  }

  static func started(_ plan: RunPlan) -> RunMachine {
    var machine = RunMachine(plan: plan)
    _ = machine.step(.started(at: start, roots: [:], variables: ["kept": handle]))
    return machine
  }

  static func answer(_ address: EffectAddress, status: Int, _ variables: [String: ValueHandle] = [:]) -> RunEvent {
    .callAnswered(
      address, at: later(10), request: nil,
      response: ResponseRecord(status: status, headers: handle, body: handle, durationMilliseconds: 5),
      variables: variables)
  }

  static let first = EffectAddress(step: "call", visit: 1)

  @Test("A started run asks for its first step")
  func startEntersFirstStep() {
    var machine = RunMachine(plan: Self.plan())
    #expect(machine.step(.started(at: Self.start, roots: [:], variables: [:])) == [.call(Self.first)])
    #expect(machine.state == .ready(Self.first))
    #expect(machine.stepsExecuted == 1)
  }

  @Test("An answer of 200 to 299 follows the success edge and sets the variables", arguments: [200, 204, 299])
  func successEdge(status: Int) {
    var machine = Self.started(Self.plan())
    #expect(machine.step(.callIntended(Self.first, at: Self.start)) == [])
    let effects = machine.step(Self.answer(Self.first, status: status, ["token": Self.handle]))
    #expect(effects == [.decideCondition(EffectAddress(step: "check", visit: 1))])
    #expect(machine.variables == ["kept": Self.handle, "token": Self.handle])
  }

  @Test("Any other status follows the failure edge, with the status as its reason", arguments: [199, 300, 404, 503])
  func failureEdge(status: Int) {
    var machine = Self.started(Self.plan())
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    let effects = machine.step(Self.answer(Self.first, status: status, ["token": Self.handle]))
    #expect(effects == [.finish(.failed(.reachedFailure(step: "failed")))])
    #expect(machine.lastFailure == StepFailure(step: Self.first.step, reason: .status(status)))
    #expect(machine.variables["token"] == nil)
  }

  @Test("A failed call without a failure edge fails the run with the call's own reason")
  func missingFailureEdge() {
    var machine = Self.started(Self.plan(onFailure: nil))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    let effects = machine.step(.callFailed(Self.first, at: Self.start, reason: .dns, request: nil, response: nil))
    #expect(effects == [.finish(.failed(.dns))])
  }

  @Test("A cause that the method retries waits, doubled each time, then tries under the next attempt")
  func retries() {
    let rules = RunPlan.CallRules(isRepeatable: false, attempts: 3, backoffMilliseconds: 100, retryOn: [.timeout])
    var machine = Self.started(Self.plan(rules))
    for (attempt, wait) in [(1, Int64(100)), (2, 200)] {
      let address = EffectAddress(step: "call", visit: 1, attempt: attempt)
      let next = EffectAddress(step: "call", visit: 1, attempt: attempt + 1)
      _ = machine.step(.callIntended(address, at: Self.start))
      let effects = machine.step(.callFailed(address, at: Self.start, reason: .timeout, request: nil, response: nil))
      #expect(effects == [.wait(next, until: Self.later(wait))])
      #expect(machine.step(.waitElapsed(next, at: Self.later(wait))) == [.call(next)])
    }
    let last = EffectAddress(step: "call", visit: 1, attempt: 3)
    _ = machine.step(.callIntended(last, at: Self.start))
    let effects = machine.step(.callFailed(last, at: Self.start, reason: .timeout, request: nil, response: nil))
    #expect(effects == [.finish(.failed(.reachedFailure(step: "failed")))])
  }

  @Test("A cause that the method does not name is not retried")
  func otherCausesAreNotRetried() {
    let rules = RunPlan.CallRules(isRepeatable: true, attempts: 3, backoffMilliseconds: 1, retryOn: [.statusClass(5)])
    var machine = Self.started(Self.plan(rules))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    let effects = machine.step(
      .callFailed(Self.first, at: Self.start, reason: .status(404), request: nil, response: nil))
    #expect(effects == [.finish(.failed(.reachedFailure(step: "failed")))])
  }

  @Test("A request that was out is repeated only where repeating is declared", arguments: [true, false])
  func resumption(isRepeatable: Bool) {
    var machine = Self.started(Self.plan(.init(isRepeatable: isRepeatable)))
    #expect(machine.resumption == .perform([.call(Self.first)]))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    #expect(machine.resumption == (isRepeatable ? .repeatCall(Self.first) : .interrupted(Self.first)))
  }

  @Test("The limit on steps ends the run with its name")
  func stepLimit() {
    var machine = Self.started(Self.plan(limits: RunLimits(maximumSteps: 1)))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    #expect(machine.step(Self.answer(Self.first, status: 200)) == [.finish(.failed(.limit(.steps)))])
  }

  @Test("The limit on visits of one step ends the run with its name")
  func visitLimit() {
    var machine = Self.started(Self.plan(limits: RunLimits(maximumVisits: 1)))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    _ = machine.step(Self.answer(Self.first, status: 200))
    let check = EffectAddress(step: "check", visit: 1)
    let effects = machine.step(.conditionDecided(check, at: Self.later(20), met: false))
    #expect(effects == [.finish(.failed(.limit(.visits)))])
  }

  @Test("The limit on run time holds from the first millisecond over it", arguments: [(100, true), (101, false)])
  func runTimeLimit(spent: Int64, isWithin: Bool) {
    var machine = Self.started(Self.plan(limits: RunLimits(maximumRunTimeMilliseconds: 100)))
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    let answered = RunEvent.callAnswered(
      Self.first, at: Self.later(spent), request: nil,
      response: ResponseRecord(status: 200, headers: Self.handle, body: Self.handle, durationMilliseconds: 5),
      variables: [:])
    let effects = machine.step(answered)
    #expect((effects == [.finish(.failed(.limit(.runTime)))]) == !isWithin)
  }

  @Test("An event about another address ends the run with `history`")
  func foreignEvent() {
    var machine = Self.started(Self.plan())
    let foreign = EffectAddress(step: "call", visit: 2)
    #expect(machine.step(.callIntended(foreign, at: Self.start)) == [.finish(.failed(.history))])
  }

  @Test("An ended run takes no further event")
  func endedIsEnded() {
    var machine = Self.started(Self.plan())
    _ = machine.step(.cancelled(at: Self.later(5)))
    let ended = machine
    #expect(machine.step(.callIntended(Self.first, at: Self.later(6))) == [])
    #expect(machine == ended)
    #expect(machine.state == .ended(.cancelled))
    #expect(machine.endedAt == Self.later(5))
  }

  @Test("An end that says retry from start begins again with the starting values, then fails")
  func restart() {
    let plan = RunPlan(
      steps: [
        .init(name: "call", action: .call(.init(isRepeatable: true)), onSuccess: "again", onFailure: "again"),
        .init(name: "again", action: .end(.restart)),
      ], start: "call", limits: RunLimits(maximumRestarts: 1, restartWaitMilliseconds: 50))
    var machine = Self.started(plan)
    _ = machine.step(.callIntended(Self.first, at: Self.start))
    #expect(
      machine.step(Self.answer(Self.first, status: 200, ["token": Self.handle]))
        == [.waitToRestart(until: Self.later(60))])
    #expect(machine.resumption == .perform([.waitToRestart(until: Self.later(60))]))
    // The second time has an address of its own: an idempotency key of the first would have it thrown away.
    let second = EffectAddress(step: "call", visit: 2)
    #expect(machine.step(.restarted(at: Self.later(60))) == [.call(second)])
    #expect(machine.variables == ["kept": Self.handle])
    _ = machine.step(.callIntended(second, at: Self.later(61)))
    #expect(machine.step(Self.answer(second, status: 200)) == [.finish(.failed(.reachedFailure(step: "again")))])
  }

  @Test("A step without the edge that it needs says which is missing, in its own words, beside why it failed")
  func missingEdges() {
    func end(_ action: RunPlan.Action, _ event: RunEvent) -> RunMachine {
      let plan = RunPlan(steps: [.init(name: "call", action: action)], start: "call")
      var machine = Self.started(plan)
      if case .call = action { _ = machine.step(.callIntended(Self.first, at: Self.start)) }
      _ = machine.step(event)
      return machine
    }
    let failed = end(.call(.init(isRepeatable: true)), Self.answer(Self.first, status: 503))
    #expect(failed.state == .ended(.failed(.status(503))))
    #expect(failed.missingEdge?.sentence == "Step `call` has no edge for failure (`else`).")
    let decided = end(.condition, .conditionDecided(Self.first, at: Self.start, met: false))
    #expect(
      decided.state == .ended(.failed(.missingEdge(step: "call", outcome: "a condition that is not met (`else`)"))))
    let empty = end(
      .iterate(batch: 1),
      .iterationBegan(Self.first, at: Self.start, count: 0, items: Self.handle, element: nil, variables: [:]))
    #expect(empty.missingEdge?.sentence == "Step `call` has no edge for an array without elements (`else`).")
    #expect(empty.state == .ended(.failed(empty.missingEdge ?? .history)))
  }

  @Test("A start step that is not there fails the run and says so")
  func missingStart() {
    var machine = RunMachine(plan: RunPlan(steps: [], start: "nowhere"))
    let effects = machine.step(.started(at: Self.start, roots: [:], variables: [:]))
    #expect(effects == [.finish(.failed(.missingEdge(step: "start", outcome: "nowhere")))])
  }

  @Test("Where nothing more may be learnt of a secret the run ends, whatever edges the step has")
  func declassificationLimitEnds() {
    for action in [RunPlan.Action.call(.init(isRepeatable: true)), .local, .startRunbook] {
      let plan = RunPlan(
        steps: [
          .init(name: "call", action: action, onSuccess: "done", onFailure: "done"),
          .init(name: "done", action: .end(.succeed)),
        ], start: "call")
      var machine = Self.started(plan)
      let event: RunEvent =
        if case .call = action {
          .callFailed(Self.first, at: Self.start, reason: .declassificationLimit, request: nil, response: nil)
        } else {
          .stepFailed(Self.first, at: Self.start, reason: .declassificationLimit)
        }
      #expect(machine.step(event) == [.finish(.failed(.declassificationLimit))])
    }
  }
}
