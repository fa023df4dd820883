/// Why a value may not be substituted for a path placeholder. The value itself is never in the text.
package enum PathValueFault: Error, Hashable, Sendable, CaseIterable {
  case empty
  case tooLong
  case notUTF8
  case dotSegment
  case separator
  case semicolon
  case controlCharacter
  case nestedEscapes

  /// One sentence, without the value.
  package var message: String {
    switch self {
    case .empty: "a path value is empty"
    case .tooLong: "a path value is longer than \(URLLimits.pathValueBytes) bytes"
    case .notUTF8: "a path value is not UTF-8, as it stands or after decoding"
    case .dotSegment: "a path value is '.' or '..', as it stands or after decoding"
    case .separator: "a path value contains '/' or a backslash, as it stands or after decoding"
    case .semicolon: "a path value contains ';', as it stands or after decoding"
    case .controlCharacter: "a path value contains a control character, as it stands or after decoding"
    case .nestedEscapes: "a path value is percent-encoded more than \(PathValue.decodings) times over"
    }
  }
}

/// A value that takes the place of one path placeholder: exactly one non-empty segment, for every server, however
/// often that server decodes. The attack is `..%2f..` or `%252e%252e`: a value from outside that walks to another
/// resource of the same host, with the method's credentials.
package enum PathValue {
  /// How often a value is decoded in search of a forbidden form. One that changes even then is refused.
  static let decodings = 3

  /// The percent-encoded segment: every byte but letters, digits and `-._~` is escaped.
  package static func encode(_ value: [UInt8]) -> Result<[UInt8], PathValueFault> {
    do throws(PathValueFault) {
      try check(value)
      return .success(PercentForm.escapeValue(value))
    } catch {
      return .failure(error)
    }
  }

  /// The rules, over the value as it stands and over each decoding of it.
  static func check(_ value: [UInt8]) throws(PathValueFault) {
    guard value.count <= URLLimits.pathValueBytes else { throw .tooLong }
    var form = value
    for _ in 0...decodings {
      try checkForm(form)
      let decoded = PercentForm.decodeOnce(form)
      if decoded == form { return }
      form = decoded
    }
    throw .nestedEscapes
  }

  private static func checkForm(_ form: [UInt8]) throws(PathValueFault) {
    guard !form.isEmpty else { throw .empty }
    guard let text = String(validating: form, as: UTF8.self) else { throw .notUTF8 }
    if form == [0x2e] || form == [0x2e, 0x2e] { throw .dotSegment }
    if form.contains(0x2f) || form.contains(0x5c) { throw .separator }
    if form.contains(0x3b) { throw .semicolon }
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }) {
      throw .controlCharacter
    }
  }
}
