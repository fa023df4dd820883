/// A catalogue of well-known token formats, ready to search text for them (docs/spec/token-shapes.md).
///
/// It knows no secrets, only what secrets of others look like. It never changes, so many tasks may use one.
package struct TokenShapes: Sendable {
  /// The formats, in the order in which equal matches are decided.
  package let shapes: [TokenShape]
  /// Where anchors may be.
  let filter: ShapeFilter
  /// Forms, those with the same two bytes at their anchor in a row; a form with several such pairs is there often.
  let entries: [Entry]
  /// For each entry, what must stand at the anchor.
  let heads: [ShapeHead]
  /// For each two bytes, seven bits each, the entries that have them at their anchor, which begin here and end where the
  /// next pair's do.
  let starts: [Int32]

  /// A form as the search needs it.
  struct Entry: Sendable {
    var shape: Int
    /// Parts with their texts as bytes.
    var plan: TokenPlan
    var before: UInt32
  }

  /// No form is spread over more bytes than this, from the first byte of the word that introduces it to the byte behind
  /// it. A stream must hold back so many.
  package static let reach = 16 << 10
  /// The most bytes before a match that decide about it: the word that introduces it, an anchor in its middle, an
  /// escape that ends before it.
  package static let context = 160

  /// Every format that is known.
  package static let all = TokenShapes(
    sourceHosts + packageRegistries + clouds + models + messaging + payments + operations + structures)

  /// A catalogue of these formats. Two with one name, or a form that `TokenPlan` cannot search, are the caller's bug.
  package init(_ shapes: [TokenShape]) {
    precondition(Set(shapes.map(\.name)).count == shapes.count, "two shapes have the same name")
    self.shapes = shapes
    var groups: [Int: [Entry]] = [:]
    for (index, shape) in shapes.enumerated() {
      for form in shape.forms {
        let plan = TokenPlan(form)
        let entry = Entry(shape: index, plan: plan, before: shape.before.bit)
        for pair in plan.anchorPairs { groups[pair, default: []].append(entry) }
      }
    }
    var kinds = [UInt8](repeating: ShapeFilter.never, count: 1 << 14)
    var entries: [Entry] = []
    var starts: [Int32] = []
    for pair in kinds.indices {
      starts.append(Int32(entries.count))
      guard let group = groups[pair] else { continue }
      entries += group
      let beginHere = group.allSatisfy { TokenShapes.beginsAtBorder($0, shapes[$0.shape].before) }
      kinds[pair] = beginHere ? ShapeFilter.atBorders : ShapeFilter.anywhere
    }
    starts.append(Int32(entries.count))
    filter = ShapeFilter(pairs: kinds)
    heads = entries.map { ShapeHead($0.plan) }
    self.entries = entries
    self.starts = starts
  }

  /// Whether the form begins at its anchor and behind no word character.
  private static func beginsAtBorder(_ entry: Entry, _ before: TokenAlphabet) -> Bool {
    guard entry.plan.anchorOffset == 0, TokenAlphabet.word.members.allSatisfy({ before.contains($0) }) else {
      return false
    }
    switch entry.plan.kind {
    case .parts, .cardNumber, .accountNumber: return true
    case .keyed, .privateKeyBlock: return false
    }
  }

  /// The names of all formats, in order.
  package var names: [String] { shapes.map(\.name) }

  /// All places in the text that have one of the shapes: in order, never overlapping, of those that begin together the
  /// longest, of equals the first of the catalogue. The work is bounded per byte (`ShapeScan.work`).
  package func matches(in bytes: [UInt8]) -> [TokenMatch] {
    var scan = ShapeScan(self)
    scan.search(bytes.span)
    var matches: [TokenMatch] = []
    for found in scan.inOrder() where found.range.lowerBound >= matches.last?.range.upperBound ?? 0 {
      matches.append(TokenMatch(range: found.range, shape: shapes[found.shape].name))
    }
    return matches
  }
}
