import TestSupport
import Testing

@testable import Redaction

@Suite("The index of windows")
struct WindowIndexTests {
  @Test("Width and stride fit into the shortest pattern", arguments: 1...60)
  func window(shortest: Int) {
    let (width, stride) = WindowIndexes.window(forShortest: shortest, of: 1)
    #expect(width >= 1 && width <= 8 && stride >= 1 && stride <= 16)
    #expect(width + stride - 1 <= shortest)
  }

  @Test("A pattern of any length is a candidate exactly once, wherever it lies", arguments: 4...40)
  func everyPlace(count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let pattern = TextSampler.secret(&random, count: count)
    let row = PatternTable.Row(start: 0, count: count, secret: 0, kind: .raw, traits: [], padding: 0)
    let index = try #require(WindowIndexes.all([row], pattern, 0x1234_5678_9ABC_DEF1).first?.index)
    for offset in 0..<70 {
      for tail in [0, 1, 5, 40] {
        let text = random.bytes(offset).map { $0 | 0x80 } + pattern + random.bytes(tail).map { $0 | 0x80 }
        var candidates: [WindowIndex.Candidate] = []
        text.withUnsafeBytes { index.appendCandidates(in: $0, 0..<$0.count, to: &candidates) }
        var places: [Int] = []
        for candidate in candidates {
          index.forEachEntry(of: candidate) { places.append(candidate.position - Int($0.offset)) }
        }
        #expect(places.filter { $0 == offset }.count == 1, "offset \(offset), tail \(tail)")
      }
    }
  }

  @Test("A window is the same in upper and lower case, and others hardly ever are")
  func folding() {
    let hasher = WindowHasher(width: 8, seed: 77)
    let hash = { (text: String) in Array(text.utf8).withUnsafeBytes { hasher.hash(ofWindowAt: 0, in: $0) } }
    #expect(hash("k7Zq2Wx9") == hash("K7zQ2wX9"))
    #expect(hash("k7Zq2Wx9") != hash("k7Zq2Wx8"))
    var random = SeededRandom(seed: 9)
    let hashes = Set(
      (0..<5000).map { _ in hash(String(decoding: TextSampler.secret(&random, count: 8), as: UTF8.self)) })
    #expect(hashes.count == 5000)
  }

  @Test("A window narrower than a word ignores what lies behind it")
  func narrow() {
    let hasher = WindowHasher(width: 5, seed: 77)
    #expect(hasher.hash(0x1111_1155_4433_2211) == hasher.hash(0x9999_9955_4433_2211))
    #expect(hasher.hash(0x1111_1155_4433_2211) != hasher.hash(0x1111_1156_4433_2211))
  }

  @Test("Patterns that share a prefix are known by what they do not share")
  func sharedPrefix() throws {
    var random = SeededRandom(seed: 4)
    let prefix = Array("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.".utf8)
    var bytes: [UInt8] = []
    var rows: [PatternTable.Row] = []
    for index in 0..<500 {
      let pattern = prefix + TextSampler.secret(&random, count: 40)
      rows.append(
        .init(start: bytes.count, count: pattern.count, secret: UInt32(index), kind: .raw, traits: [], padding: 0))
      bytes += pattern
    }
    let index = try #require(WindowIndexes.all(rows, bytes, 1).first?.index)
    var candidates: [WindowIndex.Candidate] = []
    for offset in 0..<16 {
      let text = [UInt8](repeating: 0x2E, count: offset) + prefix
      text.withUnsafeBytes { index.appendCandidates(in: $0, 0..<$0.count, to: &candidates) }
    }
    var comparisons = 0
    for candidate in candidates { index.forEachEntry(of: candidate) { _ in comparisons += 1 } }
    #expect(comparisons == 0)
  }

  @Test("Only patterns that hold a zero byte are left out of texts without one")
  func zeroBytes() throws {
    var builder = MatcherBuilder()
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: SecretName("s", pseudonym: "0000")).get()
    let matcher = builder.build()
    #expect(matcher.indexes.contains { $0.needsZeroByte } && matcher.indexes.contains { !$0.needsZeroByte })
    for row in matcher.table.rows where row.kind != .utf16LittleEndian && row.kind != .utf16BigEndian {
      #expect(matcher.table.withBytes { !$0[row.start..<row.start + row.count].contains(0) })
    }
  }
}
