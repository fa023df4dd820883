package import Cryptography
package import Encodings

/// The key of a certificate that was fetched from the address that a request names. What it is worth is the scheme's
/// rule; fetching is somebody else's work, so that deciding stays pure.
package struct FetchedKey: Sendable {
  package let key: EndpointKey
  package let notBefore: Instant
  package let notAfter: Instant

  /// Reads the file that was fetched.
  ///
  /// - Parameters:
  ///   - pem: certificates, the sender's own first.
  ///   - address: where it came from: one that `WebhookVerifier.keyAddress` gave for this scheme.
  ///   - roots: whom a chain may end at.
  /// - Throws: `WebhookFault.key`: not certificates, not of a key that the scheme can use, out of its time, not vouched
  ///   for, or for another name.
  package init(
    pem: [UInt8], from address: [UInt8], for scheme: SignatureScheme, roots: CertificateChain.Roots, now: Instant
  ) throws(WebhookFault) {
    guard let rule = scheme.keyAddressRule, let pattern = scheme.keyAddress?.pattern, pattern.matches(address) else {
      throw .key(.addressForm)
    }
    guard pem.count <= WebhookLimits.fetchedKeyBytes,
      let chain = PEMCertificates.decode(pem, atMost: CertificateChain.maximumCount),
      let first = chain.first, let certificate = CertificateKey(der: first)
    else { throw .key(.certificate) }
    guard certificate.isValid(at: now) else { throw .key(.certificateTime) }
    if rule.chain == .included {
      do throws(CertificateChain.Fault) {
        try CertificateChain.verify(chain, roots: roots, host: rule.subject ?? Self.host(of: address), at: now)
      } catch {
        throw .key(.certificateUntrusted)
      }
    }
    key = try EndpointKey(fetched: certificate, from: address, for: scheme)
    notBefore = certificate.notBefore
    notAfter = certificate.notAfter
  }

  /// The host of an address that begins with `https://`; empty, which no certificate is for, of any other.
  static func host(of address: [UInt8]) -> String {
    let prefix = Array("https://".utf8)
    guard address.starts(with: prefix) else { return "" }
    let authority = address.dropFirst(prefix.count).prefix { !"/?#".utf8.contains($0) }
    guard !authority.contains(UInt8(ascii: "@")) else { return "" }
    return String(decoding: authority.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
  }
}

extension WebhookVerifier {
  /// The address of the certificate that a request names, if its scheme has such addresses and this is one of them.
  ///
  /// Nothing is known about the request yet: whoever fetches from here bounds how often.
  package func keyAddress(of request: UnverifiedRequest, at endpoint: EndpointConfiguration) -> [UInt8]? {
    guard endpoint.access == .internalAndPublic, endpoint.isActive, request.method == "POST",
      case .signature(let scheme) = endpoint.authentication, let source = scheme.keyAddress
    else { return nil }
    var reader = RequestReader(request, settings: [:])
    return (try? reader.value(of: source)).map { Array($0) }
  }
}

extension EndpointKeys {
  /// Whether one of them was entered for this address and is in its time: it is pinned, and nothing is fetched beside it.
  package func hasCertificate(at address: [UInt8], now: Instant) -> Bool {
    keys.contains { key in
      guard case .certificate(let certificate, _, let url) = key.material else { return false }
      return url == address && certificate.isValid(at: now)
    }
  }

  /// The certificates that were entered: the names of their keys, and from when until when they are valid.
  package var certificates: [(name: String, notBefore: Instant, notAfter: Instant)] {
    keys.compactMap { key in
      guard case .certificate(let certificate, _, _) = key.material else { return nil }
      return (key.name, certificate.notBefore, certificate.notAfter)
    }
  }

  /// Whether some shared secret of these is one of those, too.
  package func shareSecret(with other: EndpointKeys) -> Bool {
    keys.contains { key in
      guard case .secret(_, let digest) = key.material else { return false }
      return other.keys.contains { other in
        if case .secret(_, let standing) = other.material { ConstantTime.areEqual(digest, standing) } else { false }
      }
    }
  }

  /// These and one that was fetched; without it where there are as many as there may be.
  ///
  /// - Parameter name: as in `EndpointKey.named(by:)`.
  package func adding<E>(
    _ fetched: FetchedKey?, namedBy name: (KeyIdentity) throws(E) -> String
  ) throws(E) -> EndpointKeys {
    guard let key = try fetched?.key.named(by: name), let all = try? EndpointKeys(keys + [key]) else { return self }
    return all
  }
}
