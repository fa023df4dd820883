/// The answer of a condition, with the label of what it was made from. `DisclosedBits` lets it out and counts.
package struct LabeledBit: Sendable {
  /// The answer, or why there is none: both tell about the operands, so both are visible inside `Labels` only.
  let outcome: Result<Bool, ValueFault>
  package let label: Label

  init(_ value: Bool, label: Label) {
    self.init(outcome: .success(value), label: label)
  }

  init(outcome: Result<Bool, ValueFault>, label: Label) {
    self.outcome = outcome
    self.label = label
  }

  /// An answer that depends on nothing secret: a count of the engine, a status code.
  package init(clear value: Bool) { self.init(value, label: .clear) }

  /// Both. The label is the union whatever the answers are; a fault on either side stays a fault.
  package func and(_ other: LabeledBit) -> LabeledBit { combined(with: other) { $0 && $1 } }

  /// Either, by the same rules.
  package func or(_ other: LabeledBit) -> LabeledBit { combined(with: other) { $0 || $1 } }

  package var negated: LabeledBit { LabeledBit(outcome: outcome.map { !$0 }, label: label) }

  private func combined(with other: LabeledBit, _ operation: (Bool, Bool) -> Bool) -> LabeledBit {
    let union = label.joined(with: other.label)
    switch (outcome, other.outcome) {
    case (.success(let left), .success(let right)): return LabeledBit(operation(left, right), label: union)
    case (.failure, _): return LabeledBit(outcome: outcome, label: union)
    case (_, .failure): return LabeledBit(outcome: other.outcome, label: union)
    }
  }
}

extension LabeledBit: Masked {
  package var maskedText: String { "LabeledBit(‹masked›)" }
}
