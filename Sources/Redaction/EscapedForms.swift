internal import Encodings

/// How writers of JSON escape: only what they must, or also `/`, or all beyond ASCII, or what HTML would read.
enum JSONForms {
  /// The content of a JSON string as the usual writers make it.
  static func escaped(_ bytes: [UInt8]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for extra in ["", "<>&", "<>&'", "<>&'\"", "<>&'\"+`"] {
      for slash in [false, true] {
        for asciiOnly in [false, true] {
          for shortControls in [true, false] {
            for upperCase in [false, true] {
              let style = Style(
                alwaysEscaped: Set(extra.unicodeScalars), escapesSlash: slash, asciiOnly: asciiOnly,
                shortControls: shortControls, upperCase: upperCase)
              forms.append(style.escape(bytes))
            }
          }
        }
      }
    }
    return forms
  }

  /// Every character as `\uXXXX`, in both cases of digits.
  static func everyCharacter(_ bytes: [UInt8]) -> [[UInt8]] {
    [false, true].map { upperCase in
      SecretForms.scalars(bytes).flatMap { unicodeEscape($0, upperCase: upperCase) }
    }
  }

  private static func unicodeEscape(_ scalar: Unicode.Scalar, upperCase: Bool) -> [UInt8] {
    (UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter).flatMap { unit in
      let pair = [UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit)]
      return [0x5C, 0x75] + Hex.encodeBytes(pair, upperCase: upperCase)
    }
  }

  private struct Style {
    var alwaysEscaped: Set<Unicode.Scalar>
    var escapesSlash: Bool
    var asciiOnly: Bool
    var shortControls: Bool
    var upperCase: Bool

    func escape(_ bytes: [UInt8]) -> [UInt8] {
      // Bytes that are no UTF-8 can only stand in JSON as they are, or as one character each.
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return asciiOnly
          ? bytes.flatMap { escape(Unicode.Scalar($0)) }
          : bytes.flatMap { $0 < 0x80 ? escape(Unicode.Scalar($0)) : [$0] }
      }
      return text.unicodeScalars.flatMap(escape)
    }

    private func escape(_ scalar: Unicode.Scalar) -> [UInt8] {
      if alwaysEscaped.contains(scalar) || scalar.value >= 0x80 && asciiOnly {
        return unicodeEscape(scalar, upperCase: upperCase)
      }
      let short: [Unicode.Scalar: String] = ["\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"]
      if let form = short[scalar], shortControls { return Array(form.utf8) }
      switch scalar {
      case "\"": return Array("\\\"".utf8)
      case "\\": return Array("\\\\".utf8)
      case "/" where escapesSlash: return Array("\\/".utf8)
      case "\u{0}"..<" ": return unicodeEscape(scalar, upperCase: upperCase)
      default: return Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
  }
}

/// How URLs and forms escape: by the set of characters that stay, and the case of digits.
enum PercentForms {
  /// Characters that stay, beside letters and digits, in the encoders met most.
  private static let keptSets = [
    "-._~",  // RFC 3986 unreserved
    "-._~/",  // Python's quote, AWS paths
    "-._~!'()*",  // encodeURIComponent
    "-._~!$&'()*+,;=:@",  // a path segment
    "-._~!$&'()*+,;=:@/?",  // a query
    "-._~!$&'()*+,;=:@/?#",  // encodeURI
    "-._~!$'()*,:@/?",  // a value in a query
    "-._*",  // the WHATWG form serialiser
    "-_.",  // PHP's urlencode
  ]

  /// Percent-encoded for the usual places, a space as `%20`.
  static func escaped(_ bytes: [UInt8]) -> [[UInt8]] {
    keptSets.flatMap { kept in
      [true, false].map { escape(bytes, kept: Set(kept.utf8), plus: false, upperCase: $0) }
    }
  }

  /// The same with a space as `+`; none without a space.
  static func form(_ bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.contains(0x20) else { return [] }
    return keptSets.flatMap { kept in
      [true, false].map {
        escape(bytes, kept: Set(kept.utf8).subtracting([0x2B]), plus: true, upperCase: $0)
      }
    }
  }

  /// Every byte as `%XX`, in both cases of digits.
  static func everyByte(_ bytes: [UInt8]) -> [[UInt8]] {
    [true, false].map { upperCase in bytes.flatMap { [0x25] + Hex.encodeBytes([$0], upperCase: upperCase) } }
  }

  private static func escape(_ bytes: [UInt8], kept: Set<UInt8>, plus: Bool, upperCase: Bool) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      if plus && byte == 0x20 { return [0x2B] }
      if isWordByte(byte) && byte != 0x5F || kept.contains(byte) { return [byte] }
      return [0x25] + Hex.encodeBytes([byte], upperCase: upperCase)
    }
  }
}

/// How HTML and XML are escaped: which characters, and by name or number.
enum HTMLForms {
  /// References of the usual escapers.
  private static let styles: [[UInt8: String]] = [
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;"],
    [0x26: "&amp;", 0x3C: "&lt;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#39;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#039;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#x27;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&apos;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&#34;", 0x27: "&#39;", 0x2B: "&#43;"],
    [0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#x27;", 0x2F: "&#x2F;"],
    [
      0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x22: "&quot;", 0x27: "&#39;", 0x2F: "&#x2F;", 0x60: "&#x60;",
      0x3D: "&#x3D;",
    ],
    [0x26: "&#38;", 0x3C: "&#60;", 0x3E: "&#62;", 0x22: "&#34;", 0x27: "&#39;"],
  ]

  /// Escaped in the usual ways.
  static func escaped(_ bytes: [UInt8]) -> [[UInt8]] {
    styles.map { style in bytes.flatMap { byte in style[byte].map { Array($0.utf8) } ?? [byte] } }
  }

  /// Every character as a numeric reference: decimal, and hexadecimal in both cases of digits.
  static func everyCharacter(_ bytes: [UInt8]) -> [[UInt8]] {
    let scalars = SecretForms.scalars(bytes)
    return [
      scalars.flatMap { Array("&#\($0.value);".utf8) },
      scalars.flatMap { Array("&#x\(String($0.value, radix: 16));".utf8) },
      scalars.flatMap { Array("&#x\(String($0.value, radix: 16, uppercase: true));".utf8) },
    ]
  }
}
