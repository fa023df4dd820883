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
  private var rest: ArraySlice<UInt8>

  /// Reads `bytes` from the start.
  package init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  /// The next field; nil at the end, and where a length or a field is cut short. In the second case `isAtEnd` stays
  /// false, so a loop over fields checks it afterwards.
  package mutating func next() -> ArraySlice<UInt8>? {
    guard rest.count >= 8 else { return nil }
    let length = rest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(rest.count - 8) else { return nil }
    let start = rest.startIndex + 8
    let end = start + Int(length)
    defer { rest = rest[end...] }
    return rest[start..<end]
  }

  /// The next field as a number, when it is one of eight bytes; the field is used up either way.
  package mutating func nextNumber() -> UInt64? {
    guard let field = next(), field.count == 8 else { return nil }
    return field.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  /// Whether every byte has been read.
  package var isAtEnd: Bool { rest.isEmpty }
}
