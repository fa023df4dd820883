import Encodings
import Redaction

/// The ways of writing a canary that are looked for byte by byte, beside what the scanner of the service finds.
///
/// The scanner has blind spots by design (docs/leak-matrix.md), and a hunt that used it alone would share each of its
/// faults. So the list holds every form that the scanner names, and others that only a fault of ours would write: bytes
/// printed as numbers, escapes of C, a value turned round.
enum ListedForms {
  struct Form: Sendable {
    let word: String
    let bytes: [UInt8]
  }

  /// Every form, each byte string once. Forms under eight bytes are left out: they would be found by chance.
  static func of(_ value: [UInt8]) -> [Form] {
    var forms = SecretForms.forms(of: value).map { Form(word: word($0.kind), bytes: $0.bytes) }
    forms.append(Form(word: "reversed", bytes: value.reversed()))
    forms.append(Form(word: "numbers with commas", bytes: joined(value, ", ") { Array(String($0).utf8) }))
    forms.append(Form(word: "numbers with commas", bytes: joined(value, ",") { Array(String($0).utf8) }))
    for upperCase in [false, true] {
      let hex: (UInt8) -> [UInt8] = { Hex.encodeBytes([$0], upperCase: upperCase) }
      forms.append(Form(word: "hex with spaces", bytes: joined(value, " ", hex)))
      forms.append(Form(word: "hex with colons", bytes: joined(value, ":", hex)))
      forms.append(Form(word: "\\x escapes", bytes: value.flatMap { Array("\\x".utf8) + hex($0) }))
      forms.append(Form(word: "0x numbers", bytes: joined(value, ", ") { Array("0x".utf8) + hex($0) }))
    }
    forms.append(Form(word: "octal escapes", bytes: value.flatMap { Array("\\\(octal($0))".utf8) }))
    forms.append(Form(word: "a space after each character", bytes: joined(value, " ") { [$0] }))
    var seen: Set<[UInt8]> = []
    return forms.filter { $0.bytes.count >= 8 && seen.insert($0.bytes).inserted }
  }

  /// A form as people read it.
  static func word(_ kind: FormKind) -> String {
    switch kind {
    case .raw: "as it is"
    case .letterCase: "other letter case"
    case .json, .jsonEveryCharacter: "JSON escapes"
    case .percent, .percentEveryByte: "percent-encoded"
    case .form: "form-encoded"
    case .html, .htmlEveryCharacter: "HTML escapes"
    case .hex: "hex"
    case .base64: "base64"
    case .base64url: "base64url"
    case .base32: "base32"
    case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
    case .quoted: "quoted for a shell or SQL"
    case .transcoded: "read as Latin-1"
    case .unescaped: "with its own escapes undone"
    case .fragment: "a part of it"
    }
  }

  private static func joined(_ value: [UInt8], _ separator: String, _ write: (UInt8) -> [UInt8]) -> [UInt8] {
    Array(value.map(write).joined(separator: Array(separator.utf8)))
  }

  private static func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return String(repeating: "0", count: 3 - digits.count) + digits
  }
}
