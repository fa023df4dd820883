/// The bytes of the fuzzer, taken from the front. Where there are no more, everything is zero or empty.
struct Input {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below `limit`, from one byte.
  mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

  /// Up to the next zero byte, which is taken too.
  mutating func field() -> [UInt8] {
    let field = rest.prefix { $0 != 0 }
    rest = rest.dropFirst(field.count + 1)
    return Array(field)
  }

  /// As `field`, as text: what is not UTF-8 becomes U+FFFD.
  mutating func text() -> String { String(decoding: field(), as: UTF8.self) }

  /// All that is left.
  mutating func all() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// Cuts of a text into chunks, the same for the same seed (a linear congruential generator, Knuth's constants).
struct Cuts {
  private var state: UInt64

  init(seed: UInt8) { state = UInt64(seed) }

  mutating func chunks(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var chunks: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let count = Int(state >> 33) % (state & 0x8000_0000 == 0 ? 8 : 200) + 1
      let end = min(start + count, bytes.count)
      chunks.append(bytes[start..<end])
      start = end
    }
    return chunks
  }
}
