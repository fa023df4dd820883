import Encodings
import Foundation
import TestSupport
import Testing

@Suite struct HTTPDateTests {
  @Test(
    "Dates that exist are read and written back",
    arguments: [
      ("Tue, 29 Apr 2025 11:25:12 GMT", 1_745_925_912), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
      ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ] as [(String, Int64)])
  func good(text: String, seconds: Int64) {
    #expect(HTTPDate.parse(text.utf8)?.secondsSinceEpoch == seconds)
    #expect(HTTPDate.format(Instant(secondsSinceEpoch: seconds)) == text)
  }

  @Test(
    "Everything else is refused",
    arguments: [
      "", "Mon, 29 Apr 2025 11:25:12 GMT", "tue, 29 Apr 2025 11:25:12 GMT", "Tue, 29 apr 2025 11:25:12 GMT",
      "Tue, 29 Apr 2025 11:25:12 gmt", "Tue, 29 Apr 2025 11:25:12 UTC", "Tue, 29 Apr 2025 11:25:12 +0000",
      "Tue, 29 Apr 2025 11:25:12", "Tue, 29 Apr 2025 11:25:12 GMT ", " Tue, 29 Apr 2025 11:25:12 GMT",
      "Tue,29 Apr 2025 11:25:12 GMT", "Tue, 29  Apr 2025 11:25:12 GMT", "Tue 29 Apr 2025 11:25:12 GMT",
      "Sat, 5 Apr 2025 11:25:12 GMT", "Tuesday, 29-Apr-25 11:25:12 GMT", "Tue Apr 29 11:25:12 2025",
      "Tue, 29 Apr 25 11:25:12 GMT", "Sun, 30 Feb 2025 00:00:00 GMT", "Sat, 29 Feb 2025 00:00:00 GMT",
      "Thu, 00 May 2025 00:00:00 GMT", "Tue, 29 Apr 2025 24:00:00 GMT", "Tue, 29 Apr 2025 23:60:00 GMT",
      "Tue, 29 Apr 2025 23:59:60 GMT", "Tue, +9 Apr 2025 11:25:12 GMT", "Tue, 29 Apr 2025 11:25:1２ GMT",
      "Tue, 29 Apr -025 11:25:12 GMT", "Tue, 29 Apr 2025 11:25:12.0 GMT",
    ])
  func refused(text: String) {
    #expect(HTTPDate.parse(text.utf8) == nil)
  }

  @Test("A date with any one byte changed is refused or names another instant")
  func oneByte() {
    let bytes = Array("Tue, 29 Apr 2025 11:25:12 GMT".utf8)
    let instant = HTTPDate.parse(bytes)
    for place in bytes.indices {
      for value in UInt8.min...UInt8.max where value != bytes[place] {
        var changed = bytes
        changed[place] = value
        guard let other = HTTPDate.parse(changed) else { continue }
        #expect(other != instant)
        #expect(Array(HTTPDate.format(other).utf8) == changed)
      }
    }
  }

  @Test("Random instants come back to the second", arguments: 0..<20 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &random)
      let instant = Instant(secondsSinceEpoch: seconds)
      #expect(HTTPDate.parse(HTTPDate.format(instant).utf8) == instant)
    }
  }
}
