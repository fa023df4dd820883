import Encodings

/// Takes texts apart into the words that runs are found by (docs/spec/search-index.md §2): letters, marks and numbers that
/// stand together, each in lower case, 2 to 64 of them.
package enum WordScan {
  package static let shortest = 2
  package static let longest = 64

  /// Hands over each word, as UTF-8, until `take` says false; masks are passed over. Gives whether all were taken. What is
  /// handed over stands only until `take` is done.
  package static func scan(_ text: String, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      withUnsafeTemporaryAllocation(byteCount: Scan.mostBytes, alignment: 8) { word in
        var scan = Scan(isJSON: isJSON(bytes), word: word)
        return scan.run(bytes, take)
      }
    }
  }

  /// The words of a text, each once, in the order in which they come.
  package static func words(of text: String) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var known: Set<[UInt8]> = []
    _ = scan(text) { word in
      if known.insert(Array(word)).inserted { words.append(Array(word)) }
      return true
    }
    return words
  }

  private static func isJSON(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let first = text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first.map { [0x7B, 0x5B, 0x22].contains($0) } ?? false
  }

  /// The way through a text, and the word under way. Nearly all texts are ASCII without escapes, so these bytes are looked
  /// up in a table; all else is read scalar by scalar.
  private struct Scan {
    /// A word of the longest length in any script: a lower-case mapping has 3 scalars at most.
    static let mostBytes = (WordScan.longest + 1) * 3 * 4

    let isJSON: Bool
    let word: UnsafeMutableRawBufferPointer
    private var byteCount = 0
    private var count = 0
    private var escape = Escape.none

    init(isJSON: Bool, word: UnsafeMutableRawBufferPointer) {
      self.isJSON = isJSON
      self.word = word
    }

    /// For each ASCII byte the byte of a word that it stands for; 0: it stands in none.
    private static let lower: [UInt8] = (0..<0x80).map { (byte: UInt8) in
      switch byte {
      case 0x61...0x7A, 0x30...0x39: byte
      case 0x41...0x5A: byte | 0x20
      default: 0
      }
    }

    mutating func run(_ text: UnsafeBufferPointer<UInt8>, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
      Self.lower.withUnsafeBufferPointer { lower in
        var at = 0
        while at < text.count {
          let byte = text[at]
          if byte < 0x80, case .none = escape, !(byte == 0x5C && isJSON) {
            at += 1
            let letter = lower[Int(byte)]
            if letter != 0 {
              append(byte: letter)
            } else if count > 0, !end(take) {
              return false
            }
            continue
          }
          if case .none = escape, let end = Self.endOfMask(text, at) {
            at = end
            if count > 0, !self.end(take) { return false }
            continue
          }
          let (scalar, length) = Self.scalar(text, at)
          at += length
          if !pass(scalar, take) { return false }
        }
        return end(take)
      }
    }

    private mutating func pass(_ scalar: Unicode.Scalar, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
      var scalar = scalar
      if isJSON {
        guard let read = escape.take(scalar) else { return true }
        scalar = read
      }
      return append(scalar) || end(take)
    }

    /// The longest text between the brackets of a mask, in bytes: a name, `·` and four characters.
    private static let mostMaskBytes = 54

    /// Where a mask ends that begins here: `‹NAME·k7f2›`, or `‹›`. What stands in it is the name of a mask, not what
    /// somebody sent. Nil where none begins: a bracket that somebody sent hides nothing behind it.
    private static func endOfMask(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
      guard bracket(text, start) == 0xB9 else { return nil }
      let name = start + 3
      var at = name
      while at < text.count, at - name <= mostMaskBytes {
        if let bracket = bracket(text, at) {
          return bracket == 0xBA && (at == name || hasPseudonym(text, name, at)) ? at + 3 : nil
        }
        let byte = text[at]
        guard byte >= 0x80 || lower[Int(byte)] != 0 || [0x5F, 0x2D, 0x2E, 0x2F, 0x3A, 0x5E, 0x7E].contains(byte)
        else { return nil }
        at += 1
      }
      return nil
    }

    /// The last byte of the bracket that stands here: 0xB9 for `‹`, 0xBA for `›`.
    private static func bracket(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt8? {
      guard at + 2 < text.count, text[at] == 0xE2, text[at + 1] == 0x80 else { return nil }
      let last = text[at + 2]
      return last == 0xB9 || last == 0xBA ? last : nil
    }

    /// Whether it ends as the text of a mask does: `·` and four of `0-9 a-z`.
    private static func hasPseudonym(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
      guard end - start >= 6, text[end - 6] == 0xC2, text[end - 5] == 0xB7 else { return false }
      return text[(end - 4)..<end].allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }

    /// A string's UTF-8 is whole.
    private static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (Unicode.Scalar, Int) {
      let first = UInt32(text[at])
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      var value = length == 1 ? first : first & (0x7F >> UInt32(length))
      for next in 1..<max(length, 1) where at + next < text.count {
        value = value << 6 | UInt32(text[at + next] & 0x3F)
      }
      return (Unicode.Scalar(value) ?? " ", length)
    }

    private mutating func append(byte: UInt8) {
      // What is too long is no word: it is only counted.
      if count < WordScan.longest {
        word[byteCount] = byte
        byteCount += 1
      }
      count += 1
    }

    /// False where the scalar is in no word.
    private mutating func append(_ scalar: Unicode.Scalar) -> Bool {
      if scalar.isASCII {
        let letter = Self.lower[Int(scalar.value)]
        if letter != 0 { append(byte: letter) }
        return letter != 0
      }
      guard Self.isOfWord(scalar) else { return false }
      if count < WordScan.longest {
        for byte in scalar.properties.lowercaseMapping.utf8 where byteCount < word.count {
          word[byteCount] = byte
          byteCount += 1
        }
      }
      count += 1
      return true
    }

    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
        .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
        true
      default: false
      }
    }

    private mutating func end(_ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
      defer {
        byteCount = 0
        count = 0
      }
      guard (WordScan.shortest...WordScan.longest).contains(count) else { return true }
      return take(UnsafeRawBufferPointer(rebasing: word[..<byteCount]))
    }
  }

  /// Escapes of JSON strings: letters behind a backslash are in no word, but for the character that they stand for.
  private enum Escape {
    case none
    case begun
    case digits(UInt32, Int)

    /// The scalar to go on with; nil inside an escape.
    mutating func take(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
      switch self {
      case .none:
        guard scalar == "\\" else { return scalar }
        self = .begun
        return nil
      case .begun:
        self = scalar == "u" ? .digits(0, 0) : .none
        // A space: the word before it is over.
        return scalar == "u" ? nil : " "
      case .digits(let value, let count):
        guard let digit = Hex.value(of: scalar) else {
          self = .none
          return " "
        }
        let value = value << 4 | digit
        self = count == 3 ? .none : .digits(value, count + 1)
        // Half of a pair is no letter by itself.
        return count == 3 ? Unicode.Scalar(value) ?? " " : nil
      }
    }
  }
}

extension Hex {
  fileprivate static func value(of scalar: Unicode.Scalar) -> UInt32? {
    switch scalar.value {
    case 0x30...0x39: scalar.value - 0x30
    case 0x41...0x46: scalar.value - 0x37
    case 0x61...0x66: scalar.value - 0x57
    default: nil
    }
  }
}
