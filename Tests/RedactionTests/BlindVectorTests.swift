import Encodings
import Foundation
import TestSupport
import Testing

@testable import Redaction

/// `Tests/Vectors/patterns.json`: sets, texts and the texts masked, and files that are refused. The independent reader
/// `Tests/Spec/read_patterns.py` checks the same file. It is written anew with `CHANCERY_WRITE_VECTORS=1`, which is right
/// only together with a new version of the format.
@Suite("Vectors of blind sets")
struct BlindVectorTests {
  private static let url = Vectors.checkout.appendingPathComponent("Tests/Vectors/patterns.json")

  private struct Entry {
    var name: String
    var bytes: [UInt8]
    var key: BlindKey
    var refusal: String?
    var texts: [(name: String, bytes: [UInt8])] = []
  }

  /// The secrets of the vectors: letters and digits of all lengths modulo four, printable characters, other scripts.
  private static func secrets() -> [[UInt8]] {
    var random = SeededRandom(seed: 77)
    return BlindSetTests.secrets(77, [28, 33, 42, 43]) + [
      TextSampler.secret(&random, count: 40, printable: true),
      Array("Zürich-\(String(decoding: TextSampler.secret(&random, count: 40), as: UTF8.self))".utf8),
    ]
  }

  private static func texts(_ secrets: [[UInt8]]) -> [(name: String, bytes: [UInt8])] {
    var texts: [(String, [UInt8])] = []
    for (index, secret) in secrets.enumerated() {
      for form in SecretForms.forms(of: secret) where form.bytes.count < 200 {
        texts.append(("secret \(index + 1), \(form.kind)", Array("a ".utf8) + form.bytes + Array("/z\n".utf8)))
      }
      for alignment in 0..<3 {
        let around = [UInt8](repeating: 0x7B, count: alignment) + secret + [0x7D]
        texts.append(
          ("secret \(index + 1), inside base 64", Base64.encodeBytes(around, alphabet: .urlSafe, padded: true)))
      }
      texts.append(("secret \(index + 1), piece", Array(secret.dropLast())))
      var wrapped: [UInt8] = []
      for (place, byte) in secret.enumerated() { wrapped += place % 16 == 15 ? [byte, 0x0D, 0x0A, 0x20] : [byte] }
      texts.append(("secret \(index + 1), wrapped", wrapped))
    }
    texts.append(("overlap", secrets[0] + secrets[0].suffix(9) + secrets[1] + secrets[1]))
    for seed: UInt64 in 1...6 {
      var sampler = TextSampler(seed: seed, secrets: secrets)
      texts.append(("mixed \(seed)", sampler.text(1_500)))
    }
    return texts
  }

  private static func entries() throws -> [Entry] {
    let secrets = secrets()
    let (plain, key) = try BlindSetTests.made(secrets, seed: 21)
    let (named, namedKey) = try BlindSetTests.made(
      Array(secrets.prefix(2)), names: ["api_token", "größe/1"], seed: 31)
    var entries = [
      Entry(name: "without names", bytes: plain, key: key, texts: texts(secrets)),
      Entry(name: "with names", bytes: named, key: namedKey, texts: [("both", secrets[1] + [0x20] + secrets[0])]),
      Entry(name: "with another key", bytes: named, key: key, refusal: "otherKey"),
    ]
    let changed = { (index: Int, value: UInt8) -> [UInt8] in
      var bytes = named
      bytes[index] = value
      return bytes
    }
    let signed = { (bytes: [UInt8]) -> [UInt8] in
      Array(bytes.dropLast(32)) + namedKey.check(of: bytes.dropLast(32))
    }
    let refused: [(String, [UInt8], String)] = [
      ("no set", changed(0, 0x43), "notASet"), ("version 2", changed(15, 2), "otherVersion"),
      ("cut off", Array(named.dropLast()), "truncated"), ("header only", Array(named.prefix(60)), "truncated"),
      ("longer", named + [0], "tooLong"), ("too many secrets", changed(33, 1), "tooLarge"),
      ("a changed record", changed(60, named[60] ^ 1), "altered"),
      ("a changed check", changed(named.count - 1, named[named.count - 1] ^ 1), "altered"),
      ("a length that is not divisible by four", signed(changed(41, 29)), "badRecord"),
      ("a length of twelve", signed(changed(41, 12)), "badRecord"), ("flag 2", signed(changed(42, 2)), "badRecord"),
    ]
    for (name, bytes, refusal) in refused {
      entries.append(Entry(name: name, bytes: bytes, key: namedKey, refusal: refusal))
    }
    return entries
  }

  private static func masked(_ set: BlindSet, _ text: [UInt8]) -> [UInt8] {
    var stream = BlindMaskingStream(set)
    return stream.push(text) + stream.finish()
  }

  @Test("The code writes these vectors, to the byte, and refuses what they say is refused")
  func written() throws {
    var lines = [
      "{", " \"format\": 1,", " \"note\": \"docs/spec/blind-patterns.md. The keys are for these cases only.\",",
    ]
    lines.append(" \"sets\": [")
    let entries = try Self.entries()
    for (index, entry) in entries.enumerated() {
      let keyText = entry.key.withFileText { String(decoding: $0.dropLast(), as: UTF8.self) }
      var fields = [
        "  {\"name\": \"\(entry.name)\"", "\"key_file\": \"\(keyText)\"", "\"set\": \"\(Hex.encode(entry.bytes))\"",
      ]
      do throws(BlindSetFault) {
        let set = try BlindSet(bytes: entry.bytes, key: entry.key)
        #expect(entry.refusal == nil, "\(entry.name)")
        let texts = entry.texts.map { text in
          "\n   {\"name\": \"\(text.name)\", \"text\": \"\(Hex.encode(text.bytes))\", "
            + "\"masked\": \"\(Hex.encode(Self.masked(set, text.bytes)))\"}"
        }
        fields.append("\"texts\": [\(texts.joined(separator: ","))]")
      } catch {
        #expect("\(error)".prefix { $0 != "(" } == entry.refusal ?? "none", "\(entry.name)")
        fields.append("\"refusal\": \"\(entry.refusal ?? "")\"")
      }
      lines.append(fields.joined(separator: ", ") + (index + 1 < entries.count ? "}," : "}"))
    }
    lines += [" ]", "}", ""]
    let made = Array(lines.joined(separator: "\n").utf8)
    if ProcessInfo.processInfo.environment["CHANCERY_WRITE_VECTORS"] == "1" { try Data(made).write(to: Self.url) }
    #expect(Array(try Data(contentsOf: Self.url)) == made)
  }
}
