extension Sequence where Element == UInt8 {
  /// Calls `body` with these bytes in one piece.
  ///
  /// Every coder of this target is written once, over a bounds-checked `Span`; the generic entry points only bring
  /// the bytes there. Sequences that are not contiguous are copied first.
  ///
  /// Inlinable, as the entry points are that other targets call for every request: unspecialised, the look-up of generic
  /// metadata costs more than the coding.
  @inlinable
  package func withContiguousBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    if let result = withContiguousStorageIfAvailable({ body($0.span) }) { return result }
    let copy = Array(self)
    return body(copy.span)
  }
}

extension [UInt8] {
  /// Appends the bytes of `range`, which lies inside `bytes`, at once.
  mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    bytes.extracting(range).withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}
