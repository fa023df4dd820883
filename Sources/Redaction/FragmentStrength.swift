/// How hard a piece of a secret is to guess.
struct FragmentStrength: MaskedPrinting {
  private let limits: RedactionLimits
  /// Bits of each byte, in tenths, where the whole secret looks random; nil where it does not.
  private let decibitsPerByte: Int?

  /// The judge of the pieces of a secret, of which `body` is what no format says.
  init(_ body: ArraySlice<UInt8>, limits: RedactionLimits) {
    self.limits = limits
    decibitsPerByte = Self.decibits(ofRandom: Array(body))
  }

  /// Whether a piece has the bytes and bits it needs. Of a secret that looks random each byte counts as a choice from
  /// its alphabet, unless it repeats the byte before, and if at least half of the bytes differ; of any other counts
  /// what `SecretStrength` says.
  func isStrong(_ piece: ArraySlice<UInt8>) -> Bool {
    guard piece.count >= limits.minimumFragmentBytes else { return false }
    if looksStrong(piece) { return true }
    // What is too short for its bits needs no look.
    guard piece.count * SecretStrength.mostMillibitsPerByte >= 1000 * limits.minimumFragmentBits else { return false }
    return SecretStrength.estimatedBits(piece) >= limits.minimumFragmentBits
  }

  /// Whether the bytes of a piece of a secret that looks random are enough.
  private func looksStrong(_ piece: ArraySlice<UInt8>) -> Bool {
    guard let decibitsPerByte, piece.count * decibitsPerByte >= 10 * limits.minimumFragmentBits,
      2 * ByteSet(piece).count >= piece.count
    else { return false }
    let repeats = zip(piece, piece.dropFirst()).count { $0 == $1 }
    return (piece.count - repeats) * decibitsPerByte >= 10 * limits.minimumFragmentBits
  }

  /// The worth of a byte of a secret made of the characters of tokens that are mixed as chance mixes them: not too
  /// often three letters of one case in a row, as in words.
  private static func decibits(ofRandom body: [UInt8]) -> Int? {
    let digits = body.count { (0x30...0x39).contains($0) }
    let lower = body.count { (0x61...0x7A).contains($0) }
    let upper = body.count { (0x41...0x5A).contains($0) }
    let others = body.count { $0 == 0x2B || (0x2D...0x2F).contains($0) || $0 == 0x5F }
    guard digits + lower + upper + others == body.count else { return nil }
    let isMixed = lower > 0 && upper > 0
    let isHex = !isMixed && body.allSatisfy { EscapeTokens.hexDigit($0) != nil }
    guard isMixed || digits > 0, lower + upper > 0 else { return nil }
    let rows = zip(body, zip(body.dropFirst(), body.dropFirst(2))).count { first, rest in
      isSameCase(first, rest.0) && isSameCase(rest.0, rest.1)
    }
    guard rows * (isMixed ? 3 : 2) <= body.count else { return nil }
    // 4, 5 and 5.9 bits: of 16, 36 and 62 characters, the second rounded down to base32's.
    return isHex ? 40 : isMixed ? 59 : 50
  }

  private static func isSameCase(_ left: UInt8, _ right: UInt8) -> Bool {
    left & 0x40 != 0 && right & 0x40 != 0 && left & 0x20 == right & 0x20
  }
}
