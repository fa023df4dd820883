/// Why a pattern was refused. Positions are byte offsets into the pattern, from 0.
package enum PatternFault: Error, Hashable, Sendable {
  case notASCII(at: Int)
  case unexpectedEnd
  case unclosedGroup(at: Int)
  case unopenedGroup(at: Int)
  case unclosedClass(at: Int)
  case emptyClass(at: Int)
  case backwardsRange(at: Int)
  case nothingToRepeat(at: Int)
  case badCount(at: Int)
  case unsupportedEscape(at: Int)
  case unsupportedGroup(at: Int)
  case anchor(at: Int)
  case tooLarge
  case tooDeep

  /// One sentence for whoever wrote the pattern; it repeats nothing of the pattern itself.
  package var message: String {
    switch self {
    case .notASCII(let place): "the pattern holds a byte outside ASCII at offset \(place)"
    case .unexpectedEnd: "the pattern ends in the middle of an escape"
    case .unclosedGroup(let place): "the group opened at offset \(place) is never closed"
    case .unopenedGroup(let place): "the parenthesis at offset \(place) closes no group"
    case .unclosedClass(let place): "the character class opened at offset \(place) is never closed"
    case .emptyClass(let place): "the character class at offset \(place) can match nothing"
    case .backwardsRange(let place): "the range at offset \(place) runs backwards"
    case .nothingToRepeat(let place): "the quantifier at offset \(place) has nothing to repeat"
    case .badCount(let place): "the count at offset \(place) is not {n}, {n,} or {n,m} with n at most m"
    case .unsupportedEscape(let place): "the escape at offset \(place) is not supported"
    case .unsupportedGroup(let place):
      "the group at offset \(place) is of a kind that is not supported; use ( … ) or (?: … )"
    case .anchor(let place):
      "the anchor at offset \(place) is not needed: a pattern always matches the whole value"
    case .tooLarge: "the pattern is too large: written out it needs more than \(WebhookLimits.patternPositions) places"
    case .tooDeep: "the pattern nests more than \(WebhookLimits.patternDepth) groups"
    }
  }
}

/// Reads the subset of regular expressions that schemes use: literals, `.`, classes, `\d \w \s`, escaped
/// punctuation, groups, alternation and the quantifiers `* + ? {n} {n,} {n,m}`.
///
/// Left out, and refused: back-references and look-around (they are what makes matching exponential), lazy and
/// possessive quantifiers (a match of the whole value has no use for them), anchors, and anything beyond ASCII.
struct PatternParser {
  private let bytes: [UInt8]
  private var next = 0
  private var depth = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  static func parse(_ text: String) throws(PatternFault) -> PatternNode {
    var parser = PatternParser(text)
    if let place = parser.bytes.firstIndex(where: { $0 > 0x7E || $0 < 0x20 }) { throw .notASCII(at: place) }
    let node = try parser.alternatives()
    if parser.next < parser.bytes.count { throw .unopenedGroup(at: parser.next) }
    if node.size(limit: WebhookLimits.patternPositions) > WebhookLimits.patternPositions { throw .tooLarge }
    return node
  }

  private var current: UInt8? { next < bytes.count ? bytes[next] : nil }

  private mutating func alternatives() throws(PatternFault) -> PatternNode {
    var choices = [try branch()]
    while current == UInt8(ascii: "|") {
      next += 1
      choices.append(try branch())
    }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func branch() throws(PatternFault) -> PatternNode {
    var nodes: [PatternNode] = []
    while let byte = current, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
      let node = try atom(byte)
      nodes.append(try quantified(node))
    }
    switch nodes.count {
    case 0: return .empty
    case 1: return nodes[0]
    default: return .sequence(nodes)
    }
  }

  private mutating func atom(_ byte: UInt8) throws(PatternFault) -> PatternNode {
    switch byte {
    case UInt8(ascii: "("): return try group()
    case UInt8(ascii: "["): return .byte(try characterClass())
    case UInt8(ascii: "\\"):
      let place = next
      next += 1
      return .byte(try escape(startingAt: place))
    case UInt8(ascii: "."):
      next += 1
      return .byte(ByteClass(UInt8(ascii: "\n")).inverted)
    case UInt8(ascii: "^"), UInt8(ascii: "$"): throw .anchor(at: next)
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): throw .nothingToRepeat(at: next)
    default:
      next += 1
      return .byte(ByteClass(byte))
    }
  }

  private mutating func group() throws(PatternFault) -> PatternNode {
    let start = next
    next += 1
    depth += 1
    if depth > WebhookLimits.patternDepth { throw .tooDeep }
    if current == UInt8(ascii: "?") {
      guard next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: ":") else { throw .unsupportedGroup(at: start) }
      next += 2
    }
    let node = try alternatives()
    guard current == UInt8(ascii: ")") else { throw .unclosedGroup(at: start) }
    next += 1
    depth -= 1
    return node
  }

  private mutating func quantified(_ node: PatternNode) throws(PatternFault) -> PatternNode {
    let result: PatternNode
    switch current {
    case UInt8(ascii: "*"): result = .repeated(node, minimum: 0, maximum: nil)
    case UInt8(ascii: "+"): result = .repeated(node, minimum: 1, maximum: nil)
    case UInt8(ascii: "?"): result = .repeated(node, minimum: 0, maximum: 1)
    case UInt8(ascii: "{"): result = try counted(node)
    default: return node
    }
    next += 1
    // `a**`, `a+?` and the like: nothing a scheme needs, and each dialect reads them differently.
    switch current {
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): throw .nothingToRepeat(at: next)
    default: break
    }
    // Here as well as at the end: a parent must never be built over a repeat that is already too large.
    if result.size(limit: WebhookLimits.patternPositions) > WebhookLimits.patternPositions { throw .tooLarge }
    return result
  }

  /// Reads `{n}`, `{n,}` or `{n,m}` and leaves the closing brace as the current byte.
  private mutating func counted(_ node: PatternNode) throws(PatternFault) -> PatternNode {
    let start = next
    next += 1
    guard let minimum = number() else { throw .badCount(at: start) }
    var maximum: Int? = minimum
    if current == UInt8(ascii: ",") {
      next += 1
      maximum = current == UInt8(ascii: "}") ? nil : number()
      if maximum == nil, current != UInt8(ascii: "}") { throw .badCount(at: start) }
    }
    guard current == UInt8(ascii: "}") else { throw .badCount(at: start) }
    if let maximum, maximum < minimum { throw .badCount(at: start) }
    if max(minimum, maximum ?? 0) > WebhookLimits.patternPositions { throw .tooLarge }
    return maximum == 0 ? .empty : .repeated(node, minimum: minimum, maximum: maximum)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let byte = current, ByteClass.digits.contains(byte) {
      value = min(1_000_000, (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0")))
      next += 1
    }
    return value
  }

  private mutating func characterClass() throws(PatternFault) -> ByteClass {
    let start = next
    next += 1
    let isNegated = current == UInt8(ascii: "^")
    if isNegated { next += 1 }
    var members = ByteClass()
    while true {
      let place = next
      guard let byte = current else { throw .unclosedClass(at: start) }
      if byte == UInt8(ascii: "]") { break }
      let single = try classMember()
      guard let low = single.byte, current == UInt8(ascii: "-"), next + 1 < bytes.count,
        bytes[next + 1] != UInt8(ascii: "]")
      else {
        members = members.union(single.members)
        continue
      }
      next += 1
      guard let high = try classMember().byte, low <= high else { throw .backwardsRange(at: place) }
      members = members.union(ByteClass(low...high))
    }
    next += 1
    let result = isNegated ? members.inverted : members
    if result.isEmpty { throw .emptyClass(at: start) }
    return result
  }

  /// One member of a class: a byte (which may begin a range) or a short-hand such as `\d` (which may not).
  private mutating func classMember() throws(PatternFault) -> (byte: UInt8?, members: ByteClass) {
    let place = next
    guard let byte = current else { throw .unclosedClass(at: place) }
    next += 1
    guard byte == UInt8(ascii: "\\") else { return (byte, ByteClass(byte)) }
    let isLetter = current.map { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") } ?? false
    let escaped = current
    let members = try escape(startingAt: place)
    return (isLetter ? nil : escaped, members)
  }

  /// The byte after a backslash. Letters and digits other than `d`, `w` and `s` mean something different in
  /// every dialect (or a back-reference), so they are refused.
  private mutating func escape(startingAt place: Int) throws(PatternFault) -> ByteClass {
    guard let byte = current else { throw .unexpectedEnd }
    next += 1
    switch byte {
    case UInt8(ascii: "d"): return .digits
    case UInt8(ascii: "w"):
      return ByteClass.digits.union(ByteClass(UInt8(ascii: "a")...UInt8(ascii: "z")))
        .union(ByteClass(UInt8(ascii: "A")...UInt8(ascii: "Z"))).union(ByteClass(UInt8(ascii: "_")))
    case UInt8(ascii: "s"): return ByteClass(UInt8(ascii: " ")).union(ByteClass(UInt8(ascii: "\t")))
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      throw .unsupportedEscape(at: place)
    default: return ByteClass(byte)
    }
  }
}
