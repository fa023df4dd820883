/// Search for byte strings, in time linear in what is searched and what is searched for: whoever sends both must not
/// decide that it takes longer than they are.
enum ByteSearch {
  /// The first place of `needle` at or after `start`; an empty needle is everywhere. Both begin at index 0.
  ///
  /// Each byte of `bytes` is read once, and compared twice on average at most (Knuth, Morris, Pratt).
  static func firstRange<Needle: RandomAccessCollection, Bytes: RandomAccessCollection>(
    of needle: Needle, in bytes: Bytes, from start: Int = 0
  ) -> Range<Int>? where Needle.Element == UInt8, Needle.Index == Int, Bytes.Element == UInt8, Bytes.Index == Int {
    let (size, end) = (needle.count, bytes.count)
    guard size > 0 else { return start..<start }
    guard end - start >= size else { return nil }
    let borders = Self.borders(of: needle)
    var matched = 0
    var position = start
    // What is left must be long enough for the rest of the needle.
    while end - position >= size - matched {
      let byte = bytes[position]
      while matched > 0, needle[matched] != byte { matched = borders[matched - 1] }
      if needle[matched] == byte { matched += 1 }
      position += 1
      if matched == size { return position - size..<position }
    }
    return nil
  }

  /// For each beginning of the needle the length of the longest shorter one that it ends with: so much is matched still
  /// where the byte behind it is another.
  private static func borders<Needle: RandomAccessCollection>(
    of needle: Needle
  ) -> [Int] where Needle.Element == UInt8, Needle.Index == Int {
    var borders = [Int](repeating: 0, count: needle.count)
    var matched = 0
    for place in 1..<needle.count {
      let byte = needle[place]
      while matched > 0, needle[matched] != byte { matched = borders[matched - 1] }
      if needle[matched] == byte { matched += 1 }
      borders[place] = matched
    }
    return borders
  }
}
