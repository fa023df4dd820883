/// Text in other encodings than UTF-8, as older servers send it (WHATWG Encoding Standard, §4.2, §9, §14.4).
package enum TextEncoding: Equatable, Sendable {
  case utf8
  /// What the web reads ISO 8859-1 as: that set has only controls where this one has more letters and marks.
  case windows1252
  /// In the order that a mark before the text says, else in this one.
  case utf16(isLittleEndian: Bool)

  /// The encoding that a `charset` parameter names; nil for one that is not read here.
  package init?(charset name: String) {
    switch name.lowercased() {
    case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
    case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "windows-1252", "cp1252", "x-cp1252":
      self = .windows1252
    case "utf-16", "utf-16le": self = .utf16(isLittleEndian: true)
    case "utf-16be": self = .utf16(isLittleEndian: false)
    default: return nil
    }
  }

  /// The same text in UTF-8; nil where the bytes are none in this encoding.
  package func utf8(_ bytes: [UInt8]) -> [UInt8]? {
    switch self {
    case .utf8: return UTF8Text.isValid(bytes) ? bytes : nil
    case .windows1252:
      var scalars = String.UnicodeScalarView()
      for byte in bytes {
        let isMoved = (0x80...0x9F).contains(byte)
        scalars.append(isMoved ? Self.moved[Int(byte) - 0x80] : Unicode.Scalar(byte))
      }
      return Array(String(scalars).utf8)
    case .utf16(let isLittleEndian):
      guard bytes.count.isMultiple(of: 2) else { return nil }
      let order = Self.order(bytes) ?? isLittleEndian
      let start = Self.order(bytes) == nil ? 0 : 2
      let units = stride(from: start, to: bytes.count, by: 2).map { place -> UInt16 in
        let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
        return order ? second << 8 | first : first << 8 | second
      }
      return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }
  }

  /// Whether a mark says that the first byte of two is the lesser one; nil without a mark.
  private static func order(_ bytes: [UInt8]) -> Bool? {
    if bytes.starts(with: [0xFF, 0xFE]) { return true }
    return bytes.starts(with: [0xFE, 0xFF]) ? false : nil
  }

  /// 0x80 to 0x9F (WHATWG index windows-1252).
  private static let moved: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{2C6}", "\u{2030}",
    "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}", "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}",
    "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}", "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}",
    "\u{17E}", "\u{178}",
  ]
}
