/// Text inside HTML.
package enum HTMLEscape {
  /// `bytes` (UTF-8) safe as element content and inside a quoted attribute: `&`, `<`, `>`, `"` and `'` become
  /// references. It is no escape for script, style, URLs or unquoted attributes.
  package static func escape(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count + span.count / 8)
      for index in span.indices {
        switch span[index] {
        case 0x26: output += "&amp;".utf8
        case 0x3C: output += "&lt;".utf8
        case 0x3E: output += "&gt;".utf8
        case 0x22: output += "&quot;".utf8
        case 0x27: output += "&#39;".utf8
        case let byte: output.append(byte)
        }
      }
      return output
    }
  }
}
