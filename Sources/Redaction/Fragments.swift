/// Which pieces of a secret are searched for by themselves, so that a part of it that stands alone is found.
///
/// At most three, never overlapping, and each as short as is strong enough: one at the beginning, one at the end, one
/// in the middle. The shorter they are the more cuts leave one whole; what they do not cover of the part that stands
/// there is masked by widening (`ChunkScan`), which looks at the text only. Windows at every offset, or a mask that
/// ends where the text stops agreeing with the secret, would let a chosen text ask for one byte after the other.
enum Fragments {
  /// The longest piece, in bytes. Only where a stretch repeats itself for so long is no shorter one strong enough; each
  /// length is judged, so without a bound a long secret of that kind would cost the square of its size.
  private static let longestPiece = 128

  /// The pieces of an unwrapped secret, in order.
  ///
  /// What a format says (`KnownFormats`) is left out first; what is left must be one token, else it has no pieces. Of a secret with room for one piece only the end is taken: the beginning is what formats and people
  /// show on purpose. A piece that is the whole secret is none.
  static func ranges(of secret: [UInt8], limits: RedactionLimits) -> [Range<Int>] {
    guard secret.count > limits.minimumFragmentBytes else { return [] }
    let body = KnownFormats.body(of: secret)
    // A piece is widened to the token that it is a part of. Of a text of many words or of a whole answer it would take
    // what stands beside it, as far as the text is long.
    guard secret[body].allSatisfy(isTokenByte) else { return [] }
    let judge = FragmentStrength(secret[body], limits: limits)
    let isPiece = { (range: Range<Int>) in isCut(secret, range) && judge.isStrong(secret[range]) }
    let shortest = limits.minimumFragmentBytes
    guard body.count >= shortest else { return [] }
    let first = max(body.lowerBound, body.upperBound - longestPiece)
    let starts = stride(from: body.upperBound - shortest, through: first, by: -1)
    guard let tail = starts.lazy.map({ $0..<body.upperBound }).first(where: isPiece), tail.count < secret.count
    else { return [] }
    let last = min(tail.lowerBound, body.lowerBound + longestPiece)
    let ends = stride(from: body.lowerBound + shortest, through: last, by: 1)
    guard let head = ends.lazy.map({ body.lowerBound..<$0 }).first(where: isPiece) else { return [tail] }
    let gap = tail.lowerBound - head.upperBound
    let middle = stride(from: shortest, through: min(gap, longestPiece), by: 1).lazy
      .map { count in head.upperBound + (gap - count) / 2..<head.upperBound + (gap - count) / 2 + count }
      .first(where: isPiece)
    return [head] + (middle.map { [$0] } ?? []) + [tail]
  }

  /// What may stand in the rest of a token beside a piece of it. It must not depend on the secret: a mask that ends
  /// elsewhere for another secret would tell about it.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x23...0x25, 0x2A, 0x2B, 0x2D...0x2F, 0x3D, 0x3F, 0x40, 0x5E, 0x7E: true  // ! # $ % * + - . / = ? @ ^ ~
    default: isWordByte(byte)
    }
  }

  private static func isCut(_ secret: [UInt8], _ range: Range<Int>) -> Bool {
    let isInside = { (offset: Int) in offset < secret.count && secret[offset] & 0xC0 == 0x80 }
    return !isInside(range.lowerBound) && !isInside(range.upperBound)
      && !secret[range].contains(where: SecretForms.isBlank)
  }
}
