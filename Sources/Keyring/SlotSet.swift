/// A set of slot numbers, one bit each: a million slots take 128 KB.
struct SlotSet: Equatable, Sendable {
  private var words: [UInt64] = []
  private(set) var count = 0
  /// No member is in a word before this one.
  private var firstWord = 0

  init() {}

  var isEmpty: Bool { count == 0 }

  /// The least member.
  var first: UInt32? {
    for index in firstWord..<max(words.count, firstWord) where words[index] != 0 {
      return UInt32(index * 64 + words[index].trailingZeroBitCount)
    }
    return nil
  }

  /// All members in ascending order.
  var members: [UInt32] {
    var members: [UInt32] = []
    members.reserveCapacity(count)
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        members.append(UInt32(index * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    return members
  }

  func contains(_ slot: UInt32) -> Bool {
    let (word, bit) = Self.place(slot)
    return word < words.count && words[word] & bit != 0
  }

  mutating func insert(_ slot: UInt32) {
    let (word, bit) = Self.place(slot)
    if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
    if words[word] & bit == 0 { count += 1 }
    words[word] |= bit
    firstWord = min(firstWord, word)
  }

  mutating func insert(_ slots: Range<UInt32>) { for slot in slots { insert(slot) } }

  mutating func remove(_ slot: UInt32) {
    let (word, bit) = Self.place(slot)
    guard word < words.count, words[word] & bit != 0 else { return }
    words[word] &= ~bit
    count -= 1
  }

  /// Takes the least member out.
  mutating func popFirst() -> UInt32? {
    while firstWord < words.count, words[firstWord] == 0 { firstWord += 1 }
    guard let slot = first else { return nil }
    remove(slot)
    return slot
  }

  private static func place(_ slot: UInt32) -> (word: Int, bit: UInt64) { (Int(slot / 64), 1 << UInt64(slot % 64)) }
}
