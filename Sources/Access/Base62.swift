internal import Cryptography

/// Texts of random letters and digits, each equally likely.
enum Base62 {
  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// Fills a buffer. Random bytes of 248 and above are thrown away: 256 is no multiple of 62, so that keeping them
  /// would favour the first letters. Throws `tokenGeneration` where the source gives nothing usable.
  static func fill(_ output: UnsafeMutableRawBufferPointer, from source: RandomSource) throws(AccessError) {
    var filled = 0
    // A draw loses 3 % of its bytes on average; ten draws that yield too little are a broken source, not bad luck.
    for _ in 0..<10 {
      let draw = GuardedBytes(random: 64, from: source)
      draw.withBytes { bytes in
        for byte in bytes where byte < 248 && filled < output.count {
          output[filled] = alphabet[Int(byte % 62)]
          filled += 1
        }
      }
      if filled == output.count { return }
    }
    throw .tokenGeneration
  }
}
