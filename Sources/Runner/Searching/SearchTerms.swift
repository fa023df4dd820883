import Encodings

/// What a run is found by: words and names of steps, each once. They lie one behind the other as the messages of their
/// tokens (docs/spec/search-index.md §1), because a run has hundreds of them and most are a few bytes long.
struct SearchTerms {
  private(set) var bytes: [UInt8] = []
  /// Where each message ends.
  private(set) var ends: [Int] = []
  /// Open addressing: numbers of messages, counted from 1; 0 is free. Its size is a power of two, at most half full.
  private var table = [UInt32](repeating: 0, count: 64)

  init() {}

  init(words: [[UInt8]] = [], steps: [String] = [], isCut: Bool = false) {
    for word in words { word.withUnsafeBytes { insert(word: $0) } }
    for step in steps { insert(step: step) }
    if isCut { insertCut() }
  }

  var count: Int { ends.count }

  /// A word, as `WordScan` gives it.
  mutating func insert(word: UnsafeRawBufferPointer) { insert("word", word) }

  /// The name of a step.
  mutating func insert(step: String) {
    var step = step
    step.withUTF8 { insert("step", UnsafeRawBufferPointer($0)) }
  }

  /// The mark of a run that has, or may have, more words than it is found by.
  mutating func insertCut() { insert("cut", UnsafeRawBufferPointer(start: nil, count: 0)) }

  private mutating func insert(_ kind: StaticString, _ text: UnsafeRawBufferPointer) {
    let start = bytes.count
    append(field: UnsafeRawBufferPointer(start: kind.utf8Start, count: kind.utf8CodeUnitCount))
    append(field: text)
    if ends.count * 2 >= table.count { grow() }
    let place = place(of: start..<bytes.count)
    guard table[place] == 0 else {
      bytes.removeLast(bytes.count - start)
      return
    }
    ends.append(bytes.count)
    table[place] = UInt32(ends.count)
  }

  /// As `LengthPrefixed` has it.
  private mutating func append(field: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: UInt64(field.count).bigEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: field)
  }

  /// Where this message stands in the table, or may be put. The hash is seeded: nobody who sends words can choose where
  /// they meet.
  private func place(of range: Range<Int>) -> Int {
    bytes.withUnsafeBytes { all in
      let message = UnsafeRawBufferPointer(rebasing: all[range])
      var hasher = Hasher()
      hasher.combine(bytes: message)
      var place = hasher.finalize() & (table.count - 1)
      while table[place] != 0 {
        let number = Int(table[place]) - 1
        let other = (number == 0 ? 0 : ends[number - 1])..<ends[number]
        if other.count == message.count, all[other].elementsEqual(message) { return place }
        place = (place + 1) & (table.count - 1)
      }
      return place
    }
  }

  private mutating func grow() {
    table = [UInt32](repeating: 0, count: table.count * 2)
    var start = 0
    for (number, end) in ends.enumerated() {
      table[place(of: start..<end)] = UInt32(number + 1)
      start = end
    }
  }
}
