import Encodings
import TestSupport
import Testing

@Suite struct LengthPrefixedTests {
  @Test("A field is eight bytes of length, big-endian, and its bytes")
  func layout() {
    var joined = LengthPrefixed()
    joined.append("ab")
    joined.append([UInt8]())
    joined.append(UInt64(0x0102_0304_0506_0708))
    #expect(
      joined.bytes == [0, 0, 0, 0, 0, 0, 0, 2, 0x61, 0x62] + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 0, 0, 0, 0, 8]
        + [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test("Different lists of fields never join to the same bytes", arguments: 0..<50 as Range<UInt64>)
  func injective(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    // Few values, zeros among them, so that bytes of one field look like the length of another.
    var lists: [[[UInt8]]] = []
    for _ in 0..<60 {
      lists.append(
        (0..<random.number(in: 0...4)).map { _ in
          (0..<random.number(in: 0...9)).map { _ in UInt8(random.number(in: 0...2)) }
        })
    }
    lists += lists.map { list in list.count > 1 ? [list[0] + list[1]] + list.dropFirst(2) : list + [[]] }
    var seen: [[UInt8]: [[UInt8]]] = [:]
    for list in lists {
      let bytes = join(list)
      if let other = seen[bytes] { #expect(other == list) }
      seen[bytes] = list
      #expect(fields(bytes) == list)
    }
  }

  @Test("Bytes that are cut short are not read to the end")
  func truncated() {
    let bytes = join([[1, 2, 3], [], [4]])
    let whole = [0, 11, 19, bytes.count]
    for count in 0...bytes.count {
      #expect((fields(Array(bytes[..<count])) != nil) == whole.contains(count))
    }
    #expect(fields([UInt8](repeating: 0xFF, count: 16)) == nil)
    var reader = LengthPrefixedReader([0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1])
    #expect(reader.next() == nil)
    #expect(!reader.isAtEnd)
  }

  @Test("A number is read only from a field of eight bytes")
  func numbers() {
    var joined = LengthPrefixed()
    joined.append(UInt64.max)
    joined.append([1, 2])
    joined.append(UInt64(7))
    var reader = LengthPrefixedReader(([0] + joined.bytes).dropFirst())
    #expect(reader.nextNumber() == .max)
    #expect(reader.nextNumber() == nil)
    #expect(reader.nextNumber() == 7)
    #expect(reader.isAtEnd)
    #expect(reader.nextNumber() == nil)
  }

  @Test("A slice is read from its own beginning to its own end")
  func slice() {
    let bytes = [9, 9, 9] + join([[1, 2], [0, 0, 0, 0, 0, 0, 1, 4], [3]]) + [9]
    var reader = LengthPrefixedReader(bytes[3..<bytes.count - 1])
    #expect(reader.next() == [1, 2])
    #expect(reader.nextNumber() == 260)
    #expect(reader.next() == [3])
    #expect(reader.isAtEnd)
    var whole = LengthPrefixedReader(bytes[3...])
    for _ in 0..<3 { _ = whole.next() }
    #expect(whole.next() == nil)
    #expect(!whole.isAtEnd)
  }

  private func join(_ fields: [[UInt8]]) -> [UInt8] {
    var joined = LengthPrefixed()
    for field in fields { joined.append(field) }
    return joined.bytes
  }

  /// The fields, or nil when the bytes do not end with one.
  private func fields(_ bytes: [UInt8]) -> [[UInt8]]? {
    var reader = LengthPrefixedReader(bytes[...])
    var fields: [[UInt8]] = []
    while let field = reader.next() { fields.append(Array(field)) }
    return reader.isAtEnd ? fields : nil
  }
}
