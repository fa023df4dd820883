/// Text inside an XML 1.0 document.
package enum XMLText {
  /// `bytes` safe as element content and inside a quoted attribute; nil where XML 1.0 §2.2 forbids a character (most
  /// controls, U+FFFE, U+FFFF) or the bytes are not UTF-8.
  ///
  /// Tab, line feed and carriage return become references too: a parser would otherwise turn them into a space in an
  /// attribute, and a carriage return into a line feed anywhere (§2.11, §3.3.3).
  package static func escape(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count + span.count / 8)
      var position = 0
      while position < span.count {
        let byte = span[position]
        switch byte {
        case 0x26: output += "&amp;".utf8
        case 0x3C: output += "&lt;".utf8
        case 0x3E: output += "&gt;".utf8
        case 0x22: output += "&quot;".utf8
        case 0x27: output += "&apos;".utf8
        case 0x09: output += "&#9;".utf8
        case 0x0A: output += "&#10;".utf8
        case 0x0D: output += "&#13;".utf8
        case 0x00..<0x20: return nil
        case 0x20..<0x80: output.append(byte)
        default:
          guard let count = UTF8Text.sequenceCount(span, at: position, limit: span.count) else { return nil }
          if byte == 0xEF && span[position + 1] == 0xBF && span[position + 2] >= 0xBE { return nil }
          output.append(span, position..<position + count)
          position += count - 1
        }
        position += 1
      }
      return output
    }
  }
}
