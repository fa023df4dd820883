import Encodings

extension LabeledJSON {
  /// The secret labels on what a value is besides the names and values in it: its brackets, commas, colons, and white space
  /// between; of a value that holds no others all of it. Where something stands in it, that nothing does, and how many do
  /// tells of these bytes.
  ///
  /// Takes time by the ranges in the value and by the members or elements before the last of them; none where nothing of
  /// the whole is secret.
  func structureLabel(_ node: JSONTape.Node) -> Label {
    let spans = text.spans.touching(tape.range(node))
    guard !spans.isEmpty, text.label.isSecret else { return .clear }
    var held = HeldRanges(tape, in: node)
    var label = Label.clear
    for span in spans where span.label.isSecret {
      if held.contain(span.range) { continue }
      label = label.joined(with: span.label)
    }
    return label
  }

  /// The secret labels on the name of a member; none of an element.
  ///
  /// The other names of its object do not count. An object has no name twice, so they are others than this one; and where
  /// some are secret and some are not, all are from one sender, or from a text, which covers all that stands in it.
  func keyLabel(_ node: JSONTape.Node) -> Label {
    guard !text.spans.isEmpty, let range = tape.keyRange(node) else { return .clear }
    return text.spans.touching(range).reduce(Label.clear) { $1.label.isSecret ? $0.joined(with: $1.label) : $0 }
  }
}

/// Where the names and values of a container stand, asked about in the order of the text.
private struct HeldRanges {
  private let tape: JSONTape
  private let container: JSONTape.Node
  private var child: JSONTape.Node?
  private var isBehindName = false

  init(_ tape: JSONTape, in container: JSONTape.Node) {
    self.tape = tape
    self.container = container
    child = tape.firstChild(container)
  }

  /// Whether one name or one value has all of a range in it; an empty range at its border is beside it. Ranges must be
  /// asked about in order.
  mutating func contain(_ range: Range<Int>) -> Bool {
    while let child {
      let name = isBehindName ? nil : tape.keyRange(child)
      let held = name ?? tape.range(child)
      if held.upperBound > range.lowerBound {
        let begins = range.isEmpty ? held.lowerBound < range.lowerBound : held.lowerBound <= range.lowerBound
        return begins && range.upperBound <= held.upperBound
      }
      if name != nil {
        isBehindName = true
      } else {
        isBehindName = false
        self.child = tape.sibling(after: child, in: container)
      }
    }
    return false
  }
}
