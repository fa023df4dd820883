import Encodings

/// Questions about a YAML text that must be answered before a parser sees it.
enum YAMLText {
  /// Refuses what is too large, not UTF-8, or has characters that YAML 1.2 §5.1 forbids.
  ///
  /// NEL, LS and PS are refused too: YAML 1.1, which libyaml follows, ends a line there, YAML 1.2 and every editor do
  /// not, so that the same file would have two readings.
  static func check(_ bytes: [UInt8], file: String) throws(SourceFault) {
    guard bytes.count <= SourceLimits.json.maximumBytes else {
      throw SourceFault(.limit, at: SourcePlace(file: file, line: 1, column: 1), message: "the file is too large")
    }
    if let offset = UTF8Text.firstInvalidOffset(bytes) {
      throw SourceFault(
        .notUTF8, at: place(offset, bytes, file), message: "the file is not UTF-8", remedy: "save the file as UTF-8")
    }
    if let offset = firstForbiddenCharacter(bytes) {
      throw SourceFault(
        .character, at: place(offset, bytes, file), message: "this character cannot stand in YAML as it is",
        remedy: "write it as an escape inside double quotes")
    }
  }

  static func place(_ offset: Int, _ bytes: [UInt8], _ file: String) -> SourcePlace {
    let position = TextPosition(offset: offset, in: bytes)
    return SourcePlace(file: file, line: position.line, column: position.column)
  }

  private static func firstForbiddenCharacter(_ bytes: [UInt8]) -> Int? {
    for (offset, byte) in bytes.enumerated() {
      switch byte {
      case 0x09, 0x0A, 0x0D: continue
      case 0x00..<0x20, 0x7F: return offset
      case 0xC2: if bytes[offset + 1] < 0xA0 { return offset }
      case 0xE2: if bytes[offset + 1] == 0x80, bytes[offset + 2] & 0xFE == 0xA8 { return offset }
      // U+FEFF behind the start of the file.
      case 0xEF:
        if bytes[offset + 1] == 0xBB, bytes[offset + 2] == 0xBF { return offset }
        if bytes[offset + 1] == 0xBF, bytes[offset + 2] >= 0xBE { return offset }
      default: continue
      }
    }
    return nil
  }

  /// Where the text first uses `*name` after `&name` once too often (`SourceLimits.maximumAliases`). Quotes and blocks
  /// are not told apart here: this only keeps the parser's work small, it decides nothing that it need not.
  static func firstExcessAlias(_ bytes: [UInt8]) -> Int? {
    var anchors: Set<ArraySlice<UInt8>> = []
    var count = 0
    var offset = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      guard byte == 0x26 || byte == 0x2A else { continue }
      let name = bytes[offset...].prefix(while: isNameByte)
      guard !name.isEmpty else { continue }
      if byte == 0x26 {
        anchors.insert(name)
      } else if anchors.contains(name) {
        count += 1
        if count > SourceLimits.maximumAliases { return offset - 1 }
      }
      offset = name.endIndex
    }
    return nil
  }

  /// As libyaml's `IS_ALPHA`, which ends an anchor's name.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
    default: false
    }
  }
}
