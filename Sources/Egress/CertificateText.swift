package import Encodings
import NIOSSL

/// What anybody may know of certificates in PEM form.
package enum CertificateText {
  /// When the first of them to end ends; nil where the text holds none, or one that cannot be read.
  package static func end(of pem: [UInt8]) -> Instant? {
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem) else { return nil }
    return certificates.map { Instant(millisecondsSinceEpoch: Int64($0.notValidAfter) * 1_000) }.min()
  }
}
