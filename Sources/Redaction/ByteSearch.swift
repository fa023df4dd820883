/// The bytes at which a view of a text may differ from it.
enum ByteClass {
  /// CR and LF.
  case lineBreaks
  /// `%`, `&` and `\`: where an escape may begin.
  case marks
  /// Both of these.
  case marksAndLineBreaks
  /// Zero, as UTF-16 has it.
  case zero
  /// 00, 01, 1F and all from 80 on: what UTF-16 and every beginning of a compressed run has one of.
  case binary
  /// 1F and 78: the first byte of a compressed run.
  case compressedHeads
  /// 01, 8B, 9C and DA: the second byte of a compressed run, in text rarer than the first.
  case compressedSeconds
}

extension UnsafeRawBufferPointer {
  /// The first index from `start` on with a byte of the class, or `count`.
  func nextIndex(of byteClass: ByteClass, from start: Int) -> Int {
    switch byteClass {
    case .lineBreaks: nextIndex(from: start, ByteTest.lineBreaks, ByteTest.isLineBreak)
    case .zero: nextIndex(from: start, { $0 .== SIMD16(repeating: 0) }, { $0 == 0 })
    case .binary: nextIndex(from: start, ByteTest.binary, ByteTest.isBinary)
    case .compressedHeads: nextIndex(from: start, ByteTest.compressedHeads, ByteTest.isCompressedHead)
    case .compressedSeconds: nextIndex(from: start, ByteTest.compressedSeconds, ByteTest.isCompressedSecond)
    case .marks: nextIndex(from: start, ByteTest.marks, ByteTest.isMark)
    case .marksAndLineBreaks:
      nextIndex(
        from: start, { ByteTest.lineBreaks($0) .| ByteTest.marks($0) },
        { ByteTest.isLineBreak($0) || ByteTest.isMark($0) })
    }
  }

  /// Looks at 16 bytes at a time. The unchecked reads stay inside the buffer by the loop's bound.
  @inline(__always)
  private func nextIndex(
    from start: Int, _ hits: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>, _ isHit: (UInt8) -> Bool
  ) -> Int {
    guard let base = baseAddress else { return 0 }
    var index = start
    while index &+ 16 <= count {
      let found = hits(base.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self))
      let halves = unsafeBitCast(found, to: SIMD2<UInt64>.self)
      if halves.x | halves.y != 0 { break }
      index &+= 16
    }
    while index < count, !isHit(self[index]) { index &+= 1 }
    return index
  }
}

/// Which bytes belong to the classes, one by one and sixteen at a time.
private enum ByteTest {
  @inline(__always)
  static func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
  @inline(__always)
  static func isMark(_ byte: UInt8) -> Bool { byte == 0x25 || byte == 0x26 || byte == 0x5C }
  @inline(__always)
  static func isBinary(_ byte: UInt8) -> Bool { byte < 2 || byte == 0x1F || byte >= 0x80 }

  @inline(__always)
  static func lineBreaks(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 0x0A)) .| (bytes .== SIMD16(repeating: 0x0D))
  }
  @inline(__always)
  static func binary(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    // As signed numbers, those from 80 on are less than 2 too.
    (unsafeBitCast(bytes, to: SIMD16<Int8>.self) .< SIMD16(repeating: 2)) .| (bytes .== SIMD16(repeating: 0x1F))
  }
  @inline(__always)
  static func isCompressedHead(_ byte: UInt8) -> Bool { byte == 0x1F || byte == 0x78 }
  @inline(__always)
  static func compressedHeads(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 0x1F)) .| (bytes .== SIMD16(repeating: 0x78))
  }
  @inline(__always)
  static func isCompressedSecond(_ byte: UInt8) -> Bool { byte == 1 || byte == 0x8B || byte == 0x9C || byte == 0xDA }
  @inline(__always)
  static func compressedSeconds(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 1)) .| (bytes .== SIMD16(repeating: 0x8B)) .| (bytes .== SIMD16(repeating: 0x9C))
      .| (bytes .== SIMD16(repeating: 0xDA))
  }
  @inline(__always)
  static func marks(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 0x25)) .| (bytes .== SIMD16(repeating: 0x26)) .| (bytes .== SIMD16(repeating: 0x5C))
  }
}
