/// The answer of a condition, with the label of what it was made from. `DisclosedBits` lets it out and counts.
package struct LabeledBit: Sendable {
  /// The answer, or why there is none: both tell about the operands, so both are visible inside `Labels` only.
  let outcome: Result<Bool, ValueFault>
  package let label: Label
  /// The side that does not convert, where there is one.
  let failing: Comparison.FailingSide?

  init(_ value: Bool, label: Label) {
    self.init(outcome: .success(value), label: label)
  }

  init(outcome: Result<Bool, ValueFault>, label: Label, failing: Comparison.FailingSide? = nil) {
    self.outcome = outcome
    self.label = label
    self.failing = failing
  }

  /// An answer that depends on nothing secret: a count of the engine, a status code.
  package init(clear value: Bool) { self.init(value, label: .clear) }

  /// Both. The label is the union whatever the answers are; a fault on either side stays a fault.
  package func and(_ other: LabeledBit) -> LabeledBit { combined(with: other) { $0 && $1 } }

  /// Either, by the same rules.
  package func or(_ other: LabeledBit) -> LabeledBit { combined(with: other) { $0 || $1 } }

  /// The same, where a fault of a side names the row and the side as their document writes them. Which side it is stays
  /// open where the row's label is secret.
  package func named(
    row: @autoclosure () -> String, left: @autoclosure () -> String, right: @autoclosure () -> String
  ) -> LabeledBit {
    guard case .failure(.notConvertible(let wanted)) = outcome else { return self }
    let (first, second) = (left(), right())
    let told = label.isSecret ? nil : failing
    let side =
      switch told {
      case .left?: "the left side, \(first),"
      case .right?: "the right side, \(second),"
      case nil: second.isEmpty ? first : "\(first) or \(second)"
      }
    let fault = ValueFault.rowNotConvertible(row: row(), side: side, to: wanted)
    return LabeledBit(outcome: .failure(fault), label: label)
  }

  /// The same without the row and the side where the label is secret: of several rows, which one does not convert tells
  /// about all of them.
  package var unnamedWhereSecret: LabeledBit {
    guard label.isSecret, case .failure(.rowNotConvertible(_, _, let type)) = outcome else { return self }
    return LabeledBit(outcome: .failure(.notConvertible(to: type)), label: label)
  }

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
