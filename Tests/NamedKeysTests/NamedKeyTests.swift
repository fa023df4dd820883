import Encodings
import Testing

@testable import NamedKeys

@Suite("Named keys: versions, settings, deletion, uses")
struct NamedKeyTests {
  static let start = Instant(secondsSinceEpoch: 1_800_000_000)

  static func key(_ type: KeyType = .aes256GCM, versions: Int = 1) throws -> NamedKey {
    var key = try NamedKey(name: KeyName("orders"), type: type, firstPublicKey: nil, createdAt: start)
    for _ in 1..<versions { try key.rotate(at: start, publicKey: nil) }
    return key
  }

  @Test("A name is one plain segment")
  func names() throws {
    for text in ["a", "0", "orders", "orders.v2", "a-b_c.d", String(repeating: "x", count: 64)] {
      #expect(try KeyName(text).text == text)
    }
    for text in [
      "", ".", "-a", "_a", "..", "A", "a/b", "a b", "a%2fb", "é", "a\n", String(repeating: "x", count: 65), "a+",
    ] {
      #expect(throws: NamedKeyError.name, "\(text)") { try KeyName(text) }
    }
  }

  @Test("A type serves its purposes and no other", arguments: KeyType.allCases)
  func purposes(type: KeyType) throws {
    for purpose in KeyPurpose.allCases {
      let make = {
        try NamedKey(name: KeyName("k"), type: type, purpose: purpose, firstPublicKey: nil, createdAt: Self.start)
      }
      if type.purposes.contains(purpose) {
        #expect(try make().purpose == purpose)
      } else {
        #expect(throws: NamedKeyError.unsuited(type, purpose)) { try make() }
      }
    }
    let derived = {
      try NamedKey(name: KeyName("k"), type: type, isDerived: true, firstPublicKey: nil, createdAt: Self.start)
    }
    if type.isDerivable {
      #expect(try derived().isDerived)
    } else {
      #expect(throws: NamedKeyError.notDerivable(type)) { try derived() }
    }
  }

  @Test("Minimum versions are obeyed, each on its side")
  func minimums() throws {
    var key = try Self.key(versions: 4)
    #expect(try key.versions.making(nil).number == 4)
    #expect(try key.versions.making(1).number == 1)
    #expect(throws: NamedKeyError.unknownVersion(5)) { try key.versions.making(5) }
    #expect(throws: NamedKeyError.unknownVersion(0)) { try key.versions.opening(0) }
    try key.configure(minimumDecryption: 2, minimumEncryption: 3)
    #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) { try key.versions.opening(1) }
    #expect(throws: NamedKeyError.versionTooOld(1, minimum: 2)) { try key.versions.making(1) }
    #expect(throws: NamedKeyError.versionTooOld(2, minimum: 3)) { try key.versions.making(2) }
    #expect(try key.versions.opening(2).number == 2)
    #expect(try key.versions.making(3).number == 3)
  }

  @Test("Settings out of bounds change nothing")
  func settings() throws {
    var key = try Self.key(versions: 3)
    let before = key
    let refusals: [(UInt32?, UInt32?, Int64?, KeySetting)] = [
      (0, nil, nil, .minimumDecryptionVersion), (4, nil, nil, .minimumDecryptionVersion),
      (nil, 4, nil, .minimumEncryptionVersion), (2, 1, nil, .minimumEncryptionVersion),
      (2, nil, 3599, .rotationPeriod), (2, nil, -1, .rotationPeriod), (2, nil, Int64.max, .rotationPeriod),
    ]
    for (decryption, encryption, period, setting) in refusals {
      #expect(throws: NamedKeyError.setting(setting)) {
        try key.configure(
          minimumDecryption: decryption, minimumEncryption: encryption, rotationPeriodSeconds: period)
      }
      #expect(key == before)
    }
  }

  @Test("Trimming takes what no longer decrypts, and only that")
  func trimming() throws {
    var key = try Self.key(versions: 4)
    #expect(throws: NamedKeyError.setting(.minimumAvailableVersion)) { try key.trim(below: 2) }
    try key.configure(minimumDecryption: 3)
    #expect(try key.trim(below: 3) == [1, 2])
    #expect(key.versions.minimumAvailable == 3)
    #expect(throws: NamedKeyError.unknownVersion(2)) { try key.versions.opening(2) }
    #expect(throws: NamedKeyError.setting(.minimumDecryptionVersion)) { try key.configure(minimumDecryption: 2) }
    #expect(throws: NamedKeyError.setting(.minimumAvailableVersion)) { try key.trim(below: 2) }
    #expect(try key.trim(below: 3) == [])
  }

  @Test("Automatic rotation is due when the period has passed, to the millisecond")
  func rotation() throws {
    var key = try Self.key()
    #expect(!key.isRotationDue(at: Self.start.advanced(byMilliseconds: .max / 4)))
    try key.configure(rotationPeriodSeconds: 3600)
    #expect(!key.isRotationDue(at: Self.start.advanced(byMilliseconds: 3_599_999)))
    #expect(key.isRotationDue(at: Self.start.advanced(byMilliseconds: 3_600_000)))
    try key.rotate(at: Self.start.advanced(byMilliseconds: 3_600_000), publicKey: nil)
    #expect(!key.isRotationDue(at: Self.start.advanced(byMilliseconds: 3_600_000)))
    try key.configure(rotationPeriodSeconds: 0)
    #expect(!key.isRotationDue(at: Self.start.advanced(byMilliseconds: .max / 4)))
  }

  @Test("A deleted key does nothing, can be restored until its time has come, and not after")
  func deletion() throws {
    var key = try Self.key()
    for seconds in [0, 86_399, 366 * 86_400 + 1, -1] as [Int64] {
      #expect(throws: NamedKeyError.setting(.waitingTime)) {
        try key.delete(at: Self.start, waitingTimeSeconds: seconds)
      }
    }
    try key.delete(at: Self.start, waitingTimeSeconds: 86_400)
    #expect(throws: NamedKeyError.deleted) { try key.expectUsable(for: .encryption) }
    #expect(throws: NamedKeyError.deleted) { try key.rotate(at: Self.start, publicKey: nil) }
    #expect(throws: NamedKeyError.deleted) { try key.configure(minimumDecryption: 1) }
    #expect(throws: NamedKeyError.deleted) { try key.trim(below: 1) }
    #expect(throws: NamedKeyError.deleted) { try key.delete(at: Self.start, waitingTimeSeconds: nil) }
    let end = Self.start.advanced(byMilliseconds: 86_400_000)
    #expect(!key.isDestructionDue(at: end.advanced(byMilliseconds: -1)))
    #expect(key.isDestructionDue(at: end))
    var late = key
    #expect(throws: NamedKeyError.deleted) { try late.restore(at: end) }
    try key.restore(at: end.advanced(byMilliseconds: -1))
    try key.expectUsable(for: .encryption)
    #expect(throws: NamedKeyError.purpose(.encryption)) { try key.expectUsable(for: .signing) }
  }

  @Test("Uses of a 96-bit nonce end at 2³², with a warning at half; other types go on")
  func uses() throws {
    var key = try Self.key()
    #expect(try key.reserveUses(of: 1) == 1024)
    #expect(!key.isNearlyExhausted(1))
    try key.versions.reserve((1 << 31) - 1024, of: 1, limit: nil)
    #expect(key.isNearlyExhausted(1))
    try key.versions.reserve((1 << 31) - 1024 - 5, of: 1, limit: nil)
    #expect(try key.reserveUses(of: 1) == 1024)
    #expect(try key.reserveUses(of: 1) == 5)
    #expect(throws: NamedKeyError.exhausted(1)) { try key.reserveUses(of: 1) }
    #expect(throws: NamedKeyError.unknownVersion(2)) { try key.reserveUses(of: 2) }
    try key.rotate(at: Self.start, publicKey: nil)
    #expect(try key.reserveUses(of: 2) == 1024)
    var long = try Self.key(.xChaCha20Poly1305)
    try long.versions.reserve(1 << 40, of: 1, limit: nil)
    #expect(try long.reserveUses(of: 1) == 1024)
    #expect(!long.isNearlyExhausted(1))
    try long.versions.reserve(UInt64.max - (1 << 40) - 2024, of: 1, limit: nil)
    #expect(throws: NamedKeyError.exhausted(1)) { try long.reserveUses(of: 1) }
  }

  @Test("Versions end at their limit")
  func versionLimit() throws {
    var key = try Self.key(versions: Int(NamedKeyLimits.versions))
    #expect(throws: NamedKeyError.tooLarge(limit: 4096)) { try key.rotate(at: Self.start, publicKey: nil) }
  }

  @Test("A record reads back to the same key, and a damaged one is none")
  func records() throws {
    var key = try Self.key(.ecdsaP384, versions: 3)
    try key.rotate(at: Self.start, publicKey: [1, 2, 3])
    try key.configure(minimumDecryption: 2, minimumEncryption: 3, rotationPeriodSeconds: 86_400)
    _ = try key.trim(below: 2)
    _ = try key.reserveUses(of: 4)
    #expect(try NamedKey(record: key.record, name: key.name) == key)
    try key.delete(at: Self.start, waitingTimeSeconds: nil)
    #expect(try NamedKey(record: key.record, name: key.name) == key)
    #expect(throws: NamedKeyError.damaged) { try NamedKey(record: key.record, name: KeyName("other")) }
    let text = String(decoding: key.record, as: UTF8.self)
    for (old, new) in [
      ("\"version\":3", "\"version\":5"), ("ecdsa-p384", "ecdsa-p385"),
      ("\"purpose\":\"signing\"", "\"purpose\":\"encryption\""),
      ("\"min_decryption_version\":2", "\"min_decryption_version\":1"),
      ("\"min_decryption_version\":2", "\"min_decryption_version\":5"),
      ("\"min_encryption_version\":3", "\"min_encryption_version\":1"), ("\"derived\":false", "\"derived\":true"),
      ("\"rotation_period\":86400", "\"rotation_period\":1"), ("\"uses\":0", "\"uses\":-1"), ("}", ""),
    ] {
      #expect(text.contains(old))
      #expect(throws: NamedKeyError.damaged, "\(new)") {
        try NamedKey(record: Array(text.replacing(old, with: new).utf8), name: key.name)
      }
    }
  }
}
