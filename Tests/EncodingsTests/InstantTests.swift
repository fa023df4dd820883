import Encodings
import Foundation
import TestSupport
import Testing

@Suite struct InstantTests {
  @Test(
    "RFC 3339 texts name their instant",
    arguments: [
      ("2026-11-24T16:05:39.123Z", 1_795_536_339_123), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
      ("1985-04-12T23:20:50.52Z", 482_196_050_520), ("1996-12-19T16:39:57-08:00", 851_042_397_000),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130), ("2000-02-29t00:00:00z", 951_782_400_000),
      ("2026-11-24T16:05:39.1239999Z", 1_795_536_339_123), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ] as [(String, Int64)])
  func parsing(text: String, milliseconds: Int64) {
    #expect(Instant(rfc3339: text)?.millisecondsSinceEpoch == milliseconds)
  }

  @Test(
    "Everything else is refused",
    arguments: [
      "", "2026-11-24", "2026-11-24T16:05:39", "2026-11-24 16:05:39Z", "2026-11-24T16:05:39.Z", "2026-11-24T16:05:39.1",
      "2026-11-24T16:05Z", "2026-13-24T16:05:39Z", "2026-00-24T16:05:39Z", "2026-02-29T16:05:39Z",
      "2026-11-24T24:00:00Z", "2016-12-31T23:59:60Z", "2026-11-24T16:05:39+0100", "2026-11-24T16:05:39+24:00",
      "2026-11-24T16:05:39+01:60", "2026-11-24T16:05:39Zx", "2026-11-24T16:05:39.123ZZ", "+026-11-24T16:05:39Z",
      "2026-11-24T16:05:39.12３Z", "2026-1-24T16:05:39Z....", "2026-11-24T16:05:39+01:0",
    ])
  func refused(text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test("Instants come back from their text, and Foundation writes the same", arguments: 0..<20 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<50 {
      let instant = Instant(
        millisecondsSinceEpoch: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
      #expect(Instant(rfc3339: instant.rfc3339) == instant)
      #expect(instant.rfc3339.utf8.count == 24)
    }
    // Foundation's calendar is Julian before 1582, so the comparison begins later.
    let seconds = Int64.random(in: -10_000_000_000...200_000_000_000, using: &random)
    let text = Instant(secondsSinceEpoch: seconds).rfc3339
    #expect(
      text == Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle()).dropLast() + ".000Z")
  }

  @Test("The ends of the range neither trap nor wrap")
  func ends() {
    let last = Instant(millisecondsSinceEpoch: .max)
    let first = Instant(millisecondsSinceEpoch: .min)
    #expect(last.advanced(byMilliseconds: 1) == last)
    #expect(first.advanced(byMilliseconds: -1) == first)
    #expect(first.advanced(byMilliseconds: .max).advanced(byMilliseconds: 1) == Instant(millisecondsSinceEpoch: 0))
    #expect(last.milliseconds(since: first) == .max)
    #expect(first.milliseconds(since: last) == .min)
    #expect(Instant(secondsSinceEpoch: .max) == last)
    #expect(Instant(secondsSinceEpoch: .min) == first)
    #expect(last.rfc3339 == "+292278994-08-17T07:12:55.807Z")
    #expect(first.rfc3339.hasPrefix("-292275055-05-16"))
    #expect(HTTPDate.format(last).hasSuffix(" GMT"))
    #expect(first < last)
    #expect(Instant(millisecondsSinceEpoch: -1).secondsSinceEpoch == -1)
    #expect(Instant(millisecondsSinceEpoch: -1000).secondsSinceEpoch == -1)
    #expect(Instant(millisecondsSinceEpoch: 1999).secondsSinceEpoch == 1)
  }

  @Test("A manual clock moves only when told, and starts where its comment says")
  func manualClock() {
    let clock = ManualClock()
    #expect(clock.now.rfc3339 == "2026-11-24T16:05:39.000Z")
    #expect(clock.advance(byMilliseconds: 1).rfc3339 == "2026-11-24T16:05:39.001Z")
    clock.set(Instant(millisecondsSinceEpoch: 0))
    #expect(clock.now == Instant(millisecondsSinceEpoch: 0))
  }
}
