package import Keyring

extension SealDoor {
  /// Seals a token under the keyring's current term. Throws `cannotOpen` with the keyring's fault.
  package static func seal(
    _ token: HeldToken, with keyring: Keyring, in context: EnvelopeContext
  ) throws(DoorRefusal) -> Envelope {
    do { return try keyring.seal(token.encoded, in: context) } catch { throw .cannotOpen(error) }
  }

  /// Opens what the other `seal` sealed in the same context.
  package static func openToken(
    _ envelope: Envelope, with keyring: Keyring, in context: EnvelopeContext
  ) throws(DoorRefusal) -> HeldToken {
    let plain: [UInt8]
    do { plain = try keyring.open(envelope, in: context) } catch { throw .cannotOpen(error) }
    guard let token = HeldToken(encoded: plain[...]) else { throw .value(.damaged) }
    return token
  }
}
