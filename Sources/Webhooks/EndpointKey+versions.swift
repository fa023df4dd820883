package import Cryptography
package import MessageSignatures

/// One version of a key that lies elsewhere: what it verifies with, never its private part.
package enum KeyVersionAccess: Sendable {
  case publicKey(PublicKey)
  /// Makes MACs of the version; they are compared.
  case authenticator(any MessageSigner, KeyIdentity)
}

extension EndpointKey {
  /// A key of which every given version counts, for a signature scheme.
  ///
  /// - Parameter versions: newest first. At most `WebhookLimits.keysPerEndpoint`, since each costs a verification per
  ///   request.
  ///
  /// - Parameter standing: the key's other versions: what they let in once is remembered as long as they are there.
  ///
  /// Throws `key` where there are none, too many, or one that cannot serve the scheme.
  package init(
    versions: [KeyVersionAccess], named name: String, for scheme: SignatureScheme, validity: KeyValidity = .always,
    standing: [KeyIdentity] = []
  ) throws(WebhookFault) {
    guard !versions.isEmpty else { throw .key(.empty) }
    guard versions.count <= WebhookLimits.keysPerEndpoint else { throw .key(.tooManyVersions) }
    // A key of these lies in no certificate at an address.
    guard scheme.keyAddress == nil else { throw .key(.addressMissing) }
    var material: [Material] = []
    for version in versions {
      switch version {
      case .publicKey(let key): material.append(try Self.material(key, for: scheme.algorithm))
      case .authenticator(let signer, let identity):
        guard let hash = scheme.algorithm.macHash, signer.algorithm.macHash == hash else {
          throw .key(.unsuited(scheme.algorithm))
        }
        material.append(.authenticator(signer, identity))
      }
    }
    self.init(name: name, validity: validity, material: .versions(material), standing: standing)
  }

  /// The same for HTTP message signatures.
  package init(
    versions: [KeyVersionAccess], messageAlgorithm algorithm: MessageSignatureAlgorithm, keyID: String?,
    named name: String, validity: KeyValidity = .always
  ) throws(WebhookFault) {
    guard !versions.isEmpty else { throw .key(.empty) }
    guard versions.count <= WebhookLimits.keysPerEndpoint else { throw .key(.tooManyVersions) }
    do throws(SigningFault) {
      var keys: [MessageVerificationKey] = []
      for version in versions {
        switch version {
        case .publicKey(let key): keys.append(try MessageVerificationKey(publicKey: key, algorithm, keyID: keyID))
        case .authenticator(let signer, _):
          guard signer.algorithm == algorithm else { throw SigningFault.algorithm }
          keys.append(try MessageVerificationKey(authenticator: signer, keyID: keyID))
        }
      }
      self.init(
        name: name, validity: validity,
        material: .message(try MessageVerificationKey(versions: keys, keyID: keyID)))
    } catch {
      throw .key(.notPublic)
    }
  }

  private static func material(
    _ key: PublicKey, for algorithm: SignatureAlgorithm
  ) throws(WebhookFault) -> Material {
    switch (algorithm, key.kind) {
    case (.ed25519, .ed25519):
      // SubjectPublicKeyInfo of Ed25519 ends with the bare key (RFC 8410 §4).
      return .ed25519(Array(key.subjectPublicKeyInfo.suffix(Ed25519.publicKeyCount)))
    case (.ecdsaP256SHA256, .p256), (.rsaPKCS1SHA256, .rsa), (.rsaPKCS1SHA1, .rsa): return .publicKey(key)
    default: throw .key(.unsuited(algorithm))
    }
  }
}

extension SignatureAlgorithm {
  /// The hash of a MAC; nil for signatures and tokens.
  package var macHash: HMAC.Hash? {
    switch self {
    case .hmacSHA1: .sha1
    case .hmacSHA256: .sha256
    case .hmacSHA384: .sha384
    case .hmacSHA512: .sha512
    case .token, .ed25519, .ecdsaP256SHA256, .rsaPKCS1SHA256, .rsaPKCS1SHA1: nil
    }
  }
}
