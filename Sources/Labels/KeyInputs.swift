import Cryptography
import Encodings
package import NamedKeys

/// What a step gives to a named key: the message and what stands beside it. The key's work is done in here, so that the
/// bytes of a labelled value go into a key and nowhere else.
///
/// What comes out carries the union of everything that went in, and the label of the key: neither a signature nor a
/// ciphertext is a declassifier (docs/spec/labels.md).
package struct KeyInputs: Sendable {
  private let message: LabeledText
  private let signature: LabeledText?
  private let associatedData: LabeledText?
  private let context: LabeledText?
  private let isBase64: Bool
  /// Of everything that goes in.
  package let label: Label

  /// - Parameters:
  ///   - message: what is signed, verified or encrypted; a ciphertext, to be decrypted.
  ///   - isBase64: whether text stands for bytes in base 64: the message, or the plaintext that comes out.
  ///   - signature: what a key made of the message, to be verified.
  ///   - associatedData: what a ciphertext is bound to.
  ///   - context: of a derived key.
  package init(
    message: LabeledText, isBase64: Bool = false, signature: LabeledText? = nil, associatedData: LabeledText? = nil,
    context: LabeledText? = nil
  ) {
    self.message = message
    self.signature = signature
    self.associatedData = associatedData
    self.context = context
    self.isBase64 = isBase64
    label = Label.join([message, signature, associatedData, context].compactMap { $0?.label })
  }

  /// A signature as `Signer` makes it, as text: `chancery:v3:…`.
  ///
  /// Throws `ValueFault.notBase64`, and what `Signer` throws.
  package func signed(
    by key: NamedKey, _ version: UInt32, _ material: KeyMaterial, label: Label
  ) throws -> LabeledText {
    let signer = try Signer(key, version, material, context: context?.bytes)
    return made(try signer.sign(try bytes()).text, label)
  }

  /// A bare signature, in base 64 or as hexadecimal digits.
  ///
  /// Throws `ValueFault.notBase64`, and what `BareSigner` throws.
  package func signed(
    by key: NamedKey, _ version: UInt32, _ material: KeyMaterial, as way: BareSigner.Way, isHex: Bool, label: Label
  ) throws -> LabeledText {
    let signer = try BareSigner(key, version, material, context: context?.bytes)
    let signature = try signer.sign(try bytes(), as: way)
    return made(isHex ? Hex.encode(signature) : Base64.encode(signature), label)
  }

  /// A ciphertext, as text.
  ///
  /// Throws `ValueFault.notBase64`, and what `DataCipher` throws.
  package func encrypted(
    by key: NamedKey, _ version: UInt32, _ material: KeyMaterial, label: Label
  ) throws -> LabeledText {
    let cipher = try DataCipher.encrypting(key, version, material, context: context?.bytes)
    let text = try cipher.encrypt(
      GuardedBytes(copying: try bytes()), associatedData: associatedData?.bytes ?? [])
    return made(text.text, label)
  }

  /// The plaintext of the message, and the version that opened it.
  ///
  /// Throws `ValueFault.cannotOpen` for every ciphertext that does not open, `ValueFault.notUTF8` for a plaintext that is
  /// no text, and what `DataCipher` throws of the key itself.
  package func decrypted(
    by key: NamedKey, _ versions: [(number: UInt32, material: KeyMaterial)], label: Label
  ) throws -> (text: LabeledText, version: UInt32) {
    guard let text = try? KeyText(String(decoding: message.bytes, as: UTF8.self)),
      let version = versions.first(where: { $0.number == text.version })
    else { throw ValueFault.cannotOpen }
    let cipher = try DataCipher.decrypting(key, version.number, version.material, context: context?.bytes)
    let plaintext: [UInt8]
    do {
      plaintext = try cipher.decrypt(text, associatedData: associatedData?.bytes ?? []).withBytes { Array($0) }
    } catch NamedKeyError.cannotOpen {
      throw ValueFault.cannotOpen
    }
    if isBase64 { return (made(Base64.encode(plaintext), label), version.number) }
    guard UTF8Text.isValid(plaintext) else { throw ValueFault.notUTF8 }
    return (
      LabeledText(text: plaintext, label: self.label.joined(with: label)), version.number
    )
  }

  /// Whether the signature is one of the key's. Text that is no signature at all is one that is not valid.
  ///
  /// Throws `ValueFault.notBase64` for the message, and what `SignatureVerifier` throws of the key itself.
  package func verified(
    by key: NamedKey, _ versions: [(number: UInt32, material: KeyMaterial?)],
    postQuantum: (any PostQuantumSignatures)?
  ) throws -> LabeledBit {
    let message = try bytes()
    guard let signature, let text = try? KeyText(String(decoding: signature.bytes, as: UTF8.self)),
      let version = versions.first(where: { $0.number == text.version })
    else { return LabeledBit(false, label: label) }
    let verifier = try SignatureVerifier(
      key, version.number, material: version.material, context: context?.bytes, postQuantum: postQuantum)
    return LabeledBit(verifier.isValid(text, for: message), label: label)
  }

  /// Whether the signature is a bare one of any of these versions.
  ///
  /// Throws as the other, and what `BareVerifier` throws of the key itself.
  package func verified(
    by key: NamedKey, _ versions: [(number: UInt32, material: KeyMaterial?)], as way: BareSigner.Way, isHex: Bool
  ) throws -> LabeledBit {
    let message = try bytes()
    let verifiers = try versions.map {
      try BareVerifier(key, $0.number, as: way, material: $0.material, context: context?.bytes)
    }
    let text = signature.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    guard text.utf8.count <= Self.longestSignature, let bytes = isHex ? Hex.decode(text) : Base64.decode(text.utf8)
    else { return LabeledBit(false, label: label) }
    // Each version is tried, whichever it is.
    let isValid = verifiers.reduce(false) { $1.isValid(bytes, for: message) || $0 }
    return LabeledBit(isValid, label: label)
  }

  /// Characters of a bare signature: an RSA key of 4,096 bits makes 1,024 hexadecimal digits.
  private static let longestSignature = 4096

  private func bytes() throws(ValueFault) -> [UInt8] {
    guard isBase64 else { return message.bytes }
    guard let bytes = Base64.decode(message.bytes) else { throw .notBase64 }
    return bytes
  }

  private func made(_ text: String, _ label: Label) -> LabeledText {
    LabeledText(text: Array(text.utf8), label: self.label.joined(with: label))
  }
}

extension KeyInputs: Masked {
  package var maskedText: String { "KeyInputs(‹masked›)" }
}
