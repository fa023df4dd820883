/// The bytes at which a view of a text may differ from it.
enum ByteClass {
  /// CR and LF.
  case lineBreaks
  /// `%`, `&` and `\`: where an escape may begin.
  case marks
  /// Both.
  case marksAndLineBreaks

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    switch self {
    case .lineBreaks: byte == 0x0A || byte == 0x0D
    case .marks: byte == 0x25 || byte == 0x26 || byte == 0x5C
    case .marksAndLineBreaks: ByteClass.lineBreaks.contains(byte) || ByteClass.marks.contains(byte)
    }
  }

  @inline(__always)
  fileprivate func hits(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
    switch self {
    case .lineBreaks: Self.equal(bytes, 0x0A) | Self.equal(bytes, 0x0D)
    // 0x25 and 0x26 differ from 0x24 and 0x27 in the lowest bits only, so two comparisons are needed for them.
    case .marks: Self.equal(bytes, 0x25) | Self.equal(bytes, 0x26) | Self.equal(bytes, 0x5C)
    case .marksAndLineBreaks: ByteClass.lineBreaks.hits(bytes) | ByteClass.marks.hits(bytes)
    }
  }

  /// 0xFF where a byte equals `value`.
  @inline(__always)
  private static func equal(_ bytes: SIMD16<UInt8>, _ value: UInt8) -> SIMD16<UInt8> {
    SIMD16<UInt8>(repeating: 0).replacing(with: 0xFF, where: bytes .== SIMD16(repeating: value))
  }
}

extension UnsafeRawBufferPointer {
  /// The first index from `start` on with a byte of the class, or `count`.
  ///
  /// The unchecked reads of 16 bytes stay inside the buffer by the loop's bound.
  func nextIndex(of byteClass: ByteClass, from start: Int) -> Int {
    guard let base = baseAddress else { return 0 }
    var index = start
    while index + 16 <= count {
      let hits = byteClass.hits(base.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self))
      let halves = unsafeBitCast(hits, to: SIMD2<UInt64>.self)
      if halves.x | halves.y != 0 {
        let low = UInt64(littleEndian: halves.x)
        return index
          + (low != 0 ? low.trailingZeroBitCount / 8 : 8 + UInt64(littleEndian: halves.y).trailingZeroBitCount / 8)
      }
      index += 16
    }
    while index < count, !byteClass.contains(self[index]) { index += 1 }
    return index
  }
}
