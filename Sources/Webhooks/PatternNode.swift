/// A parsed pattern, before it becomes an automaton.
indirect enum PatternNode: Sendable {
  case empty
  case byte(ByteClass)
  case sequence([PatternNode])
  case choice([PatternNode])
  /// At least `minimum` times, at most `maximum` times; nil is without end.
  case repeated(PatternNode, minimum: Int, maximum: Int?)

  /// Exactly these bytes.
  static func literal(_ bytes: some Sequence<UInt8>) -> PatternNode {
    .sequence(bytes.map { .byte(ByteClass($0)) })
  }

  /// Any bytes at all: a part of a message whose form nothing fixes.
  static let anything = PatternNode.repeated(.byte(.everyByte), minimum: 0, maximum: nil)

  /// The number of positions that the written-out pattern needs, saturating at `limit`. An empty node counts
  /// one, so that `(){512}` inside `(){512}` cannot cost work without ever counting.
  func size(limit: Int) -> Int {
    switch self {
    case .empty, .byte: return 1
    case .sequence(let nodes), .choice(let nodes):
      var total = 1
      for node in nodes {
        total += node.size(limit: limit)
        if total > limit { return limit + 1 }
      }
      return max(1, total - 1)
    case .repeated(let node, let minimum, let maximum):
      let copies = max(1, maximum ?? minimum)
      let (product, overflow) = node.size(limit: limit).multipliedReportingOverflow(by: copies)
      return overflow || product > limit ? limit + 1 : product
    }
  }

  /// The pattern that accepts the same words read from their end.
  var reversed: PatternNode {
    switch self {
    case .empty, .byte: return self
    case .sequence(let nodes): return .sequence(nodes.reversed().map(\.reversed))
    case .choice(let nodes): return .choice(nodes.map(\.reversed))
    case .repeated(let node, let minimum, let maximum):
      return .repeated(node.reversed, minimum: minimum, maximum: maximum)
    }
  }
}
