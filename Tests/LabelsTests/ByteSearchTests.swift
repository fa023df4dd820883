import Testing

@testable import Labels

/// Bytes that count how often one of them is read.
private struct CountedBytes: RandomAccessCollection {
  final class Reads {
    var count = 0
  }

  let bytes: [UInt8]
  let reads: Reads

  var startIndex: Int { 0 }
  var endIndex: Int { bytes.count }

  subscript(position: Int) -> UInt8 {
    reads.count += 1
    return bytes[position]
  }
}

@Suite("ByteSearch")
struct ByteSearchTests {
  /// Every text of two letters that is not longer than this.
  private static func texts(upTo length: Int) -> [[UInt8]] {
    var all: [[UInt8]] = [[]]
    var last = all
    for _ in 0..<length {
      last = last.flatMap { [$0 + [0x61], $0 + [0x62]] }
      all += last
    }
    return all
  }

  private static func plainly(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Range<Int>? {
    guard !needle.isEmpty else { return start..<start }
    guard bytes.count >= needle.count + start else { return nil }
    for place in start...(bytes.count - needle.count)
    where bytes[place..<place + needle.count].elementsEqual(needle) {
      return place..<place + needle.count
    }
    return nil
  }

  @Test("It finds the first place at or after the start, as a plain comparison of every place does")
  func finds() {
    let needles = Self.texts(upTo: 4)
    for bytes in Self.texts(upTo: 7) {
      for start in [0, 1, 3] where start <= bytes.count {
        for needle in needles {
          let found = ByteSearch.firstRange(of: needle, in: bytes, from: start)
          #expect(found == Self.plainly(needle, in: bytes, from: start), "\(needle) in \(bytes) from \(start)")
        }
      }
    }
  }

  @Test(
    "It reads a few bytes for each one that a sender sent, also where each place of the text begins like what is sought",
    arguments: [1_000, 4_000, 16_000])
  func linear(size: Int) {
    let half = [UInt8](repeating: 0x61, count: size / 2)
    let almost: [UInt8] = Array(half.dropLast())
    let texts: [[UInt8]] = [half + half, almost + [0x62] + almost + [0x62]]
    let needles: [[UInt8]] = [half + [0x63], [0x63] + half, almost + [0x62, 0x62]]
    for text in texts {
      for needle in needles {
        let reads = CountedBytes.Reads()
        let found = ByteSearch.firstRange(
          of: CountedBytes(bytes: needle, reads: reads), in: CountedBytes(bytes: text, reads: reads))
        #expect(found == nil)
        #expect(reads.count <= 10 * (text.count + needle.count), "\(reads.count) reads")
      }
    }
  }
}
