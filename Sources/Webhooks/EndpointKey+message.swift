package import Cryptography
import Encodings
package import MessageSignatures

extension EndpointKey {
  /// A key of HTTP message signatures, from the text that was entered.
  ///
  /// - Parameters:
  ///   - keyID: the `keyid` by which messages call it; nil for messages that name none.
  ///   - name: for logs and screens.
  package init(
    text: GuardedBytes, encoding: KeyEncoding, messageAlgorithm algorithm: MessageSignatureAlgorithm, keyID: String?,
    named name: String, validity: KeyValidity = .always
  ) throws(WebhookFault) {
    guard algorithm.httpName != nil, encoding.serves(messages: algorithm) else {
      throw .key(.messageEncoding(encoding, algorithm.rawValue))
    }
    guard !KeyText.isBlank(text) else { throw .key(.empty) }
    do throws(SigningFault) {
      let key: MessageVerificationKey
      if algorithm.macHash != nil {
        guard let secret = Self.messageSecret(text, encoding) else { throw SigningFault.key }
        key = try MessageVerificationKey(secret: secret, algorithm, keyID: keyID)
      } else {
        guard let publicKey = Self.messagePublicKey(text, encoding) else { throw SigningFault.key }
        key = try MessageVerificationKey(publicKey: publicKey, algorithm, keyID: keyID)
      }
      self.init(name: name, validity: validity, material: .message(key))
    } catch {
      throw .key(algorithm.macHash == nil ? .notPublic : .malformed(encoding))
    }
  }

  var messageKey: MessageVerificationKey? {
    guard case .message(let key) = material else { return nil }
    return key
  }

  private static func messageSecret(_ text: GuardedBytes, _ encoding: KeyEncoding) -> GuardedBytes? {
    switch encoding {
    case .utf8: text
    case .base64: KeyText.decodeBase64(text)
    case .hex: text.withBytes(GuardedHex.decode)
    case .ed25519Hex, .ed25519Base64, .spkiBase64, .x509PEM: nil
    }
  }

  /// A public key is no secret, so that ordinary memory will do.
  private static func messagePublicKey(_ text: GuardedBytes, _ encoding: KeyEncoding) -> PublicKey? {
    if encoding == .spkiBase64 {
      return subjectPublicKeyInfo(text).flatMap { try? PublicKey(subjectPublicKeyInfo: $0) }
    }
    return text.withBytes { bytes in
      switch encoding {
      case .ed25519Hex: Hex.decode(bytes, allowUpperCase: true).flatMap { try? PublicKey(rawEd25519: $0) }
      case .ed25519Base64: Base64.decode(bytes).flatMap { try? PublicKey(rawEd25519: $0) }
      case .utf8, .base64, .hex, .spkiBase64, .x509PEM: nil
      }
    }
  }
}

extension KeyEncoding {
  /// Whether a key written like this can serve an algorithm of message signatures.
  package func serves(messages algorithm: MessageSignatureAlgorithm) -> Bool {
    switch self {
    case .utf8, .base64, .hex: algorithm.macHash != nil
    case .ed25519Hex, .ed25519Base64: algorithm == .ed25519
    case .spkiBase64: algorithm.macHash == nil
    case .x509PEM: false
    }
  }
}
