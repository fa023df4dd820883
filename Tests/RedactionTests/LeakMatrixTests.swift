import Encodings
import Foundation
import TestSupport
import Testing

@testable import Redaction

/// The transformations that were measured on other redactors, and more, and which of them are found. A row that changes
/// sides is news either way. What is measured stands in docs/leak-matrix.md, which `CHANCERY_WRITE_LEAK_MATRIX=1` writes.
@Suite("The leak matrix")
struct LeakMatrixTests {
  struct Row: Sendable {
    var name: String
    /// Share of secrets found in `TextScope.all`, in percent.
    var found: Int
    /// The same in `TextScope.wholeForms`.
    var foundWhole: Int
    /// It is one of the rows of other redactors' measurements.
    var isMeasured: Bool
    var transform: @Sendable ([UInt8]) -> [UInt8]

    init(
      _ name: String, found: Int, whole: Int, isMeasured: Bool = true,
      _ transform: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
      self.name = name
      self.found = found
      foundWhole = whole
      self.isMeasured = isMeasured
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
    Row("base64 of gzip", found: 100, whole: 0) { Base64.encodeBytes(Deflate.compress($0)) },
    Row("every byte as %XX", found: 100, whole: 100) { PercentForms.everyByte($0)[0] },
    Row("every character as \\u00XX", found: 100, whole: 100) { JSONForms.everyCharacter($0)[0] },
    Row("upper case", found: 100, whole: 100) { $0.map(SecretForms.upperCased) },
    Row("reversed", found: 0, whole: 0) { $0.reversed() },
    Row("rot13", found: 0, whole: 0) { $0.map(rot13) },
    Row("a space after each character", found: 0, whole: 0) { $0.flatMap { [$0, 0x20] } },
    Row("wrapped at 16", found: 100, whole: 100) {
      $0.enumerated().flatMap { $0 > 0 && $0.isMultiple(of: 16) ? [0x0A, $1] : [$1] }
    },
    Row("first half", found: 80, whole: 0) { Array($0.prefix($0.count / 2)) },
    Row("last 12", found: 94, whole: 0) { $0.suffix(12) },
    Row("gzip", found: 100, whole: 0, isMeasured: false) { Deflate.compress($0) },
    Row("hex of gzip", found: 100, whole: 0, isMeasured: false) { Hex.encodeBytes(Deflate.compress($0)) },
    Row("gzip of base64", found: 100, whole: 0, isMeasured: false) { Deflate.compress(Base64.encodeBytes($0)) },
    Row("gzip of gzip", found: 100, whole: 0, isMeasured: false) { Deflate.compress(Deflate.compress($0)) },
    Row("zlib", found: 100, whole: 0, isMeasured: false) { Deflate.compress($0, windowBits: 15) },
    Row("base64 of zlib", found: 100, whole: 0, isMeasured: false) {
      Base64.encodeBytes(Deflate.compress($0, windowBits: 15))
    },
    Row("base64 of raw deflate", found: 0, whole: 0, isMeasured: false) {
      Base64.encodeBytes(Deflate.compress($0, windowBits: -15))
    },
    Row("base64 of base64 of gzip", found: 0, whole: 0, isMeasured: false) {
      Base64.encodeBytes(Base64.encodeBytes(Deflate.compress($0)))
    },
    Row("percent-encoded gzip", found: 0, whole: 0, isMeasured: false) {
      PercentForms.everyByte(Deflate.compress($0))[0]
    },
  ]

  /// What is found of each row, in percent.
  static let measured: [(found: Int, foundWhole: Int)] = {
    let total = 50
    var counts = rows.map { _ in (found: 0, foundWhole: 0) }
    for seed in 0..<total {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = TextSampler.secret(&random, count: random.number(in: 20...40))
      var builder = MatcherBuilder()
      let name = SecretName("s", pseudonym: "0000")
      guard case .success = builder.add(secret, name: name) else { continue }
      let matcher = builder.build()
      for (index, row) in rows.enumerated() {
        let text = Array("{\"out\":\"".utf8) + row.transform(secret) + Array("\"}".utf8)
        // By its own name: a text that was withheld is not one in which the secret was found.
        if matcher.containsAny(text).contains(name) { counts[index].found += 1 }
        if matcher.containsAny(text, scope: .wholeForms).contains(name) { counts[index].foundWhole += 1 }
      }
    }
    return counts.map { (100 * $0.found / total, 100 * $0.foundWhole / total) }
  }()

  @Test("Each transformation is found or lost as the table says", arguments: rows.indices)
  func row(index: Int) {
    let row = Self.rows[index]
    let measured = Self.measured[index]
    #expect(measured.found == row.found, "\(row.name)")
    #expect(measured.foundWhole == row.foundWhole, "\(row.name), in chosen text")
  }

  @Test("The table has every row that was measured")
  func complete() {
    #expect(Self.rows.count { $0.isMeasured } == 22)
    #expect(
      Self.rows.filter { $0.found == 0 }.map(\.name) == [
        "reversed", "rot13", "a space after each character", "base64 of raw deflate", "base64 of base64 of gzip",
        "percent-encoded gzip",
      ])
  }

  @Test("docs/leak-matrix.md says what was measured")
  func published() throws {
    let url = Vectors.checkout.appendingPathComponent("docs/leak-matrix.md")
    let document = Self.document
    if ProcessInfo.processInfo.environment["CHANCERY_WRITE_LEAK_MATRIX"] == "1" {
      try Data(document.utf8).write(to: url)
    }
    let stored = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    #expect(
      stored == document,
      "docs/leak-matrix.md is not what was measured; write it anew: CHANCERY_WRITE_LEAK_MATRIX=1 swift test")
  }

  private static var document: String {
    let cell = { (percent: Int) in
      switch percent {
      case 100: "found"
      case 0: "**lost**"
      default: "**found \(percent) %**"
      }
    }
    var lines = [
      "# Leak matrix", "",
      "Which ways of writing a secret the redactor finds. `LeakMatrixTests` writes this page",
      "(`CHANCERY_WRITE_LEAK_MATRIX=1`) and fails where it is not what it measures: 50 random secrets of 20 to 40 letters",
      "and digits, each alone in a JSON string. What else is lost is in [redaction-forms.md](spec/redaction-forms.md) §8.",
      "",
      "| the secret | any text | chosen text (`wholeForms`) |", "|---|---|---|",
    ]
    for (row, measured) in zip(rows, measured) {
      lines.append("| \(row.name) | \(cell(measured.found)) | \(cell(measured.foundWhole)) |")
    }
    let lost = zip(rows, measured).filter { $1.found == 0 }.map(\.0.name)
    let inPart = zip(rows, measured).filter { (1..<100).contains($1.found) }
    let lostWhole = zip(rows, measured).filter { $1.found > 0 && $1.foundWhole < 100 }.map(\.0.name)
    lines += ["", "Lost everywhere:", ""] + lost.map { "- \($0)" }
    lines += ["", "Lost for some secrets: a piece of 12 bytes and 64 bits must be left whole (§2.1).", ""]
    lines += inPart.map { "- \($0.name): lost for \(100 - $1.found) %" }
    lines += ["", "Lost in chosen text only, where nothing is decoded:", ""] + lostWhole.map { "- \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func rot13(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x41...0x5A: (byte - 0x41 + 13) % 26 + 0x41
    case 0x61...0x7A: (byte - 0x61 + 13) % 26 + 0x61
    default: byte
    }
  }
}
