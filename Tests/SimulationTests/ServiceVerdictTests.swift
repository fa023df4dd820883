import RunEngine
import Testing

@testable import simulate

@Suite("A service under kills, cancels, repetitions and pauses")
struct ServiceVerdictTests {
  @Test("A hundred and twenty seeds, each at three rates of kills, break no rule")
  func seedsHold() {
    for seed in UInt64(1)...120 {
      let broken = ServiceVerdict.judge(seed: seed)
      #expect(broken.isEmpty, "simulate --seed \(seed): \(broken)")
    }
  }

  @Test("Kills, repetitions, pauses, ends of every kind and runs that start others really happen")
  func faultsAreReal() {
    var (kills, retries, pauses, runPauses, children, calls) = (0, 0, 0, 0, 0, 0)
    var (succeeded, failed, cancelled, kept, series) = (0, 0, 0, 0, 0)
    for seed in UInt64(1)...60 {
      var service = SimulatedService(seed: seed, killsPerMille: 60)
      service.run()
      kills += service.kills
      retries += service.retries
      pauses += service.pauses
      runPauses += service.runPauses
      children += service.disk.runs.values.filter { $0.parent != nil }.count
      calls += service.sent.values.reduce(0) { $0 + $1.count }
      kept += service.disk.kept.count
      series += service.runbooks.filter(\.isSeries).count
      for outcome in service.disk.outcomes.values.flatMap({ $0 }) {
        switch outcome {
        case .succeeded: succeeded += 1
        case .failed: failed += 1
        case .cancelled: cancelled += 1
        }
      }
    }
    #expect(kills > 200)
    #expect(retries > 50)
    #expect(pauses > 50)
    #expect(runPauses > 50)
    #expect(children > 20)
    #expect(calls > 500)
    #expect(min(succeeded, failed, cancelled) > 20)
    #expect(kept > 20)
    #expect(series > 30)
  }

  @Test("The same seed gives the same service")
  func seedsRepeat() {
    var first = SimulatedService(seed: 7, killsPerMille: 120)
    var second = SimulatedService(seed: 7, killsPerMille: 120)
    first.run()
    second.run()
    #expect(first.disk.order == second.disk.order)
    #expect(first.disk.runs.mapValues(\.events) == second.disk.runs.mapValues(\.events))
  }

  @Test("A run whose events were lost, or written twice, is noticed")
  func noticesLoss() throws {
    var service = SimulatedService(seed: 3, killsPerMille: 0)
    service.run()
    #expect(ServiceVerdict.judge(service).isEmpty)
    let victim = try #require(service.acknowledged.sorted().first)
    var lost = service
    lost.disk.runs[victim] = nil
    #expect(ServiceVerdict.judge(lost).contains { $0.contains("is gone") })
    var short = service
    short.disk.runs[victim]?.events.removeLast()
    #expect(!ServiceVerdict.judge(short).isEmpty)
    var astray = service
    astray.disk.begun[0, default: 0] += 1
    #expect(ServiceVerdict.judge(astray).contains { $0.contains("starts") })
  }
}
