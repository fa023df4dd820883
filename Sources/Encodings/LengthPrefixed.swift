/// Fields joined so that no two lists of fields give the same bytes: each is preceded by its length.
///
/// Made for what goes into a MAC, an AEAD's associated data or a hash: without lengths, `("ab", "c")` and
/// `("a", "bc")` would authenticate each other.
@usableFromInline
package struct LengthPrefixed: Sendable {
  /// What was appended so far.
  @usableFromInline
  package internal(set) var bytes: [UInt8] = []

  /// No field yet.
  package init() {}

  /// Makes room for so many bytes, lengths included.
  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  /// Appends a field: its length as eight big-endian bytes, then the bytes.
  @inlinable
  package mutating func append(_ field: some Collection<UInt8>) {
    appendBigEndian(UInt64(field.count))
    bytes.append(contentsOf: field)
  }

  /// Appends the UTF-8 of `text` as a field.
  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  /// Appends `number` as a field of eight big-endian bytes.
  package mutating func append(_ number: UInt64) {
    appendBigEndian(8)
    appendBigEndian(number)
  }

  @usableFromInline
  mutating func appendBigEndian(_ number: UInt64) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Takes the fields of a `LengthPrefixed` apart again.
package struct LengthPrefixedReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  /// Where the next field begins.
  private var position: Int

  /// Reads `bytes` from the start.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next field; nil at the end, and where a length or a field is cut short. In the second case `isAtEnd` stays
  /// false, so a loop over fields checks it afterwards.
  package mutating func next() -> ArraySlice<UInt8>? {
    nextRange().map { bytes[$0] }
  }

  /// The next field as a number, when it is one of eight bytes; the field is used up either way.
  package mutating func nextNumber() -> UInt64? {
    guard let range = nextRange(), range.count == 8 else { return nil }
    return number(at: range.lowerBound)
  }

  /// Whether every byte has been read.
  package var isAtEnd: Bool { position == bytes.endIndex }

  private mutating func nextRange() -> Range<Int>? {
    let left = bytes.endIndex - position
    guard left >= 8 else { return nil }
    let length = number(at: position)
    guard length <= UInt64(left - 8) else { return nil }
    let start = position + 8
    position = start + Int(length)
    return start..<position
  }

  /// The eight bytes from a place on, which are there. A value may have tens of thousands of such numbers beside it.
  private func number(at place: Int) -> UInt64 {
    bytes.withUnsafeBytes { raw in
      UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: place - bytes.startIndex, as: UInt64.self))
    }
  }
}
