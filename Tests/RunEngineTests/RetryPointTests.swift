import Encodings
import Labels
import RunEngine
import Testing

@Suite("RetryPoint")
struct RetryPointTests {
  private static let at = Instant(millisecondsSinceEpoch: 1_000)
  private static let handle = ValueHandle(id: ValueID(raw: 1), label: .clear)
  private static let request = RequestRecord(method: "POST", url: handle, headers: handle, body: nil)

  private static func address(_ step: String, _ visit: Int = 1, _ attempt: Int = 1) -> EffectAddress {
    EffectAddress(step: step, visit: visit, attempt: attempt)
  }

  private static func call(
    _ name: String, _ then: String?, _ other: String?, approval: Bool = false
  ) -> RunPlan.Step {
    RunPlan.Step(
      name: name,
      action: .call(
        RunPlan.CallRules(
          isRepeatable: false, attempts: 2, retryOn: [.timeout],
          approval: approval ? RunPlan.ApprovalRules(required: 1, expiresMilliseconds: 1_000) : nil)),
      onSuccess: then, onFailure: other)
  }

  private static let ends = [
    RunPlan.Step(name: "done", action: .end(.succeed)), RunPlan.Step(name: "failed", action: .end(.fail)),
  ]

  private static let plan = RunPlan(
    steps: [call("a", "b", "note"), call("b", "done", "note"), call("note", "failed", "failed")] + ends, start: "a")

  private static let started = RunEvent.started(at: at, roots: [:], variables: [:])

  private static func done(_ address: EffectAddress) -> [RunEvent] {
    [
      .callIntended(address, at: at),
      .callAnswered(
        address, at: at, request: nil,
        response: ResponseRecord(status: 200, headers: handle, body: handle, durationMilliseconds: 1), variables: [:]),
    ]
  }

  private static func failed(_ address: EffectAddress, _ reason: FailureReason = .status(500)) -> [RunEvent] {
    [
      .callIntended(address, at: at),
      .callFailed(address, at: at, reason: reason, request: nil, response: nil),
    ]
  }

  private func refusal(_ history: [RunEvent], _ plan: RunPlan = plan) -> RetryPoint.Refusal? {
    do throws(RetryPoint.Refusal) {
      _ = try RetryPoint(of: history, plan: plan)
      return nil
    } catch {
      return error
    }
  }

  @Test("The failed step is the one that took its failure edge last, whatever was done after it")
  func lastFailure() throws {
    let history =
      [Self.started] + Self.done(Self.address("a")) + Self.failed(Self.address("b")) + Self.done(Self.address("note"))
    let point = try RetryPoint(of: history, plan: Self.plan)
    #expect(point.events == 3)
    #expect(point.state == .ready(Self.address("b")))
  }

  @Test("All attempts of the failed visit are left out")
  func attempts() throws {
    let second = Self.address("b", 1, 2)
    let history =
      [Self.started] + Self.done(Self.address("a")) + Self.failed(Self.address("b"), .timeout)
      + [.waitElapsed(second, at: Self.at)] + Self.failed(second, .timeout) + Self.done(Self.address("note"))
    let point = try RetryPoint(of: history, plan: Self.plan)
    #expect(point.events == 3)
    #expect(point.state == .ready(Self.address("b")))
  }

  @Test("Of a loop it is the visit that failed, not a later one that did not")
  func loops() throws {
    let plan = RunPlan(
      steps: [
        RunPlan.Step(name: "each", action: .iterate(batch: 1), onSuccess: "call", onFailure: "done"),
        Self.call("call", "next", "next"),
        RunPlan.Step(name: "next", action: .next(of: "each"), onSuccess: "failed"),
      ] + Self.ends, start: "each")
    let next = { (visit: Int, element: ValueHandle?) -> RunEvent in
      .iterationAdvanced(Self.address("next", visit), at: Self.at, element: element, variables: [:])
    }
    let history: [RunEvent] =
      [
        Self.started,
        .iterationBegan(
          Self.address("each"), at: Self.at, count: 2, items: Self.handle, element: Self.handle, variables: [:]),
      ] + Self.failed(Self.address("call", 1)) + [next(1, Self.handle)] + Self.done(Self.address("call", 2)) + [
        next(2, nil)
      ]
    let point = try RetryPoint(of: history, plan: plan)
    #expect(point.events == 2)
    #expect(point.state == .ready(Self.address("call", 1)))
  }

  @Test("An approval that was refused, or did not come, is asked anew")
  func approvals() throws {
    let plan = RunPlan(steps: [Self.call("a", "done", "failed", approval: true)] + Self.ends, start: "a")
    let asked = RunEvent.approvalAsked(Self.address("a"), at: Self.at, request: Self.request, commitment: "c")
    for answer in [
      RunEvent.approvalRefused(Self.address("a"), at: Self.at, by: "eve"), .waitElapsed(Self.address("a"), at: Self.at),
    ] {
      let point = try RetryPoint(of: [Self.started, asked, answer], plan: plan)
      #expect(point.events == 1)
      #expect(point.state == .asking(Self.address("a")))
    }
  }

  @Test("A cancelled run goes on where it stood, one that had not begun has nothing to go on with")
  func cancelled() throws {
    let point = try RetryPoint(
      of: [Self.started] + Self.done(Self.address("a")) + [.cancelled(at: Self.at)], plan: Self.plan)
    #expect(point.events == 3)
    #expect(refusal([.cancelled(at: Self.at)]) == .noStep)
  }

  @Test("There is none in a run that succeeded, goes on, or ended at a limit, an edge or before its first step")
  func refusals() {
    #expect(refusal([Self.started] + Self.done(Self.address("a")) + Self.done(Self.address("b"))) == .succeeded)
    #expect(refusal([Self.started]) == .notEnded)
    #expect(refusal([.startFailed(at: Self.at, reason: .conversion("x"))]) == .noStep)
    let loose = RunPlan(steps: [Self.call("a", nil, "failed")] + Self.ends, start: "a")
    #expect(refusal([Self.started] + Self.done(Self.address("a")), loose) == .noStep)
    let tight = RunPlan(
      steps: [Self.call("a", "a", "failed")] + Self.ends, start: "a", limits: RunLimits(maximumVisits: 1))
    #expect(refusal([Self.started] + Self.done(Self.address("a")), tight) == .noStep)
    #expect(refusal([Self.started, .restarted(at: Self.at)]) == .history)
  }

  @Test("After the events that are taken over the machine does the failed step, under an address of its own")
  func goesOn() throws {
    let history =
      [Self.started] + Self.done(Self.address("a")) + Self.failed(Self.address("b")) + Self.done(Self.address("note"))
    let point = try RetryPoint(of: history, plan: Self.plan)
    var machine = RunMachine(plan: Self.plan)
    for event in history.prefix(point.events) { _ = machine.step(event) }
    let other = RunID(at: Self.at, random: [UInt8](repeating: 1, count: 10))
    let effects = machine.step(.retried(at: Self.at, of: other))
    #expect(effects == [.call(Self.address("b"))])
    #expect(machine.retryOf == other)
    #expect(machine.stepsExecuted - machine.stepsTakenOver == 1)
    for event in Self.done(Self.address("b")) { _ = machine.step(event) }
    #expect(machine.state == .ended(.succeeded))
    #expect(machine.stepsExecuted - machine.stepsTakenOver == 2)
  }

  @Test("A repetition sleeps for the whole time again, however much of it was over")
  func sleepsAgain() throws {
    let plan = RunPlan(
      steps: [RunPlan.Step(name: "nap", action: .sleep(milliseconds: 60_000), onSuccess: "done", onFailure: "failed")]
        + Self.ends, start: "nap", limits: RunLimits(maximumRunTimeMilliseconds: 86_400_000))
    let history: [RunEvent] = [Self.started, .cancelled(at: Self.at.advanced(byMilliseconds: 15_000))]
    let point = try RetryPoint(of: history, plan: plan)
    #expect(point.events == 1)
    let again = Self.at.advanced(byMilliseconds: 3_600_000)
    let other = RunID(at: Self.at, random: [UInt8](repeating: 1, count: 10))
    var machine = RunMachine(plan: plan)
    _ = machine.step(Self.started)
    let until = again.advanced(byMilliseconds: 60_000)
    #expect(machine.step(.retried(at: again, of: other)) == [.wait(Self.address("nap"), until: until)])
    #expect(machine.state == .waiting(Self.address("nap"), until: until))
  }

  @Test("A repetition waits for the whole time again before it starts over")
  func waitsAgainToStartOver() {
    let plan = RunPlan(
      steps: [RunPlan.Step(name: "again", action: .end(.restart))], start: "again",
      limits: RunLimits(restartWaitMilliseconds: 60_000))
    var machine = RunMachine(plan: plan)
    #expect(
      machine.step(Self.started) == [.waitToRestart(until: Self.at.advanced(byMilliseconds: 60_000))])
    let again = Self.at.advanced(byMilliseconds: 3_600_000)
    let other = RunID(at: Self.at, random: [UInt8](repeating: 1, count: 10))
    let effects = machine.step(.retried(at: again, of: other))
    #expect(effects == [.waitToRestart(until: again.advanced(byMilliseconds: 60_000))])
  }

  @Test("What a repetition took over counts as what it began with; what its own steps set does not")
  func beginsWithWhatWasTakenOver() throws {
    let first = ValueHandle(id: ValueID(raw: 7), label: .clear)
    let second = ValueHandle(id: ValueID(raw: 8), label: .clear)
    func answered(_ step: String, _ set: [String: ValueHandle]) -> [RunEvent] {
      let response = ResponseRecord(status: 200, headers: Self.handle, body: Self.handle, durationMilliseconds: 1)
      return [
        .callIntended(Self.address(step), at: Self.at),
        .callAnswered(Self.address(step), at: Self.at, request: nil, response: response, variables: set),
      ]
    }
    let history = [Self.started] + answered("a", ["x": first]) + Self.failed(Self.address("b"))
    var machine = RunMachine(plan: Self.plan)
    for event in history.prefix(3) { _ = machine.step(event) }
    #expect(machine.startingVariable("x") == nil && machine.variables["x"] == first)
    _ = machine.step(.retried(at: Self.at, of: RunID(at: Self.at, random: [UInt8](repeating: 1, count: 10))))
    #expect(machine.startingVariable("x") == first && machine.variables["x"] == first)
    for event in answered("b", ["x": second]) { _ = machine.step(event) }
    #expect(machine.startingVariable("x") == first && machine.variables["x"] == second)
  }

  @Test("Another plan fits only where the same events lead to the same step")
  func fits() throws {
    let history =
      [Self.started] + Self.done(Self.address("a")) + Self.failed(Self.address("b")) + Self.done(Self.address("note"))
    let point = try RetryPoint(of: history, plan: Self.plan)
    let changed = RunPlan(
      steps: [Self.call("a", "b", "failed"), Self.call("b", "done", "failed"), Self.call("c", "done", "failed")]
        + Self.ends, start: "a")
    let other = RunPlan(
      steps: [Self.call("a", "c", "failed"), Self.call("b", "done", "failed"), Self.call("c", "done", "failed")]
        + Self.ends, start: "a")
    #expect(point.fits(history, plan: changed))
    #expect(!point.fits(history, plan: other))
  }
}
