@testable import Redaction

/// What docs/spec/blind-patterns.md finds, by brute force and from the secrets themselves: every form at every place of
/// both views, bit by bit. Slow, and meant to be obviously right.
struct NaiveBlind {
  struct Element {
    var byte: UInt8
    var source: Range<Int>
  }

  let secrets: [[UInt8]]
  let masks: [[UInt8]]

  func redact(_ text: [UInt8]) -> [UInt8] {
    let raw = text.enumerated().map { Element(byte: $1, source: $0..<$0 + 1) }
    let places = (find(withoutBreaks(raw)) + find(withoutBreaks(unescaped(raw)))).sorted {
      ($0.range.lowerBound, -$0.range.upperBound, $0.secret) < ($1.range.lowerBound, -$1.range.upperBound, $1.secret)
    }
    var output: [UInt8] = []
    var covered = 0
    for place in places {
      if place.range.lowerBound >= covered {
        output += text[covered..<place.range.lowerBound] + masks[place.secret]
      }
      covered = max(covered, place.range.upperBound)
    }
    return output + text[covered...]
  }

  private func find(_ view: [Element]) -> [(range: Range<Int>, secret: Int)] {
    secrets.indices.flatMap { index -> [(range: Range<Int>, secret: Int)] in
      let secret = secrets[index]
      var found: [(range: Range<Int>, secret: Int)] = []
      let lower = secret.map(SecretForms.lowerCased)
      let hex = secret.flatMap { byte in [byte >> 4, byte & 15].map { Array("0123456789abcdef".utf8)[Int($0)] } }
      let isASCII = secret.allSatisfy { $0 < 0x80 }
      var folded = [lower, hex]
      if isASCII { folded += [lower.flatMap { [$0, 0] }, lower.flatMap { [0, $0] }] }
      for form in folded {
        for start in starts(form, in: view, SecretForms.lowerCased) {
          if let source = source(view, start, start + form.count, form.count) { found.append((source, index)) }
        }
      }
      for alignment in 0..<3 {
        found += digits(
          secret, index, view, bits: 6, alignment, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        ) {
          $0 == 0x2D ? 0x2B : $0 == 0x5F ? 0x2F : $0
        }
      }
      found += digits(secret, index, view, bits: 5, 0, "abcdefghijklmnopqrstuvwxyz234567", SecretForms.lowerCased)
      return found
    }
  }

  /// Places of the secret in digits of so many bits, with the neighbours that hold some of its bits.
  private func digits(
    _ secret: [UInt8], _ index: Int, _ view: [Element], bits: Int, _ alignment: Int, _ alphabet: String,
    _ folded: @escaping (UInt8) -> UInt8
  ) -> [(range: Range<Int>, secret: Int)] {
    let all = [UInt8](repeating: 0, count: alignment) + secret
    let stream = all.flatMap { byte in (0..<8).map { Int(byte) >> (7 - $0) & 1 } }
    let characters = Array(alphabet.utf8)
    var form: [UInt8] = []
    var digit = 0
    var lastBit = 0
    while (digit + 1) * bits <= stream.count {
      if digit * bits >= 8 * alignment {
        form.append(characters[stream[digit * bits..<digit * bits + bits].reduce(0) { $0 << 1 | $1 }])
      }
      digit += 1
      lastBit = digit * bits
    }
    let isDigit = { (byte: UInt8) in characters.contains(folded(byte)) }
    let quantum = bits == 6 ? 4 : 8
    let digitCount = (stream.count + bits - 1) / bits
    return starts(form, in: view, folded).compactMap { start in
      var low = start
      var high = start + form.count
      guard source(view, low, high, form.count) != nil else { return nil }
      if alignment > 0, low > 0, isDigit(view[low - 1].byte), touches(view, low - 1, low - 1) { low -= 1 }
      if lastBit < stream.count, high < view.count, isDigit(view[high].byte), touches(view, high - 1, high) {
        high += 1
      }
      var padding = (quantum - digitCount % quantum) % quantum
      while padding > 0, high < view.count, view[high].byte == 0x3D, touches(view, high - 1, high) {
        high += 1
        padding -= 1
      }
      return (view[low].source.lowerBound..<view[high - 1].source.upperBound, index)
    }
  }

  private func starts(_ form: [UInt8], in view: [Element], _ folded: (UInt8) -> UInt8) -> [Int] {
    guard form.count <= view.count else { return [] }
    let bytes = view.map { folded($0.byte) }
    return (0...bytes.count - form.count).filter { start in
      bytes[start] == form[0] && Array(bytes[start..<start + form.count]) == form
    }
  }

  private func source(_ view: [Element], _ low: Int, _ high: Int, _ count: Int) -> Range<Int>? {
    let range = view[low].source.lowerBound..<view[high - 1].source.upperBound
    return range.count <= 8 * count + 64 ? range : nil
  }

  private func touches(_ view: [Element], _ left: Int, _ neighbour: Int) -> Bool {
    view[left].source.upperBound == view[left + 1].source.lowerBound && view[neighbour].source.count <= 16
  }

  private func withoutBreaks(_ view: [Element]) -> [Element] {
    var isInBreak = false
    return view.filter { element in
      isInBreak =
        element.byte == 0x0A || element.byte == 0x0D || isInBreak && (element.byte == 0x20 || element.byte == 0x09)
      return !isInBreak
    }
  }

  private func unescaped(_ view: [Element]) -> [Element] {
    var output: [Element] = []
    var position = 0
    let all = view.map(\.byte)
    while position < view.count {
      if [0x25, 0x26, 0x5C].contains(all[position]),
        let (count, bytes) = NaiveEscapes.escape(all[position..<min(position + 12, view.count)])
      {
        output += bytes.map { Element(byte: $0, source: position..<position + count) }
        position += count
      } else {
        output.append(view[position])
        position += 1
      }
    }
    return output
  }
}
