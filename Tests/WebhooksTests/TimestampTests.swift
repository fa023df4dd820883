import Encodings
import Testing

@testable import Webhooks

@Suite("Timestamp formats")
struct TimestampFormatTests {
  @Test(
    "A time is read exactly",
    arguments: [
      (TimestampFormat.unix, "1800000000", 1_800_000_000_000), (.unix, "0", 0),
      (.unixMilliseconds, "1800000000123", 1_800_000_000_123),
      (.rfc3339, "2026-08-18T17:21:11Z", 1_787_073_671_000), (.rfc3339, "2026-08-18T10:21:11-07:00", 1_787_073_671_000),
      (.rfc3339, "2026-08-18T17:21:11.1239Z", 1_787_073_671_123),
      (.rfc1123, "Tue, 29 Apr 2025 11:25:12 GMT", 1_745_925_912_000),
    ] as [(TimestampFormat, String, Int64)])
  func times(format: TimestampFormat, text: String, milliseconds: Int64) {
    #expect(format.parse(Array(text.utf8)[...])?.millisecondsSinceEpoch == milliseconds)
  }

  @Test(
    "Any other spelling is refused",
    arguments: [
      (TimestampFormat.unix, "01"), (.unix, "+1"), (.unix, "-1"), (.unix, "1.0"), (.unix, "1e9"), (.unix, "1_0"),
      (.unix, ""), (.unix, " 1"), (.unix, "0x10"), (.unix, "١"), (.unix, "9223372036854775807"),
      (.unix, "99999999999999999999"), (.unixMilliseconds, "99999999999999999999"),
      (.rfc3339, "2026-08-18T17:21:11"), (.rfc3339, "2026-13-18T17:21:11Z"), (.rfc3339, "2026-02-29T17:21:11Z"),
      (.rfc3339, "2026-08-18t17:21:11z"), (.rfc3339, "2026-08-18 17:21:11Z"), (.rfc3339, "2026-08-18T17:21:11Z x"),
      (.rfc3339, "2026-08-18T17:21:60Z"), (.rfc3339, "2026-08-18T17:21:11.Z"), (.rfc3339, "1787073671"),
      (.rfc3339, "2026-08-18T17:21:11.1234567890Z"), (.rfc3339, ""),
      (.rfc1123, "Mon, 29 Apr 2025 11:25:12 GMT"), (.rfc1123, "Tue, 29 Apr 2025 11:25:12 EST"),
      (.rfc1123, "tue, 29 apr 2025 11:25:12 gmt"), (.rfc1123, "Tue, 29 Apr 2025 11:25:12 +0000"),
      (.rfc1123, "Tuesday, 29-Apr-25 11:25:12 GMT"), (.rfc1123, "Tue, 1 Apr 2025 11:25:12 GMT"), (.rfc1123, ""),
    ])
  func otherSpellings(format: TimestampFormat, text: String) {
    #expect(format.parse(Array(text.utf8)[...]) == nil)
  }

  @Test("Every format reads only words of the language that the loader assumes for it")
  func languages() throws {
    let samples: [TimestampFormat: String] = [
      .unix: "1800000000", .unixMilliseconds: "1800000000123", .rfc3339: "2026-08-18T17:21:11.5+01:00",
      .rfc1123: "Tue, 29 Apr 2025 11:25:12 GMT",
    ]
    for format in TimestampFormat.allCases {
      let sample = Array(try #require(samples[format]).utf8)[...]
      #expect(format.parse(sample) != nil)
      #expect(PositionAutomaton(format.language).matches(sample))
    }
  }
}

@Suite("The timestamp window")
struct TimestampWindowTests {
  @Test(
    "Both ends are inclusive, to the millisecond",
    arguments: [
      (0, TimestampWindow.Verdict.inside), (-60_000, .inside), (-60_001, .tooOld), (60_000, .inside),
      (60_001, .tooNew), (-86_400_000, .tooOld), (86_400_000, .tooNew),
    ] as [(Int64, TimestampWindow.Verdict)])
  func boundaries(offset: Int64, verdict: TimestampWindow.Verdict) {
    let time = Fixture.now.advanced(byMilliseconds: offset)
    #expect(TimestampWindow.oneMinute.judge(time, now: Fixture.now) == verdict)
  }

  @Test("Times at the ends of what an instant holds are outside")
  func extremes() {
    let least = Instant(millisecondsSinceEpoch: .min)
    let greatest = Instant(millisecondsSinceEpoch: .max)
    #expect(TimestampWindow.oneMinute.judge(least, now: greatest) == .tooOld)
    #expect(TimestampWindow.oneMinute.judge(greatest, now: least) == .tooNew)
    #expect(TimestampWindow.oneMinute.judge(greatest, now: greatest) == .inside)
  }

  @Test("Past and future are told apart")
  func directions() throws {
    let window = try TimestampWindow(pastSeconds: 300, futureSeconds: 5)
    #expect(window.judge(Fixture.now.advanced(byMilliseconds: -300_000), now: Fixture.now) == .inside)
    #expect(window.judge(Fixture.now.advanced(byMilliseconds: 6_000), now: Fixture.now) == .tooNew)
  }

  @Test("A window that could not be remembered is refused", arguments: [-1, 604_801])
  func limits(seconds: Int) {
    #expect(throws: WebhookFault.window) { try TimestampWindow(pastSeconds: seconds, futureSeconds: 0) }
    #expect(throws: WebhookFault.window) { try TimestampWindow(pastSeconds: 0, futureSeconds: seconds) }
  }
}
