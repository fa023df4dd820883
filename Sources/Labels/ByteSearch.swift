/// Plain search for short byte strings.
enum ByteSearch {
  /// The first place of `needle` at or after `start`; an empty needle is everywhere.
  static func firstRange(of needle: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Range<Int>? {
    guard let first = needle.first else { return start..<start }
    guard bytes.count >= needle.count else { return nil }
    var position = start
    let last = bytes.count - needle.count
    while position <= last {
      if bytes[position] == first, bytes[position..<position + needle.count].elementsEqual(needle) {
        return position..<position + needle.count
      }
      position += 1
    }
    return nil
  }
}
