extension UnsafeRawBufferPointer {
  /// Whether the bytes are the same as those of `other`, which must be as many, but for the case of ASCII letters.
  func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count {
      let difference = self[index] ^ other[index]
      if difference == 0 { continue }
      guard difference == 0x20, (0x61...0x7A).contains(self[index] | 0x20) else { return false }
    }
    return true
  }
}

extension Array where Element == UInt8 {
  /// Lends the bytes; unlike `withUnsafeBytes` it keeps the type of what is thrown.
  func withRawBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try withUnsafeBufferPointer { (bytes) throws(E) in try body(UnsafeRawBufferPointer(bytes)) }
  }
}
