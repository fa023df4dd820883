internal import Encodings

/// Somebody else than the ledger, who signs receipts too: a name, an id of the key, and how its signatures are checked.
package struct NoteVerifier: Sendable {
  /// As it stands in the signature line: no space, no `+`.
  let name: String
  /// Four bytes that tell the keys of one name apart (C2SP signed-note).
  let keyID: [UInt8]
  /// Whether the first is a signature of the second.
  let isValid: @Sendable ([UInt8], [UInt8]) -> Bool

  package init(name: String, keyID: [UInt8], isValid: @escaping @Sendable ([UInt8], [UInt8]) -> Bool) {
    self.name = name
    self.keyID = keyID
    self.isValid = isValid
  }
}

extension RunReceipt {
  /// What every signature under the receipt is over: its three lines.
  package var body: [UInt8] { Array("\(Self.title)\n\(origin.text)\n\(statement)\n".utf8) }

  /// The receipt with a further signature line. Throws `malformedReceipt` for a name that no line can have.
  package func adding(name: String, keyID: [UInt8], signature: [UInt8]) throws(LedgerFault) -> RunReceipt {
    guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "+") }),
      keyID.count == 4
    else { throw .malformedReceipt(step: "the name of a signer") }
    return RunReceipt(
      origin: origin, statement: statement, text: text + SignedNote.line(name: name, signature: keyID + signature))
  }

  /// The names in the signature lines of a text that nobody has verified, in their order.
  package static func unverifiedSigners(of text: String) throws(LedgerFault) -> [String] {
    try note(text).signatures.map(\.name)
  }

  /// Reads and verifies a receipt by one signer other than the ledger: a line must be its, and every line that claims to
  /// be must verify. Throws `malformedReceipt`, `unknownKey`, `wrongSignature`.
  package static func verify(_ text: String, by verifier: NoteVerifier) throws(LedgerFault) -> RunReceipt {
    let (note, receipt) = try read(text)
    let claimed = note.signatures.filter { $0.name == verifier.name && $0.keyID == verifier.keyID }
    guard !claimed.isEmpty else { throw .unknownKey }
    for signature in claimed where !verifier.isValid(signature.bytes, Array(note.body.utf8)) { throw .wrongSignature }
    return receipt
  }
}
