/// One value on the tape: 28 bytes.
struct JSONTapeEntry: Sendable {
  /// The value's text, quotes and brackets included.
  var start: UInt32
  var end: UInt32
  /// The key's text, quotes included; equal when there is no key.
  var keyStart: UInt32
  var keyEnd: UInt32
  /// The index behind the last value inside this one.
  var next: UInt32
  /// Members or elements.
  var count: UInt32
  var kind: JSONTape.Kind
  var valueHasEscapes: Bool
  var keyHasEscapes: Bool

  var hasKey: Bool { keyEnd > keyStart }

  static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }
}
