import Encodings
import MessageSignatures
import NamedKeys
import Runbooks
import Testing

@testable import Runner

@Suite("Named keys of documents, held against the keys that there are")
struct NamedKeyCheckTests {
  private static func key(
    _ type: KeyType, _ purpose: KeyPurpose, isDerived: Bool = false, versions: UInt32 = 1
  ) throws -> NamedKey {
    var key = try NamedKey(
      name: try KeyName("n"), type: type, purpose: purpose, isDerived: isDerived, firstPublicKey: nil,
      createdAt: Samples.now)
    for _ in 1..<versions { try key.rotate(at: Samples.now, publicKey: nil) }
    return key
  }

  private static func signing(
    _ algorithm: MessageSignatureAlgorithm, _ form: SigningForm = .standardWebhooks, version: UInt32? = nil
  ) throws -> NamedKeyCheck {
    let reference = KeyReference(name: try KeyName("n"), version: version)
    return try #require(
      NamedKeyCheck(MethodSigning(form: form, key: .named(reference), encoding: .utf8, algorithm: algorithm)))
  }

  private static func step(_ work: KeyStep.Work, bare: String? = nil, context: Bool = false) throws -> NamedKeyCheck {
    NamedKeyCheck(
      KeyStep(
        work: work, key: KeyReference(name: try KeyName("n")), message: Template(literal: "m"),
        context: context ? Template(literal: "c") : nil,
        bare: bare.flatMap { KeyStep.BareForm(algorithm: $0, isHex: false) }))
  }

  @Test("A key that fits has nothing said of it")
  func fits() throws {
    #expect(try Self.signing(.hmacSHA256).finding(Self.key(.hmac, .messages)) == nil)
    #expect(try Self.signing(.ed25519).finding(Self.key(.ed25519, .messages)) == nil)
    #expect(try Self.signing(.hmacSHA256, version: 2).finding(Self.key(.hmac, .messages, versions: 3)) == nil)
    #expect(try Self.step(.encrypt).finding(Self.key(.aes256GCM, .encryption)) == nil)
    #expect(try Self.step(.sign).finding(Self.key(.mlDSA65, .signing)) == nil)
    #expect(try Self.step(.verify, bare: "rsa-pss-sha512").finding(Self.key(.rsa3072, .messages)) == nil)
    #expect(try Self.step(.decrypt, context: true).finding(Self.key(.aes256GCM, .encryption, isDerived: true)) == nil)
  }

  @Test("What a key never does is an error that names what would fit")
  func never() throws {
    let cases: [(NamedKeyCheck.Finding?, String, String)] = [
      (
        try Self.signing(.hmacSHA256).finding(Self.key(.ed25519, .messages)), "does not sign by `hmac-sha256`",
        "`algorithm` can be `ed25519` with this key"
      ),
      (
        try Self.signing(.ed25519).finding(Self.key(.ecdsaP521, .messages)), "does not sign by `ed25519`",
        "name a key of another type"
      ),
      (
        try Self.signing(.hmacSHA256).finding(Self.key(.hmac, .signing)),
        "is for signing, and this needs one for messages", "name another"
      ),
      (
        try Self.signing(.hmacSHA256).finding(Self.key(.hmac, .messages, isDerived: true)), "is derived by context",
        "name a key that is not"
      ),
      (
        try Self.step(.encrypt, context: true).finding(Self.key(.aes256GCM, .encryption)), "is not derived by context",
        "leave `context` out"
      ),
      (
        try Self.step(.sign, bare: "ed25519").finding(Self.key(.ecdsaP256, .messages)), "does not sign by `ed25519`",
        "`ecdsa-p256-sha256`, `ecdsa-p256-sha256-p1363`"
      ),
      (try Self.step(.decrypt).finding(Self.key(.ed25519, .signing)), "needs one for encryption", "name another"),
    ]
    for (finding, message, remedy) in cases {
      #expect(finding?.severity == .error, "\(message)")
      #expect(finding?.message.contains(message) == true, "\(finding?.message ?? "none")")
      #expect(finding?.remedy?.contains(remedy) == true, "\(finding?.remedy ?? "none")")
    }
  }

  @Test("A version that was destroyed is an error; one that is not there yet, or is too old, a warning")
  func versions() throws {
    var key = try Self.key(.hmac, .messages, versions: 4)
    try key.configure(minimumDecryption: 3, minimumEncryption: 4)
    _ = try key.trim(below: 2)
    func finding(_ version: UInt32?) throws -> NamedKeyCheck.Finding? {
      try Self.signing(.hmacSHA256, version: version).finding(key)
    }
    #expect(try finding(1)?.severity == .error)
    for version: UInt32 in [2, 3, 5] { #expect(try finding(version)?.severity == .warning, "\(version)") }
    #expect(try finding(4) == nil)
    #expect(try finding(nil) == nil)
  }

  @Test("A key that is not there, or is deleted, is a warning with the command that helps")
  func absent() throws {
    let absent = try Self.signing(.hmacSHA256).finding(nil)
    #expect(absent?.severity == .warning)
    #expect(absent?.remedy?.contains("chancery key create n --type hmac --purpose messages") == true)
    var key = try Self.key(.hmac, .messages)
    try key.delete(at: Samples.now, waitingTimeSeconds: nil)
    let deleted = try Self.signing(.hmacSHA256).finding(key)
    #expect(deleted?.severity == .warning)
    #expect(deleted?.remedy?.contains("chancery key restore n") == true)
  }

  @Test("The algorithms of a type are those by which its keys sign requests")
  func words() {
    #expect(NamedKeyCheck.words(of: .ed25519) == ["ed25519"])
    #expect(NamedKeyCheck.words(of: .hmac) == ["hmac-sha256", "hmac-sha384", "hmac-sha512"])
    #expect(NamedKeyCheck.words(of: .aes256GCM) == [])
  }
}
