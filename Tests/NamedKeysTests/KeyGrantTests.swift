import Cryptography
import Encodings
import JOSE
import Keyring
import TestSupport
import Testing

@testable import NamedKeys

@Suite("Named keys in the hands of others")
struct KeyGrantTests {
  @Test("An operation of a key has one spelling, which says key and operation")
  func uses() throws {
    for operation in KeyOperation.allCases {
      let use = KeyUse(try KeyName("a.b-c_1"), operation)
      #expect(use.text == "keys/a.b-c_1#\(operation.rawValue)")
      #expect(KeyUse(use.text) == use)
      #expect(!operation.verb.isEmpty)
    }
    for text in [
      "", "keys/", "keys/a", "keys/a#", "keys/a#sign#", "keys/a#Sign", "keys/A#sign", "keys/#sign", "key/a#sign",
      "a#sign", " keys/a#sign", "keys/a#sign ", "keys/a/b#sign", "keys/a#rotate",
    ] {
      #expect(KeyUse(text) == nil, "\(text)")
    }
  }

  @Test("A version that signs nothing more still makes what is compared, and one that was trimmed does not")
  func verifying() throws {
    var made = try KeyUseTests.Made(.hmac, purpose: .messages)
    let first = try BareSigner(made.key, 1, made.material(1)).sign(KeyUseTests.message, as: .hmac(.sha256))
    try made.key.configure(minimumEncryption: 2)
    let material = try made.material(1)
    #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) { try BareSigner(made.key, 1, material) }
    let again = try BareSigner.verifying(made.key, 1, material)
    #expect(try again.sign(KeyUseTests.message, as: .hmac(.sha256)) == first)
    #expect(made.key.versions.verifying.map(\.number) == [2, 1])
    try made.key.configure(minimumDecryption: 2)
    #expect(made.key.versions.verifying.map(\.number) == [2])
    #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) { try BareSigner.verifying(made.key, 1, material) }
    _ = try made.key.trim(below: 2)
    #expect(throws: NamedKeyError.unknownVersion(1)) { try BareSigner.verifying(made.key, 1, material) }
    let signing = try KeyUseTests.Made(.hmac, purpose: .signing)
    let other = try signing.material(2)
    #expect(throws: NamedKeyError.purpose(.signing)) { try BareSigner.verifying(signing.key, 2, other) }
    try made.key.delete(at: NamedKeyTests.start, waitingTimeSeconds: nil)
    let newest = try made.material(2)
    #expect(throws: NamedKeyError.deleted) { try BareSigner.verifying(made.key, 2, newest) }
  }

  @Test("A key says before it signs by which algorithms it does", arguments: KeyUseTests.signers)
  func serves(type: KeyType) throws {
    let made = try KeyUseTests.Made(type, purpose: .messages)
    let signer = try BareSigner(made.key, nil, made.material(2))
    for name in BareSigner.Way.names {
      let way = try #require(BareSigner.Way(name: name))
      let signature = try? signer.sign(KeyUseTests.message, as: way)
      #expect(signer.serves(way) == (signature != nil), "\(type.rawValue) \(name)")
    }
    #expect(!signer.serves(.hmac(.sha1)))
  }

  @Test("Messages have a length that no use passes")
  func lengths() throws {
    let limit = NamedKeyLimits.messageCount
    let long = [UInt8](repeating: 1, count: limit + 1)
    let cipher = try KeyUseTests.Made(.xChaCha20Poly1305)
    let encrypting = try DataCipher.encrypting(cipher.key, nil, cipher.material(2))
    #expect(throws: NamedKeyError.tooLarge(limit: limit)) { try encrypting.encrypt(GuardedBytes(copying: long)) }
    let bound = try KeyUseTests.Made(.hmac)
    let signer = try Signer(bound.key, nil, bound.material(2))
    #expect(throws: NamedKeyError.tooLarge(limit: limit)) { try signer.sign(long) }
    let bare = try KeyUseTests.Made(.hmac, purpose: .messages)
    let bareSigner = try BareSigner(bare.key, nil, bare.material(2))
    #expect(throws: NamedKeyError.tooLarge(limit: limit)) { try bareSigner.sign(long, as: .hmac(.sha256)) }
  }

  @Test("A token is signed by an HMAC no longer than the key (RFC 7518 §3.2), over claims that are one object")
  func tokens() throws {
    let made = try KeyUseTests.Made(.hmac, purpose: .messages)
    let signer = try TokenSigner(made.key, nil, made.material(2))
    let claims = Array("{}".utf8)
    #expect(try signer.sign(claims: claims, as: .hmac(.sha256)).split(separator: ".").count == 3)
    for hash in [HashFunction.sha384, .sha512] {
      #expect(throws: NamedKeyError.unsuited(.hmac, .messages)) {
        try signer.sign(claims: claims, as: .hmac(hash))
      }
    }
    for text in ["[]", "1", "\"a\"", "null", ""] {
      #expect(throws: NamedKeyError.malformed) { try signer.sign(claims: Array(text.utf8), as: .hmac(.sha256)) }
    }
  }

  @Test("Material and record are sealed for one place: a name, a version, a revision, and the key's id")
  func seals() throws {
    let place = KeySeal.materialContext("orders", id: "a", version: 1)
    for other in [
      KeySeal.materialContext("orders", id: "b", version: 1), KeySeal.materialContext("orders", id: "a", version: 2),
      KeySeal.materialContext("refunds", id: "a", version: 1),
    ] {
      #expect(other.row != place.row || other.context != place.context)
    }
    let record = KeySeal.recordContext("orders", revision: 1)
    #expect(KeySeal.recordContext("orders", revision: 2).version != record.version)
    #expect(KeySeal.recordContext("refunds", revision: 1).row != record.row)
  }

  @Test("A name is in lower case from its first character to its last")
  func names() {
    for text in ["Orders", "oRders", "orderS", "o\u{E9}", "o rders", "-orders", ""] {
      #expect(throws: NamedKeyError.name) { try KeyName(text) }
    }
  }

  @Test("Who has the public half verifies without the service, and only that version of that key")
  func outside() throws {
    for type in KeyUseTests.signers where type != .hmac {
      let made = try KeyUseTests.Made(type)
      let text = try Signer(made.key, 2, made.material(2)).sign(KeyUseTests.message)
      let version = try PublicKeyVersion(made.key, 2)
      let pem = try PublicKey(subjectPublicKeyInfo: version.publicKey).pem
      let read = try PublicKeyVersion(name: made.key.name, number: 2, text: "\n" + pem)
      #expect(read == version, "\(type.rawValue)")
      #expect(read.signerName == "keys/orders:2")
      #expect(read.signerID.count == 4)
      let verifier = try SignatureVerifier(read)
      #expect(verifier.isValid(text, for: KeyUseTests.message))
      #expect(!verifier.isValid(text, for: KeyUseTests.message + [0]))
      let first = try PublicKeyVersion(made.key, 1)
      #expect(try !SignatureVerifier(first).isValid(text, for: KeyUseTests.message))
      #expect(first.signerID != read.signerID)
      for other in [
        try PublicKeyVersion(name: made.key.name, number: 1, text: pem),
        try PublicKeyVersion(name: try KeyName("other"), number: 2, text: pem),
      ] {
        let relabelled = KeyText(version: other.number, bytes: text.bytes)
        #expect(try !SignatureVerifier(other).isValid(relabelled, for: KeyUseTests.message))
        #expect(other.signerID != read.signerID)
      }
    }
    // Two keys of one name, version and type, as after a key was destroyed and made anew.
    let twins = try (0..<2).map { _ in try PublicKeyVersion(KeyUseTests.Made(.ed25519).key, 1) }
    #expect(twins[0].signerName == twins[1].signerName && twins[0].signerID != twins[1].signerID)
    let mac = try KeyUseTests.Made(.hmac)
    #expect(throws: NamedKeyError.noPublicHalf(.hmac)) { try PublicKeyVersion(mac.key, 1) }
    #expect(NamedKeyError.noPublicHalf(.hmac).message.contains("no public half"))
    #expect(throws: NamedKeyError.unknownVersion(3)) { try PublicKeyVersion(mac.key, 3) }
    for text in ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "AAAA"] {
      #expect(throws: NamedKeyError.malformed) {
        try PublicKeyVersion(name: try KeyName("a"), number: 1, text: text)
      }
    }
    let lattice = try PublicKeyVersion(
      name: try KeyName("a"), number: 1, text: Base64.encode([UInt8](repeating: 1, count: 1952)) + "\n")
    #expect(lattice.type == .mlDSA65)
    #expect(throws: NamedKeyError.noPostQuantum) { try SignatureVerifier(lattice) }
  }
}
