import Encodings
import NamedKeys
import Testing

@testable import Labels

/// A named key of two versions with its material, and what a step of a run does with it.
struct KeySample: Sendable {
  var key: NamedKey
  var materials: [UInt32: KeyMaterial] = [:]
  /// The label that what it makes gets.
  var label: Label { LabelProducers.namedKey(name: key.name.text, version: 1, hosts: .any) }

  init(_ name: String, _ type: KeyType, _ purpose: KeyPurpose? = nil, isDerived: Bool = false) {
    do {
      let first = try KeyMaterial.generate(type)
      key = try NamedKey(
        name: try KeyName(name), type: type, purpose: purpose, isDerived: isDerived, firstPublicKey: first.publicKey,
        createdAt: Samples.now)
      let second = try KeyMaterial.generate(type)
      try key.rotate(at: Samples.now, publicKey: second.publicKey)
      materials = [1: first, 2: second]
    } catch {
      preconditionFailure("a key of the tests cannot be made")
    }
  }

  func material(_ version: UInt32) throws -> KeyMaterial { try #require(materials[version]) }

  private var opening: [(number: UInt32, material: KeyMaterial?)] {
    key.versions.verifying.map { ($0.number, $0.publicKey == nil ? materials[$0.number] : nil) }
  }

  func signed(_ inputs: KeyInputs, version: UInt32 = 2) throws -> LabeledText {
    try inputs.signed(by: key, version, try material(version), label: label)
  }

  func verified(_ inputs: KeyInputs) throws -> LabeledBit { try inputs.verified(by: key, opening, postQuantum: nil) }

  func encrypted(_ inputs: KeyInputs, version: UInt32 = 2) throws -> LabeledText {
    try inputs.encrypted(by: key, version, try material(version), label: label)
  }

  func decrypted(_ inputs: KeyInputs) throws -> LabeledText {
    try inputs.decrypted(
      by: key, materials.map { ($0.key, $0.value) },
      label: LabelProducers.decrypted(name: key.name.text, version: 1, hosts: .any)
    ).text
  }

  func signedBare(
    _ inputs: KeyInputs, as way: BareSigner.Way, isHex: Bool = false, version: UInt32 = 2
  ) throws -> LabeledText {
    try inputs.signed(by: key, version, try material(version), as: way, isHex: isHex, label: label)
  }

  func verifiedBare(_ inputs: KeyInputs, as way: BareSigner.Way, isHex: Bool = false) throws -> LabeledBit {
    try inputs.verified(by: key, opening, as: way, isHex: isHex)
  }
}

/// Keys that several tests start from.
enum KeySamples {
  static let ed25519 = KeySample("deploy", .ed25519)
  static let bare = KeySample("bare", .ed25519, .messages)
  static let mac = KeySample("mac", .hmac)
  static let bareMAC = KeySample("bare-mac", .hmac, .messages)
  static let cipher = KeySample("data", .xChaCha20Poly1305)
  static let derived = KeySample("customers", .xChaCha20Poly1305, isDerived: true)
  /// Of the text `m`.
  static let ciphertext = text { try cipher.encrypted(KeyInputs(message: LabeledText(clear: "m"))) }

  private static func text(_ make: () throws -> LabeledText) -> String {
    do { return Samples.string(try make()) } catch { preconditionFailure("a ciphertext of the tests cannot be made") }
  }
}
