/// The content of one run's values. The engine holds `ValueHandle`s into it; only `Labels` sees what is inside.
package struct ValueTable: Sendable {
  private var entries: [ValueID: LabeledText] = [:]
  private var storedBytes = 0
  private var storedSpans = 0
  /// The number that the next new value gets.
  package private(set) var nextID = ValueID(raw: 0)
  /// All values of a run together, in bytes; nothing that is made of them has more.
  package static let standardBytes = 64 << 20
  /// All values together, in bytes.
  package let maximumBytes: Int
  /// How many values a run may hold.
  package let maximumValues: Int
  /// What was read of them. It is no part of what the table holds: without it everything is read again.
  let tapes = ReadTapes()

  package init(maximumBytes: Int = Self.standardBytes, maximumValues: Int = 100_000) {
    self.maximumBytes = maximumBytes
    self.maximumValues = maximumValues
  }

  package var count: Int { entries.count }

  /// What all values take when they are sealed.
  var heldBytes: Int { storedBytes + LabelSpan.sealedBytes * storedSpans }

  /// Keeps a value under the next number. Throws `tooLarge`, `tooManyValues` or `tooManyOrigins`; nothing is kept then. The
  /// ranges of all values count for what they take when they are sealed, so that whatever the table holds fits into an
  /// envelope.
  package mutating func insert(_ text: LabeledText) throws(ValueFault) -> ValueHandle {
    guard heldBytes + text.heldBytes <= maximumBytes else { throw .tooLarge(limit: maximumBytes) }
    return try insert(text, at: nextID)
  }

  /// Throws, as `insert` does, where these values cannot all be kept: asked before what they record is done, since what is
  /// done can hardly be left unrecorded.
  package func checkRoom(for texts: [LabeledText]) throws(ValueFault) {
    for text in texts { try text.checkStorable() }
    guard entries.count + texts.count <= maximumValues else { throw .tooManyValues(limit: maximumValues) }
    guard texts.reduce(heldBytes, { $0 + $1.heldBytes }) <= maximumBytes else { throw .tooLarge(limit: maximumBytes) }
  }

  /// Keeps a value under a number that a history gave it; a value already there is replaced. Throws as the other, ranges
  /// not counted.
  package mutating func insert(_ text: LabeledText, at id: ValueID) throws(ValueFault) -> ValueHandle {
    let replaced = entries[id]
    guard entries.count < maximumValues || replaced != nil, id.raw < UInt32.max else {
      throw .tooManyValues(limit: maximumValues)
    }
    try text.checkStorable()
    let bytes = storedBytes - (replaced?.bytes.count ?? 0) + text.bytes.count
    guard bytes <= maximumBytes else { throw .tooLarge(limit: maximumBytes) }
    if let replaced { tapes.forget(replaced) }
    entries[id] = text
    storedBytes = bytes
    storedSpans += text.spans.count - (replaced?.spans.count ?? 0)
    if id >= nextID { nextID = ValueID(raw: id.raw + 1) }
    return ValueHandle(id: id, label: text.label)
  }

  /// The value of a handle. Throws `damaged` when it is not there, or is there with a label that the handle's does not
  /// cover: a handle never makes a value look less secret than it is.
  package func text(_ handle: ValueHandle) throws(ValueFault) -> LabeledText {
    guard let text = entries[handle.id], handle.label.covers(text.label) else { throw .damaged }
    return text
  }

  /// A value, or a text that is beside the values for a while, read as JSON, with exactly its labels. What was read of it
  /// before is not read again, as far as there is room for that. Throws as `LabeledJSON.init` does.
  package func read(_ text: LabeledText) throws(ValueFault) -> LabeledJSON { try tapes.json(text) }

  /// How many texts `read`, and comparisons over this table, have read: what was still known does not count.
  package var timesRead: Int { tapes.timesRead }

  /// The value under a number, for the seal door.
  func content(_ id: ValueID) -> LabeledText? { entries[id] }

  /// Forgets a value; its number is not given again.
  package mutating func remove(_ id: ValueID) {
    guard let removed = entries.removeValue(forKey: id) else { return }
    storedBytes -= removed.bytes.count
    storedSpans -= removed.spans.count
    tapes.forget(removed)
  }

  /// Forgets every value, as when the service is sealed.
  package mutating func removeAll() {
    entries.removeAll()
    tapes.forgetAll()
    storedBytes = 0
    storedSpans = 0
  }
}

extension ValueTable: Masked {
  package var maskedText: String { "ValueTable(\(entries.count) values)" }
}
