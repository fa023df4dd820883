/// Where in a text a form of a catalogue may have its anchor: one cheap pass over all bytes, which hardly any place of
/// ordinary text passes.
struct ShapeFilter: Sendable {
  /// For each two bytes, seven bits each: 0 no form has its anchor there, 1 only forms that begin there and behind no
  /// word character, 2 others.
  private let pairs: [UInt8]

  static let never: UInt8 = 0
  static let atBorders: UInt8 = 1
  static let anywhere: UInt8 = 2

  /// For each byte, 1 for a character of words, 2 for one that begins an escape: `\`, `%`, ESC.
  private static let classes: [UInt8] = (0...255).map { byte in
    (TokenAlphabet.word.contains(UInt8(byte)) ? 1 : 0) | ([0x5C, 0x25, 0x1B].contains(byte) ? 2 : 0)
  }
  /// The most bytes from the first of an escape to what follows it: `ESC [ 30;41;1;4 m`.
  private static let escapeBytes = 14

  /// A filter of the kinds of all pairs.
  init(pairs: [UInt8]) {
    precondition(pairs.count == 1 << 14, "a filter knows every pair")
    self.pairs = pairs
  }

  /// Appends the offsets of `range` at which an anchor may be, in order. The byte behind each is in the text too.
  ///
  /// The unchecked reads stay inside: the loop ends before the text does, a pair has 14 bits and a class 8.
  func appendAnchors(in text: UnsafeRawBufferPointer, _ range: Range<Int>, to anchors: inout [Int]) {
    guard let base = text.baseAddress, range.upperBound <= text.count, range.lowerBound >= 0 else { return }
    let end = min(range.upperBound, text.count - 1)
    guard range.lowerBound < end else { return }
    pairs.withUnsafeBufferPointer { pairs in
      ShapeFilter.classes.withUnsafeBufferPointer { classes in
        guard let pairs = pairs.baseAddress, let classes = classes.baseAddress else { return }
        var isWord: UInt8 = 0
        // A bit for each byte before, whether an escape begins with it.
        var escapes: UInt32 = 0
        for index in max(range.lowerBound - ShapeFilter.escapeBytes, 0)..<range.lowerBound {
          let byteClass = classes[Int(base.load(fromByteOffset: index, as: UInt8.self))]
          isWord = byteClass & 1
          escapes = escapes << 1 | UInt32(byteClass >> 1)
        }
        var byte = base.load(fromByteOffset: range.lowerBound, as: UInt8.self)
        for index in range.lowerBound..<end {
          let next = base.load(fromByteOffset: index &+ 1, as: UInt8.self)
          let kind = pairs[Int(byte & 0x7F) &<< 7 | Int(next & 0x7F)]
          let isInside = escapes == 0 ? isWord : 0
          if kind & ~isInside != 0 { anchors.append(index) }
          let byteClass = classes[Int(byte)]
          isWord = byteClass & 1
          escapes = (escapes &<< 1 | UInt32(byteClass &>> 1)) & ((1 << UInt32(ShapeFilter.escapeBytes)) - 1)
          byte = next
        }
      }
    }
  }
}
