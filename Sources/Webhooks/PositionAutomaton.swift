/// The automaton of a pattern by Glushkov's construction: one state per position, no empty moves.
///
/// A match walks each byte once and touches each position at most once per byte, so its cost is bounded by
/// value length × positions whatever the pattern: there is no backtracking to blow up.
struct PositionAutomaton: Sendable {
  /// What each position accepts.
  private(set) var classes: [ByteClass] = []
  /// `wordCount` words per position: which positions may come after it.
  private(set) var follow: [UInt64] = []
  private(set) var first: [UInt64] = []
  private(set) var last: [UInt64] = []
  private(set) var acceptsEmpty = false
  let wordCount: Int

  init(_ node: PatternNode) {
    let positions = node.size(limit: WebhookLimits.patternPositions)
    precondition(positions <= WebhookLimits.patternPositions, "a pattern is measured before it is compiled")
    wordCount = (positions + 63) / 64
    let whole = build(node)
    first = whole.first
    last = whole.last
    acceptsEmpty = whole.isNullable
  }

  func matches(_ value: ArraySlice<UInt8>) -> Bool {
    if value.isEmpty { return acceptsEmpty }
    return wordCount == 1 ? matchesInOneWord(value) : matchesInManyWords(value)
  }

  private func matchesInOneWord(_ value: ArraySlice<UInt8>) -> Bool {
    var candidates = first[0]
    var reached: UInt64 = 0
    for byte in value {
      reached = 0
      var upcoming: UInt64 = 0
      while candidates != 0 {
        let position = candidates.trailingZeroBitCount
        candidates &= candidates - 1
        if classes[position].contains(byte) {
          reached |= 1 << UInt64(position)
          upcoming |= follow[position]
        }
      }
      if reached == 0 { return false }
      candidates = upcoming
    }
    return reached & last[0] != 0
  }

  private func matchesInManyWords(_ value: ArraySlice<UInt8>) -> Bool {
    var candidates = first
    var reached = [UInt64](repeating: 0, count: wordCount)
    for byte in value {
      var upcoming = [UInt64](repeating: 0, count: wordCount)
      var isAlive = false
      for word in 0..<wordCount {
        reached[word] = 0
        var rest = candidates[word]
        while rest != 0 {
          let position = word * 64 + rest.trailingZeroBitCount
          rest &= rest - 1
          guard classes[position].contains(byte) else { continue }
          isAlive = true
          reached[word] |= 1 << UInt64(position & 63)
          for index in 0..<wordCount { upcoming[index] |= follow[position * wordCount + index] }
        }
      }
      if !isAlive { return false }
      candidates = upcoming
    }
    return zip(reached, last).contains { $0 & $1 != 0 }
  }

  // MARK: Where a word ends

  /// Whether no accepted word is a proper beginning of another: then whatever follows in a message, the place
  /// where the word ends is fixed, and nobody can move bytes across that border.
  ///
  /// Walks pairs of positions that the same bytes can reach. The work is bounded; a pattern too intricate for
  /// the bound is reported as not fixing its end, which costs a warning and no more.
  var isPrefixFree: Bool {
    if acceptsEmpty { return classes.isEmpty }
    let count = classes.count
    var seen = Set<Int>()
    var waiting: [(Int, Int)] = []
    var budget = WebhookLimits.prefixAnalysisSteps
    func visit(_ lefts: [Int], _ rights: [Int]) -> Bool {
      for left in lefts {
        for right in rights {
          budget -= 1
          if budget < 0 { return false }
          guard classes[left].intersects(classes[right]), seen.insert(left * count + right).inserted else { continue }
          waiting.append((left, right))
        }
      }
      return true
    }
    let start = Self.members(of: first[...])
    guard visit(start, start) else { return false }
    while let (left, right) = waiting.popLast() {
      let after = followers(of: right)
      // The word that ends at `left` can also be read to `right`, from where a longer word goes on.
      if last[left / 64] >> UInt64(left & 63) & 1 == 1, !after.isEmpty { return false }
      guard visit(followers(of: left), after) else { return false }
    }
    return true
  }

  private func followers(of position: Int) -> [Int] {
    Self.members(of: follow[position * wordCount..<(position + 1) * wordCount])
  }

  private static func members(of set: ArraySlice<UInt64>) -> [Int] {
    var result: [Int] = []
    for (index, word) in set.enumerated() {
      var rest = word
      while rest != 0 {
        result.append(index * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return result
  }

  // MARK: Construction

  private struct Fragment {
    var first: [UInt64]
    var last: [UInt64]
    var isNullable: Bool
  }

  private var nothing: [UInt64] { [UInt64](repeating: 0, count: wordCount) }

  private mutating func build(_ node: PatternNode) -> Fragment {
    switch node {
    case .empty: return Fragment(first: nothing, last: nothing, isNullable: true)
    case .byte(let members):
      let position = classes.count
      classes.append(members)
      follow.append(contentsOf: nothing)
      var set = nothing
      set[position / 64] |= 1 << UInt64(position & 63)
      return Fragment(first: set, last: set, isNullable: false)
    case .sequence(let nodes):
      var whole = Fragment(first: nothing, last: nothing, isNullable: true)
      for node in nodes { whole = join(whole, build(node)) }
      return whole
    case .choice(let nodes):
      var whole = Fragment(first: nothing, last: nothing, isNullable: false)
      for node in nodes {
        let part = build(node)
        whole.first = Self.union(whole.first, part.first)
        whole.last = Self.union(whole.last, part.last)
        whole.isNullable = whole.isNullable || part.isNullable
      }
      return whole
    case .repeated(let node, let minimum, let maximum): return buildRepeat(node, minimum, maximum)
    }
  }

  private mutating func buildRepeat(_ node: PatternNode, _ minimum: Int, _ maximum: Int?) -> Fragment {
    var whole = Fragment(first: nothing, last: nothing, isNullable: true)
    let copies = max(1, maximum ?? minimum)
    for copy in 1...copies {
      var part = build(node)
      if maximum == nil, copy == copies { connect(part.last, to: part.first) }
      if copy > minimum { part.isNullable = true }
      whole = join(whole, part)
    }
    return whole
  }

  private mutating func join(_ left: Fragment, _ right: Fragment) -> Fragment {
    connect(left.last, to: right.first)
    return Fragment(
      first: left.isNullable ? Self.union(left.first, right.first) : left.first,
      last: right.isNullable ? Self.union(left.last, right.last) : right.last,
      isNullable: left.isNullable && right.isNullable)
  }

  private mutating func connect(_ ends: [UInt64], to starts: [UInt64]) {
    for position in Self.members(of: ends[...]) {
      for index in 0..<wordCount { follow[position * wordCount + index] |= starts[index] }
    }
  }

  private static func union(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    zip(left, right).map { $0 | $1 }
  }
}
