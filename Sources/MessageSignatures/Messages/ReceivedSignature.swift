/// One signature of a message, found but not checked (RFC 9421 §4).
package struct ReceivedSignature: Sendable {
  package let label: String
  package let input: SignatureInput
  /// Decoded.
  package let signature: [UInt8]

  /// Which signature of a message is meant.
  package enum Choice: Hashable, Sendable {
    /// The one with this label.
    case label(String)
    /// The only one with this tag (§2.3).
    case tag(String)
    /// The only one.
    case only
  }

  /// Finds the signature. Refuses fields that are no dictionaries, a label that is there twice, in one line or in
  /// several (§4.1), and one that is in one of the fields only.
  package init(_ choice: Choice, in message: HTTPMessage) throws(MessageSignatureRefusal) {
    let inputs = try Self.dictionary("signature-input", in: message)
    let signatures = try Self.dictionary("signature", in: message)
    let label = try Self.label(choice, inputs)
    guard let member = inputs[label] else { throw .signatureMissing }
    guard case .innerList(let list) = member else { throw .signatureMalformed }
    guard let value = signatures[label] else { throw .signatureMissing }
    guard case .item(let item) = value, case .bytes(let signature) = item.value,
      signature.count <= MessageSignatureLimits.signatureBytes
    else { throw .signatureMalformed }
    do throws(SignatureInput.Fault) {
      input = try SignatureInput(list)
    } catch {
      throw MessageSignatureRefusal(error)
    }
    self.label = label
    self.signature = signature
  }

  private static func dictionary(
    _ name: String, in message: HTTPMessage
  ) throws(MessageSignatureRefusal) -> StructuredField.Dictionary {
    let lines = message.values(of: name)
    guard !lines.isEmpty else { throw .signatureMissing }
    guard let dictionary = try? StructuredField.dictionary(lines) else { throw .signatureMalformed }
    guard dictionary.entries.count <= MessageSignatureLimits.signatures else { throw .tooManySignatures }
    return dictionary
  }

  private static func label(
    _ choice: Choice, _ inputs: StructuredField.Dictionary
  ) throws(MessageSignatureRefusal) -> String {
    let candidates: [StructuredField.Dictionary.Entry]
    switch choice {
    case .label(let label): return label
    case .only: candidates = inputs.entries
    case .tag(let tag):
      candidates = inputs.entries.filter { entry in
        guard case .innerList(let list) = entry.member else { return false }
        return list.parameters.contains(StructuredField.Parameter("tag", .string(tag)))
      }
    }
    guard let first = candidates.first else { throw .signatureMissing }
    guard candidates.count == 1 else { throw .signatureAmbiguous }
    return first.key
  }
}
