import Cryptography
import Encodings
import Keyring
import Webhooks

/// Names the material of an endpoint's keys beside the deliveries that are kept for them: a keyed digest, so that the
/// same key entered again, or lying in a new version of a secret, has the same name, and nobody without the keyring can
/// try keys against it. Another endpoint has another name for the same key.
struct KeyEpochs: Sendable {
  let keyring: Keyring
  let endpointID: String

  /// No name of before begins so: a path of a secret cannot.
  private static let mark = "#"
  /// Two keys of one name would only be remembered longer.
  private static let byteCount = 16

  /// Whether this is a name of this kind, and not one of before, which told where a key was entered.
  static func isOne(_ epoch: String) -> Bool { epoch.hasPrefix(mark) }

  /// Throws `sealed`.
  func name(_ identity: KeyIdentity) throws(KeyringError) -> String {
    let digest: [UInt8]
    switch identity {
    case .secret(let bytes): digest = try keyring.mac(.replayEpoch, context: context("secret"), secret: bytes)
    case .publicKey(let bytes): digest = try keyring.mac(.replayEpoch, context: context("public"), message: bytes)
    case .version(let id, let number):
      var fields = LengthPrefixed()
      fields.append(id)
      fields.append(UInt64(number))
      digest = try keyring.mac(.replayEpoch, context: context("version"), message: fields.bytes)
    }
    return Self.mark + Base64.encode(digest.prefix(Self.byteCount), alphabet: .urlSafe, padded: false)
  }

  private func context(_ form: String) -> [[UInt8]] { [Array(endpointID.utf8), Array(form.utf8)] }
}
