/// The 20-bit value of a window (docs/spec/blind-patterns.md §4): its bytes, folded, as one number, times a secret one.
struct BlindWindowHasher: Sendable, MaskedPrinting {
  /// Bits of a value.
  static let bits: UInt64 = 20

  let short: UInt64
  let long: UInt64

  init(_ key: BlindKey) { (short, long) = key.multipliers }

  /// The value of a window of four or eight bytes.
  func value(of window: some Collection<UInt8>) -> UInt32 {
    let number = window.reduce(0 as UInt64) { $0 << 8 | UInt64(BlindWindowHasher.folded[Int($1)]) }
    return window.count == 4 ? shortValue(number) : longValue(number)
  }

  /// The value of the lowest four bytes of the number.
  @inline(__always)
  func shortValue(_ number: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: ((number & 0xFFFF_FFFF) &* short) &>> (64 - BlindWindowHasher.bits))
  }

  /// The value of all eight.
  @inline(__always)
  func longValue(_ number: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: (number &* long) &>> (64 - BlindWindowHasher.bits))
  }

  /// Letters in lower case, and of base 64 the characters of RFC 4648 §4: so one window serves forms of both kinds.
  static let folded: [UInt8] = (0...255).map { byte in
    byte == 0x2D ? 0x2B : byte == 0x5F ? 0x2F : SecretForms.lowerCased(UInt8(byte))
  }
}
