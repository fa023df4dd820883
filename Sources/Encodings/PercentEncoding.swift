/// Percent-encoding of URLs and forms (RFC 3986 §2.1; the WHATWG URL standard for forms).
package enum PercentEncoding {
  /// Which bytes stay as they are.
  package enum Component: Sendable, CaseIterable {
    /// `pchar` of RFC 3986 §3.3: unreserved, sub-delims, `:` and `@`. For literal segments.
    case pathSegment
    /// What may stand in a query and separates nothing there: `pchar`, `/` and `?` without `&`, `=`, `+` and `;`.
    case queryValue
    /// The WHATWG form serialiser: letters, digits, `*-._`; a space becomes `+`.
    case formValue
    /// Letters, digits and `-._~` only (RFC 3986 §2.3). For values that are put into a URL.
    case unreservedOnly
  }

  /// `bytes` with every other byte as `%XX`, upper-case digits.
  package static func encode(_ bytes: some Sequence<UInt8>, for component: Component) -> [UInt8] {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count + span.count / 4)
      for index in span.indices { appendEncoded(span[index], for: component, to: &output) }
      return output
    }
  }

  /// As `encode`, with the map from the bytes to the text.
  package static func encodeMapped(_ bytes: some Sequence<UInt8>, for component: Component) -> MappedBytes {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      var map = OffsetMap()
      for index in span.indices {
        let before = output.count
        appendEncoded(span[index], for: component, to: &output)
        map.append(inputUnit: 1, outputUnit: output.count - before)
      }
      return MappedBytes(bytes: output, map: map)
    }
  }

  /// The bytes that the text stands for; nil where a `%` is not followed by two hexadecimal digits (either case).
  /// With `plusIsSpace`, a `+` is a space, as forms write it.
  package static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count)
      var position = 0
      while position < span.count {
        guard let unit = decodeUnit(span, at: position, plusIsSpace: plusIsSpace) else { return nil }
        output.append(unit.byte)
        position += unit.count
      }
      return output
    }
  }

  /// As `decode`, with the map from the text to the bytes.
  package static func decodeMapped(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> MappedBytes? {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      var map = OffsetMap()
      var position = 0
      while position < span.count {
        guard let unit = decodeUnit(span, at: position, plusIsSpace: plusIsSpace) else { return nil }
        output.append(unit.byte)
        map.append(inputUnit: unit.count, outputUnit: 1)
        position += unit.count
      }
      return MappedBytes(bytes: output, map: map)
    }
  }

  private static func appendEncoded(_ byte: UInt8, for component: Component, to output: inout [UInt8]) {
    if isPlain(byte, in: component) {
      output.append(byte)
    } else if byte == 0x20 && component == .formValue {
      output.append(0x2B)
    } else {
      output.append(0x25)
      output.append(Hex.digit(byte >> 4, upperCase: true))
      output.append(Hex.digit(byte & 15, upperCase: true))
    }
  }

  private static func decodeUnit(
    _ text: Span<UInt8>, at position: Int, plusIsSpace: Bool
  ) -> (byte: UInt8, count: Int)? {
    let byte = text[position]
    if byte == 0x2B && plusIsSpace { return (0x20, 1) }
    guard byte == 0x25 else { return (byte, 1) }
    guard position + 2 < text.count, let high = Hex.value(text[position + 1]), let low = Hex.value(text[position + 2])
    else { return nil }
    return (high << 4 | low, 3)
  }

  private static func isPlain(_ byte: UInt8, in component: Component) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    case 0x7E: component != .formValue
    // ! $ ' ( ) , : @
    case 0x21, 0x24, 0x27, 0x28, 0x29, 0x2C, 0x3A, 0x40: component == .pathSegment || component == .queryValue
    case 0x2A: component != .unreservedOnly
    // & + ; =
    case 0x26, 0x2B, 0x3B, 0x3D: component == .pathSegment
    // / ?
    case 0x2F, 0x3F: component == .queryValue
    default: false
    }
  }
}
