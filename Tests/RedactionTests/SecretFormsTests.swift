import TestSupport
import Testing

@testable import Redaction

@Suite("Forms of a secret")
struct SecretFormsTests {
  private static func texts(_ kind: FormKind, of secret: String) -> [String] {
    SecretForms.forms(of: secret.utf8).filter { $0.kind == kind }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test(
    "Known answers",
    arguments: [
      (.raw, ["a\"/é&<\n k+"]),
      (.letterCase, ["A\"/é&<\n K+"]),
      (
        .json,
        [
          "a\\\"/é&<\\n k+", "a\\\"/é&<\\u000a k+", "a\\\"/é&<\\u000A k+", "a\\\"/\\u00e9&<\\n k+",
          "a\\\"/\\u00E9&<\\n k+",
          "a\\\"/\\u00e9&<\\u000a k+", "a\\\"/\\u00E9&<\\u000A k+", "a\\\"\\/é&<\\n k+", "a\\\"\\/é&<\\u000a k+",
        ]
      ),
      (
        .jsonEveryCharacter,
        [
          "\\u0061\\u0022\\u002f\\u00e9\\u0026\\u003c\\u000a\\u0020\\u006b\\u002b",
          "\\u0061\\u0022\\u002F\\u00E9\\u0026\\u003C\\u000A\\u0020\\u006B\\u002B",
        ]
      ),
      (.percent, ["a%22%2F%C3%A9%26%3C%0A%20k%2B", "a%22%2f%c3%a9%26%3c%0a%20k%2b", "a%22/%C3%A9%26%3C%0A%20k%2B"]),
      (.percentEveryByte, ["%61%22%2F%C3%A9%26%3C%0A%20%6B%2B", "%61%22%2f%c3%a9%26%3c%0a%20%6b%2b"]),
      (.form, ["a%22%2F%C3%A9%26%3C%0A+k%2B", "a%22%2f%c3%a9%26%3c%0a+k%2b"]),
      (.html, ["a\"/é&amp;&lt;\n k+", "a&quot;/é&amp;&lt;\n k+"]),
      (
        .htmlEveryCharacter,
        [
          "&#97;&#34;&#47;&#233;&#38;&#60;&#10;&#32;&#107;&#43;",
          "&#x61;&#x22;&#x2f;&#xe9;&#x26;&#x3c;&#xa;&#x20;&#x6b;&#x2b;",
          "&#x61;&#x22;&#x2F;&#xE9;&#x26;&#x3C;&#xA;&#x20;&#x6B;&#x2B;",
        ]
      ),
      (.hex, ["61222fc3a9263c0a206b2b", "61222FC3A9263C0A206B2B"]),
      (
        .base64,
        ["YSIvw6kmPAogays=", "YSIvw6kmPAogays", "YSIvw6kmPAogay", "EiL8OpJjwKIGsr", "hIi/DqSY8CiBrK"]
      ),
      (.base64url, ["hIi_DqSY8CiBrK"]),
      (.base32, ["MERC7Q5JEY6AUIDLFM======", "MERC7Q5JEY6AUIDLFM", "merc7q5jey6auidlfm"]),
      (.transcoded, ["a\"/Ã©&<\n k+"]),
    ] as [(FormKind, [String])])
  func knownAnswers(kind: FormKind, expected: [String]) {
    let texts = Self.texts(kind, of: "a\"/é&<\n k+")
    if kind == .json || kind == .percent || kind == .form || kind == .html || kind == .base64url {
      // Of the many styles a few are spelled out here.
      for text in expected { #expect(texts.contains(text), "\(text)") }
    } else {
      #expect(texts == expected)
    }
  }

  @Test("UTF-16 in both orders, also beyond the basic plane and of bytes that are no text")
  func utf16() {
    #expect(SecretForms.utf16(Array("a😀".utf8), highFirst: true) == [0, 0x61, 0xD8, 0x3D, 0xDE, 0x00])
    #expect(SecretForms.utf16(Array("a😀".utf8), highFirst: false) == [0x61, 0, 0x3D, 0xD8, 0x00, 0xDE])
    #expect(SecretForms.utf16([0x61, 0xFF], highFirst: true) == [0, 0x61, 0, 0xFF])
  }

  @Test("Quotes inside single quotes, as shells and SQL write them")
  func quotes() {
    #expect(Self.texts(.quoted, of: "it's") == ["it'\\''s", "it'\"'\"'s", "it''s"])
    #expect(Self.texts(.quoted, of: "its").isEmpty)
  }

  @Test("White space around a secret is not part of it, and of white space only there is no form")
  func blanks() {
    #expect(SecretForms.forms(of: " \t\r\n".utf8).isEmpty)
    #expect(SecretForms.forms(of: [UInt8]()).isEmpty)
    #expect(SecretForms.forms(of: "\n k7Zq \n".utf8).first?.bytes == Array("k7Zq".utf8))
  }

  @Test("The base64 text of anything around a secret contains the characters it determines")
  func alignments() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<300 {
      let secret = random.bytes(random.number(in: 8...40))
      let before = random.bytes(random.number(in: 0...9))
      let whole = SecretForms.base64Core(before + secret + random.bytes(5), alignment: 0, alphabet: .standard)
      let core = SecretForms.base64Core(secret, alignment: before.count % 3, alphabet: .standard)
      #expect(whole.firstRange(of: core) != nil)
      #expect(core.count * 6 + 16 > secret.count * 8)
    }
  }

  /// Kinds of secrets, each with a generator.
  enum Sort: CaseIterable {
    case alphanumeric, printable, hexadecimal, spaced, unicode, binary, lines

    func secret(_ random: inout SeededRandom) -> [UInt8] {
      let count = random.number(in: 10...40)
      switch self {
      case .alphanumeric: return TextSampler.secret(&random, count: count)
      case .printable: return TextSampler.secret(&random, count: count, printable: true)
      case .hexadecimal: return Array(String(random.next() | 1 << 63, radix: 16).utf8)
      case .spaced:
        return TextSampler.secret(&random, count: 9) + [0x20] + TextSampler.secret(&random, count: 5) + [
          0x20, 0x2B, 0x27, 0x39,
        ]
      case .unicode: return Array("ключ-".utf8) + TextSampler.secret(&random, count: 8) + Array("😀ß".utf8)
      case .binary: return random.bytes(count)
      case .lines:
        return TextSampler.secret(&random, count: 12) + [0x0D, 0x0A] + TextSampler.secret(&random, count: 12) + [
          0x0A, 0x09, 0x7A,
        ]
      }
    }
  }

  @Test("Every listed form of random secrets is found whole, and its neighbours are not", arguments: Sort.allCases)
  func everyForm(sort: Sort) throws {
    var formCount = 0
    for seed in 0..<12 {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = sort.secret(&random)
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("key", pseudonym: "k7f2")).get()
      let matcher = builder.build()
      for form in SecretForms.forms(of: secret) {
        formCount += 1
        let text = Array("value: \"".utf8) + form.bytes + Array("\", next".utf8)
        for scope in TextScope.allCases {
          let result = matcher.redact(text, scope: scope)
          #expect(result.text == "value: \"‹key·k7f2›\", next", "\(form.kind), seed \(seed), \(scope)")
        }
        let neighbour = Array("value: \"".utf8) + Self.spoiled(form.bytes, &random) + Array("\", next".utf8)
        // Decoding would undo a change of letter case only, which is a form of the secret still.
        #expect(matcher.matches(in: neighbour, scope: .wholeForms).isEmpty, "a neighbour of \(form.kind), seed \(seed)")
      }
    }
    #expect(formCount >= 12 * 16)
  }

  /// With one byte in the middle replaced by one that no escape, and no other case, makes equal.
  private static func spoiled(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    let index = bytes.count / 3 + random.number(in: 0...bytes.count / 3)
    // A letter stays a letter of another name, so that encoded runs stay runs.
    let substitutes: [UInt8] = [0x51, 0x33].filter { $0 | 0x20 != bytes[index] | 0x20 }
    bytes[index] = substitutes.first ?? 0x51
    return bytes
  }

  @Test("Every form is found when it is wrapped, with and without carriage return and indentation")
  func wrapped() throws {
    for (seed, sort) in Sort.allCases.enumerated() where sort != .binary && sort != .lines {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = sort.secret(&random)
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("key", pseudonym: "k7f2")).get()
      let matcher = builder.build()
      let encodings: [FormKind] = [.raw, .hex, .base64, .base64url, .base32]
      for form in SecretForms.forms(of: secret) where encodings.contains(form.kind) {
        for (width, lineBreak) in [(16, "\n"), (5, "\r\n"), (7, "\n    "), (11, "\r\n\t"), (16, "\\n"), (9, "\\r\\n")] {
          let lines = stride(from: 0, to: form.bytes.count, by: width).map {
            form.bytes[$0..<min($0 + width, form.bytes.count)]
          }
          let text = Array("\"".utf8) + Array(lines.joined(separator: lineBreak.utf8)) + Array("\"".utf8)
          let left = matcher.redact(text).text
          // Padding, and a last digit that the secret determines in part, are counted to it on the same line only.
          let rest = left.replacing("‹key·k7f2›", with: "").filter { !"=\"rn\\ \n\r\t\r\n".contains($0) }
          #expect(left.hasPrefix("\"‹key·k7f2›") && rest.count <= 1, "\(form.kind), \(sort), width \(width)")
        }
      }
    }
  }

  @Test("Any mixture of escaped and plain characters is found")
  func mixtures() throws {
    for seed in 0..<40 {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = TextSampler.secret(&random, count: random.number(in: 10...30), printable: true)
      var builder = MatcherBuilder()
      _ = try builder.add(secret, name: SecretName("key", pseudonym: "k7f2")).get()
      let matcher = builder.build()
      let percent = secret.flatMap { byte -> [UInt8] in
        byte != 0x25 && random.oneIn(2) ? [byte] : Array("%\(String(byte, radix: 16, uppercase: random.oneIn(2)))".utf8)
      }
      let json = secret.flatMap { byte -> [UInt8] in
        ![0x22, 0x5C].contains(byte) && random.oneIn(2) ? [byte] : Array("\\u00\(String(byte, radix: 16))".utf8)
      }
      let html = secret.flatMap { byte -> [UInt8] in
        ![0x26, 0x3C].contains(byte) && random.oneIn(2) ? [byte] : Array("&#\(byte);".utf8)
      }
      let shell = secret.flatMap { byte -> [UInt8] in isWordByte(byte) ? [byte] : [0x5C, byte] }
      for text in [percent, json, html, shell] {
        #expect(matcher.redact(text).text == "‹key·k7f2›", "seed \(seed)")
      }
    }
  }
}
