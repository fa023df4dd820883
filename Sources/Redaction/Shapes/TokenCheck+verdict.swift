internal import Encodings

extension TokenCheck {
  /// Whether `range` of the text, which has one of the shape's forms, passes. Its cost is linear in the range.
  func passes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    switch self {
    case .none: true
    case .base62Checksum: TokenCheck.hasBase62Checksum(bytes, range)
    case .routableChecksum: TokenCheck.hasRoutableChecksum(bytes, range)
    case .trailingHexChecksum: TokenCheck.hasTrailingHexChecksum(bytes, range)
    case .base32Account: TokenCheck.hasBase32Account(bytes, range)
    case .jsonHeader: TokenCheck.hasJSONHeader(bytes, range)
    case .bech32: TokenChecksum.isBech32(bytes, range)
    case .base64Number: TokenCheck.hasBase64Number(bytes, range)
    case .canonicalBase64:
      Base64.decode(TokenCheck.copy(bytes, range), padding: .optional) != nil
    case .mixedCharacters: TokenCheck.hasMixedCharacters(bytes, range)
    }
  }

  private static func hasBase62Checksum(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let line = range.first(where: { bytes[$0] == 0x5F }), line + 7 < range.upperBound else { return false }
    let end = range.upperBound - 6
    let sum = TokenChecksum.number(bytes, end..<range.upperBound, base: 62)
    return sum == UInt64(TokenChecksum.crc32(bytes, line + 1..<end))
  }

  private static func hasRoutableChecksum(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let dash = range.first(where: { bytes[$0] == 0x2D }), let dot = range.first(where: { bytes[$0] == 0x2E }),
      dash < dot, dot + 9 < range.upperBound
    else { return false }
    let end = range.upperBound - 7
    let count = TokenChecksum.number(bytes, end - 2..<end, base: 36)
    let sum = TokenChecksum.number(bytes, end..<range.upperBound, base: 36)
    // A runner's token has `t`, a digit and `_` before what is counted.
    let isRunner = bytes[dash + 1] == 0x74 && TokenAlphabet.digits.contains(bytes[dash + 2]) && bytes[dash + 3] == 0x5F
    guard count == UInt64(dot - dash - 1) || isRunner && count == UInt64(dot - dash - 4) else { return false }
    return sum == UInt64(TokenChecksum.crc32(bytes, range.lowerBound..<end))
  }

  private static func hasTrailingHexChecksum(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let end = range.upperBound - 9
    guard end > range.lowerBound else { return false }
    let sum = TokenChecksum.crc32(bytes, range.lowerBound..<end)
    return Hex.decode(copy(bytes, end + 1..<range.upperBound), allowUpperCase: false)
      == (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) }
  }

  private static func hasBase32Account(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var bits: UInt64 = 0
    for index in range.lowerBound + 4..<range.lowerBound + 12 {
      let byte = bytes[index]
      bits = bits << 5 | UInt64(byte >= 0x41 ? byte - 0x41 : byte - 0x32 + 26)
    }
    // Of 40 bits here the first is a mark, the other 39 and one more are the number of the account.
    let next = bytes[range.lowerBound + 12]
    let last = UInt64(next >= 0x41 ? next - 0x41 : next - 0x32 + 26) >> 4
    return (bits & 0x7F_FFFF_FFFF) << 1 | last <= 999_999_999_999
  }

  private static func hasJSONHeader(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let dot = range.first(where: { bytes[$0] == 0x2E }),
      let header = Base64.decode(
        copy(bytes, range.lowerBound..<dot), alphabet: .urlSafe, padding: .forbidden),
      let tape = try? JSONTape(header, limits: JSONLimits(maximumBytes: 4096, maximumDepth: 8, maximumNodes: 256)),
      let algorithm = tape.member(tape.root, "alg")
    else { return false }
    return tape.string(algorithm) != nil
  }

  private static func hasBase64Number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let dot = range.first(where: { bytes[$0] == 0x2E }),
      let digits = Base64.decode(copy(bytes, range.lowerBound..<dot), alphabet: .urlSafe, padding: .forbidden)
    else { return false }
    return (17...20).contains(digits.count) && digits.allSatisfy { TokenAlphabet.digits.contains($0) }
  }

  private static func hasMixedCharacters(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    range.contains { (0x30...0x39).contains(bytes[$0]) } && range.contains { (0x41...0x5A).contains(bytes[$0]) }
      && range.contains { (0x61...0x7A).contains(bytes[$0]) }
  }

  private static func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] { range.map { bytes[$0] } }
}
