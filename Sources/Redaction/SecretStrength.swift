/// A rough estimate of how unlikely a secret is to occur in ordinary text.
///
/// It is no judgement of a password against guessing. It only separates values that can be masked wherever they appear
/// from words, dates, counters and patterns, whose masking would hide the log. It errs on the low side.
package enum SecretStrength {
  /// Estimated bits of `bytes`.
  ///
  /// Each byte is worth what its neighbourhood of character classes suggests; a byte that repeats the last one, or
  /// steps up or down by one, is worth one bit; and a repeated pattern counts once.
  package static func estimatedBits(_ bytes: some Collection<UInt8>) -> Int {
    let bytes = Array(bytes)
    let period = shortestPeriod(bytes)
    let counted = bytes.prefix(period)
    let worth = millibitsPerByte(counted)
    var millibits = 0
    var last: UInt8?
    for byte in counted {
      let step = last.map { Int(byte) - Int($0) } ?? 2
      millibits += abs(step) <= 1 ? 1000 : worth
      last = byte
    }
    // Of many bytes, few different ones: not more than choosing among those, and a little for their choice.
    let distinct = ByteSet(counted).count
    let ceiling = counted.count * (bitWidth(distinct) + 1) * 1000
    return min(millibits, ceiling) / 1000 + bitWidth(bytes.count / max(period, 1))
  }

  /// True for values from manuals and lists of the commonest passwords, without regard to case.
  package static func isCommon(_ bytes: some Collection<UInt8>) -> Bool {
    guard bytes.count <= longestCommon else { return false }
    return common.contains(String(decoding: bytes.map { $0 | ((0x41...0x5A).contains($0) ? 0x20 : 0) }, as: UTF8.self))
  }

  /// The most that one byte is worth. So no text is worth more than this for each of its bytes.
  static let mostMillibitsPerByte = 4200

  private static func millibitsPerByte(_ bytes: some Collection<UInt8>) -> Int {
    var (hasDigit, hasLower, hasUpper, hasOther) = (false, false, false, false)
    for byte in bytes {
      switch byte {
      case 0x30...0x39: hasDigit = true
      case 0x61...0x7A: hasLower = true
      case 0x41...0x5A: hasUpper = true
      default: hasOther = true
      }
    }
    switch (hasDigit, hasLower, hasUpper, hasOther) {
    case (true, false, false, false): return 3300
    case (false, true, false, false), (false, false, true, false): return 2300  // as words are
    case (false, true, true, false): return 3000
    case (false, true, false, true), (false, false, true, true): return 2800
    case (true, false, false, true): return 2600  // dates, times, addresses
    default: return mostMillibitsPerByte
    }
  }

  /// The length of the shortest prefix that, repeated, makes the whole.
  private static func shortestPeriod(_ bytes: [UInt8]) -> Int {
    guard bytes.count > 1 else { return bytes.count }
    // The failure function of Knuth, Morris and Pratt gives it in linear time.
    var border = [Int](repeating: 0, count: bytes.count)
    var length = 0
    for index in 1..<bytes.count {
      while length > 0, bytes[index] != bytes[length] { length = border[length - 1] }
      if bytes[index] == bytes[length] { length += 1 }
      border[index] = length
    }
    return bytes.count - border[bytes.count - 1]
  }

  private static func bitWidth(_ count: Int) -> Int {
    count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
  }

  private static let common: Set<String> = [
    "password1", "password12", "password123", "passw0rd", "p@ssw0rd", "p@ssword", "p@ssword1", "p@ssw0rd1", "pa$$word",
    "pa$$w0rd", "password!", "password1!", "qwerty123", "qwerty1234", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "q1w2e3r4",
    "zaq12wsx", "abc12345", "abcd1234", "a1b2c3d4", "iloveyou1", "changeme1", "changeme!", "change-me", "change_me",
    "changeme123", "welcome1", "welcome123", "welcome1!", "letmein1", "admin123", "admin1234", "administrator",
    "root1234",
    "test1234", "testtest1", "secret123", "s3cr3t12", "your-api-key", "your_api_key", "your-token-here",
    "your-secret-key", "not-a-secret", "placeholder", "example-secret", "undefined", "localhost", "localhost:8080",
    "application/json", "text/plain", "content-type", "authorization", "correct horse battery staple",
    "correcthorsebatterystaple", "00000000-0000-0000-0000-000000000000",
  ]

  private static let longestCommon = common.reduce(0) { max($0, $1.utf8.count) }
}

/// Letters, digits and `_`, in ASCII: what makes up a token.
func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
  default: false
  }
}
