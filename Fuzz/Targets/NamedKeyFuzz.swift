import Cryptography
import Encodings
import NamedKeys

extension FuzzTarget {
  /// The first byte says what follows: the text of a ciphertext or signature, a stored record, an operation of a key, what
  /// prints a public half, material, or changes to a good ciphertext (place, two bytes; bits, one).
  static let namedKey = FuzzTarget(name: "named-key") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    switch input.number(below: 6) {
    case 0: try text(String(decoding: input.all(), as: UTF8.self))
    case 1: try record(input.all())
    case 2:
      let text = String(decoding: input.all(), as: UTF8.self)
      if let use = KeyUse(text) { try hold(use.text == text, "an operation has another spelling") }
    case 3:
      let text = String(decoding: input.all(), as: UTF8.self)
      if let version = try? PublicKeyVersion(name: Opened.name, number: 1, text: text) {
        try hold(
          (try? PublicKeyVersion(name: Opened.name, number: 2, text: text)) != version, "versions are told apart")
      }
    case 4:
      let type = KeyType.allCases[input.number(below: KeyType.allCases.count)]
      let given = input.all()
      if let material = try? KeyMaterial.read(type, GuardedBytes(copying: given)) {
        let again = try? KeyMaterial.read(type, material.encoded)
        try hold(again?.publicKey == material.publicKey, "material that is read does not come back")
      }
    default: try changed(&input)
    }
  }

  private static func text(_ text: String) throws(FuzzFault) {
    guard let read = try? KeyText(text) else { return }
    try hold(read.text == text, "a text has another spelling")
    try hold(read.version >= 1, "a version counts from 1")
    try hold(!Opened.good.opens(read) || read == Opened.good.text, "another text opens")
  }

  private static func record(_ bytes: [UInt8]) throws(FuzzFault) {
    guard let key = try? NamedKey(record: bytes, name: Opened.name) else { return }
    let again = try? NamedKey(record: key.record, name: Opened.name)
    try hold(again == key, "a record that is read does not come back")
    try hold(key.type.purposes.contains(key.purpose), "a purpose that the type has not")
    let versions = key.versions
    try hold(
      versions.minimumAvailable >= 1 && versions.minimumAvailable <= versions.minimumDecryption
        && versions.minimumDecryption <= versions.latest, "versions out of their order")
    try hold(versions.verifying.allSatisfy { $0.number >= versions.minimumDecryption }, "an old version verifies")
  }

  private static func changed(_ input: inout Input) throws(FuzzFault) {
    let good = Opened.good
    var bytes = good.text.bytes
    var version = good.text.version
    while !input.isEmpty {
      let place = (Int(input.byte()) << 8 | Int(input.byte())) % (bytes.count + 8)
      let bits = input.byte()
      if place < bytes.count {
        bytes[place] ^= bits
      } else if place == bytes.count {
        version = UInt32(bits)
      } else if bits & 1 == 0 {
        bytes.removeLast(min(bytes.count, 1))
      } else {
        bytes.append(bits)
      }
      if bytes.isEmpty || bytes.count > 4096 { return }
    }
    let candidate = KeyText(version: version, bytes: bytes)
    try hold(good.opens(candidate) == (candidate == good.text), "a changed text opens, or a good one does not")
  }
}

/// A key with one version, and what it encrypted.
private struct Opened: Sendable {
  static let name = makeName()
  static let good = make()

  let key: NamedKey
  let material: KeyMaterial
  let text: KeyText

  func opens(_ text: KeyText) -> Bool {
    guard let cipher = try? DataCipher.decrypting(key, 1, material) else { return false }
    return (try? cipher.decrypt(text)) != nil
  }

  private static func makeName() -> KeyName {
    guard let name = try? KeyName("orders") else { preconditionFailure("a good name") }
    return name
  }

  private static func make() -> Opened {
    guard let material = try? KeyMaterial.generate(.xChaCha20Poly1305),
      let key = try? NamedKey(
        name: name, type: .xChaCha20Poly1305, firstPublicKey: nil, createdAt: Instant(secondsSinceEpoch: 1_800_000_000)),
      let text = try? DataCipher.encrypting(key, nil, material).encrypt(GuardedBytes(copying: [1, 2, 3]))
    else { preconditionFailure("a good key") }
    return Opened(key: key, material: material, text: text)
  }
}
