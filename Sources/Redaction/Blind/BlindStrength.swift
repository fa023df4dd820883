/// Which secrets a blind set may hold. Whoever has the set and its key can try guesses as fast as a hash is computed, so
/// this asks for more than `SecretStrength`: a secret that nobody guesses, even with the letters' case ignored and the
/// bytes under the windows known.
enum BlindStrength {
  static let minimumBytes = 16
  static let minimumBits = 96
  /// What must be left without the bytes under the windows.
  static let minimumHiddenBits = 72

  /// Why `core`, a secret without white space around it, is refused; nil when it may be in a set.
  static func refusal(of core: [UInt8]) -> BlindRefusal? {
    guard !core.isEmpty else { return .blank }
    guard core.count >= minimumBytes else { return .tooShort(bytes: core.count, minimum: minimumBytes) }
    guard core.count <= BlindSet.maximumBytes else {
      return .tooLong(bytes: core.count, maximum: BlindSet.maximumBytes)
    }
    if SecretStrength.isCommon(core) { return .common }
    if core.contains(where: { LineBreaks.continues(false, $0) }) { return .severalLines }
    let folded = core.map(SecretForms.lowerCased)
    let bits = min(SecretStrength.estimatedBits(core), SecretStrength.estimatedBits(folded))
    guard bits >= minimumBits else { return .lowEntropy(bits: bits, minimum: minimumBits) }
    let start = BlindForm.sharedStart(rounded: BlindSet.rounded(core.count))
    let hidden = Array(folded[..<start]) + folded[(start + BlindForm.sharedBytes)...]
    let hiddenBits = SecretStrength.estimatedBits(hidden)
    guard hiddenBits >= minimumHiddenBits else { return .lowEntropy(bits: hiddenBits, minimum: minimumHiddenBits) }
    return isMadeOfWords(core, bits) ? .password : nil
  }

  /// Whether seven of ten letters lie in something like a word, or what lies outside of such is worth too little: four
  /// or more in a row, all small behind the first, or all capital; with a vowel, and never more than three consonants
  /// in a row. Random text has few.
  private static func isMadeOfWords(_ bytes: [UInt8], _ bits: Int) -> Bool {
    var letters = 0
    var inWords = 0
    var start = 0
    while start < bytes.count {
      guard isLetter(bytes[start]) else {
        start += 1
        continue
      }
      let end = runEnd(bytes, start)
      letters += end - start
      if end - start >= 4, isPronounceable(bytes[start..<end]) { inWords += end - start }
      start = end
    }
    return 10 * inWords > 7 * letters || bits * 1000 - inWords * 2700 < minimumBits * 1000
  }

  /// Where the letters end that go on in the case of the second.
  private static func runEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    var end = start + 1
    guard end < bytes.count, isLetter(bytes[end]) else { return end }
    let isSmall = bytes[end] & 0x20 != 0
    if !isSmall && bytes[start] & 0x20 != 0 { return end }
    while end < bytes.count, isLetter(bytes[end]), (bytes[end] & 0x20 != 0) == isSmall { end += 1 }
    return end
  }

  private static func isPronounceable(_ letters: ArraySlice<UInt8>) -> Bool {
    var consonants = 0
    var vowels = 0
    for letter in letters {
      if [0x61, 0x65, 0x69, 0x6F, 0x75, 0x79].contains(letter | 0x20) {
        vowels += 1
        consonants = 0
      } else {
        consonants += 1
        if consonants > 3 { return false }
      }
    }
    return vowels > 0
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
