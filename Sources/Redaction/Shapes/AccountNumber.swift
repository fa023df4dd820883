/// International bank account numbers (ISO 13616): the length of the country, bare or in groups of four, mod 97.
enum AccountNumber {
  /// Thirty-four characters and the spaces between them.
  static let maximumBytes = 42

  /// The length by country, of the registry's release 99 without the countries that only plan to use it.
  static let lengths: [String: Int] = [
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
  ]

  /// The lengths by the two letters, seven bits each.
  private static let lengthsByPair: [Int: Int] = Dictionary(
    uniqueKeysWithValues: lengths.map { (TokenPlan.pair(Array($0.key.utf8)), $0.value) })

  /// The number that begins at `start`, where a border was seen.
  static func range(at start: Int, _ bytes: Span<UInt8>, _ work: inout Int) -> Range<Int>? {
    guard start + 15 <= bytes.count, TokenAlphabet.digits.contains(bytes[start + 2]),
      TokenAlphabet.digits.contains(bytes[start + 3]),
      let count = lengthsByPair[Int(bytes[start]) << 7 | Int(bytes[start + 1])]
    else { return nil }
    let isGrouped = bytes[start + 4] == 0x20
    var characters: [UInt8] = []
    var index = start
    while index < bytes.count, characters.count < count {
      if isGrouped, characters.count % 4 == 0, index > start {
        guard bytes[index] == 0x20 else { return nil }
        index += 1
        guard index < bytes.count else { return nil }
      }
      guard TokenAlphabet.upperBase36.contains(bytes[index]) else { return nil }
      characters.append(bytes[index])
      index += 1
    }
    work += index - start
    guard characters.count == count, index >= bytes.count || !TokenAlphabet.word.contains(bytes[index]) else {
      return nil
    }
    return TokenChecksum.isMod97(characters) ? start..<index : nil
  }
}
