/// Splits the bytes of a template into literal bytes and placeholders; the one place that knows `<<`,
/// `>>` and `\<<`.
struct TemplateScanner {
  enum Piece {
    case bytes(ArraySlice<UInt8>)
    case placeholder(Placeholder)
  }

  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int
  /// A literal `<<` that an escape left, to be given next.
  private var pending: ArraySlice<UInt8>?

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next piece; `nil` at the end.
  mutating func next() throws(TemplateFault) -> Piece? {
    if let given = pending {
      pending = nil
      return .bytes(given)
    }
    guard position < bytes.endIndex else { return nil }
    if opens(at: position) { return .placeholder(try placeholder()) }
    let start = position
    while position < bytes.endIndex, !opens(at: position) { position += 1 }
    guard position < bytes.endIndex else { return .bytes(bytes[start...]) }
    let backslashes = bytes[start..<position].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
    let kept = bytes[start..<(position - (backslashes + 1) / 2)]
    if backslashes % 2 == 1 {
      pending = bytes[position..<(position + 2)]
      position += 2
    }
    return .bytes(kept)
  }

  /// Whether a placeholder begins here, escapes aside.
  func opens(at index: Int) -> Bool {
    bytes[index] == UInt8(ascii: "<") && index + 1 < bytes.endIndex && bytes[index + 1] == UInt8(ascii: "<")
  }

  private mutating func placeholder() throws(TemplateFault) -> Placeholder {
    let (placeholder, end) = try Self.placeholder(in: bytes, at: position)
    position = end
    return placeholder
  }

  /// Reads the placeholder whose `<<` is at `start`; returns it and the index behind its `>>`.
  static func placeholder(in bytes: ArraySlice<UInt8>, at start: Int) throws(TemplateFault) -> (Placeholder, Int) {
    let offset = start - bytes.startIndex
    let limit = min(bytes.endIndex, start + 2 + VariablePath.maximumBytes + 2)
    var end = start + 2
    while end + 1 < limit, !(bytes[end] == UInt8(ascii: ">") && bytes[end + 1] == UInt8(ascii: ">")) { end += 1 }
    guard end + 1 < limit else {
      let isLong = isClosed(in: bytes, from: start + 2)
      throw TemplateFault(kind: isLong ? .longPlaceholder : .unterminated, offset: offset)
    }
    do {
      let path = try VariablePath(parsing: String(decoding: bytes[(start + 2)..<end], as: UTF8.self))
      return (Placeholder(path: path, offset: offset), end + 2)
    } catch {
      throw TemplateFault(kind: .path(error), offset: offset)
    }
  }

  /// Whether a `>>` follows, and no `<<` before it, which it would belong to.
  private static func isClosed(in bytes: ArraySlice<UInt8>, from start: Int) -> Bool {
    var index = start
    while index + 1 < bytes.endIndex {
      let pair = (bytes[index], bytes[index + 1])
      if pair == (UInt8(ascii: ">"), UInt8(ascii: ">")) { return true }
      if pair == (UInt8(ascii: "<"), UInt8(ascii: "<")) { return false }
      index += 1
    }
    return false
  }
}
