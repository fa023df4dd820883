import Cryptography
import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Blind sets")
struct BlindSetTests {
  static func random(_ seed: UInt64) -> RandomSource {
    RandomSource(insecureForTests: { buffer in
      var random = SeededRandom(seed: seed)
      for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: random.next() >> 24) }
    })
  }

  static func secrets(_ seed: UInt64, _ counts: [Int]) -> [[UInt8]] {
    var random = SeededRandom(seed: seed)
    return counts.map { count in
      while true {
        let secret = TextSampler.secret(&random, count: count)
        // Few random ones look like words, and short ones may be worth too little.
        if BlindStrength.refusal(of: secret) == nil { return secret }
      }
    }
  }

  /// The bytes of a set of these secrets, and its key.
  static func made(_ secrets: [[UInt8]], names: [String]? = nil, seed: UInt64 = 1) throws -> ([UInt8], BlindKey) {
    let key = BlindKey(from: random(seed))
    var builder = BlindSetBuilder(key: key, keepsNames: names != nil, random: random(seed + 1))
    for (index, secret) in secrets.enumerated() {
      let refusal = builder.add(secret, name: SecretName(names?[index] ?? "unused", pseudonym: "0000"))
      try #require(refusal == nil)
    }
    return (builder.build(), key)
  }

  static func set(_ secrets: [[UInt8]], seed: UInt64 = 1) throws -> BlindSet {
    let (bytes, key) = try made(secrets, seed: seed)
    return try BlindSet(bytes: bytes, key: key)
  }

  private func fault(_ bytes: [UInt8], _ key: BlindKey) -> BlindSetFault? {
    do throws(BlindSetFault) {
      _ = try BlindSet(bytes: bytes, key: key)
      return nil
    } catch {
      return error
    }
  }

  @Test("A set that was written is read, with its count and its names")
  func roundTrip() throws {
    let secrets = Self.secrets(1, [32, 40, 41, 42, 43, 4096])
    let names = ["api_token", "b", "c", "d", "e", "long"]
    let (bytes, key) = try Self.made(secrets, names: names)
    let set = try BlindSet(bytes: bytes, key: key)
    #expect(set.count == 6)
    #expect(set.secrets.map(\.name.text) == names)
    #expect(set.secrets.map(\.rounded) == [32, 40, 44, 44, 44, 4096])
    #expect(Set(set.secrets.map(\.name.pseudonym)).count == 6)
    let (nameless, _) = try Self.made(secrets)
    #expect(try BlindSet(bytes: nameless, key: key).secrets.map(\.name.text).first == "blind-1")
    #expect(nameless.count == 72 + 6 * 155)
  }

  @Test("A set cut off anywhere, of another version, with another key or with any byte changed is refused, and says so")
  func damaged() throws {
    let (bytes, key) = try Self.made(Self.secrets(2, [32]), names: ["n"])
    for count in 0..<bytes.count {
      let reason = fault(Array(bytes.prefix(count)), key)
      #expect(count < 16 ? reason == .notASet : reason?.sentence.contains("cut off") == true, "\(count)")
    }
    #expect(fault(bytes + [0], key) == .tooLong(bytes: bytes.count + 1, expected: bytes.count))
    #expect(fault(bytes, BlindKey(from: Self.random(9))) == .otherKey)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      let reason = try #require(fault(changed, key), "\(index)")
      switch index {
      case 0..<15: #expect(reason == .notASet)
      case 15: #expect(reason == .otherVersion(0))
      case 16..<32: #expect(reason == .otherKey)
      case 32..<40: #expect([.altered, .notASet].contains(reason) == false)
      default: #expect(reason == .altered)
      }
    }
  }

  @Test("The key file is one line, and nothing else is a key")
  func keyFile() throws {
    let key = BlindKey(from: Self.random(3))
    let text = key.withFileText { Array($0) }
    #expect(text.count == 21 + 64 + 1 && text.last == 0x0A)
    let (bytes, _) = try Self.made(Self.secrets(3, [32]), seed: 3)
    let read = try #require(BlindKey(fileText: text))
    #expect(fault(bytes, read) == nil)
    #expect(BlindKey(fileText: Array(text.dropLast())) != nil)
    for wrong in [[], Array(text.dropLast(2)), text + [0x0A], [0x20] + text, text.map { $0 == 0x31 ? 0x32 : $0 }] {
      if wrong != text { #expect(BlindKey(fileText: wrong) == nil || wrong.count == text.count) }
    }
    #expect(
      BlindKey(fileText: Array(String(decoding: text, as: UTF8.self).replacing("key 1", with: "key 2").utf8)) == nil)
    #expect(
      !"\(key) \(String(reflecting: key))".contains(String(decoding: text.dropFirst(21).prefix(16), as: UTF8.self)))
  }

  @Test("The file of a set holds nothing of a secret, and two sets of one secret have no record in common")
  func opaque() throws {
    let secret = Self.secrets(4, [48])
    let (one, _) = try Self.made(secret, seed: 1)
    let (two, _) = try Self.made(secret, seed: 5)
    let records = { (bytes: [UInt8]) in Array(bytes[43..<bytes.count - 32]) }
    for start in 0...44 { #expect(one.firstRange(of: secret[0][start..<start + 4]) == nil) }
    for start in stride(from: 0, through: 144, by: 4) {
      #expect(two.firstRange(of: records(one)[start..<start + 8]) == nil)
    }
    // The same secret twice in one set: neither filter values nor anything else of the forms shows it but the hashes.
    let (twice, _) = try Self.made(secret + secret)
    let first = Array(twice[43..<195])
    let second = Array(twice[198..<350])
    for form in 0..<8 { #expect(first[19 * form..<19 * form + 3] != second[19 * form..<19 * form + 3]) }
  }

  @Test("All windows of all forms lie over the same four bytes of the secret")
  func windows() {
    for count in 16...80 {
      var random = SeededRandom(seed: UInt64(count))
      let secret = TextSampler.secret(&random, count: count)
      let rounded = BlindSet.rounded(count)
      let shared = BlindForm.sharedStart(rounded: rounded)
      var other = secret.map { $0 ^ 0x15 }
      other.replaceSubrange(shared..<shared + 4, with: secret[shared..<shared + 4])
      for form in BlindForm.allCases {
        let window = form.windowStart(rounded: rounded)..<form.windowStart(rounded: rounded) + form.windowCount
        let one = form.bytes(of: secret) ?? []
        let two = form.bytes(of: other) ?? []
        #expect(one.count == form.count(ofSecret: count))
        #expect(one != two && one[window] == two[window], "\(form) of \(count)")
      }
    }
  }

  @Test(
    "Passwords, words, short, plain and long secrets are refused with the reason",
    arguments: [
      ("", BlindRefusal.blank), (" \n", .blank), ("Kp3vTq9Zx7Lm2Rs", .tooShort(bytes: 15, minimum: 16)),
      ("correct horse battery staple", .common), ("00000000-0000-0000-0000-000000000000", .common),
      ("Kp3vTq9Zx7Lm2RsW", .lowEntropy(bits: 60, minimum: 96)),
      (String(repeating: "0123456789", count: 9), .lowEntropy(bits: 16, minimum: 96)),
      ("Kp3vTq9Zx7Lm2RsW\nKp3vTq9Zx7Lm2RsW", .severalLines),
      (String(repeating: "k", count: 4097), .tooLong(bytes: 4097, maximum: 4096)),
    ])
  func refusals(secret: String, refusal: BlindRefusal) {
    var builder = BlindSetBuilder(key: BlindKey(), keepsNames: false)
    let answer = builder.add(Array(secret.utf8), name: SecretName("x", pseudonym: "0000"))
    #expect(answer == refusal)
    #expect(builder.count == 0)
    if secret.utf8.count > 4 { #expect(!(answer?.sentence.contains(secret) ?? true)) }
  }

  @Test(
    "What is made of words is refused however long it is",
    arguments: [
      "Summer2024!CompanyName-Winter2025", "my-very-long-password-for-the-database-server-2024",
      "CorrectHorseBatteryStaple-2024-MarketingTeam!",
      "unstable grapefruit juggles seventeen marmalade lanterns in Lisbon",
      "ProductionDatabasePassword!2024#MunichOffice",
    ])
  func passwords(secret: String) {
    var builder = BlindSetBuilder(key: BlindKey(), keepsNames: false)
    let answer = builder.add(Array(secret.utf8), name: SecretName("x", pseudonym: "0000"))
    #expect(answer == .password)
  }

  @Test("Random tokens of the usual kinds are taken, but for a few that look like words")
  func tokens() {
    var sampler = ShapesSampler(random: SeededRandom(seed: 11))
    for pattern in [
      "{40n}", "{43u}", "{40h}", "{64h}", "ghp_{36n}", "{44b}", "sk_live_{40n}", "{8h}-{4h}-{4h}-{4h}-{12h}",
    ] {
      var builder = BlindSetBuilder(key: BlindKey(), keepsNames: false)
      for _ in 0..<200 {
        _ = builder.add(sampler.token(pattern), name: SecretName("x", pseudonym: "0000"))
      }
      #expect(builder.count >= 198, "\(pattern)")
    }
  }

  @Test("A name that holds the secret is refused where names are kept")
  func names() {
    let secret = Self.secrets(6, [32])[0]
    let name = SecretName("x" + String(decoding: secret, as: UTF8.self).uppercased(), pseudonym: "0000")
    var keeping = BlindSetBuilder(key: BlindKey(), keepsNames: true)
    var other = BlindSetBuilder(key: BlindKey(), keepsNames: false)
    let answers = [keeping.add(secret, name: name), other.add(secret, name: name)]
    #expect(answers == [.nameShowsSecret, nil])
  }
}
