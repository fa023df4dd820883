/// The place of a value in a run's `ValueTable`. Numbers are given in order, so that a replay gives the same ones.
package struct ValueID: Hashable, Sendable, Comparable {
  package let raw: UInt32

  package init(raw: UInt32) { self.raw = raw }

  package static func < (left: ValueID, right: ValueID) -> Bool { left.raw < right.raw }
}

/// What the engine holds instead of a value: which one, and its label. No content, so it may be printed, compared,
/// simulated and stored.
package struct ValueHandle: Hashable, Sendable {
  package let id: ValueID
  package let label: Label

  package init(id: ValueID, label: Label) {
    self.id = id
    self.label = label
  }
}
