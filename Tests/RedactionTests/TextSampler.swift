import Encodings
import TestSupport

@testable import Redaction

/// Makes texts full of what is hard to search: secrets in all forms, whole, cut and overlapping, between escapes, line
/// breaks, masks and noise.
struct TextSampler {
  var random: SeededRandom
  let secrets: [[UInt8]]
  private let forms: [[SecretForm]]

  init(seed: UInt64, secrets: [[UInt8]]) {
    random = SeededRandom(seed: seed)
    self.secrets = secrets
    forms = secrets.map { SecretForms.forms(of: $0) }
  }

  /// A text of about `count` bytes.
  mutating func text(_ count: Int) -> [UInt8] {
    var text: [UInt8] = []
    while text.count < count { text += part() }
    return text
  }

  /// A compressed run, or what is left of one.
  mutating func compressed() -> [UInt8] {
    let index = random.number(in: 0...secrets.count - 1)
    return compressed(forms[index][random.number(in: 0...forms[index].count - 1)].bytes)
  }

  /// A random secret over letters and digits, or over all printable characters.
  static func secret(_ random: inout SeededRandom, count: Int, printable: Bool = false) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    return (0..<count).map { _ in
      printable ? UInt8(random.number(in: 0x21...0x7E)) : alphabet[random.number(in: 0...alphabet.count - 1)]
    }
  }

  private mutating func part() -> [UInt8] {
    let index = random.number(in: 0...secrets.count - 1)
    let secret = secrets[index]
    switch random.number(in: 0...19) {
    case 0...2: return forms[index][random.number(in: 0...forms[index].count - 1)].bytes
    case 3: return wrapped(forms[index][random.number(in: 0...forms[index].count - 1)].bytes)
    case 4: return Array(secret.prefix(random.number(in: 1...secret.count)))
    case 5:
      let part = Array(secret.suffix(random.number(in: 1...secret.count)))
      return random.oneIn(3) ? base64(part.dropLast(random.number(in: 0...part.count - 1))) : part
    case 6: return escaped(secret)
    case 7: return escaped(escaped(secret))
    case 8: return base64(forms[index][random.number(in: 0...forms[index].count - 1)].bytes)
    case 9: return Array("%41\\u0041&#65;\\\\\\n&amp;".utf8).suffix(random.number(in: 1...24))
    case 10: return Array("\r\n \t\n  ".utf8).prefix(random.number(in: 1...7)).map { $0 }
    case 11: return random.bytes(random.number(in: 1...9))
    case 12: return Array(Mask.text(SecretName("token", pseudonym: "k7f2")).utf8)
    case 13: return Array(secret.prefix(secret.count - 1)) + random.bytes(1)
    case 14: return [[0x5C], [0x25], [0x26], [0x3D], [0x5C, 0x5C], [0x27]][random.number(in: 0...5)]
    case 15: return [UInt8](repeating: 0x41 + UInt8(random.number(in: 0...25)), count: random.number(in: 1...30))
    case 16: return secret + secret.suffix(random.number(in: 0...secret.count))
    case 17: return compressed(forms[index][random.number(in: 0...forms[index].count - 1)].bytes)
    default: return Array([" the ", ", ", "\"key\": ", "user", "_", "=", "/path/"][random.number(in: 0...6)].utf8)
    }
  }

  private mutating func wrapped(_ bytes: [UInt8]) -> [UInt8] {
    let width = random.number(in: 3...40)
    let breaks = ["\n", "\r\n", "\n    ", "\\n", "\n\n"][random.number(in: 0...4)]
    return bytes.enumerated().flatMap { $0 > 0 && $0 % width == 0 ? Array(breaks.utf8) + [$1] : [$1] }
  }

  private mutating func escaped(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      guard random.oneIn(3) else { return [byte] }
      let hex = String(byte, radix: 16, uppercase: random.oneIn(2))
      let padded = (byte < 16 ? "0" : "") + hex
      switch random.number(in: 0...4) {
      case 0: return Array("%\(padded)".utf8)
      case 1: return byte < 0x80 ? Array("\\u00\(padded)".utf8) : [byte]
      case 2: return byte < 0x80 ? Array("&#\(byte);".utf8) : [byte]
      case 3: return Array("\\x\(padded)".utf8)
      default: return byte == 0x2F || byte == 0x22 ? [0x5C, byte] : [byte]
      }
    }
  }

  /// gzip or zlib of a form, whole, cut off, damaged or again encoded; or of something long and dull.
  private mutating func compressed(_ form: [UInt8]) -> [UInt8] {
    var content = random.bytes(random.number(in: 0...5)) + form
    switch random.number(in: 0...9) {
    case 0, 1: content = base64(content)
    case 2: content = escaped(content)
    case 3: content += Deflate.compress(content, windowBits: random.oneIn(2) ? 31 : 15)
    case 4 where random.oneIn(4): content += [UInt8](repeating: 0x61, count: random.number(in: 3000...12_000))
    default: break
    }
    var run = Deflate.compress(
      content, windowBits: random.oneIn(3) ? 15 : 31, level: Int32(random.number(in: 0...9)))
    switch random.number(in: 0...9) {
    case 0: run.removeLast(random.number(in: 1...run.count - 1))
    case 1: run[random.number(in: 0...run.count - 1)] ^= UInt8(random.number(in: 1...255))
    case 2: return Array(Hex.encodeBytes(run))
    case 3, 4, 5: return random.oneIn(2) ? base64(run) : wrapped(base64(run))
    default: break
    }
    return run
  }

  private mutating func base64(_ bytes: [UInt8]) -> [UInt8] {
    let before = random.bytes(random.number(in: 0...3))
    let after = random.bytes(random.number(in: 0...3))
    return SecretForms.base64Core(
      before + bytes + after, alignment: 0, alphabet: random.oneIn(2) ? .standard : .urlSafe)
  }
}
