internal import Cryptography
internal import Encodings

/// A signed note (C2SP signed-note), taken apart and not yet verified: a text, an empty line, and signature lines
/// `— NAME BASE64(key id ‖ signature)`.
struct SignedNote {
  struct Signature {
    var name: String
    /// Four bytes.
    var keyID: [UInt8]
    var bytes: [UInt8]
  }

  /// With its last newline, without the empty line.
  let body: String
  let signatures: [Signature]

  static func line(name: String, signature: [UInt8]) -> String {
    "— \(name) \(Base64.encode(signature))\n"
  }

  /// The note over `body`, signed by the key of `origin`.
  static func sign(_ body: String, as origin: LedgerOrigin, with key: Ed25519.SigningKey) -> String {
    var signature = key.sign(Array(body.utf8))
    if let verifier = VerifierKey(origin: origin, publicKey: key.publicKey) { signature = verifier.id + signature }
    return "\(body)\n\(line(name: origin.text, signature: signature))"
  }

  /// At least one signature line must be by one of `keys`, and every line that claims to be must verify. Throws
  /// `otherOrigin`, `unknownKey` or `wrongSignature`.
  func verify(origin: LedgerOrigin, keys: [VerifierKey]) throws(LedgerFault) {
    guard keys.contains(where: { $0.origin == origin }) else { throw .otherOrigin }
    var isSigned = false
    for signature in signatures {
      for key in keys where key.origin == origin && signature.name == origin.text && signature.keyID == key.id {
        guard Ed25519.verify(signature.bytes, message: Array(body.utf8), publicKey: key.publicKey) else {
          throw .wrongSignature
        }
        isSigned = true
      }
    }
    guard isSigned else { throw .unknownKey }
  }

  /// Throws `malformedHead`. `limit` is the most bytes that are read.
  init(_ text: String, limit: Int = LedgerLimits.headBytes) throws(LedgerFault) {
    let bytes = Array(text.utf8)
    guard bytes.count <= limit else { throw .malformedHead(step: "it is too long") }
    guard !bytes.contains(0x0D) else {
      throw .malformedHead(step: "a carriage return, where lines end with line feeds alone")
    }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else { throw .malformedHead(step: "a control character") }
    // The text may hold empty lines; the last one is the border.
    guard let border = bytes.indices.last(where: { $0 > 1 && bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }) else {
      throw .malformedHead(step: "there is no empty line before the signatures")
    }
    body = String(decoding: bytes[..<border], as: UTF8.self)
    let lines = bytes[(border + 1)...].split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count >= 2, lines.last?.isEmpty == true else {
      throw .malformedHead(step: "there is no signature line")
    }
    guard lines.count - 1 <= LedgerLimits.signatures else { throw .malformedHead(step: "too many signatures") }
    var signatures: [Signature] = []
    for line in lines.dropLast() {
      guard let signature = Self.signature(line) else { throw .malformedHead(step: "a signature line") }
      signatures.append(signature)
    }
    self.signatures = signatures
  }

  private static func signature(_ line: ArraySlice<UInt8>) -> Signature? {
    let dash = Array("— ".utf8)
    guard line.starts(with: dash) else { return nil }
    let parts = line.dropFirst(dash.count).split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 2, let bytes = Base64.decode(parts[1]), bytes.count > 4 else { return nil }
    let name = String(decoding: parts[0], as: UTF8.self)
    guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0 == "+" || $0.properties.isWhitespace }) else {
      return nil
    }
    return Signature(name: name, keyID: Array(bytes.prefix(4)), bytes: Array(bytes.dropFirst(4)))
  }
}
