/// What was made of an answer, and whether what its statement changed is to be kept.
package struct TakenAnswer<Value: Sendable>: Sendable {
  package let value: Value
  /// False: the source undoes what the statement changed.
  package let isKept: Bool

  package init(_ value: Value, isKept: Bool) {
    self.value = value
    self.isKept = isKept
  }
}
