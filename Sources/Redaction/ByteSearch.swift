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
}

extension UnsafeRawBufferPointer {
  /// The first index from `start` on with a byte of the class, or `count`.
  func nextIndex(of byteClass: ByteClass, from start: Int) -> Int {
    switch byteClass {
    case .lineBreaks: nextIndex(from: start, ByteTest.lineBreaks, ByteTest.isLineBreak)
    case .zero: nextIndex(from: start, { $0 .== SIMD16(repeating: 0) }, { $0 == 0 })
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
  static func lineBreaks(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 0x0A)) .| (bytes .== SIMD16(repeating: 0x0D))
  }
  @inline(__always)
  static func marks(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
    (bytes .== SIMD16(repeating: 0x25)) .| (bytes .== SIMD16(repeating: 0x26)) .| (bytes .== SIMD16(repeating: 0x5C))
  }
}
