/// One way of writing one secret. It gives the secret away, so it prints as a mask.
package struct SecretForm: Sendable {
  /// Which way.
  package let kind: FormKind
  /// The text that would appear.
  package let bytes: [UInt8]
}

extension SecretForm: MaskedPrinting {}
