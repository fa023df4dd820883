internal import Cryptography
internal import Encodings

/// The public key of a ledger, in the form in which signed notes hand it on: `NAME+ID+KEY`. The name is the ledger's
/// origin. Whoever checks a ledger must have it from elsewhere than from the ledger.
package struct VerifierKey: Hashable, Sendable {
  /// The origin: the first line of every head, and the name in its signature line.
  package let origin: LedgerOrigin
  /// 32 bytes.
  package let publicKey: [UInt8]

  /// Nil for another length than 32 bytes.
  package init?(origin: LedgerOrigin, publicKey: [UInt8]) {
    guard publicKey.count == Ed25519.publicKeyCount else { return nil }
    self.origin = origin
    self.publicKey = publicKey
  }

  /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)` (C2SP signed-note).
  package var id: [UInt8] {
    Array(Digest.sha256(Array(origin.text.utf8) + [0x0A, 0x01] + publicKey).prefix(4))
  }

  package var text: String {
    "\(origin.text)+\(Hex.encode(id))+\(Base64.encode([0x01] + publicKey))"
  }

  /// Reads the text form; throws `malformedKey` for anything that `text` does not write, a wrong id included.
  package init(_ text: String) throws(LedgerFault) {
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let origin = try? LedgerOrigin(String(parts[0])), let key = Base64.decode(String(parts[2])),
      key.first == 0x01, let read = VerifierKey(origin: origin, publicKey: Array(key.dropFirst())),
      read.text.utf8.elementsEqual(text.utf8)
    else { throw .malformedKey }
    self = read
  }
}

/// The name of a ledger: 1 to 128 visible ASCII characters without `+`, such as `chancery.example/ledger`.
package struct LedgerOrigin: Hashable, Sendable {
  package let text: String

  /// Throws `malformedKey`.
  package init(_ text: String) throws(LedgerFault) {
    guard (1...128).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "+") })
    else { throw .malformedKey }
    self.text = text
  }
}
