/// Finds where gzip (RFC 1952) or zlib (RFC 1950) may begin in a view.
///
/// Each place with such a beginning is looked at by itself, also inside another run, so that what is found does not
/// depend on where a text was cut. A deflate stream without a header (RFC 1951) begins like anything else and is not
/// recognised.
enum CompressedRuns {
  /// The first bytes of a run, which must stand together: no less can hold a secret, and so many make a run of base64
  /// or hexadecimal, wherever a text was cut before them.
  static let firstBytes = 9

  /// The offsets at which a run may begin, in order. `x^`, the rarest header of zlib, is also ordinary text; it counts
  /// only where `isDecoded` says that the bytes were encoded.
  static func heads(in view: UnsafeRawBufferPointer, isDecoded: Bool) -> [Int] {
    var heads: [Int] = []
    view.forEachStop(.compressedHeads) { position in
      guard position <= view.count - firstBytes else { return false }
      if isHead(position, view, isDecoded) { heads.append(position) }
      return true
    }
    return heads
  }

  private static func isHead(_ offset: Int, _ view: UnsafeRawBufferPointer, _ isDecoded: Bool) -> Bool {
    switch (view[offset], view[offset + 1]) {
    case (0x1F, 0x8B): view[offset + 2] == 8 && view[offset + 3] & 0xE0 == 0  // deflate, and no reserved flag
    case (0x78, 0x01), (0x78, 0x9C), (0x78, 0xDA): true
    case (0x78, 0x5E): isDecoded
    default: false
    }
  }
}
