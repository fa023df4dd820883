import TestSupport
import Testing

@testable import Egress

@Suite struct BodyDecoderTests {
  private let budget = DecompressionBudget(maximumBytes: 1 << 20, maximumRatio: 100, floorBytes: 1 << 16)

  private func decode(_ coding: BodyDecoder.Coding, _ chunks: [[UInt8]]) throws(EgressFailure) -> [UInt8] {
    var decoder = BodyDecoder(coding, budget)
    for chunk in chunks { try decoder.push(chunk) }
    try decoder.finish()
    return decoder.body
  }

  @Test("Any body in any coding is the same however it is cut into chunks", arguments: 0..<8)
  func chunks(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    for (coding, bits) in [(BodyDecoder.Coding.gzip, Int32(31)), (.deflate, 15), (.deflate, -15), (.identity, 0)] {
      var body = random.bytes(random.number(in: 0...50_000))
      if random.oneIn(2) { body += [UInt8](repeating: 0x41, count: random.number(in: 0...40_000)) }
      var wire = coding == .identity ? body : Compressed.deflate(body, windowBits: bits)
      if coding == .gzip, random.oneIn(2) {
        wire += Compressed.gzip(Array("second member".utf8))
        body += Array("second member".utf8)
      }
      var chunks: [[UInt8]] = []
      while !wire.isEmpty {
        let count = min(wire.count, random.oneIn(3) ? 1 : random.number(in: 0...5_000))
        chunks.append(Array(wire.prefix(count)))
        wire.removeFirst(count)
      }
      #expect(try decode(coding, chunks) == body)
    }
  }

  @Test("A flipped bit never traps, and is refused or caught by the checksum", arguments: 0..<8)
  func mutations(_ seed: Int) {
    var random = SeededRandom(seed: 77 + UInt64(seed))
    let body = Array(repeatElement(Array("some text ".utf8), count: 50).joined())
    let wire = Compressed.gzip(body)
    for _ in 0..<100 {
      var broken = wire
      broken[random.number(in: 10...(wire.count - 1))] ^= UInt8(1 << random.number(in: 0...7))
      // Bits that pad the last byte of the deflate stream mean nothing; no other flip may go unnoticed.
      if let decoded = try? decode(.gzip, [broken]) { #expect(decoded == body) }
    }
  }

  @Test("The ratio counts only above the floor, and the size always")
  func budgets() {
    #expect(budget.excess(produced: 1 << 16, received: 1) == nil)
    #expect(budget.excess(produced: 1 << 16 + 1, received: 1) == .decompression)
    #expect(budget.excess(produced: 100_000, received: 1_000) == nil)
    #expect(budget.excess(produced: 100_001, received: 1_000) == .decompression)
    #expect(budget.excess(produced: 1 << 20, received: 1 << 20) == nil)
    #expect(budget.excess(produced: 1 << 20 + 1, received: 1 << 20) == .body)
    #expect(budget.excess(produced: 1 << 19, received: .max) == nil)
  }

  @Test("A bomb is stopped within one step of the budget")
  func bomb() {
    let bomb = Compressed.gzip([UInt8](repeating: 0, count: 50 << 20))
    var decoder = BodyDecoder(.gzip, DecompressionBudget(maximumBytes: 1 << 20, maximumRatio: 10_000, floorBytes: 0))
    do throws(EgressFailure) {
      try decoder.push(bomb)
      Issue.record("accepted")
    } catch {
      #expect(error == .tooLarge(.body))
    }
    #expect(decoder.body.count <= 1 << 20)
  }

  @Test("Content-Encoding is read without case, and only one coding is known")
  func codings() {
    #expect(BodyDecoder.Coding(contentEncoding: []) == .identity)
    #expect(BodyDecoder.Coding(contentEncoding: ["identity"]) == .identity)
    #expect(BodyDecoder.Coding(contentEncoding: [" GZip "]) == .gzip)
    #expect(BodyDecoder.Coding(contentEncoding: ["identity, deflate"]) == .deflate)
    for values in [["br"], ["gzip, gzip"], ["gzip", "deflate"], ["gzip;q=1"], ["zstd"]] {
      #expect(BodyDecoder.Coding(contentEncoding: values) == nil)
    }
  }
}
