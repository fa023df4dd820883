package import Cryptography
package import Encodings
package import Labels
import NIOSSL

/// A client certificate with its private key, checked to belong together. Connections are shared only between calls that
/// show the same certificate.
///
/// The key lies in BoringSSL's ordinary memory as long as a client uses it, and is wiped with it.
package final class ClientIdentity: Sendable {
  let chain: [NIOSSLCertificate]
  let key: NIOSSLPrivateKey
  /// Of the certificates, in order. The key follows from the first one.
  private let digest: [UInt8]
  /// When the certificate ends.
  package let notAfter: Instant

  /// The most certificates of a chain.
  private static let maximumChain = 8

  /// What the door let out.
  package convenience init(_ identity: SendableIdentity) throws(IdentityFault) {
    try self.init(chain: identity.chain, key: identity.key)
  }

  /// Reads PEM text. Throws what is wrong with it; nothing of the text is in the error.
  ///
  /// - Parameters:
  ///   - chain: the certificates; nil where they stand with the key.
  ///   - key: one private key that is not encrypted (PKCS #8, SEC 1 or PKCS #1).
  package init(chain: [UInt8]?, key text: GuardedBytes) throws(IdentityFault) {
    let certificates: [NIOSSLCertificate]
    do {
      certificates = try NIOSSLCertificate.fromPEMBytes(chain ?? text.withBytes { Array($0) })
    } catch {
      throw .noCertificate
    }
    guard let first = certificates.first else { throw .noCertificate }
    guard certificates.count <= Self.maximumChain else { throw .tooManyCertificates }
    guard let block = Self.keyBlock(of: text), let own = try? PrivateKey(pem: block) else { throw .noKey }
    guard let shown = try? first.extractPublicKey().toSPKIBytes(), shown == own.publicKey.subjectPublicKeyInfo else {
      throw .otherKey
    }
    let pkcs8 = own.pkcs8()
    guard let key = try? pkcs8.withBytes({ try NIOSSLPrivateKey(bytes: Array($0), format: .der) }) else { throw .noKey }
    var fields = LengthPrefixed()
    for certificate in certificates {
      guard let der = try? certificate.toDERBytes() else { throw .noCertificate }
      fields.append(der)
    }
    self.chain = certificates
    self.key = key
    digest = Digest.sha256(fields.bytes)
    notAfter = Instant(millisecondsSinceEpoch: Int64(first.notValidAfter) * 1_000)
  }

  /// The one private key of a text that may hold certificates as well; nil where there is none, or more than one.
  private static func keyBlock(of text: GuardedBytes) -> GuardedBytes? {
    text.withBytes { bytes in
      var found: [Range<Int>] = []
      var start: Int?
      var position = 0
      while position < bytes.count {
        let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
        let line = bytes[position..<end]
        if line.starts(with: Array("-----BEGIN ".utf8)), Self.namesKey(line) { start = position }
        if let begin = start, line.starts(with: Array("-----END ".utf8)), Self.namesKey(line) {
          found.append(begin..<end)
          start = nil
        }
        position = end + 1
      }
      guard found.count == 1, let range = found.first else { return nil }
      return GuardedBytes(copying: bytes[range])
    }
  }

  private static func namesKey(_ line: some Collection<UInt8>) -> Bool {
    String(decoding: line, as: UTF8.self).contains("PRIVATE KEY-----")
  }
}

extension ClientIdentity: Hashable {
  /// Equal when the same certificates are shown.
  package static func == (left: ClientIdentity, right: ClientIdentity) -> Bool { left.digest == right.digest }
  /// Of the certificates.
  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension ClientIdentity: CustomStringConvertible, CustomReflectable {
  package var description: String { "ClientIdentity(masked)" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is no client certificate.
package enum IdentityFault: Error, Hashable, Sendable {
  case noCertificate
  case tooManyCertificates
  case noKey
  case otherKey

  /// One sentence with what is wanted.
  package var message: String {
    switch self {
    case .noCertificate: "there is no certificate in PEM form"
    case .tooManyCertificates: "there are more than 8 certificates in the chain"
    case .noKey:
      "there is not exactly one private key in PEM form that is not encrypted (RSA from 2048 bits, P-256, P-384, P-521, "
        + "Ed25519)"
    case .otherKey: "the private key does not belong to the first certificate"
    }
  }
}
