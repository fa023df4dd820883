/// The content of one run's values. The engine holds `ValueHandle`s into it; only `Labels` sees what is inside.
package struct ValueTable: Sendable {
  private var entries: [ValueID: LabeledText] = [:]
  private var storedBytes = 0
  /// The number that the next new value gets.
  package private(set) var nextID = ValueID(raw: 0)
  /// All values together, in bytes.
  package let maximumBytes: Int
  /// How many values a run may hold.
  package let maximumValues: Int

  package init(maximumBytes: Int = 64 << 20, maximumValues: Int = 100_000) {
    self.maximumBytes = maximumBytes
    self.maximumValues = maximumValues
  }

  package var count: Int { entries.count }

  /// Keeps a value under the next number. Throws `tooLarge` or `tooManyValues`; nothing is kept then.
  package mutating func insert(_ text: LabeledText) throws(ValueFault) -> ValueHandle {
    try insert(text, at: nextID)
  }

  /// Keeps a value under a number that a history gave it; a value already there is replaced.
  package mutating func insert(_ text: LabeledText, at id: ValueID) throws(ValueFault) -> ValueHandle {
    let replaced = entries[id]?.bytes.count ?? 0
    guard entries.count < maximumValues || entries[id] != nil, id.raw < UInt32.max else {
      throw .tooManyValues(limit: maximumValues)
    }
    guard storedBytes - replaced + text.bytes.count <= maximumBytes else { throw .tooLarge(limit: maximumBytes) }
    entries[id] = text
    storedBytes += text.bytes.count - replaced
    if id >= nextID { nextID = ValueID(raw: id.raw + 1) }
    return ValueHandle(id: id, label: text.label)
  }

  /// The value of a handle. Throws `damaged` when it is not there, or is there with a label that the handle's does not
  /// cover: a handle never makes a value look less secret than it is.
  package func text(_ handle: ValueHandle) throws(ValueFault) -> LabeledText {
    guard let text = entries[handle.id], handle.label.covers(text.label) else { throw .damaged }
    return text
  }

  /// The value under a number, for the seal door.
  func content(_ id: ValueID) -> LabeledText? { entries[id] }

  /// Forgets a value; its number is not given again.
  package mutating func remove(_ id: ValueID) {
    if let removed = entries.removeValue(forKey: id) { storedBytes -= removed.bytes.count }
  }

  /// Forgets every value, as when the service is sealed.
  package mutating func removeAll() {
    entries.removeAll()
    storedBytes = 0
  }
}

extension ValueTable: Masked {
  package var maskedText: String { "ValueTable(\(entries.count) values)" }
}
