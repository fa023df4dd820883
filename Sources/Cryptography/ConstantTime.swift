internal import CSodium

/// Comparison whose duration says nothing about where two values differ. Lengths are public.
@usableFromInline
package enum ConstantTime {
  /// True when both hold the same bytes.
  @inlinable
  package static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.withRawBytes { left in right.withRawBytes { right in areEqual(raw: left, right) } }
  }

  /// True when both hold the same bytes.
  package static func areEqual(_ left: GuardedBytes, _ right: GuardedBytes) -> Bool {
    left.withBytes { left in right.withBytes { right in areEqual(raw: left, right) } }
  }

  /// True when both hold the same bytes.
  @inlinable
  package static func areEqual(_ left: GuardedBytes, _ right: some Collection<UInt8>) -> Bool {
    left.withBytes { left in right.withRawBytes { right in areEqual(raw: left, right) } }
  }

  /// True when both hold the same bytes.
  @usableFromInline
  package static func areEqual(raw left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    return sodium_memcmp(left.addressOrPlaceholder, right.addressOrPlaceholder, left.count) == 0
  }
}
