/// The answer of a condition, with the label of what it was made from. `DisclosedBits` lets it out and counts.
package struct LabeledBit: Sendable {
  /// The answer: visible inside `Labels` only.
  let value: Bool
  package let label: Label

  init(_ value: Bool, label: Label) {
    self.value = value
    self.label = label
  }

  /// An answer that depends on nothing secret: a count of the engine, a status code.
  package init(clear value: Bool) { self.init(value, label: .clear) }

  /// Both. The label is the union, whatever the answers are.
  package func and(_ other: LabeledBit) -> LabeledBit {
    LabeledBit(value && other.value, label: label.joined(with: other.label))
  }

  /// Either.
  package func or(_ other: LabeledBit) -> LabeledBit {
    LabeledBit(value || other.value, label: label.joined(with: other.label))
  }

  package var negated: LabeledBit { LabeledBit(!value, label: label) }
}

extension LabeledBit: Masked {
  package var maskedText: String { "LabeledBit(‹masked›)" }
}
