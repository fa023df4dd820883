import RunEngine
import Testing

@testable import simulate

@Suite("A service under kills, torn commits, damaged records, a clock that leaps, cancels, repetitions and pauses")
struct ServiceVerdictTests {
  @Test("Each of a hundred and twenty seeds, at three rates of kills, breaks no rule", arguments: UInt64(1)...120)
  func seedsHold(seed: UInt64) {
    let broken = ServiceVerdict.judge(seed: seed)
    #expect(broken.isEmpty, "simulate --seed \(seed): \(broken)")
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
    // About half of what these seeds draw, so that no other draw fails for it.
    #expect(all.kills > 120)
    #expect(min(all.failedButKept, all.failedAndLost) > 80)
    #expect(min(all.lostBehindOthers, all.unacknowledged) > 35)
    #expect(min(all.refusals, all.repeats) > 290)
    #expect(min(all.failedReads, all.looks, all.duplicates) > 110)
    #expect(min(all.leapsBack, all.leapsForward) > 220)
    #expect(min(all.damages, all.closed) > 30)
    #expect(min(all.retries, all.passed) > 32)
    #expect(min(all.pauses, all.runPauses) > 85)
    #expect(all.waits > 450)
    #expect(min(all.approvals, all.lateAnswers) > 25)
    #expect(children > 88)
    #expect(min(kept, slots, all.slots) > 15)
    #expect(calls > 400)
    #expect(min(succeeded, failed, cancelled) > 100)
    #expect(series > 80)
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
    var slow = service
    slow.disk.tallies[0, default: RunTally()].milliseconds += 1
    #expect(ServiceVerdict.judge(slow).contains { $0.contains("figures") })
    var unlabelled = service
    let valued = try #require(
      service.disk.order.first { id in
        service.disk.history(of: id)?.events.contains { !$0.values.isEmpty } ?? false
      })
    unlabelled.disk.runs[valued]?.labels = [:]
    #expect(ServiceVerdict.judge(unlabelled).contains { $0.contains("lost its label") })
    var standing = service
    standing.disk.runs[victim]?.row.outcome = nil
    #expect(ServiceVerdict.judge(standing).contains { $0.contains("does not end") })
  }

  @Test("A start that was made twice under its key, or answered with another run, is noticed")
  func noticesRepetition() throws {
    var service = SimulatedService(seed: 3, killsPerMille: 0)
    service.run()
    let named = try #require(service.disk.order.first { service.disk.runs[$0]?.key != nil })
    let other = try #require(service.disk.order.first { $0 != named })
    var twice = service
    twice.disk.runs[other]?.key = service.disk.runs[named]?.key
    #expect(ServiceVerdict.judge(twice).contains { $0.contains("twice under one key") })
    var astray = service
    let key = try #require(service.disk.runs[named]?.key)
    astray.orders[key].run = other
    #expect(ServiceVerdict.judge(astray).contains { $0.contains("answered with a run") })
  }

  @Test("A start that somebody is told of before it is on disk is noticed when the process is killed")
  func noticesEarlyAnswers() {
    var lost = 0
    for seed in UInt64(1)...20 {
      var service = SimulatedService(seed: seed, killsPerMille: 60)
      service.faults.answersBeforeSync = true
      service.run()
      if ServiceVerdict.judge(service).contains(where: { $0.contains("is gone") }) { lost += 1 }
    }
    #expect(lost > 6)
  }

  @Test("A run that the queue has forgotten is noticed where nothing else is under way")
  func noticesStanding() throws {
    var service = SimulatedService(seed: 3, killsPerMille: 0)
    service.queue.pause(true, runbook: service.runbooks[0].name)
    service.start(0)
    try service.write()
    service.deliver()
    #expect(service.disk.unfinished.count == 1)
    service.queue.removeAll()
    let goesOn = service.goOn()
    #expect(!goesOn)
    #expect(service.broken.contains { $0.contains("stands still") })
  }
}
