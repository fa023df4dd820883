package import Cryptography
internal import Encodings

/// The signed head of a ledger: a C2SP checkpoint (origin, size, root hash) in a signed note, with the ledger's Ed25519
/// signature. A value of this type has been signed here or verified; a text from elsewhere is nothing before that.
package struct SignedHead: Hashable, Sendable {
  package let origin: LedgerOrigin
  package let size: UInt64
  package let root: MerkleHash
  /// The whole note. Signatures by others (witnesses) are kept as they came.
  package let text: String

  private init(origin: LedgerOrigin, size: UInt64, root: MerkleHash, text: String) {
    self.origin = origin
    self.size = size
    self.root = root
    self.text = text
  }

  /// What is signed: three lines, the last newline included.
  private static func body(origin: LedgerOrigin, size: UInt64, root: MerkleHash) -> String {
    "\(origin.text)\n\(size)\n\(Base64.encode(root.bytes))\n"
  }

  /// Signs the head of a state. Signing two states of one ledger of which neither continues the other is a fork; a
  /// store that appends in one transaction with the state cannot do so.
  package static func sign(_ state: LedgerState, as origin: LedgerOrigin, with key: Ed25519.SigningKey) -> SignedHead {
    let body = body(origin: origin, size: state.size, root: state.root)
    return SignedHead(
      origin: origin, size: state.size, root: state.root, text: SignedNote.sign(body, as: origin, with: key))
  }

  /// Reads and verifies a head. At least one signature line must be by one of `keys` (a ledger has several only after a
  /// change of its key), and every line that claims to be must verify. Strict: no extension lines, no other spelling of
  /// a number or of base64. Throws `malformedHead`, `otherOrigin`, `unknownKey`, `wrongSignature`.
  package static func verify(_ text: String, keys: [VerifierKey]) throws(LedgerFault) -> SignedHead {
    let note = try SignedNote(text)
    let lines = note.body.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty else { throw .malformedHead(step: "it has not three lines") }
    guard let origin = try? LedgerOrigin(String(lines[0])) else { throw .malformedHead(step: "the origin") }
    guard let size = UInt64(lines[1]), String(size) == lines[1] else { throw .malformedHead(step: "the size") }
    guard let root = Base64.decode(String(lines[2])).flatMap({ MerkleHash($0) }) else {
      throw .malformedHead(step: "the root hash")
    }
    guard size != 0 || root == .empty else { throw .malformedHead(step: "the root hash of the empty ledger") }
    try note.verify(origin: origin, keys: keys)
    return SignedHead(origin: origin, size: size, root: root, text: text)
  }
}
