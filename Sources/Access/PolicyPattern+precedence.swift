extension PolicyPattern {
  /// Whether this pattern decides where both match: Vault's order, a total one, so that neither the order of policies
  /// nor that of blocks matters. An exact pattern comes first; then the one whose first wildcard stands later, the one
  /// that does not end in `*`, the one with fewer `+`, the longer one, and the one later in byte order.
  func outranks(_ other: PolicyPattern) -> Bool {
    switch (firstWildcard, other.firstWildcard) {
    case (nil, nil): break
    case (nil, _): return true
    case (_, nil): return false
    case (let mine?, let theirs?):
      if mine != theirs { return mine > theirs }
    }
    if isPrefix != other.isPrefix { return !isPrefix }
    if anyCount != other.anyCount { return anyCount < other.anyCount }
    if bytes.count != other.bytes.count { return bytes.count > other.bytes.count }
    return other.bytes.lexicographicallyPrecedes(bytes)
  }

  /// A path that both patterns match, or nil where there is none. The path is an example for people: where a wildcard
  /// is free it has the segment `x`.
  func overlap(_ other: PolicyPattern) -> String? {
    var example: [[UInt8]] = []
    for index in 0..<max(segments.count, other.segments.count) {
      let mine = place(index)
      let theirs = other.place(index)
      if mine == .past && theirs != .past || mine != .past && theirs == .past { return nil }
      guard let segment = Self.meet(mine, theirs) else { return nil }
      example.append(segment)
    }
    if isPrefix, other.isPrefix, let last = example.last, last.isEmpty { example[example.count - 1] = [0x78] }
    return String(decoding: Array(example.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
  }

  /// What a pattern says of one segment of a path.
  private enum Place: Equatable {
    case exactly([UInt8])
    case startsWith([UInt8])
    case anything
    /// The pattern has ended: a path that it matches has no such segment.
    case past
  }

  private func place(_ index: Int) -> Place {
    guard index < segments.count else { return isPrefix ? .anything : .past }
    guard case .literal(let literal) = segments[index] else { return .anything }
    return isPrefix && index == segments.count - 1 ? .startsWith(literal) : .exactly(literal)
  }

  private static func meet(_ left: Place, _ right: Place) -> [UInt8]? {
    switch (left, right) {
    case (.exactly(let one), .exactly(let two)): one == two ? one : nil
    case (.exactly(let one), .startsWith(let start)), (.startsWith(let start), .exactly(let one)):
      one.starts(with: start) ? one : nil
    case (.startsWith(let one), .startsWith(let two)):
      one.starts(with: two) ? one : two.starts(with: one) ? two : nil
    case (.exactly(let one), .anything), (.anything, .exactly(let one)): one
    case (.startsWith(let start), .anything), (.anything, .startsWith(let start)):
      start.isEmpty ? [0x78] : start
    case (.anything, .anything): [0x78]
    case (.past, _), (_, .past): nil
    }
  }
}
