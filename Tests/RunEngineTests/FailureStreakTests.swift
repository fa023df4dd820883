import RunEngine
import Runbooks
import TestSupport
import Testing

@Suite("FailureStreak")
struct FailureStreakTests {
  private static let rules = FailureRules(
    FailureSettings(
      disableAfter: 5, ticketAfter: 3, notify: .everybody,
      mail: FailureSettings.MailSettings(to: "soc@example.org", template: "failed")))

  private static let failed = RunOutcome.failed(.timeout)

  @Test("The N-th failed run in a row triggers, once in a streak, and a success begins a new one")
  func crossings() {
    var streak = FailureStreak()
    var asked: [[FailureAction]] = []
    for _ in 1...7 { asked.append(streak.take(Self.failed, Self.rules)) }
    #expect(asked.map { $0.contains(.ticket) } == [false, false, true, false, false, false, false])
    #expect(asked.map { $0.contains(.disable) } == [false, false, false, false, true, false, false])
    #expect(asked.allSatisfy { $0.contains(.notify) && $0.contains(.mail) && !$0.contains(.webhook) })
    let atSuccess = streak.take(.succeeded, Self.rules)
    #expect(atSuccess.isEmpty)
    #expect(streak == FailureStreak())
    let again = (1...3).map { _ in streak.take(Self.failed, Self.rules).contains(.ticket) }
    #expect(again == [false, false, true])
  }

  @Test("A cancelled run neither counts nor ends the streak")
  func cancelled() {
    var streak = FailureStreak()
    _ = streak.take(Self.failed, Self.rules)
    _ = streak.take(Self.failed, Self.rules)
    let before = streak
    let asked = streak.take(.cancelled, Self.rules)
    #expect(asked.isEmpty)
    #expect(streak == before)
    let third = streak.take(Self.failed, Self.rules)
    #expect(third.contains(.ticket))
  }

  @Test("A number that was lowered below the failures there are triggers with the next failed run")
  func lowered() {
    var streak = FailureStreak(failures: 4)
    let asked = streak.take(Self.failed, FailureRules(FailureSettings(disableAfter: 2)))
    #expect(asked == [.disable])
  }

  @Test("With tell_after, those who are told are told once in a streak")
  func tellAfter() {
    let rules = FailureRules(FailureSettings(notify: .everybody, tellAfter: 2))
    var streak = FailureStreak()
    let asked = (1...4).map { _ in streak.take(Self.failed, rules) }
    #expect(asked == [[], [.notify], [], []])
  }

  @Test("The stored form reads back as what it was, whatever bits a later release adds")
  func storedForm() {
    for bits in 0..<32 as Range<Int64> {
      let streak = FailureStreak(failures: 3, doneBits: bits)
      #expect(streak.doneBits == bits)
      #expect(FailureStreak(failures: 3, doneBits: bits | 1 << 40) == streak)
    }
  }

  /// Counts anew from the whole history: after the last success, failed runs that were not cancelled.
  private static func naive(_ history: [RunOutcome], _ rules: FailureRules) -> [FailureAction] {
    func streak(_ history: ArraySlice<RunOutcome>) -> Int {
      history.suffix(from: history.lastIndex(of: .succeeded) ?? history.startIndex)
        .filter { if case .failed = $0 { true } else { false } }.count
    }
    guard case .failed? = history.last else { return [] }
    let now = streak(history[...])
    let before = now - 1
    return FailureAction.allCases.filter { action in
      switch rules.moments[action] {
      case nil: false
      case .each: true
      case .once(let count): before < count && now >= count
      }
    }
  }

  @Test("Over random histories it asks for what a count of the whole history asks for")
  func model() {
    for seed in 0..<2_000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var moments: [FailureAction: FailureRules.Moment] = [:]
      for action in FailureAction.allCases where !random.oneIn(3) {
        moments[action] = random.oneIn(3) ? .each : .once(after: random.number(in: 1...6))
      }
      let rules = FailureRules(moments)
      var streak = FailureStreak()
      var history: [RunOutcome] = []
      for _ in 0..<random.number(in: 1...60) {
        let outcome = random.oneIn(5) ? .succeeded : random.oneIn(6) ? .cancelled : Self.failed
        history.append(outcome)
        // A restart in between: the stored form is all that is left.
        if random.oneIn(4) { streak = FailureStreak(failures: streak.failures, doneBits: streak.doneBits) }
        let asked = streak.take(outcome, rules)
        #expect(asked == Self.naive(history, rules), "seed \(seed), run \(history.count)")
      }
    }
  }
}
