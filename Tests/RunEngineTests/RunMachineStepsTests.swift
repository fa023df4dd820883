import Encodings
import Labels
import Testing

@testable import RunEngine

@Suite("Loops, sleeps, chains and approvals of a run")
struct RunMachineStepsTests {
  private static let handle = ValueHandle(id: ValueID(raw: 1), label: .clear)
  private static let other = ValueHandle(id: ValueID(raw: 2), label: .clear)

  private static func at(_ seconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: 1_000 * seconds) }

  private static func started(_ steps: [RunPlan.Step], limits: RunLimits = RunLimits()) -> RunMachine {
    var machine = RunMachine(plan: RunPlan(steps: steps, start: steps[0].name, limits: limits))
    _ = machine.step(.started(at: at(0), roots: [:], variables: [:]))
    return machine
  }

  private static let loop: [RunPlan.Step] = [
    .init(name: "each", action: .iterate(batch: 1), onSuccess: "inner", onFailure: "none"),
    .init(name: "inner", action: .local, onSuccess: "next", onFailure: "bad"),
    .init(name: "next", action: .next(of: "each"), onSuccess: "done"),
    .init(name: "done", action: .end(.succeed)), .init(name: "none", action: .end(.fail)),
    .init(name: "bad", action: .end(.fail)),
  ]

  private static func address(_ step: String, _ visit: Int = 1) -> EffectAddress {
    EffectAddress(step: step, visit: visit)
  }

  @Test("Each element runs the body once, with addresses of its own, and the loop ends at `then` of the next step")
  func loop() {
    var machine = Self.started(Self.loop)
    #expect(machine.resumption == .perform([.beginIteration(Self.address("each"))]))
    var effects = machine.step(
      .iterationBegan(
        Self.address("each"), at: Self.at(1), count: 2, items: Self.handle, element: Self.other, variables: [:]))
    #expect(effects == [.perform(Self.address("inner"))])
    #expect(machine.element == Self.other)
    effects = machine.step(.performed(Self.address("inner"), at: Self.at(2), variables: ["x": Self.handle]))
    let place = IterationPlace(step: "each", items: Self.handle, first: 1, batch: 1, count: 2)
    #expect(effects == [.advance(Self.address("next"), place)])
    effects = machine.step(
      .iterationAdvanced(Self.address("next"), at: Self.at(3), element: Self.other, variables: [:]))
    #expect(effects == [.perform(Self.address("inner", 2))])
    _ = machine.step(.performed(Self.address("inner", 2), at: Self.at(4), variables: [:]))
    effects = machine.step(.iterationAdvanced(Self.address("next", 2), at: Self.at(5), element: nil, variables: [:]))
    #expect(effects == [.finish(.succeeded)])
    #expect(machine.element == nil)
    #expect(machine.stepsExecuted == 6)
  }

  @Test("An array without elements takes the failure edge, and one that cannot be read fails the run")
  func empty() {
    var machine = Self.started(Self.loop)
    let none = machine.step(
      .iterationBegan(
        Self.address("each"), at: Self.at(1), count: 0, items: Self.handle, element: nil, variables: [:]))
    #expect(none == [.finish(.failed(.reachedFailure(step: "none")))])
    var unread = Self.started(Self.loop)
    let failed = unread.step(.stepFailed(Self.address("each"), at: Self.at(1), reason: .parse))
    #expect(failed == [.finish(.failed(.parse))])
  }

  @Test("Visits of a step count within one element, so a long loop is no endless one")
  func visits() {
    var machine = Self.started(Self.loop, limits: RunLimits(maximumSteps: 1_000, maximumVisits: 2))
    _ = machine.step(
      .iterationBegan(
        Self.address("each"), at: Self.at(1), count: 50, items: Self.handle, element: Self.other, variables: [:]))
    for number in 1...50 {
      _ = machine.step(.performed(Self.address("inner", number), at: Self.at(2), variables: [:]))
      _ = machine.step(
        .iterationAdvanced(
          Self.address("next", number), at: Self.at(2), element: number < 50 ? Self.other : nil, variables: [:]))
    }
    #expect(machine.state == .ended(.succeeded))
    var circle = Self.started(
      [
        .init(name: "a", action: .local, onSuccess: "a"), .init(name: "done", action: .end(.succeed)),
      ], limits: RunLimits(maximumSteps: 1_000, maximumVisits: 2))
    _ = circle.step(.performed(Self.address("a"), at: Self.at(1), variables: [:]))
    let third = circle.step(.performed(Self.address("a", 2), at: Self.at(1), variables: [:]))
    #expect(third == [.finish(.failed(.limit(.visits)))])
  }

  @Test("A next element of an iteration that is not open fails the run")
  func notOpen() {
    var machine = Self.started([
      .init(name: "first", action: .local, onSuccess: "next"),
      .init(name: "next", action: .next(of: "each"), onSuccess: "done"), .init(name: "done", action: .end(.succeed)),
    ])
    let effects = machine.step(.performed(Self.address("first"), at: Self.at(1), variables: [:]))
    #expect(
      effects == [
        .finish(.failed(.missingEdge(step: "next", outcome: "an iteration that is not open")))
      ])
  }

  @Test("An event that says another number of elements than it brings does not fit")
  func brokenCount() {
    var machine = Self.started(Self.loop)
    let effects = machine.step(
      .iterationBegan(
        Self.address("each"), at: Self.at(1), count: 0, items: Self.handle, element: Self.other, variables: [:]))
    #expect(effects == [.finish(.failed(.history))])
  }

  @Test("A sleep waits from its beginning, and then takes its edge")
  func sleep() {
    var machine = Self.started([
      .init(name: "rest", action: .sleep(milliseconds: 5_000), onSuccess: "done"),
      .init(name: "done", action: .end(.succeed)),
    ])
    #expect(machine.resumption == .perform([.wait(Self.address("rest"), until: Self.at(5))]))
    #expect(machine.isSleeping(in: "rest"))
    let effects = machine.step(.waitElapsed(Self.address("rest"), at: Self.at(6)))
    #expect(effects == [.finish(.succeeded)])
  }

  @Test("A run that hands over has succeeded; one whose runbook cannot be started takes the failure edge")
  func chain() {
    let steps: [RunPlan.Step] = [
      .init(name: "go", action: .startRunbook, onFailure: "failed"), .init(name: "failed", action: .end(.fail)),
    ]
    var machine = Self.started(steps)
    #expect(machine.resumption == .perform([.startRunbook(Self.address("go"))]))
    let child = RunID(at: Self.at(1), random: [UInt8](repeating: 0, count: 10))
    #expect(machine.step(.handedOver(Self.address("go"), at: Self.at(1), to: child)) == [.finish(.succeeded)])
    var refused = Self.started(steps)
    let effects = refused.step(.stepFailed(Self.address("go"), at: Self.at(1), reason: .notStartable("it is disabled")))
    #expect(effects == [.finish(.failed(.reachedFailure(step: "failed")))])
    #expect(refused.lastFailure == StepFailure(step: "go", reason: .notStartable("it is disabled")))
  }

  private static let approval: [RunPlan.Step] = [
    .init(
      name: "pay",
      action: .call(
        .init(
          isRepeatable: true, attempts: 3, retryOn: [.timeout],
          approval: .init(required: 2, expiresMilliseconds: 10_000))), onSuccess: "done", onFailure: "failed"),
    .init(name: "done", action: .end(.succeed)), .init(name: "failed", action: .end(.fail)),
  ]

  private static let request = RequestRecord(method: "POST", url: handle, headers: handle, body: nil)

  @Test("A request leaves when as many different people have agreed as the step asks for")
  func approve() {
    var machine = Self.started(Self.approval)
    let pay = Self.address("pay")
    #expect(machine.resumption == .perform([.askApproval(pay)]))
    let asked = machine.step(.approvalAsked(pay, at: Self.at(1), request: Self.request, commitment: "c0"))
    #expect(asked == [.awaitApproval(pay, until: Self.at(11))])
    let once = machine.step(.approvalGiven(pay, at: Self.at(2), by: "ann"))
    #expect(once == [.awaitApproval(pay, until: Self.at(11))])
    let again = machine.step(.approvalGiven(pay, at: Self.at(3), by: "ann"))
    #expect(again == [.awaitApproval(pay, until: Self.at(11))])
    #expect(machine.approvedCommitment(of: pay) == nil)
    let twice = machine.step(.approvalGiven(pay, at: Self.at(4), by: "bob"))
    #expect(twice == [.call(pay)])
    #expect(machine.approvedCommitment(of: pay) == "c0")
  }

  @Test("A refusal and the end of the time take the failure edge, and an approved request is not repeated")
  func refuse() {
    let pay = Self.address("pay")
    var refused = Self.started(Self.approval)
    _ = refused.step(.approvalAsked(pay, at: Self.at(1), request: Self.request, commitment: "c0"))
    let no = refused.step(.approvalRefused(pay, at: Self.at(2), by: "ann"))
    #expect(no == [.finish(.failed(.reachedFailure(step: "failed")))])
    #expect(refused.lastFailure?.reason == .notApproved(.refused))
    var expired = Self.started(Self.approval)
    _ = expired.step(.approvalAsked(pay, at: Self.at(1), request: Self.request, commitment: "c0"))
    _ = expired.step(.waitElapsed(pay, at: Self.at(12)))
    #expect(expired.lastFailure?.reason == .notApproved(.expired))
    var timeout = Self.started(Self.approval)
    _ = timeout.step(.approvalAsked(pay, at: Self.at(1), request: Self.request, commitment: "c0"))
    _ = timeout.step(.approvalGiven(pay, at: Self.at(2), by: "ann"))
    _ = timeout.step(.approvalGiven(pay, at: Self.at(2), by: "bob"))
    _ = timeout.step(.callIntended(pay, at: Self.at(3)))
    _ = timeout.step(.callFailed(pay, at: Self.at(4), reason: .timeout, request: nil, response: nil))
    #expect(timeout.lastFailure?.reason == .timeout)
    #expect(timeout.hasEnded)
  }

  @Test("An answer before the question, or an approval where none is asked, does not fit")
  func early() {
    var machine = Self.started(Self.approval)
    let effects = machine.step(.approvalGiven(Self.address("pay"), at: Self.at(1), by: "ann"))
    #expect(effects == [.finish(.failed(.history))])
  }
}
