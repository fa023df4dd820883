/// A catalogue of well-known token formats, ready to search text for them (docs/spec/token-shapes.md).
///
/// It knows no secrets, only what secrets of others look like. It never changes, so many tasks may use one.
package struct TokenShapes: Sendable {
  /// The formats, in the order in which equal matches are decided.
  package let shapes: [TokenShape]
  /// For each two bytes of ASCII, seven bits each, which group of `groups` may begin there; 0 is none.
  let filter: [UInt16]
  /// Forms that have the same two bytes at their anchor.
  let groups: [[Entry]]
  /// For each group, whether all its forms begin at the anchor and behind no word character.
  let beginsHere: [Bool]

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
    var entries: [Int: [Entry]] = [:]
    for (index, shape) in shapes.enumerated() {
      for form in shape.forms {
        let plan = TokenPlan(form)
        let entry = Entry(shape: index, plan: plan, before: shape.before.bit)
        for pair in plan.anchorPairs { entries[pair, default: []].append(entry) }
      }
    }
    var filter = [UInt16](repeating: 0, count: 1 << 14)
    var groups: [[Entry]] = [[]]
    for (pair, group) in entries.sorted(by: { $0.key < $1.key }) {
      filter[pair] = UInt16(groups.count)
      groups.append(group)
    }
    self.filter = filter
    self.groups = groups
    let word = TokenAlphabet.word
    beginsHere = groups.map { group in
      group.allSatisfy { entry in
        let excludesWords = word.members.allSatisfy { shapes[entry.shape].before.contains($0) }
        guard entry.plan.anchorOffset == 0, excludesWords else { return false }
        switch entry.plan.kind {
        case .parts, .cardNumber, .accountNumber: return true
        case .keyed, .privateKeyBlock: return false
        }
      }
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
