/// Sizes that plaintexts are padded to, so that the length of a stored value tells little about the value.
///
/// Up to 64 bytes there is one class; above, four to each power of two (80, 96, 112, 128, 160, 192, …): at most a
/// quarter is added. The padding is 0x80 and then zeros (ISO/IEC 7816-4), inside what the tag covers.
package enum SizeClass {
  /// The class of everything up to 63 bytes.
  package static let smallest = 64

  /// The least class that holds `count` bytes. The plaintext's class is that of its length plus one.
  package static func containing(_ count: Int) -> Int {
    guard count > smallest else { return smallest }
    let power = 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    let step = power / 4
    return (count + step - 1) / step * step
  }

  /// Writes the padding behind `count` bytes of content. The buffer is a whole class.
  static func pad(_ buffer: UnsafeMutableRawBufferPointer, from count: Int) {
    buffer[count] = 0x80
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[(count + 1)...])
    _ = rest.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// How many bytes stand before the padding; nil where there is none, or a smaller class would have done.
  static func contentCount(_ padded: UnsafeRawBufferPointer) -> Int? {
    var index = padded.count - 1
    while index >= 0, padded[index] == 0 { index -= 1 }
    guard index >= 0, padded[index] == 0x80, containing(index + 1) == padded.count else { return nil }
    return index
  }
}
