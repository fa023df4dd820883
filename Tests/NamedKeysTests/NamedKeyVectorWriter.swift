import Cryptography
import Encodings
import TestSupport
import Testing

@testable import NamedKeys

/// Makes the vectors.
struct NamedKeyVectorWriter {
  private var json = JSONWriter()
  private static let message = Array("The quick brown fox jumps over the lazy dog, twice.".utf8)

  consuming func finished() throws -> [UInt8] {
    json.beginObject()
    field("format", "chancery named-key vectors 1")
    json.key("ciphertexts")
    json.beginArray()
    for type in KeyUseTests.ciphers { try ciphertexts(type) }
    json.endArray()
    json.key("signatures")
    json.beginArray()
    for type in KeyUseTests.signers { try signatures(type) }
    try signatures(.hmac, context: [7])
    json.endArray()
    json.endObject()
    return json.finish() + [0x0A]
  }

  private struct Case {
    var what: String
    var name = "orders"
    var type: KeyType
    var version: UInt32 = 3
    var material: [UInt8]?
    var publicKey: [UInt8]?
    var context: [UInt8]?
    var data: [UInt8]?
    var message: [UInt8]?
    var text: String
    var plaintext: [UInt8]?
  }

  private mutating func ciphertexts(_ type: KeyType) throws {
    let material = try KeyMaterial.generate(type)
    let bytes = material.encoded.withBytes { Array($0) }
    for (what, context, data, message) in [
      ("as it is", nil, [], Self.message), ("empty", nil, [], []), ("derived, with data", [1, 2], [9], Self.message),
    ] as [(String, [UInt8]?, [UInt8], [UInt8])] {
      var key = try NamedKey(
        name: KeyName("orders"), type: type, isDerived: context != nil, firstPublicKey: nil,
        createdAt: NamedKeyTests.start)
      for _ in 0..<2 { try key.rotate(at: NamedKeyTests.start, publicKey: nil) }
      let text = try DataCipher.encrypting(key, 3, material, context: context).encrypt(
        GuardedBytes(copying: message), associatedData: data)
      let good = Case(
        what: "\(type.rawValue), \(what)", type: type, material: bytes, context: context, data: data, text: text.text,
        plaintext: message)
      write(good)
      guard what != "empty" else { continue }
      for (change, edit) in Self.changes(text) {
        var bad = good
        edit(&bad)
        bad.what += ", \(change)"
        bad.plaintext = nil
        write(bad)
      }
    }
  }

  private static func changes(_ text: KeyText) -> [(String, (inout Case) -> Void)] {
    var flipped = text.bytes
    flipped[flipped.count - 1] ^= 1
    let changed = KeyText(version: text.version, bytes: flipped).text
    return [
      ("under another name", { $0.name = "refunds" }), ("as another version", { $0.version = 2 }),
      ("with other data", { $0.data = [8] }), ("a changed bit", { $0.text = changed }),
      ("with a line end", { $0.text += "\n" }),
    ]
  }

  private mutating func signatures(_ type: KeyType, context: [UInt8]? = nil) throws {
    let material = try KeyMaterial.generate(type)
    var key = try NamedKey(
      name: KeyName("orders"), type: type, isDerived: context != nil, firstPublicKey: material.publicKey,
      createdAt: NamedKeyTests.start)
    for _ in 0..<2 { try key.rotate(at: NamedKeyTests.start, publicKey: material.publicKey) }
    let text = try Signer(key, 3, material, context: context).sign(Self.message)
    let good = Case(
      what: type.rawValue + (context == nil ? "" : ", derived"), type: type,
      material: type == .hmac ? material.encoded.withBytes { Array($0) } : nil, publicKey: material.publicKey,
      context: context, message: Self.message, text: text.text)
    write(good, isValid: true)
    if type == .ed25519 || type == .rsa2048 {
      var empty = good
      empty.what += ", empty"
      empty.message = []
      empty.text = try Signer(key, 3, material, context: context).sign([]).text
      write(empty, isValid: true)
    }
    for (change, edit) in Self.changes(text) where change != "with other data" && change != "with a line end" {
      var bad = good
      edit(&bad)
      bad.what += ", \(change)"
      write(bad, isValid: false)
    }
    var other = good
    other.message = Self.message + [0]
    other.what += ", another message"
    write(other, isValid: false)
  }

  private mutating func write(_ test: Case, isValid: Bool? = nil) {
    json.beginObject()
    field("what", test.what)
    field("name", test.name)
    field("type", test.type.rawValue)
    json.key("version")
    json.integer(Int64(test.version))
    for (name, bytes) in [
      ("material", test.material), ("public_key", test.publicKey), ("context", test.context), ("data", test.data),
      ("message", test.message), ("plaintext", test.plaintext),
    ] {
      if let bytes { field(name, Hex.encode(bytes)) }
    }
    field("text", test.text)
    if let isValid {
      json.key("valid")
      json.bool(isValid)
    }
    json.endObject()
  }

  private mutating func field(_ name: String, _ value: String) {
    json.key(name)
    json.string(value)
  }
}
