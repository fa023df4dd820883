internal import CScan

extension UnsafeRawBufferPointer {
  /// Whether the bytes are the same as those of `other`, which must be as many, if asked for but for the case of ASCII
  /// letters.
  func equals(_ other: UnsafeRawBufferPointer, ignoringCase: Bool) -> Bool {
    guard count == other.count, let left = bytePointer, let right = other.bytePointer else { return false }
    return chancery_equal(left, right, count, ignoringCase)
  }

  /// The first byte.
  var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension Array where Element == UInt8 {
  /// Lends the bytes; unlike `withUnsafeBytes` it keeps the type of what is thrown.
  func withRawBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try withUnsafeBufferPointer { (bytes) throws(E) in try body(UnsafeRawBufferPointer(bytes)) }
  }
}
