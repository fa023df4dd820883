/// Strings of JSON, quoted and unquoted (RFC 8259 §7).
@usableFromInline
package enum JSONText {
  /// Appends `utf8` as a JSON string, quotes included.
  ///
  /// Only what must be escaped is: the quote, the backslash and the controls below U+0020, in their short form where
  /// there is one. Bytes that are not UTF-8 are the caller's bug (`UTF8Text.isValid`) and pass through unchanged.
  @inlinable
  package static func appendQuoted(_ utf8: some Sequence<UInt8>, to output: inout [UInt8]) {
    output.append(0x22)
    appendEscaped(utf8, to: &output)
    output.append(0x22)
  }

  /// `text` as a JSON string, quotes included.
  package static func quoted(_ text: String) -> String {
    var output: [UInt8] = []
    appendQuoted(text.utf8, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// `utf8` as it stands between the quotes of a JSON string.
  @inlinable
  package static func escapedContent(_ utf8: some Sequence<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    appendEscaped(utf8, to: &output)
    return output
  }

  /// As `escapedContent`, with the map from the bytes to the text.
  package static func escapedContentMapped(_ utf8: some Sequence<UInt8>) -> MappedBytes {
    utf8.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count)
      var map = OffsetMap()
      var position = 0
      while position < span.count {
        let end = JSONStringScan.skipPlain(span, from: position, limit: span.count, acceptsAll: true)
        output.append(span, position..<end)
        map.append(inputUnit: 1, outputUnit: 1, repeated: end - position)
        guard end < span.count else { break }
        let before = output.count
        appendEscaped(span[end], to: &output)
        map.append(inputUnit: 1, outputUnit: output.count - before)
        position = end + 1
      }
      return MappedBytes(bytes: output, map: map)
    }
  }

  /// What the text between two quotes stands for; nil unless it could stand there: a bare quote, a bare control, a
  /// broken escape, half a surrogate pair and ill-formed UTF-8 are refused.
  package static func unescape(content: some Collection<UInt8>) -> [UInt8]? {
    content.withContiguousBytes { span in
      guard let checked = try? JSONStringScan.check(span, from: 0, limit: span.count), checked.end == span.count
      else { return nil }
      return decoded(span, 0..<span.count)
    }
  }

  /// As `unescape`, with the map from the text to the bytes.
  package static func unescapeMapped(content: some Collection<UInt8>) -> MappedBytes? {
    content.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count)
      var map = OffsetMap()
      var position = 0
      while position < span.count {
        let end = JSONStringScan.skipPlain(span, from: position, limit: span.count)
        output.append(span, position..<end)
        map.append(inputUnit: 1, outputUnit: 1, repeated: end - position)
        position = end
        guard position < span.count else { break }
        guard span[position] != 0x22, let unit = try? JSONStringScan.unit(span, at: position, limit: span.count)
        else { return nil }
        switch unit {
        case .plain(let count):
          output.append(span, position..<position + count)
          map.append(inputUnit: 1, outputUnit: 1, repeated: count)
          position += count
        case .escape(let count, let scalar):
          let before = output.count
          appendScalar(scalar, to: &output)
          map.append(inputUnit: count, outputUnit: output.count - before)
          position += count
        }
      }
      return MappedBytes(bytes: output, map: map)
    }
  }

  /// The bytes that the content in `range` stands for, which has been checked already; stops where it has not.
  static func decoded(_ span: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
      if span[position] != 0x5C {
        let end = max(
          position + 1, JSONStringScan.skipPlain(span, from: position, limit: range.upperBound, acceptsAll: true))
        output.append(span, position..<end)
        position = end
      } else if case .escape(let count, let scalar)? =
        try? JSONStringScan.unit(span, at: position, limit: range.upperBound)
      {
        appendScalar(scalar, to: &output)
        position += count
      } else {
        break
      }
    }
    return output
  }

  @inlinable
  static func appendEscaped(_ utf8: some Sequence<UInt8>, to output: inout [UInt8]) {
    utf8.withContiguousBytes { appendEscaped(all: $0, to: &output) }
  }

  @usableFromInline
  static func appendEscaped(all span: Span<UInt8>, to output: inout [UInt8]) {
    var position = 0
    while position < span.count {
      let end = JSONStringScan.skipPlain(span, from: position, limit: span.count, acceptsAll: true)
      output.append(span, position..<end)
      guard end < span.count else { break }
      appendEscaped(span[end], to: &output)
      position = end + 1
    }
  }

  private static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
    switch byte {
    case 0x22: output += [0x5C, 0x22]
    case 0x5C: output += [0x5C, 0x5C]
    case 0x08: output += [0x5C, 0x62]
    case 0x0C: output += [0x5C, 0x66]
    case 0x0A: output += [0x5C, 0x6E]
    case 0x0D: output += [0x5C, 0x72]
    case 0x09: output += [0x5C, 0x74]
    case 0x00..<0x20: output += [0x5C, 0x75, 0x30, 0x30, Hex.digit(byte >> 4), Hex.digit(byte & 15)]
    default: output.append(byte)
    }
  }

  private static func appendScalar(_ scalar: UInt32, to output: inout [UInt8]) {
    switch scalar {
    case 0..<0x80: output.append(UInt8(scalar))
    case 0x80..<0x800:
      output.append(0xC0 | UInt8(scalar >> 6))
      output.append(0x80 | UInt8(scalar & 0x3F))
    case 0x800..<0x10000:
      output.append(0xE0 | UInt8(scalar >> 12))
      output.append(0x80 | UInt8(scalar >> 6 & 0x3F))
      output.append(0x80 | UInt8(scalar & 0x3F))
    default:
      output.append(0xF0 | UInt8(scalar >> 18 & 0x07))
      output.append(0x80 | UInt8(scalar >> 12 & 0x3F))
      output.append(0x80 | UInt8(scalar >> 6 & 0x3F))
      output.append(0x80 | UInt8(scalar & 0x3F))
    }
  }
}
