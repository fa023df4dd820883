package import Cryptography
package import Destinations

/// A client certificate with its key, let out for one destination. Only `Egress` reads it.
package struct SendableIdentity: Sendable {
  /// The destination that it may be shown to.
  package let dial: AllowedDial
  /// PEM text of the chain; nil where it stands with the key.
  package let chain: [UInt8]?
  /// PEM text of the private key, and of the chain where that is not in `chain`.
  package let key: GuardedBytes
}

extension SendableIdentity: Masked {
  package var maskedText: String { "SendableIdentity(\(dial.hostPort), ‹masked›)" }
}

extension SendDoor {
  /// Lets a client certificate out for `dial`: refused where key or chain may not be used for its host. The key itself
  /// is not sent; what is made with it is.
  package static func identity(
    chain: LabeledText?, key: LabeledText, for dial: borrowing AllowedDial
  ) -> Result<SendableIdentity, DoorRefusal> {
    let label = Label.join([chain?.label ?? .clear, key.label])
    guard label.hosts.allows(dial.hostPort) else {
      return .failure(.notGranted(origins: label.origins.map(\.origin), host: dial.hostPort))
    }
    return .success(
      SendableIdentity(dial: copy dial, chain: chain?.bytes, key: GuardedBytes(copying: key.bytes)))
  }
}
