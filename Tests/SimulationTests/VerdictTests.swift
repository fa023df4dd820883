import Testing

@testable import simulate

@Suite("Runs under kills, torn and lost writes and a clock that leaps")
struct VerdictTests {
  @Test("Each of two hundred seeds, at four rates of kills, breaks no rule", arguments: UInt64(1)...200)
  func seedsHold(seed: UInt64) {
    let broken = Verdict.judge(seed: seed)
    #expect(broken.isEmpty, "simulate --seed \(seed): \(broken)")
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
    // About half of what these seeds draw.
    #expect(kills > 60)
    #expect(failures > 30)
    #expect(leaps > 25)
    #expect(successes > 12)
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
