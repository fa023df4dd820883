extension ShapeScan {
  /// Whether a token may begin at `start`: before it stands none of the forbidden characters, or one that only ends an
  /// escape (`\n`, `%3D`, `\x3d`, `\u003d`, a terminal's colour).
  func isBorder(before start: Int, _ bytes: Span<UInt8>, _ forbidden: UInt32) -> Bool {
    guard start > 0 else { return true }
    let last = bytes[start - 1]
    guard TokenAlphabet.masks[Int(last)] & forbidden != 0 else { return true }
    switch last {
    case 0x6E, 0x72,
      0x74 where start >= 2 && bytes[start - 2] == 0x5C:
      return true
    case 0x6D: return endsColour(before: start - 1, bytes)
    default: return endsHexEscape(before: start, bytes)
    }
  }

  private func endsHexEscape(before start: Int, _ bytes: Span<UInt8>) -> Bool {
    guard start >= 3, isHex(bytes[start - 1]), isHex(bytes[start - 2]) else { return false }
    if bytes[start - 3] == 0x25 { return true }
    if start >= 4, bytes[start - 3] == 0x78, bytes[start - 4] == 0x5C { return true }
    return start >= 6 && isHex(bytes[start - 3]) && isHex(bytes[start - 4]) && bytes[start - 5] == 0x75
      && bytes[start - 6] == 0x5C
  }

  /// Whether `ESC [ digits ;` ends at `end`, within twelve bytes.
  private func endsColour(before end: Int, _ bytes: Span<UInt8>) -> Bool {
    var index = end
    while index > 0, end - index < 12 {
      index -= 1
      let byte = bytes[index]
      if byte == 0x5B { return index > 0 && bytes[index - 1] == 0x1B }
      guard byte == 0x3B || TokenAlphabet.digits.contains(byte) else { return false }
    }
    return false
  }

  private func isHex(_ byte: UInt8) -> Bool { TokenAlphabet.hex.contains(byte) }
}
