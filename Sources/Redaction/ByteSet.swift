/// Which bytes occur in a text.
struct ByteSet {
  private var words = SIMD4<UInt64>(repeating: 0)

  /// The bytes of `bytes`.
  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { words[Int(byte >> 6)] |= 1 &<< UInt64(byte & 63) }
  }

  /// How many different ones there are.
  var count: Int { (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount } }
}
