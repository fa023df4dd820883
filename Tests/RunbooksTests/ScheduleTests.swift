import Encodings
import TestSupport
import Testing

@testable import Runbooks

@Suite("Schedule")
struct ScheduleTests {
  /// A zone that is made up: offsets in seconds from certain seconds on, the first from the beginning of time.
  private struct Zone {
    let changes: [(from: Int64, offset: Int64)]

    func offset(_ second: Int64) -> Int64 { changes.last { $0.from <= second }?.offset ?? changes[0].offset }

    var function: ZoneOffset {
      let changes = changes
      return { instant in Zone(changes: changes).offset(instant.secondsSinceEpoch) }
    }
  }

  /// Walks minute by minute, and knows of the rule only what it says: a set of the wall's minutes that were dealt with.
  private static func walk(_ cron: CronExpression, _ zone: Zone, from: Int64, to: Int64) -> [Int64] {
    var starts: [Int64] = []
    var newest = (from - 1 + zone.offset(from - 1)) / 60
    // All changes of the zone fall on whole minutes of UTC here.
    for second in stride(from: from, through: to, by: 60) {
      let wall = (second + zone.offset(second)) / 60
      if cron.followsElapsedTime {
        if cron.fits(CivilMinute(number: wall)) { starts.append(second) }
        continue
      }
      guard wall > newest else { continue }
      if ((newest + 1)...wall).contains(where: { cron.fits(CivilMinute(number: $0)) }) { starts.append(second) }
      newest = wall
    }
    return starts
  }

  private static func expression(_ random: inout SeededRandom) -> String {
    func field(_ range: ClosedRange<Int>, _ wild: Int) -> String {
      if random.oneIn(wild) { return "*" }
      switch random.number(in: 0...3) {
      case 0: return "\(random.number(in: range))"
      case 1:
        let low = random.number(in: range)
        return "\(low)-\(random.number(in: low...range.upperBound))"
      case 2: return "*/\(random.number(in: 1...max(1, range.upperBound / 2)))"
      default: return "\(random.number(in: range)),\(random.number(in: range))"
      }
    }
    return [field(0...59, 6), field(0...23, 4), field(1...28, 2), field(1...12, 2), field(0...7, 2)]
      .joined(separator: " ")
  }

  /// Changes a few days apart, forwards and back, by half an hour to a day.
  private static func zone(_ random: inout SeededRandom, around start: Int64) -> Zone {
    var changes: [(from: Int64, offset: Int64)] = [(.min, Int64(random.number(in: -20...24)) * 1_800)]
    var at = start
    for _ in 0..<random.number(in: 0...5) {
      at += Int64(random.number(in: 4 * 1_440...9 * 1_440)) * 60
      let last = changes[changes.count - 1].offset
      let step = [-3_600, 3_600, -1_800, 1_800, -7_200, 5_400, 86_400, -82_800].randomElement(using: &random) ?? 3_600
      let next = last + Int64(step)
      // No zone is further from UTC than that.
      changes.append((at, (-50_400...50_400).contains(next) ? next : last < 0 ? last + 3_600 : last - 3_600))
    }
    return Zone(changes: changes)
  }

  @Test("Over random expressions and zones it starts when a walk over every minute starts")
  func model() throws {
    for seed in 0..<150 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let text = Self.expression(&random)
      guard let cron = try? CronExpression(text) else { continue }
      let begin = Int64(random.number(in: 400_000...40_000_000)) * 3_600 / 60 * 60
      let zone = Self.zone(&random, around: begin)
      let end = begin + 45 * 86_400
      let expected = Self.walk(cron, zone, from: begin, to: end)
      let schedule = Schedule(cron: cron, zone: "made/up")
      var found: [Int64] = []
      var at = Instant(secondsSinceEpoch: begin - 1)
      while let next = schedule.next(after: at, offset: zone.function), next.secondsSinceEpoch <= end {
        found.append(next.secondsSinceEpoch)
        at = next
      }
      #expect(found == expected, "seed \(seed): \(text), \(zone.changes)")
    }
  }

  @Test("A time in the gap starts once, right after it; a time that comes twice starts the first time only")
  func rule() throws {
    // Forwards by an hour at second 100 × 3600, back at 300 × 3600; two hours ahead between.
    let zone = Zone(changes: [(.min, 3_600), (360_000, 7_200), (1_080_000, 3_600)])
    let inGap = Schedule(cron: try CronExpression("10,50 5 * * *"), zone: "z")
    let gap = inGap.next(after: Instant(secondsSinceEpoch: 359_000), offset: zone.function)
    #expect(gap == Instant(secondsSinceEpoch: 360_000))
    let next = gap.flatMap { inGap.next(after: $0, offset: zone.function) }
    #expect(next == Instant(secondsSinceEpoch: 360_000 + 86_400 - 3_600 + 600))
    let twice = Schedule(cron: try CronExpression("30 13 * * *"), zone: "z")
    let first = twice.next(after: Instant(secondsSinceEpoch: 1_070_000), offset: zone.function)
    #expect(first == Instant(secondsSinceEpoch: 1_080_000 - 1_800))
    #expect(
      first.flatMap { twice.next(after: $0, offset: zone.function) } == Instant(secondsSinceEpoch: 1_081_800 + 86_400))
  }

  @Test("Starts that were passed over are counted up to the limit, and the last one is named")
  func missed() throws {
    let schedule = Schedule(cron: try CronExpression("*/10 * * * *"), zone: "UTC")
    let from = Instant(secondsSinceEpoch: 1_800_000_000)
    let starts = schedule.starts(after: from, through: from.advanced(byMilliseconds: 3_600_000), limit: 100) { _ in 0 }
    #expect(starts?.count == 6)
    #expect(starts?.last == from.advanced(byMilliseconds: 3_600_000))
    #expect(schedule.starts(after: from, through: from, limit: 100) { _ in 0 } == nil)
    #expect(
      schedule.starts(after: from, through: from.advanced(byMilliseconds: 86_400_000), limit: 5) { _ in 0 }?.count == 5)
  }
}
