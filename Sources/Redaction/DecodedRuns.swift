/// Undoes base64 and hexadecimal where a text may hold some, so that what they stand for can be searched.
///
/// Forms find a secret that was encoded by itself or with plain text around it. What was encoded after another step
/// (base64 of base64, of UTF-16, of escaped JSON) is found only by decoding.
///
/// A run is a stretch of characters of the alphabet that is long enough to hold the shortest form. Where the encoded
/// text begins inside the run is unknown (`token=` is no part of the alphabet, but `path/` is), so each run is decoded
/// with bytes beginning at each bit where they can: 0, 2, 4 and 6 in base64, 0 and 4 in hexadecimal. This also makes
/// the result independent of where a text was cut.
enum DecodedRuns {
  /// The shortest stretch of base64 that can spell eight bytes.
  static let minimumBase64 = 11
  /// The same in hexadecimal.
  static let minimumHex = 16

  /// The views of `text` that are not empty; each holds all runs, decoded from one bit on.
  static func views(of text: UnsafeRawBufferPointer) -> [TextView] {
    let runs = Alphabet.base64.runs(in: text, minimum: minimumBase64, inside: [0..<text.count])
    guard !runs.isEmpty else { return [] }
    let hexRuns = Alphabet.hex.runs(in: text, minimum: minimumHex, inside: runs)
    return [0, 2, 4, 6].map { decoded(runs, of: text, skippingBits: $0, alphabet: .base64) }
      + (hexRuns.isEmpty ? [] : [0, 4].map { decoded(hexRuns, of: text, skippingBits: $0, alphabet: .hex) })
  }

  private static func decoded(
    _ runs: [Range<Int>], of text: UnsafeRawBufferPointer, skippingBits skipped: Int, alphabet: Alphabet
  ) -> TextView {
    var map = ViewMap()
    map.isolatesSegments = true
    let room = runs.reduce(0) { $0 + $1.count + 1 }
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { output, count in
      for run in runs {
        map.segments.append(
          .init(
            view: count, source: run.lowerBound, sourceEnd: run.upperBound, bits: alphabet.bits, skippedBits: skipped))
        alphabet.decode(text, run, skippingBits: skipped, to: output, at: &count)
        // Nothing may seem to continue from one run into the next: forms across two segments are refused, and this
        // byte is part of no escape.
        output[count] = 0xFF
        count += 1
      }
    }
    return TextView(bytes: bytes, map: map)
  }

  /// Characters that each stand for a few bits.
  private struct Alphabet {
    static let base64 = Alphabet(bits: 6) { byte in
      switch byte {
      case 0x41...0x5A: byte - 0x41
      case 0x61...0x7A: byte - 0x61 + 26
      case 0x30...0x39: byte - 0x30 + 52
      case 0x2B, 0x2D: 62
      case 0x2F, 0x5F: 63
      default: nil
      }
    }
    static let hex = Alphabet(bits: 4) { EscapeTokens.hexDigit($0).map { UInt8(truncatingIfNeeded: $0) } }

    let bits: Int
    /// The value of each byte; 255 for those that are not of the alphabet.
    private let values: [UInt8]

    private init(bits: Int, value: (UInt8) -> UInt8?) {
      self.bits = bits
      values = (0...255).map { value($0) ?? 255 }
    }

    /// The maximal stretches of at least `minimum` characters, inside the given ranges.
    func runs(in text: UnsafeRawBufferPointer, minimum: Int, inside ranges: [Range<Int>]) -> [Range<Int>] {
      var runs: [Range<Int>] = []
      values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress else { return }
        for range in ranges {
          // A run that is long enough covers one of these places, wherever it begins.
          var start = range.lowerBound
          var place = start + minimum - 1
          while place < range.upperBound {
            guard values[Int(text[place])] != 255 else {
              start = place + 1
              place += minimum
              continue
            }
            var first = place
            while first > start, values[Int(text[first - 1])] != 255 { first -= 1 }
            var end = place + 1
            while end < range.upperBound, values[Int(text[end])] != 255 { end += 1 }
            if end - first >= minimum { runs.append(first..<end) }
            start = end
            place = end + minimum
          }
        }
      }
      return runs
    }

    /// Appends what `range` stands for, from a bit of its first two characters on, to `output` at `count`; bits at the
    /// end that make no whole byte are dropped.
    ///
    /// The unchecked accesses stay inside: `range` lies in `text` and holds characters of the alphabet only, and
    /// `output` has room for as many bytes as there are characters.
    func decode(
      _ text: UnsafeRawBufferPointer, _ range: Range<Int>, skippingBits skipped: Int,
      to output: UnsafeMutableBufferPointer<UInt8>, at count: inout Int
    ) {
      guard let source = text.baseAddress, let target = output.baseAddress else { return }
      values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress else { return }
        let value = { (position: Int) in
          UInt32(values[Int(source.load(fromByteOffset: position, as: UInt8.self))])
        }
        var position = range.lowerBound
        var written = count
        // Bits that were read and make no byte yet: at first, those of the first character that are not skipped.
        var group: UInt32 = 0
        var held = -skipped
        while position < range.upperBound {
          if bits == 6, held == 0 {
            // The usual case, four characters at a time.
            while position &+ 4 <= range.upperBound {
              let four =
                value(position) &<< 18 | value(position &+ 1) &<< 12 | value(position &+ 2) &<< 6 | value(position &+ 3)
              target[written] = UInt8(truncatingIfNeeded: four &>> 16)
              target[written &+ 1] = UInt8(truncatingIfNeeded: four &>> 8)
              target[written &+ 2] = UInt8(truncatingIfNeeded: four)
              written &+= 3
              position &+= 4
            }
            guard position < range.upperBound else { break }
          }
          group = group &<< UInt32(truncatingIfNeeded: bits) | value(position)
          held &+= bits
          position &+= 1
          if held >= 8 {
            held &-= 8
            target[written] = UInt8(truncatingIfNeeded: group &>> UInt32(truncatingIfNeeded: held))
            written &+= 1
          }
        }
        count = written
      }
    }
  }
}
