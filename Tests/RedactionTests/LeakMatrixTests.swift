import CZlib
import Encodings
import TestSupport
import Testing

@testable import Redaction

/// The transformations that were measured on other redactors, and which of them are found. A row that changes sides is
/// news either way: what is lost is named in docs/spec/redaction-forms.md §8.
@Suite("The leak matrix")
struct LeakMatrixTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    /// Share of secrets found in `TextScope.all`, in percent.
    var found: Int
    /// The same in `TextScope.wholeForms`.
    var foundWhole: Int
    var transform: @Sendable ([UInt8]) -> [UInt8]
    var testDescription: String { name }

    init(_ name: String, found: Int, whole: Int, _ transform: @escaping @Sendable ([UInt8]) -> [UInt8]) {
      self.name = name
      self.found = found
      foundWhole = whole
      self.transform = transform
    }
  }

  static let rows: [Row] = [
    Row("as it is", found: 100, whole: 100) { $0 },
    Row("base64 of the value", found: 100, whole: 100) { Base64.encodeBytes($0) },
    Row("base64 with a newline appended", found: 100, whole: 100) { Base64.encodeBytes($0 + [0x0A]) },
    Row("Basic authentication", found: 100, whole: 100) { Base64.encodeBytes(Array("user:".utf8) + $0) },
    Row("base64 of a JSON object around it", found: 100, whole: 100) {
      Base64.encodeBytes(Array("{\"token\":\"".utf8) + $0 + Array("\"}".utf8))
    },
    Row("base64url without padding", found: 100, whole: 100) {
      Base64.encodeBytes($0, alphabet: .urlSafe, padded: false)
    },
    Row("hex, lower case", found: 100, whole: 100) { Hex.encodeBytes($0) },
    Row("hex, upper case", found: 100, whole: 100) { Hex.encodeBytes($0, upperCase: true) },
    Row("base64 of base64", found: 100, whole: 0) { Base64.encodeBytes(Base64.encodeBytes($0)) },
    Row("container registry configuration", found: 100, whole: 0) {
      let auth = Base64.encode(Array("user:".utf8) + $0)
      return Base64.encodeBytes(Array("{\"auths\":{\"registry\":{\"auth\":\"\(auth)\"}}}".utf8))
    },
    Row("base32", found: 100, whole: 100) { Base32.encodeBytes($0, padded: true) },
    Row("base64 of UTF-16LE", found: 100, whole: 0) {
      Base64.encodeBytes(SecretForms.utf16($0, highFirst: false))
    },
    Row("base64 of gzip", found: 0, whole: 0) { Base64.encodeBytes(gzip($0)) },
    Row("every byte as %XX", found: 100, whole: 100) { PercentForms.everyByte($0)[0] },
    Row("every character as \\u00XX", found: 100, whole: 100) { JSONForms.everyCharacter($0)[0] },
    Row("upper case", found: 100, whole: 100) { $0.map(SecretForms.upperCased) },
    Row("reversed", found: 0, whole: 0) { $0.reversed() },
    Row("rot13", found: 0, whole: 0) { $0.map(rot13) },
    Row("a space after each character", found: 0, whole: 0) { $0.flatMap { [$0, 0x20] } },
    Row("wrapped at 16", found: 100, whole: 100) {
      $0.enumerated().flatMap { $0 > 0 && $0.isMultiple(of: 16) ? [0x0A, $1] : [$1] }
    },
    Row("first half", found: 0, whole: 0) { Array($0.prefix($0.count / 2)) },
    Row("last 12", found: 0, whole: 0) { $0.suffix(12) },
  ]

  @Test("Each transformation is found or lost as the table says", arguments: rows)
  func row(row: Row) throws {
    var found = 0
    var foundWhole = 0
    let total = 50
    for seed in 0..<total {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = TextSampler.secret(&random, count: random.number(in: 20...40))
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("s", pseudonym: "0000")).get()
      let matcher = builder.build()
      let text = Array("{\"out\":\"".utf8) + row.transform(secret) + Array("\"}".utf8)
      if !matcher.containsAny(text).isEmpty { found += 1 }
      if !matcher.containsAny(text, scope: .wholeForms).isEmpty { foundWhole += 1 }
    }
    let percent = (100 * found / total, 100 * foundWhole / total)
    print("leak matrix: \(row.name): found \(percent.0) %, in chosen text \(percent.1) %")
    #expect(percent.0 == row.found)
    #expect(percent.1 == row.foundWhole)
  }

  @Test("The table has every row that was measured")
  func complete() {
    #expect(Self.rows.count == 22)
    #expect(
      Self.rows.filter { $0.found == 0 }.map(\.name) == [
        "base64 of gzip", "reversed", "rot13", "a space after each character", "first half", "last 12",
      ])
  }

  private static func rot13(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x41...0x5A: (byte - 0x41 + 13) % 26 + 0x41
    case 0x61...0x7A: (byte - 0x61 + 13) % 26 + 0x61
    default: byte
    }
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window and 16 for the format of gzip; 56 more bytes than come in are enough for a short text.
    guard
      deflateInit2_(
        &stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return [] }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 64)
    let count = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return deflate(&stream, Z_FINISH) == Z_STREAM_END ? target.count - Int(stream.avail_out) : 0
      }
    }
    return Array(output.prefix(count))
  }
}
