import Testing

@testable import simulate

@Suite("Runs under kills, torn and lost writes and a clock that leaps")
struct VerdictTests {
  @Test("Two hundred seeds, each at four rates of kills, break no rule")
  func seedsHold() {
    for seed in UInt64(1)...200 {
      let broken = Verdict.judge(seed: seed)
      #expect(broken.isEmpty, "simulate --seed \(seed): \(broken)")
    }
  }

  @Test("Kills, failed commits and leaps of the clock really happen, and some runs succeed in spite of them")
  func faultsAreReal() {
    var kills = 0
    var (failures, leaps) = (0, 0)
    var successes = 0
    for seed in UInt64(1)...100 {
      var run = SimulatedRun(seed: seed, killsPerMille: 120)
      run.runToEnd()
      kills += run.observation.kills
      failures += run.observation.failures
      leaps += run.observation.leaps
      if run.observation.outcome == .succeeded { successes += 1 }
    }
    #expect(kills > 100)
    #expect(failures > 8)
    #expect(leaps > 5)
    #expect(successes > 10)
  }

  @Test("The same seed gives the same history")
  func seedsRepeat() {
    var first = SimulatedRun(seed: 7, killsPerMille: 120)
    var second = SimulatedRun(seed: 7, killsPerMille: 120)
    first.runToEnd()
    second.runToEnd()
    #expect(first.disk == second.disk)
  }
}
