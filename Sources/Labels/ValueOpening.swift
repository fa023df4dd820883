/// A value of a run beside the salt of its commitment: with both, whoever has the run's receipt can see that this is the
/// value, without the service. Only `DiscloseDoor` makes one, for a person, under a permit.
package struct ValueOpening: Sendable {
  /// 32 bytes: what the commitment is keyed with.
  package let salt: [UInt8]
  /// The value, byte for byte.
  package let value: [UInt8]
}

extension ValueOpening: Masked {
  package var maskedText: String { "ValueOpening(‹masked›)" }
}
