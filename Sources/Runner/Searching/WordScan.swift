import Encodings

/// Takes texts apart into the words that runs are found by (docs/spec/search-index.md §2): letters, marks and numbers that
/// stand together, each in lower case, 2 to 64 of them.
package enum WordScan {
  package static let shortest = 2
  package static let longest = 64

  /// Hands over each word, as UTF-8, until `take` says false; masks are passed over. Gives whether all were taken.
  package static func scan(_ text: String, _ take: (ArraySlice<UInt8>) -> Bool) -> Bool {
    var scan = Scan()
    var isMask = false
    let isJSON = isJSON(text)
    var escape = Escape.none
    for scalar in text.unicodeScalars {
      // What stands between these is the name of a mask, not what somebody sent.
      if scalar == "\u{203A}", isMask {
        isMask = false
        continue
      }
      if isMask { continue }
      var scalar = scalar
      if isJSON {
        guard let read = escape.take(scalar) else { continue }
        scalar = read
      }
      if scalar == "\u{2039}" { isMask = true }
      if !scan.append(scalar), !scan.end(take) { return false }
    }
    return scan.end(take)
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

  private static func isJSON(_ text: String) -> Bool {
    let first = text.utf8.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first.map { [0x7B, 0x5B, 0x22].contains($0) } ?? false
  }

  /// The word under way.
  private struct Scan {
    private var bytes: [UInt8] = []
    private var count = 0

    /// False where the scalar is in no word.
    mutating func append(_ scalar: Unicode.Scalar) -> Bool {
      if scalar.isASCII {
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        switch byte {
        case 0x61...0x7A, 0x30...0x39: bytes.append(byte)
        case 0x41...0x5A: bytes.append(byte | 0x20)
        default: return false
        }
      } else {
        guard Self.isOfWord(scalar) else { return false }
        bytes += scalar.properties.lowercaseMapping.utf8
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

    mutating func end(_ take: (ArraySlice<UInt8>) -> Bool) -> Bool {
      defer {
        bytes.removeAll(keepingCapacity: true)
        count = 0
      }
      guard (WordScan.shortest...WordScan.longest).contains(count) else { return true }
      return take(bytes[...])
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
