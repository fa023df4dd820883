import RunEngine
import Testing

@testable import simulate

@Suite("A service under kills, torn commits, damaged records, a clock that leaps, cancels, repetitions and pauses")
struct ServiceVerdictTests {
  @Test("A hundred and twenty seeds, each at three rates of kills, break no rule")
  func seedsHold() {
    for seed in UInt64(1)...120 {
      let broken = ServiceVerdict.judge(seed: seed)
      #expect(broken.isEmpty, "simulate --seed \(seed): \(broken)")
    }
  }

  @Test("Every fault and everything that people do really happens, and runs end in every way")
  func faultsAreReal() {
    var all = SimulatedFigures()
    var (children, calls, kept, series, slots) = (0, 0, 0, 0, 0)
    var (succeeded, failed, cancelled) = (0, 0, 0)
    for seed in UInt64(1)...120 {
      var service = SimulatedService(seed: seed, killsPerMille: 60)
      service.run()
      all.add(service.figures)
      children += service.disk.runs.values.filter { $0.parent != nil }.count
      calls += service.sent.values.reduce(0) { $0 + $1.count }
      kept += service.disk.kept.count
      series += service.runbooks.filter(\.isSeries).count
      slots += service.disk.runs.values.filter { $0.slot != nil }.count
      for outcome in service.disk.outcomes.values.flatMap({ $0 }) {
        switch outcome {
        case .succeeded: succeeded += 1
        case .failed: failed += 1
        case .cancelled: cancelled += 1
        }
      }
    }
    #expect(all.kills > 200)
    #expect(min(all.failedButKept, all.failedAndLost) > 50)
    #expect(min(all.lostBehindOthers, all.refusals, all.unacknowledged) > 10)
    #expect(min(all.leapsBack, all.leapsForward) > 50)
    #expect(min(all.damages, all.closed) > 10)
    #expect(min(all.retries, all.pauses, all.runPauses, all.waits) > 50)
    #expect(min(all.approvals, all.lateAnswers, all.passed) > 2)
    #expect(min(children, kept, slots, all.slots) > 20)
    #expect(calls > 500)
    #expect(min(succeeded, failed, cancelled) > 20)
    #expect(series > 30)
  }

  @Test("The same seed gives the same service")
  func seedsRepeat() {
    for seed in UInt64(7)...12 {
      var first = SimulatedService(seed: seed, killsPerMille: 120)
      var second = SimulatedService(seed: seed, killsPerMille: 120)
      first.run()
      second.run()
      #expect(first.disk.order == second.disk.order)
      #expect(first.disk.runs.mapValues(\.records) == second.disk.runs.mapValues(\.records))
      #expect(first.figures == second.figures)
    }
  }

  @Test("A service that is never killed has no fault at all")
  func baseline() {
    for seed in UInt64(1)...20 {
      var service = SimulatedService(seed: seed, killsPerMille: 0)
      service.run()
      #expect(service.figures.failedButKept + service.figures.failedAndLost + service.figures.damages == 0)
      #expect(service.figures.leapsBack + service.figures.leapsForward == 0)
    }
  }

  @Test("A run whose events were lost, written twice or damaged, and a figure that is wrong, are noticed")
  func noticesLoss() throws {
    var service = SimulatedService(seed: 3, killsPerMille: 0)
    service.run()
    #expect(ServiceVerdict.judge(service).isEmpty)
    let victim = try #require(service.acknowledged.sorted().first)
    var lost = service
    lost.disk.runs[victim] = nil
    #expect(ServiceVerdict.judge(lost).contains { $0.contains("is gone") })
    var short = service
    short.disk.runs[victim]?.records.removeLast()
    #expect(!ServiceVerdict.judge(short).isEmpty)
    var damaged = service
    damaged.disk.runs[victim]?.records[0].damage(using: &damaged.random)
    #expect(ServiceVerdict.judge(damaged).contains { $0.contains("does not read") })
    var unnoticed = service
    unnoticed.damaged.insert(victim)
    #expect(ServiceVerdict.judge(unnoticed).contains { $0.contains("a damaged record") })
    var astray = service
    astray.disk.tallies[0, default: RunTally()].add(.start)
    #expect(ServiceVerdict.judge(astray).contains { $0.contains("figures") })
    var standing = service
    standing.disk.runs[victim]?.row.outcome = nil
    #expect(ServiceVerdict.judge(standing).contains { $0.contains("does not end") })
  }
}
