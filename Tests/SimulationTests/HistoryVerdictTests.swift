import Encodings
import RunEngine
import Testing

@testable import simulate

@Suite("What a history has to keep of its plan")
struct HistoryVerdictTests {
  private static let begun = Instant(millisecondsSinceEpoch: 1_700_000_000_000)
  private static let address = EffectAddress(step: "s0", visit: 1)
  private static let next = EffectAddress(step: "s0", visit: 1, attempt: 2)

  private static func at(_ milliseconds: Int64) -> Instant { begun.advanced(byMilliseconds: milliseconds) }

  private static let plan = RunPlan(
    steps: [
      RunPlan.Step(
        name: "s0",
        action: .call(
          RunPlan.CallRules(isRepeatable: true, attempts: 2, backoffMilliseconds: 1_000, retryOn: [.timeout])),
        onSuccess: "done", onFailure: "done"),
      RunPlan.Step(name: "done", action: .end(.succeed)),
    ],
    start: "s0", limits: RunLimits(maximumRunTimeMilliseconds: 60_000))

  /// A call that fails, and whose next attempt is intended then.
  private static func history(waitEnds: Int64, intended: Int64) -> [RunEvent] {
    [
      .started(at: begun, roots: [:], variables: [:]), .callIntended(address, at: at(3)),
      .callFailed(address, at: at(10), reason: .timeout, request: nil, response: nil),
      .waitElapsed(next, at: at(waitEnds)), .callIntended(next, at: at(intended)),
      .callFailed(next, at: at(intended + 1), reason: .timeout, request: nil, response: nil),
    ]
  }

  @Test("A wait that lasts as long as its plan says breaks no rule")
  func holds() {
    let history = Self.history(waitEnds: 1_010, intended: 1_012)
    #expect(HistoryVerdict.judge(history, plan: Self.plan, isTimed: true).isEmpty)
  }

  @Test("A wait that is over before its time breaks a rule, unless somebody set the clock")
  func noticesShortWaits() {
    let history = Self.history(waitEnds: 1_000, intended: 1_002)
    let broken = HistoryVerdict.judge(history, plan: Self.plan, isTimed: true)
    #expect(broken.contains("a wait was over before its time"))
    #expect(broken.contains("another attempt of a call before its wait is over"))
    #expect(HistoryVerdict.judge(history, plan: Self.plan, isTimed: false).isEmpty)
  }

  @Test("A call that begins when the run's time is over breaks a rule")
  func noticesLateCalls() {
    let history = Self.history(waitEnds: 60_000, intended: 60_001)
    let broken = HistoryVerdict.judge(history, plan: Self.plan, isTimed: true)
    #expect(broken == ["a call began when the run's time was over"])
  }
}
