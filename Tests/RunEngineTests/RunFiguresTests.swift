import Encodings
import RunEngine
import TestSupport
import Testing

@Suite("Figures of a runbook")
struct RunFiguresTests {
  /// One run as a scan would find it.
  struct Past: Sendable {
    var startedAt: Instant
    var endedAt: Instant?
    var steps: Int
  }

  /// The rolled-up rows in memory: what the store keeps, by span and second.
  private struct RolledUp {
    var rows: [TallyWindow.Span: [Int64: RunTally]] = [:]

    mutating func add(_ tally: RunTally, at instant: Instant) {
      for span in TallyWindow.Span.allCases {
        rows[span, default: [:]][span.since(instant), default: RunTally()].add(tally)
      }
    }

    mutating func forget(before second: Int64) {
      for span in TallyWindow.Span.allCases { rows[span] = rows[span]?.filter { $0.key >= second } }
    }

    func tally(_ window: TallyWindow) -> RunTally {
      var tally = RunTally()
      for piece in window.pieces {
        for (since, row) in rows[piece.span] ?? [:] where since >= piece.from && since < piece.to { tally.add(row) }
      }
      return tally
    }

    func figures(at now: Instant) -> RunFigures {
      func window(_ length: RunFigures.Window) -> RunTally {
        tally(TallyWindow(seconds: length.rawValue, endingAt: now))
      }
      return RunFigures(day: window(.day), week: window(.week), month: window(.month))
    }
  }

  /// Scans every run, to the second.
  static func scan(_ runs: [Past], at now: Instant) -> RunFigures {
    func isIn(_ instant: Instant, _ window: RunFigures.Window) -> Bool {
      let age = now.secondsSinceEpoch - instant.secondsSinceEpoch
      return age >= 0 && age < window.rawValue
    }
    let ended = runs.filter { run in run.endedAt.map { isIn($0, .month) } ?? false }
    let times = ended.compactMap { run in run.endedAt?.milliseconds(since: run.startedAt) }
    let month = RunTally(
      finished: Int64(ended.count), steps: ended.reduce(0) { $0 + Int64($1.steps) },
      mostSteps: Int64(ended.map(\.steps).max() ?? 0), milliseconds: times.reduce(0, +),
      mostMilliseconds: times.max() ?? 0)
    return RunFigures(
      day: RunTally(started: Int64(runs.filter { isIn($0.startedAt, .day) }.count)),
      week: RunTally(started: Int64(runs.filter { isIn($0.startedAt, .week) }.count)), month: month)
  }

  @Test("Over thousands of random histories the rolled-up figures are those of a scan, at any moment")
  func model() {
    for seed in 0..<3_000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      // Before and after the epoch, so that rounding is tried on both sides.
      var now = Instant(millisecondsSinceEpoch: Int64(random.number(in: -3_000_000_000...1_800_000_000_000)))
      var rolledUp = RolledUp()
      var runs: [Past] = []
      for _ in 0..<random.number(in: 0...40) {
        let reach = [500, 5_000, 4_000_000, 90_000_000, 700_000_000].randomElement(using: &random) ?? 0
        now = now.advanced(byMilliseconds: Int64(random.number(in: 0...reach)))
        let started = now
        rolledUp.add(.start, at: started)
        var past = Past(startedAt: started, endedAt: nil, steps: random.number(in: 0...40))
        if !random.oneIn(6) {
          now = now.advanced(byMilliseconds: Int64(random.number(in: 0...(random.oneIn(9) ? 90_000_000 : 4_000))))
          past.endedAt = now
          rolledUp.add(.end(steps: past.steps, milliseconds: now.milliseconds(since: started)), at: now)
        }
        runs.append(past)
        if random.oneIn(5) { rolledUp.forget(before: TallyWindow.keptSince(now)) }
        if random.oneIn(3) { #expect(rolledUp.figures(at: now) == Self.scan(runs, at: now), "seed \(seed)") }
      }
      let later = now.advanced(byMilliseconds: Int64(random.number(in: 0...3_000_000_000)))
      #expect(rolledUp.figures(at: later) == Self.scan(runs, at: later), "seed \(seed), later")
    }
  }

  @Test("A window is read from no more pieces than an hour at each edge and the hours between")
  func pieces() {
    for offset in stride(from: Int64(0), to: 7_200_000, by: 61_003) {
      let now = Instant(millisecondsSinceEpoch: 1_795_536_000_000 + offset)
      let window = TallyWindow(seconds: RunFigures.Window.month.rawValue, endingAt: now)
      let seconds = window.pieces.filter { $0.span == .second }.map { $0.to - $0.from }
      let hours = window.pieces.filter { $0.span == .hour }.map { ($0.to - $0.from) / 3_600 }
      #expect(seconds.allSatisfy { $0 < 3_600 })
      #expect(hours.reduce(0, +) <= 720)
      #expect(window.pieces.reduce(0) { $0 + $1.to - $1.from } == RunFigures.Window.month.rawValue)
      #expect(zip(window.pieces, window.pieces.dropFirst()).allSatisfy { $0.to == $1.from })
    }
  }

  @Test("Without a run that ended there is no mean and no maximum")
  func nothing() {
    let figures = RunFigures(day: RunTally(started: 2), week: RunTally(started: 3), month: RunTally(started: 3))
    #expect(figures.averageSteps == nil && figures.maximumSteps == nil)
    #expect(figures.averageMilliseconds == nil && figures.maximumMilliseconds == nil)
    #expect(figures.runsInDay == 2 && figures.runsInWeek == 3)
  }
}
