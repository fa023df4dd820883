import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("The big list of naughty strings")
struct NaughtyStringTests {
  private static func strings() throws -> [String] {
    let tape = try Vectors.json("naughty-strings/blns.json")
    return tape.children(tape.root).compactMap { tape.string($0) }
  }

  @Test("As text they pass unchanged, and a secret among them is masked with nothing else")
  func asText() throws {
    let strings = try Self.strings()
    #expect(strings.count == 515)
    var builder = MatcherBuilder()
    _ = try builder.add("k7Zq2Wx9TbLm4Rv8".utf8, name: SecretName("s", pseudonym: "0000")).get()
    let matcher = builder.build()
    for string in strings {
      #expect(matcher.redact(string).bytes == Array(string.utf8))
      let mixed = matcher.redact("\(string) k7Zq2Wx9TbLm4Rv8 \(string)")
      #expect(mixed.bytes == Array("\(string) ‹s·0000› \(string)".utf8))
    }
  }

  @Test("As secrets they are refused with a reason, or found in every form")
  func asSecrets() throws {
    var accepted = 0
    for (index, string) in try Self.strings().enumerated() {
      var builder = MatcherBuilder()
      guard case .success = builder.add(string.utf8, name: SecretName("s\(index)", pseudonym: "0000")) else { continue }
      accepted += 1
      let matcher = builder.build()
      for form in SecretForms.forms(of: string.utf8) where SecretPatterns.unwrapped(form.bytes).count >= 8 {
        let left = matcher.redact(Array("\"".utf8) + form.bytes + Array("\"".utf8)).text
        // Half a character of UTF-16 that looks like white space at either end is not masked.
        let isUTF16 = form.kind == .utf16LittleEndian || form.kind == .utf16BigEndian
        let kept = isUTF16 ? left.filter { !" \t\n\r\r\n\u{B}\u{C}".contains($0) } : left
        #expect(kept == "\"‹s\(index)·0000›\"", "\(index), \(form.kind)")
      }
    }
    #expect(accepted > 300)
  }

  @Test("As names they make a mask that is one line and one mask")
  func asNames() throws {
    for string in try Self.strings() {
      let mask = Mask.text(SecretName(string, pseudonym: "k7f2"))
      #expect(mask.hasPrefix("‹") && mask.hasSuffix("·k7f2›"))
      #expect(mask.unicodeScalars.filter { "‹›·\n\r".unicodeScalars.contains($0) }.count == 3)
      #expect(mask.utf8.count <= SecretName.maximumTextBytes + 12)
    }
  }

  @Test("As base64 they pass unchanged too")
  func asBase64() throws {
    let tape = try Vectors.json("naughty-strings/blns.base64.json")
    let strings = tape.children(tape.root).compactMap { tape.string($0) }
    #expect(strings.count == 676)
    var builder = MatcherBuilder()
    _ = try builder.add("k7Zq2Wx9TbLm4Rv8".utf8, name: SecretName("s", pseudonym: "0000")).get()
    let matcher = builder.build()
    for string in strings { #expect(matcher.redact(string).bytes == Array(string.utf8)) }
  }
}
