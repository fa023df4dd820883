import Encodings
import Labels
import Runbooks
import Testing

@testable import RunEngine

@Suite("Approvals, repetitions and waits of a run against its limits")
struct RunMachineWaitsTests {
  private static let handle = ValueHandle(id: ValueID(raw: 1), label: .clear)
  private static let request = RequestRecord(method: "PUT", url: handle, headers: handle, body: nil)
  private static let pay = EffectAddress(step: "pay", visit: 1)
  private static let again = EffectAddress(step: "pay", visit: 1, attempt: 2)

  private static func at(_ seconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: 1_000 * seconds) }

  private static func run(_ action: RunPlan.Action, limits: RunLimits = RunLimits()) -> RunMachine {
    let steps: [RunPlan.Step] = [
      .init(name: "pay", action: action, onSuccess: "done", onFailure: "failed"),
      .init(name: "done", action: .end(.succeed)), .init(name: "failed", action: .end(.fail)),
    ]
    var machine = RunMachine(plan: RunPlan(steps: steps, start: "pay", limits: limits))
    _ = machine.step(.started(at: at(0), roots: [:], variables: [:]))
    return machine
  }

  private static func approved(isRepeatable: Bool, attempts: Int) -> RunMachine {
    var machine = run(
      .call(
        .init(
          isRepeatable: isRepeatable, attempts: 2, backoffMilliseconds: 1_000, retryOn: [.connect, .status(503)],
          approval: .init(required: 1, expiresMilliseconds: 10_000))))
    _ = machine.step(
      .approvalAsked(pay, at: at(1), request: request, commitment: "c0", attempts: attempts))
    _ = machine.step(.approvalGiven(pay, at: at(2), by: "ann"))
    _ = machine.step(.callIntended(pay, at: at(3)))
    return machine
  }

  @Test(
    "An answer from the moment at which the time is over is none: the run takes the failure edge",
    arguments: [true, false])
  func late(isGiven: Bool) {
    for (second, counts) in [(Int64(10), true), (11, false), (12, false)] {
      var machine = Self.run(
        .call(.init(isRepeatable: true, approval: .init(required: 1, expiresMilliseconds: 10_000))))
      _ = machine.step(.approvalAsked(Self.pay, at: Self.at(1), request: Self.request, commitment: "c0"))
      let effects = machine.step(
        isGiven
          ? .approvalGiven(Self.pay, at: Self.at(second), by: "ann")
          : .approvalRefused(Self.pay, at: Self.at(second), by: "ann"))
      if isGiven, counts {
        #expect(effects == [.call(Self.pay)])
      } else {
        #expect(machine.lastFailure?.reason == .notApproved(counts ? .refused : .expired))
        #expect(machine.approvedCommitment(of: Self.pay) == nil)
        #expect(machine.hasEnded)
      }
    }
  }

  @Test("What is safe to repeat is repeated under the approval that covers it, with the same commitment")
  func repeated() {
    var machine = Self.approved(isRepeatable: true, attempts: 2)
    let failed = machine.step(
      .callFailed(Self.pay, at: Self.at(4), reason: .status(503), request: nil, response: nil))
    #expect(failed == [.wait(Self.again, until: Self.at(5))])
    #expect(machine.step(.waitElapsed(Self.again, at: Self.at(5))) == [.call(Self.again)])
    #expect(machine.approvedCommitment(of: Self.again) == "c0")
    #expect(machine.approvedCommitment(of: Self.pay) == nil)
    _ = machine.step(.callIntended(Self.again, at: Self.at(5)))
    _ = machine.step(.callFailed(Self.again, at: Self.at(6), reason: .status(503), request: nil, response: nil))
    #expect(machine.lastFailure?.reason == .status(503))
    #expect(machine.approvedCommitment(of: Self.again) == nil)
  }

  @Test("An approval that was asked for one sending covers no second one, and a POST has one")
  func once() {
    var machine = Self.approved(isRepeatable: true, attempts: 1)
    _ = machine.step(.callFailed(Self.pay, at: Self.at(4), reason: .status(503), request: nil, response: nil))
    #expect(machine.hasEnded)
    #expect(Self.approved(isRepeatable: false, attempts: 1).attemptsUnderOneApproval(of: Self.pay) == 1)
    #expect(Self.approved(isRepeatable: true, attempts: 1).attemptsUnderOneApproval(of: Self.pay) == 2)
  }

  @Test("A request that could not even be made for the question is not sent without it")
  func unasked() {
    var machine = Self.run(
      .call(
        .init(
          isRepeatable: true, attempts: 2, retryOn: [.dns],
          approval: .init(required: 1, expiresMilliseconds: 10_000))))
    _ = machine.step(.callFailed(Self.pay, at: Self.at(1), reason: .dns, request: nil, response: nil))
    #expect(machine.lastFailure?.reason == .dns)
    #expect(machine.hasEnded)
  }

  @Test("A broken connection counts as `connect` where repeating is safe, and elsewhere only where it is named")
  func broken() {
    let cases: [(isRepeatable: Bool, causes: Set<RetryCause>, repeats: Bool)] = [
      (true, [.connect], true), (true, [.timeout], false), (false, [.connect, .timeout], false),
      (false, [.disconnected], true), (true, [.disconnected], true),
    ]
    for (isRepeatable, causes, repeats) in cases {
      var machine = Self.run(.call(.init(isRepeatable: isRepeatable, attempts: 2, retryOn: causes)))
      _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
      let effects = machine.step(
        .callFailed(Self.pay, at: Self.at(2), reason: .disconnected, request: nil, response: nil))
      #expect((effects == [.wait(Self.again, until: Self.at(2))]) == repeats, "\(isRepeatable) \(causes)")
      #expect(machine.hasEnded == !repeats)
    }
  }

  @Test("A token that could not be had for now is asked for again, as a call is; a wrong client is not")
  func tokens() {
    let cases: [(fault: TokenFault, causes: Set<RetryCause>, repeats: Bool)] = [
      (.timeout, [.timeout], true), (.connect, [.connect], true), (.dns, [.dns], true), (.tls, [.tls], true),
      (.temporarilyUnavailable, [.status(503)], true), (.serverError, [.statusClass(5)], true),
      (.status(429), [.status(429)], true), (.status(502), [.statusClass(5)], true),
      (.timeout, [.connect, .statusClass(5)], false), (.status(400), [.statusClass(5)], false),
      (.invalidClient, [.timeout, .connect, .statusClass(4), .status(401)], false),
      (.unreadable, [.statusClass(2), .statusClass(5)], false), (.busy, [.statusClass(5)], false),
      (.tokenType, [.statusClass(2)], false), (.tokenLifetime, [.statusClass(2)], false),
      (.tokenForm, [.statusClass(2), .statusClass(5)], false),
    ]
    for (fault, causes, repeats) in cases {
      for isRepeatable in [true, false] {
        var machine = Self.run(.call(.init(isRepeatable: isRepeatable, attempts: 2, retryOn: causes)))
        _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
        let reason = FailureReason.authorizationRests(fault, until: Self.at(2))
        let effects = machine.step(
          .callFailed(Self.pay, at: Self.at(2), reason: reason, request: nil, response: nil))
        #expect((effects == [.wait(Self.again, until: Self.at(2))]) == repeats, "\(fault) \(causes)")
        #expect(machine.hasEnded == !repeats)
      }
    }
  }

  @Test("The next attempt waits for the end of the server's rest, and for the backoff where that is longer")
  func rests() {
    for (rest, expected) in [(Int64(62), Int64(62)), (3, 4)] {
      var machine = Self.run(
        .call(.init(isRepeatable: true, attempts: 2, backoffMilliseconds: 2_000, retryOn: [.timeout])))
      _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
      let reason = FailureReason.authorizationRests(.timeout, until: Self.at(rest))
      let effects = machine.step(.callFailed(Self.pay, at: Self.at(2), reason: reason, request: nil, response: nil))
      #expect(effects == [.wait(Self.again, until: Self.at(expected))])
    }
  }

  @Test("A failure that was recorded without a rest, by an earlier release, is not repeated when its history is read")
  func recordedBefore() {
    var machine = Self.run(.call(.init(isRepeatable: true, attempts: 2, retryOn: [.timeout])))
    _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
    _ = machine.step(
      .callFailed(Self.pay, at: Self.at(2), reason: .authorization(.timeout), request: nil, response: nil))
    #expect(machine.hasEnded)
  }

  @Test("A stop of the service is never repeated by `retry`")
  func stopped() {
    var machine = Self.run(.call(.init(isRepeatable: true, attempts: 2, retryOn: [.connect, .disconnected])))
    _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
    _ = machine.step(.callFailed(Self.pay, at: Self.at(2), reason: .interrupted, request: nil, response: nil))
    #expect(machine.lastFailure?.reason == .interrupted)
    #expect(machine.hasEnded)
  }

  @Test(
    "A sleep that the run has no time for fails it at once",
    arguments: [(9_999, true), (10_000, false), (20_000, false)])
  func sleep(milliseconds: Int64, fits: Bool) {
    let machine = Self.run(.sleep(milliseconds: milliseconds), limits: RunLimits(maximumRunTimeMilliseconds: 10_000))
    #expect(machine.hasEnded == !fits)
    if !fits { #expect(machine.resumption == .ended(.failed(.limit(.runTime)))) }
  }

  @Test("So does the wait before another attempt, and that before the run begins again")
  func waits() {
    let limits = RunLimits(maximumRunTimeMilliseconds: 10_000, restartWaitMilliseconds: 10_000)
    var machine = Self.run(
      .call(.init(isRepeatable: true, attempts: 2, backoffMilliseconds: 9_000, retryOn: [.timeout])), limits: limits)
    _ = machine.step(.callIntended(Self.pay, at: Self.at(1)))
    let effects = machine.step(.callFailed(Self.pay, at: Self.at(2), reason: .timeout, request: nil, response: nil))
    #expect(effects == [.finish(.failed(.limit(.runTime)))])
    #expect(Self.run(.end(.restart), limits: limits).resumption == .ended(.failed(.limit(.runTime))))
  }

  @Test("A question stands no longer than the run may take")
  func cut() {
    var machine = Self.run(
      .call(.init(isRepeatable: true, approval: .init(required: 1, expiresMilliseconds: 60_000))),
      limits: RunLimits(maximumRunTimeMilliseconds: 10_000))
    let asked = machine.step(.approvalAsked(Self.pay, at: Self.at(1), request: Self.request, commitment: "c0"))
    #expect(asked == [.awaitApproval(Self.pay, until: Self.at(10))])
  }

  @Test("The limits of a document that sets none are those that `check` goes by")
  func standard() {
    #expect(RunLimits(RunLimitSettings()) == RunLimits())
  }
}
