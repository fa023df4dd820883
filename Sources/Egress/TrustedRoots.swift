import Cryptography
import Encodings
package import NIOSSL

/// Whom a TLS connection is verified against: the system's roots and the ones configured beside them. There is no way
/// to switch verification off, and none to allow a version below TLS 1.2.
package struct TrustedRoots: Hashable, Sendable {
  /// The certificates that are trusted beside the system's, each once.
  package let extraRoots: [NIOSSLCertificate]
  /// What an encrypted value is bound to beside its URL: an injective text of the trusted set. Adding or removing a
  /// root changes it; the order in which roots are listed does not.
  package let bindingBytes: [UInt8]

  /// Only the system's roots.
  package static let system = TrustedRoots([:])

  /// The certificates of PEM text, one or more.
  package init(extraRootsPEM pem: [UInt8]) throws(TrustFault) {
    let certificates: [NIOSSLCertificate]
    do { certificates = try NIOSSLCertificate.fromPEMBytes(pem) } catch { throw .notPEM }
    guard !certificates.isEmpty else { throw .notPEM }
    guard certificates.count <= Self.maximumRoots else { throw .tooMany }
    var byFingerprint: [[UInt8]: NIOSSLCertificate] = [:]
    for certificate in certificates {
      guard let encoded = try? certificate.toDERBytes() else { throw .notPEM }
      byFingerprint[Digest.sha256(encoded)] = certificate
    }
    self.init(byFingerprint)
  }

  private init(_ byFingerprint: [[UInt8]: NIOSSLCertificate]) {
    let sorted = byFingerprint.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    extraRoots = sorted.map(\.value)
    var fields = LengthPrefixed()
    fields.append("system roots, TLS 1.2 or later, verified")
    for (fingerprint, _) in sorted { fields.append(fingerprint) }
    bindingBytes = fields.bytes
  }

  private static let maximumRoots = 64

  var tlsConfiguration: TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.certificateVerification = .fullVerification
    configuration.trustRoots = .default
    configuration.additionalTrustRoots = extraRoots.isEmpty ? [] : [.certificates(extraRoots)]
    configuration.renegotiationSupport = .none
    return configuration
  }

  /// Equal when the same certificates are trusted.
  package static func == (left: TrustedRoots, right: TrustedRoots) -> Bool { left.bindingBytes == right.bindingBytes }
  /// Of the trusted set.
  package func hash(into hasher: inout Hasher) { hasher.combine(bindingBytes) }
}

/// Why a configured set of roots is refused.
package enum TrustFault: Error, Hashable, Sendable {
  case notPEM
  case tooMany

  /// One sentence with the limit.
  package var message: String {
    switch self {
    case .notPEM: "the extra roots are not certificates in PEM form"
    case .tooMany: "there are more than 64 extra roots"
    }
  }
}
