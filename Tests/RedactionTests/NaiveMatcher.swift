@testable import Redaction

/// The search as docs/spec/redaction-forms.md says it, by brute force: every pattern at every offset of every view.
/// It shares with the real one only the list of patterns. Slow, and meant to be obviously right.
struct NaiveMatcher {
  /// A byte of a view and the bytes of the text it was made from.
  struct Element {
    var byte: UInt8
    var source: Range<Int>
  }

  struct Place: Equatable {
    var range: Range<Int>
    var names: [SecretName]
  }

  private struct Sought {
    var pattern: SecretPattern
    var secret: Int
    var isPiece: Bool
    var isBorderOnly: Bool
  }

  private struct Hit {
    var range: Range<Int>
    /// nil: a compressed run that stands for too much to search.
    var sought: Sought?
    /// All of a compressed run.
    var isRun = false
    var isPiece: Bool { !isRun && sought?.isPiece ?? false }
  }

  private var sought: [Sought] = []
  private var names: [SecretName] = []

  mutating func add(
    _ secret: [UInt8], name: SecretName, limits: RedactionLimits, borderOnly: Bool = false, pieces: [[UInt8]]? = nil
  ) {
    let index = names.count
    names.append(name)
    if borderOnly {
      let pattern = SecretPattern(kind: .raw, bytes: SecretPatterns.unwrapped(secret), ignoresCase: false)
      sought.append(Sought(pattern: pattern, secret: index, isPiece: false, isBorderOnly: true))
      return
    }
    for piece in pieces ?? [secret] {
      let patterns = SecretPatterns.patterns(of: piece, isPiece: pieces != nil, limits: limits)
      for pattern in patterns {
        sought.append(Sought(pattern: pattern, secret: index, isPiece: pieces != nil, isBorderOnly: false))
      }
    }
    guard pieces == nil else { return }
    for fragment in SecretPatterns.fragments(of: secret, limits: limits) {
      sought.append(Sought(pattern: fragment, secret: index, isPiece: true, isBorderOnly: false))
    }
  }

  /// The places to mask in `text`.
  func places(in text: [UInt8], scope: TextScope) -> [Place] {
    let raw = text.enumerated().map { Element(byte: $1, source: $0..<$0 + 1) }
    let hits = descend(raw, depth: 0, isDecoded: false, scope)
    return merge(hits)
  }

  /// `text` with every place replaced by the mask of its first name.
  func redact(_ text: [UInt8], scope: TextScope, masks: [SecretName: [UInt8]]) -> [UInt8] {
    var output: [UInt8] = []
    var end = 0
    for place in places(in: text, scope: scope) {
      output += text[end..<place.range.lowerBound]
      let name = place.names[0]
      output += masks[name] ?? Array(Mask.withheld(.compressedTooMuch).utf8)
      end = place.range.upperBound
    }
    return output + text[end...]
  }

  /// `holdsRuns` is false where escapes were undone.
  private func descend(
    _ view: [Element], depth: Int, isDecoded: Bool, fromRun: Bool = false, holdsRuns: Bool = true, _ scope: TextScope
  ) -> [Hit] {
    let joined = withoutBreaks(view)
    var hits = find(in: joined, isDecoded: isDecoded, scope)
    guard depth < 2 else { return hits }
    if let deeper = unescape(view) {
      hits += descend(deeper, depth: depth + 1, isDecoded: isDecoded, holdsRuns: false, scope)
    }
    guard scope != .wholeForms else { return hits }
    hits += runs(of: joined).flatMap { descend($0, depth: depth + 1, isDecoded: true, fromRun: true, scope) }
    if holdsRuns { hits += compressed(in: view, fromRun: fromRun, depth: depth) }
    return hits
  }

  /// Of each compressed run in the view: one hit over all of it for each thing found in what it stands for.
  private func compressed(in view: [Element], fromRun: Bool, depth: Int) -> [Hit] {
    let all = view.map(\.byte)
    var hits: [Hit] = []
    for start in view.indices where start + 9 <= view.count {
      let isHead =
        switch (all[start], all[start + 1]) {
        case (0x1F, 0x8B): all[start + 2] == 8 && all[start + 3] < 0x20
        case (0x78, 0x01), (0x78, 0x9C), (0x78, 0xDA): true
        case (0x78, 0x5E): fromRun
        default: false
        }
      guard isHead, view[start + 8].source.upperBound - view[start].source.lowerBound <= 64 else { continue }
      let (content, count) = NaiveInflate.inflate(all[start...])
      guard count > 0 else { continue }
      let source = view[start].source.lowerBound..<view[start + count - 1].source.upperBound
      if content.count > 4096 + 64 * count {
        hits.append(Hit(range: source, sought: nil))
        continue
      }
      let raw = content.enumerated().map { Element(byte: $1, source: $0..<$0 + 1) }
      hits += descend(raw, depth: depth + 1, isDecoded: true, .all).map {
        Hit(range: source, sought: $0.sought, isRun: true)
      }
    }
    return hits
  }

  private func find(in view: [Element], isDecoded: Bool, _ scope: TextScope) -> [Hit] {
    var hits: [Hit] = []
    let all = view.map(\.byte)
    for sought in sought
    where !(isDecoded && sought.isBorderOnly) && (scope == .all || sought.pattern.kind != .fragment) {
      let bytes = sought.pattern.bytes
      guard bytes.count <= view.count else { continue }
      for start in 0...view.count - bytes.count where matches(sought.pattern, all, at: start) {
        var low = start
        var high = start + bytes.count
        let exact = view[low].source.lowerBound..<view[high - 1].source.upperBound
        if exact.count > 8 * bytes.count + 64 { continue }
        if sought.isBorderOnly, touches(view, low - 1, low, word: low - 1) || touches(view, high - 1, high, word: high)
        {
          continue
        }
        if sought.pattern.sharesFirst, isDigit(view, low - 1, sought.pattern.kind), isNext(view, low - 1, low) {
          low -= 1
        }
        if sought.pattern.sharesLast, isDigit(view, high, sought.pattern.kind), isNext(view, high - 1, high) {
          high += 1
        }
        for _ in 0..<sought.pattern.before where isRest(view, low - 1) && isNext(view, low - 1, low) { low -= 1 }
        for _ in 0..<sought.pattern.after where isRest(view, high) && isNext(view, high - 1, high) { high += 1 }
        var padding = sought.pattern.padding
        while padding > 0, high < view.count, view[high].byte == 0x3D, view[high].source.count <= 16,
          isNext(view, high - 1, high)
        {
          high += 1
          padding -= 1
        }
        hits.append(Hit(range: view[low].source.lowerBound..<view[high - 1].source.upperBound, sought: sought))
      }
    }
    return hits
  }

  private func matches(_ pattern: SecretPattern, _ view: [UInt8], at start: Int) -> Bool {
    // Most places differ at the first byte; looking at it first is only for speed.
    guard SecretForms.lowerCased(view[start]) == SecretForms.lowerCased(pattern.bytes[0]) else { return false }
    for (offset, byte) in pattern.bytes.enumerated() {
      let other = view[start + offset]
      if other == byte { continue }
      guard pattern.ignoresCase, SecretForms.lowerCased(other) == SecretForms.lowerCased(byte) else { return false }
    }
    return true
  }

  private func isNext(_ view: [Element], _ left: Int, _ right: Int) -> Bool {
    view[left].source.upperBound >= view[right].source.lowerBound
  }

  /// What may be the rest of a token beside a fragment.
  private func isRest(_ view: [Element], _ index: Int) -> Bool {
    guard view.indices.contains(index), view[index].source.count <= 16 else { return false }
    let character = Character(Unicode.Scalar(view[index].byte))
    return character.isASCII && (character.isLetter || character.isNumber || "!#$%*+-./=?@^_~".contains(character))
  }

  private func isDigit(_ view: [Element], _ index: Int, _ kind: FormKind) -> Bool {
    guard view.indices.contains(index), view[index].source.count <= 16 else { return false }
    let character = Character(Unicode.Scalar(view[index].byte))
    switch kind {
    case .base64: return character.isASCII && (character.isLetter || character.isNumber || "+/".contains(character))
    case .base64url: return character.isASCII && (character.isLetter || character.isNumber || "-_".contains(character))
    default: return character.isASCII && (character.isLetter || "234567".contains(character))
    }
  }

  private func touches(_ view: [Element], _ left: Int, _ right: Int, word: Int) -> Bool {
    guard left >= 0, right < view.count, isNext(view, left, right) else { return false }
    return view[word].source.count == 1 && isWordByte(view[word].byte)
  }

  private func withoutBreaks(_ view: [Element]) -> [Element] {
    var output: [Element] = []
    var isInBreak = false
    for element in view {
      let isBreak = element.byte == 0x0A || element.byte == 0x0D
      isInBreak = isBreak || isInBreak && (element.byte == 0x20 || element.byte == 0x09)
      if !isInBreak { output.append(element) }
    }
    return output
  }

  private func unescape(_ view: [Element]) -> [Element]? {
    var output: [Element] = []
    var found = false
    var position = 0
    let all = view.map(\.byte)
    while position < view.count {
      if [0x25, 0x26, 0x5C].contains(all[position]),
        let (count, bytes) = NaiveEscapes.escape(all[position..<min(position + 12, view.count)])
      {
        let source = view[position].source.lowerBound..<view[position + count - 1].source.upperBound
        output += bytes.map { Element(byte: $0, source: source) }
        position += count
        found = true
      } else {
        output.append(view[position])
        position += 1
      }
    }
    return found ? withoutBreaks(output) : nil
  }

  /// All runs, decoded from each bit on at which a byte can begin.
  private func runs(of view: [Element]) -> [[Element]] {
    let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let values = { (byte: UInt8) -> UInt32? in
      if let index = base64.firstIndex(of: byte) { return UInt32(index) }
      return [0x2B: 62, 0x2D: 62, 0x2F: 63, 0x5F: 63][byte]
    }
    let hex = { (byte: UInt8) -> UInt32? in Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt32($0) } }
    return decoded(view, bits: 6, minimum: 11, grids: [0, 2, 4, 6], values)
      + decoded(view, bits: 4, minimum: 16, grids: [0, 4], hex)
  }

  private func decoded(
    _ view: [Element], bits: Int, minimum: Int, grids: [Int], _ value: (UInt8) -> UInt32?
  ) -> [[Element]] {
    var results: [[Element]] = []
    var start = 0
    while start < view.count {
      var end = start
      while end < view.count, value(view[end].byte) != nil { end += 1 }
      let isHex = view[start..<end].allSatisfy { Character(Unicode.Scalar($0.byte)).isHexDigit }
      if end - start >= minimum, !(bits == 6 && end - start >= 16 && isHex) {
        let digits = Array(view[start..<end])
        let all = digits.flatMap { digit in (0..<bits).map { (value(digit.byte) ?? 0) >> UInt32(bits - 1 - $0) & 1 } }
        for grid in grids {
          results.append(
            stride(from: grid, through: all.count - 8, by: 8).map { bit in
              let byte = all[bit..<bit + 8].reduce(0) { $0 << 1 | $1 }
              let source = digits[bit / bits].source.lowerBound..<digits[(bit + 7) / bits].source.upperBound
              return Element(byte: UInt8(byte), source: source)
            })
        }
      }
      start = max(end, start + 1)
    }
    return results
  }

  private func merge(_ hits: [Hit]) -> [Place] {
    let ordered = hits.sorted {
      ($0.range.lowerBound, -$0.range.upperBound, $0.sought?.secret ?? .max)
        < ($1.range.lowerBound, -$1.range.upperBound, $1.sought?.secret ?? .max)
    }
    var places: [Place] = []
    var pieceAtEnd: Int?
    for hit in ordered {
      let name = hit.sought.map { names[$0.secret] } ?? .withheld
      let end = places.last?.range.upperBound ?? -1
      let continuesPiece = hit.range.lowerBound == end && hit.isPiece && pieceAtEnd == hit.sought?.secret
      if hit.range.lowerBound < end || continuesPiece {
        places[places.count - 1].range = places[places.count - 1].range.lowerBound..<max(end, hit.range.upperBound)
        if !places[places.count - 1].names.contains(name) { places[places.count - 1].names.append(name) }
      } else {
        places.append(Place(range: hit.range, names: [name]))
      }
      if hit.range.upperBound >= end { pieceAtEnd = hit.isPiece ? hit.sought?.secret : nil }
    }
    return places
  }
}

/// The escapes of docs/spec/redaction-forms.md §4, each tried as a piece of text.
enum NaiveEscapes {
  private static let names: [(String, String)] = [
    ("amp", "&"), ("AMP", "&"), ("lt", "<"), ("LT", "<"), ("gt", ">"), ("GT", ">"), ("quot", "\""), ("QUOT", "\""),
    ("apos", "'"), ("Tab", "\t"), ("NewLine", "\n"), ("sol", "/"), ("commat", "@"), ("UnderBar", "_"),
    ("equals", "="), ("plus", "+"),
  ]

  /// Length and meaning of the escape at the beginning of `bytes`.
  static func escape(_ bytes: ArraySlice<UInt8>) -> (count: Int, bytes: [UInt8])? {
    let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    if text.hasPrefix("%") { return hex(text, after: 1, digits: 2).map { (3, [UInt8($0)]) } }
    if text.hasPrefix("\\x") { return hex(text, after: 2, digits: 2).map { (4, [UInt8($0)]) } }
    if text.hasPrefix("\\u") { return unicode(text) }
    for (letter, meaning) in [("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9)] as [(String, UInt8)]
    where text.hasPrefix("\\" + letter) { return (2, [meaning]) }
    if bytes.count >= 2, bytes.first == 0x5C {
      let next = bytes[bytes.startIndex + 1]
      let isAlphanumeric = isWordByte(next) && next != 0x5F
      guard next < 0x7F, !isAlphanumeric else { return nil }
      if next == 0x25 || next == 0x26, escape(bytes.dropFirst()) != nil { return nil }
      return (2, [next])
    }
    for (name, meaning) in names where text.hasPrefix("&\(name);") { return (name.utf8.count + 2, Array(meaning.utf8)) }
    return text.hasPrefix("&#") ? number(text) : nil
  }

  private static func hex(_ text: String, after: Int, digits: Int) -> UInt32? {
    let part = text.unicodeScalars.dropFirst(after).prefix(digits)
    guard part.count == digits, part.allSatisfy({ $0.isASCII && Character($0).isHexDigit }) else { return nil }
    return UInt32(String(part), radix: 16)
  }

  private static func unicode(_ text: String) -> (count: Int, bytes: [UInt8])? {
    guard let first = hex(text, after: 2, digits: 4) else { return nil }
    if let scalar = Unicode.Scalar(first) { return (6, Array(String(Character(scalar)).utf8)) }
    let rest = String(text.unicodeScalars.dropFirst(6))
    guard first < 0xDC00, rest.hasPrefix("\\u"), let second = hex(rest, after: 2, digits: 4),
      (0xDC00...0xDFFF).contains(second)
    else { return nil }
    return (12, Array(String(decoding: [UInt16(first), UInt16(second)], as: UTF16.self).utf8))
  }

  private static func number(_ text: String) -> (count: Int, bytes: [UInt8])? {
    guard let end = text.unicodeScalars.firstIndex(of: ";") else { return nil }
    let inner = String(text.unicodeScalars[..<end].dropFirst(2))
    let isHex = inner.hasPrefix("x") || inner.hasPrefix("X")
    let digits = isHex ? String(inner.dropFirst()) : inner
    guard (1...7).contains(digits.unicodeScalars.count),
      digits.unicodeScalars.allSatisfy({ $0.isASCII && (isHex ? Character($0).isHexDigit : ("0"..."9").contains($0)) }),
      let scalar = UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
    else { return nil }
    return (inner.unicodeScalars.count + 3, Array(String(Character(scalar)).utf8))
  }
}
