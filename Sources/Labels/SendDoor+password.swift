package import Cryptography
package import Destinations

/// The password of a data source, let out for the one server that was checked. Only `DataSources` reads it.
package struct SendablePassword: Sendable {
  package let dial: AllowedDial
  package let password: GuardedBytes
}

extension SendablePassword: Masked {
  package var maskedText: String { "SendablePassword(\(dial.hostPort), ‹masked›)" }
}

extension SendDoor {
  /// Lets a password out for `dial`: refused where it may not be sent to its host, or holds NUL, which no password of the
  /// protocol can.
  package static func password(
    _ password: LabeledText, for dial: borrowing AllowedDial
  ) -> Result<SendablePassword, DoorRefusal> {
    guard password.label.hosts.allows(dial.hostPort) else {
      return .failure(.notGranted(origins: password.label.origins.map(\.origin), host: dial.hostPort))
    }
    guard !password.bytes.contains(0) else { return .failure(.value(.notUTF8)) }
    return .success(SendablePassword(dial: copy dial, password: GuardedBytes(copying: password.bytes)))
  }
}
