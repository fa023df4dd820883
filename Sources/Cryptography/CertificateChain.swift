internal import COpenSSL
package import Encodings

/// Whether a certificate is vouched for: a chain of X.509 certificates up to a trusted root (RFC 5280 §6).
package enum CertificateChain {
  /// Whom a chain may end at.
  package enum Roots: Sendable {
    /// The roots that the system's administrator keeps, from the places where distributions put them. The environment
    /// has no say: `SSL_CERT_FILE` is not read.
    case system
    /// These certificates alone, DER.
    case only([[UInt8]])
  }

  /// Why a chain is refused. Nothing of it is told.
  package enum Fault: Error, Equatable, Sendable {
    /// Not one to eight certificates, or bytes that are none.
    case malformed
    /// No path to a root that is valid at this time, or a certificate that is too weak.
    case untrusted
    /// The first certificate is for another name.
    case otherName
    /// The system has no roots where they are looked for.
    case noRoots
  }

  /// The most certificates of one chain.
  package static let maximumCount = 8

  private static let systemFiles = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
  ]

  /// Holds a chain against the roots.
  ///
  /// - Parameters:
  ///   - chain: DER; the certificate in question first, then those that may stand between it and a root, in any order.
  ///   - host: the DNS name that the first one must be for, by its alternative names; no wildcard, no common name. Nil for
  ///     any name.
  ///   - now: the time at which every certificate of the path must be valid. Revocation is not asked about.
  package static func verify(
    _ chain: [[UInt8]], roots: Roots, host: String?, at now: Instant
  ) throws(Fault) {
    _ = LibCrypto.sha256
    defer { LibCrypto.clearErrors() }
    guard (1...maximumCount).contains(chain.count) else { throw .malformed }
    let held = Held()
    guard let store = held.store, let context = held.context, let others = held.others else {
      preconditionFailure("no memory for a chain")
    }
    try load(roots, into: store, held)
    var first: OpaquePointer?
    for (index, der) in chain.enumerated() {
      guard let certificate = held.certificate(der) else { throw .malformed }
      if index == 0 {
        first = certificate
      } else {
        LibCrypto.require(OPENSSL_sk_push(others, UnsafeRawPointer(certificate)) > 0, "OPENSSL_sk_push")
      }
    }
    guard let first, X509_STORE_CTX_init(context, store, first, others) == 1,
      let parameters = X509_STORE_CTX_get0_param(context)
    else { preconditionFailure("no memory for a chain") }
    X509_VERIFY_PARAM_set_time(parameters, Int(now.millisecondsSinceEpoch / 1_000))
    // 112 bits: no SHA-1, no RSA below 2048 bits, anywhere on the path.
    X509_VERIFY_PARAM_set_auth_level(parameters, 2)
    if let host {
      X509_VERIFY_PARAM_set_hostflags(
        parameters, UInt32(X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
      guard !host.isEmpty, X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count) == 1 else { throw .otherName }
    }
    guard X509_verify_cert(context) == 1 else {
      throw X509_STORE_CTX_get_error(context) == X509_V_ERR_HOSTNAME_MISMATCH ? .otherName : .untrusted
    }
  }

  private static func load(_ roots: Roots, into store: OpaquePointer, _ held: Held) throws(Fault) {
    switch roots {
    case .system:
      guard systemFiles.contains(where: { X509_STORE_load_file(store, $0) == 1 }) else { throw .noRoots }
    case .only(let certificates):
      for der in certificates {
        guard let certificate = held.certificate(der) else { throw .malformed }
        LibCrypto.require(X509_STORE_add_cert(store, certificate) == 1, "X509_STORE_add_cert")
      }
    }
  }

  /// What libcrypto made for one verification; freed with it.
  private final class Held {
    let store = X509_STORE_new()
    let context = X509_STORE_CTX_new()
    let others = OPENSSL_sk_new_null()
    private var certificates: [OpaquePointer] = []

    /// A certificate of exactly these bytes.
    func certificate(_ der: [UInt8]) -> OpaquePointer? {
      let parsed: OpaquePointer? = der.withRawBytes { bytes in
        var cursor: UnsafePointer<UInt8>? = bytes.addressOrPlaceholder
        let start = cursor
        guard let certificate = d2i_X509(nil, &cursor, bytes.count) else { return nil }
        guard let start, let cursor, cursor - start == bytes.count else {
          X509_free(certificate)
          return nil
        }
        return certificate
      }
      if let parsed { certificates.append(parsed) }
      return parsed
    }

    deinit {
      X509_STORE_CTX_free(context)
      OPENSSL_sk_free(others)
      X509_STORE_free(store)
      for certificate in certificates { X509_free(certificate) }
    }
  }
}
