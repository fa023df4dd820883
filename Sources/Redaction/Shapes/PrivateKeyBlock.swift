/// Private keys between lines of dashes: PKCS #1 and #8, SEC 1, DSA, OpenSSH (RFC 7468 §10 and §11, PROTOCOL.key) and
/// OpenPGP (RFC 9580 §6.2).
///
/// A block without its end (a log that was cut) is taken as far as its long words of base 64 reach.
enum PrivateKeyBlock {
  /// The longest block; a key of 16,384 bits takes 12.5 KB. A line of dashes may reach a few bytes past it.
  static let maximumBytes = TokenShapes.reach - 16
  /// The longest label between the dashes.
  private static let maximumLabel = 40
  /// A block has one word of base 64 at least this long, else it is prose about keys.
  private static let minimumWord = 32
  /// Bytes between the first line and the first long word: headers of RFC 1421.
  private static let maximumHeaders = 512

  static let begin = Array("-----BEGIN ".utf8)
  private static let end = Array("-----END ".utf8)
  private static let dashes = Array("-----".utf8)
  private static let labelEnds = [Array("PRIVATE KEY-----".utf8), Array("PRIVATE KEY BLOCK-----".utf8)]

  /// The block that begins at `start`. Looks at no byte twice, and at none behind the next line of dashes.
  static func range(at start: Int, _ bytes: Span<UInt8>, _ work: inout Int) -> Range<Int>? {
    guard ShapeScan.hasText(begin, at: start, bytes), start == 0 || bytes[start - 1] != 0x2D,
      let body = bodyStart(start + begin.count, bytes)
    else { return nil }
    let limit = min(start + maximumBytes, bytes.count)
    var index = body
    var word = 0
    var longestWord = 0
    while index < limit, !(bytes[index] == 0x2D && ShapeScan.hasText(dashes, at: index, bytes)) {
      word = TokenAlphabet.base64.contains(bytes[index]) ? word + 1 : 0
      longestWord = max(longestWord, word)
      index += 1
    }
    work += index - start
    guard longestWord >= minimumWord else { return nil }
    if index < limit, let end = footerEnd(index, limit, bytes) { return start..<end }
    return start..<wordsEnd(body, index, bytes, &work)
  }

  /// The offset behind the first line, when its label is that of a private key.
  private static func bodyStart(_ label: Int, _ bytes: Span<UInt8>) -> Int? {
    var index = label
    let limit = min(label + maximumLabel, bytes.count)
    while index < limit, bytes[index] == 0x20 || TokenAlphabet.upperBase36.contains(bytes[index]) {
      if let end = labelEnds.first(where: { ShapeScan.hasText($0, at: index, bytes) }) { return index + end.count }
      index += 1
    }
    return nil
  }

  private static func footerEnd(_ start: Int, _ limit: Int, _ bytes: Span<UInt8>) -> Int? {
    guard ShapeScan.hasText(end, at: start, bytes) else { return nil }
    var index = start + end.count
    let limit = min(index + maximumLabel, limit)
    while index < limit, bytes[index] == 0x20 || TokenAlphabet.upperBase36.contains(bytes[index]) { index += 1 }
    return index + dashes.count <= limit && ShapeScan.hasText(dashes, at: index, bytes) ? index + dashes.count : nil
  }

  /// The end of the last word of base 64 in a row of long ones and one shorter one.
  private static func wordsEnd(_ body: Int, _ limit: Int, _ bytes: Span<UInt8>, _ work: inout Int) -> Int {
    var index = body
    var last = body
    while index < limit {
      let gap = index
      while index < limit, !TokenAlphabet.base64.contains(bytes[index]) { index += 1 }
      let word = index
      while index < limit, TokenAlphabet.base64.contains(bytes[index]) || bytes[index] == 0x3D { index += 1 }
      let isFirst = last == body
      if index == word { break }
      if isFirst ? word - body > maximumHeaders : word - gap > 8 { break }
      if index - word >= minimumWord {
        last = index
      } else if !isFirst {
        last = index
        break
      }
    }
    work += index - body
    return last
  }
}
