/// Which places of a text may hold a form, by the value of the window there. Hardly any window of ordinary text passes.
struct BlindFilter: Sendable, MaskedPrinting {
  /// A window of the text whose value some form has.
  struct Hit {
    /// Where it begins.
    var position: Int
    var value: UInt32
    var isLong: Bool
  }

  private let hasher: BlindWindowHasher
  /// A bit for each value, and before it a coarser one for each sixteen, small enough for the processor's nearest cache.
  private let short: [UInt64]
  private let long: [UInt64]
  private let coarse: [UInt64]

  private static let coarseShift: UInt32 = 4
  private static let words = 1 << (Int(BlindWindowHasher.bits) - 6)
  private static let coarseWords = words >> Int(coarseShift)

  init(_ hasher: BlindWindowHasher, short: [UInt32], long: [UInt32]) {
    self.hasher = hasher
    var shortBits = [UInt64](repeating: 0, count: BlindFilter.words)
    var longBits = shortBits
    // The coarse bits of short windows, then those of long ones.
    var coarse = [UInt64](repeating: 0, count: 2 * BlindFilter.coarseWords)
    for value in short {
      shortBits[Int(value >> 6)] |= 1 << UInt64(value & 63)
      let bit = value >> BlindFilter.coarseShift
      coarse[Int(bit >> 6)] |= 1 << UInt64(bit & 63)
    }
    for value in long {
      longBits[Int(value >> 6)] |= 1 << UInt64(value & 63)
      let bit = value >> BlindFilter.coarseShift
      coarse[BlindFilter.coarseWords + Int(bit >> 6)] |= 1 << UInt64(bit & 63)
    }
    self.short = shortBits
    self.long = longBits
    self.coarse = coarse
  }

  /// Appends the windows that lie inside `range` of the text and pass, in order.
  ///
  /// The unchecked reads stay inside: the loop runs over `range`, which lies in `text`; a folded byte is below 256; a
  /// value has 20 bits, for which the tables are made.
  func appendHits(in text: UnsafeRawBufferPointer, _ range: Range<Int>, to hits: inout [Hit]) {
    guard let base = text.baseAddress, range.lowerBound >= 0, range.upperBound <= text.count else { return }
    coarse.withUnsafeBufferPointer { coarse in
      BlindWindowHasher.folded.withUnsafeBufferPointer { folded in
        guard let bits = coarse.baseAddress, let fold = folded.baseAddress else { return }
        let longBits = bits + BlindFilter.coarseWords
        var number: UInt64 = 0
        for index in range {
          number = number &<< 8 | UInt64(fold[Int(base.load(fromByteOffset: index, as: UInt8.self))])
          let shortValue = hasher.shortValue(number)
          let longValue = hasher.longValue(number)
          guard BlindFilter.bit(bits, shortValue) | BlindFilter.bit(longBits, longValue) != 0 else { continue }
          append(shortValue, longValue, endingAt: index + 1, range.lowerBound, to: &hits)
        }
      }
    }
  }

  private func append(_ short: UInt32, _ long: UInt32, endingAt end: Int, _ start: Int, to hits: inout [Hit]) {
    if end - 4 >= start, self.short[Int(short >> 6)] >> UInt64(short & 63) & 1 != 0 {
      hits.append(Hit(position: end - 4, value: short, isLong: false))
    }
    if end - 8 >= start, self.long[Int(long >> 6)] >> UInt64(long & 63) & 1 != 0 {
      hits.append(Hit(position: end - 8, value: long, isLong: true))
    }
  }

  @inline(__always)
  private static func bit(_ words: UnsafePointer<UInt64>, _ value: UInt32) -> UInt64 {
    let bit = value &>> coarseShift
    return words[Int(bit &>> 6)] &>> UInt64(bit & 63) & 1
  }
}
