import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Token shapes with a structure")
struct ShapesStructureTests {
  private func shapes(_ text: [UInt8]) -> [String] { TokenShapes.all.matches(in: text).map(\.shape) }
  private func shapes(_ text: String) -> [String] { shapes(Array(text.utf8)) }
  private func sampler(_ seed: UInt64) -> ShapesSampler { ShapesSampler(random: SeededRandom(seed: seed)) }

  /// The place of the only match.
  private func place(_ text: [UInt8], _ shape: String) throws -> Range<Int> {
    let found = TokenShapes.all.matches(in: text)
    try #require(found.map(\.shape) == [shape])
    return found[0].range
  }

  // MARK: AWS

  /// A key of this account: prefix, and base 32 of a bit, forty bits of account and 39 others.
  private func accessKey(_ prefix: String, account: UInt64, _ random: inout SeededRandom) -> [UInt8] {
    let high = 1 << 47 | account << 7 | random.next() & 0x7F
    let bytes = (0..<6).map { UInt8(truncatingIfNeeded: high >> (40 - 8 * UInt64($0))) } + random.bytes(4)
    return Array("\(prefix)\(Base32.encode(bytes, padded: false).uppercased())".utf8)
  }

  @Test("An AWS key is one whose account has twelve digits", arguments: ["AKIA", "ASIA", "ABIA", "ACCA"])
  func awsAccessKeys(prefix: String) {
    var random = SeededRandom(seed: 1)
    for account: UInt64 in [1, 123_456_789_012, 999_999_999_999] {
      let key = accessKey(prefix, account: account, &random)
      #expect(key.count == 20)
      #expect(shapes(key) == ["aws-access-key-id"], "\(account)")
      #expect(shapes(Array(key.dropLast())).isEmpty)
      #expect(shapes(key + [0x41]).isEmpty)
      #expect(shapes([0x41] + key).isEmpty)
      #expect(shapes(Array(key.dropLast()) + [0x31]).isEmpty, "1 is not in base 32")
    }
    for account: UInt64 in [1_000_000_000_000, 1 << 40 - 1] {
      #expect(shapes(accessKey(prefix, account: account, &random)).isEmpty, "\(account)")
    }
  }

  @Test(
    "An AWS secret key is found behind its name only",
    arguments: [
      "aws_secret_access_key = ", "AWS_SECRET_ACCESS_KEY=", "\"SecretAccessKey\": \"", "secretAccessKey: '",
      "secret-access-key:", "aws_secret_key=", "export AWS_SECRET_KEY=\"",
    ])
  func awsSecretKeys(introduction: String) throws {
    let other = introduction.replacing("ecret", with: "igned").replacing("ECRET", with: "IGNED")
    for seed: UInt64 in 0..<3 {
      var sampler = sampler(seed)
      let key = sampler.token("aB3{37b}")
      let before = Array(introduction.utf8)
      let found = try place(before + key + [0x22], "aws-secret-access-key")
      #expect(found == before.count..<before.count + 40)
      #expect(shapes(key).isEmpty)
      #expect(shapes(Array(other.utf8) + key).isEmpty, "other name")
      #expect(shapes(before + key.dropLast()).isEmpty)
      #expect(shapes(before + key + [0x2B]).isEmpty)
      #expect(shapes(before + key.dropLast() + [0x2D]).isEmpty)
    }
    #expect(shapes(Array((introduction + String(repeating: "0123456789", count: 4)).utf8)).isEmpty)
  }

  // MARK: Discord, JWT

  @Test("A Discord token begins with the number of an account")
  func discord() {
    for (seed, account) in ["80351110224678912", "1234567890123456789", "998877665544332211"].enumerated() {
      var sampler = sampler(UInt64(seed))
      let head = Base64.encode(Array(account.utf8), alphabet: .urlSafe, padded: false)
      let tail = sampler.token(".{6u}.{38u}")
      #expect(shapes(Array(head.utf8) + tail) == ["discord-bot-token"])
      #expect(shapes(Array(head.utf8) + tail.dropLast(12)).isEmpty, "too short")
      #expect(shapes([0x61] + Array(head.utf8) + tail).isEmpty, "no border")
      #expect(shapes(Array(head.utf8) + tail.prefix(20) + [0x21] + tail.suffix(17)).isEmpty, "other alphabet")
      let wrong = Base64.encode(Array("\(account.dropLast())x".utf8), alphabet: .urlSafe, padded: false)
      #expect(shapes(Array(wrong.utf8) + tail).isEmpty, "not a number")
    }
  }

  private func jwt(_ header: String, _ rest: String, _ seed: UInt64) -> [UInt8] {
    var sampler = sampler(seed)
    return Array(Base64.encode(Array(header.utf8), alphabet: .urlSafe, padded: false).utf8) + sampler.token(rest)
  }

  @Test("A JWT is signed or encrypted, and its header is JSON that names an algorithm")
  func jwts() throws {
    let header = #"{"alg":"HS256","typ":"JWT"}"#
    let whole = [
      jwt(header, ".{120u}.{43u}", 1), jwt(#"{"kid":"\u00e9","alg":"ES256"}"#, ".{9u}.{86u}", 2),
      jwt(#"{"alg":"none"}"#, ".{60u}.", 3),
      jwt(#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, ".{342u}.{16u}.{99u}.{22u}", 4),
      jwt(#"{"alg":"dir","enc":"A128CBC-HS256"}"#, "..{22u}.{99u}.{22u}", 5), jwt(header, ".{8192u}.{342u}", 6),
    ]
    for (index, token) in whole.enumerated() {
      #expect(try place([0x20] + token + [0x2E, 0x20], "jwt").count == token.count, "\(index)")
      #expect(shapes([0x41] + token).isEmpty, "no border, \(index)")
    }
    #expect(shapes(jwt(#"{"typ":"JWT","x":"yyyyyyyy"}"#, ".{50u}.{43u}", 1)).isEmpty, "no algorithm")
    #expect(shapes(jwt(#"{"alg":7,"typ":"JWT"}"#, ".{50u}.{43u}", 1)).isEmpty, "the algorithm is no string")
    #expect(shapes(jwt(#"{"alg":"HS256","typ":"JWT""#, ".{50u}.{43u}", 1)).isEmpty, "no JSON")
    #expect(shapes(jwt(header, ".{50u}", 1)).isEmpty, "two parts")
    #expect(shapes(jwt(header, ".{1u}.{43u}", 1)).isEmpty, "a part too short")
    #expect(shapes(jwt(header, ".{8193u}.{43u}", 1)).isEmpty, "a part too long")
    #expect(shapes(jwt(header, ".{30u}+{30u}.{43u}", 1)).isEmpty, "other alphabet")
  }

  // MARK: GitLab

  @Test("Of a runner's routable token what is behind t1_ is counted, and with and without a version it is found")
  func runnerTokens() {
    var sampler = sampler(1)
    for version in [".01", ""] {
      let payload = sampler.token("{40u}")
      let counted = Array("glrt-t1_".utf8) + payload + Array("\(version).14".utf8)
      let token = counted + ShapesSampler.number(ShapesSampler.crc32(counted), base: 36, count: 7)
      #expect(shapes(token) == ["gitlab-routable-token"])
      let other = Array("glrt-t1_".utf8) + payload + Array("\(version).15".utf8)
      #expect(shapes(other + ShapesSampler.number(ShapesSampler.crc32(other), base: 36, count: 7)).isEmpty)
    }
  }

  // MARK: Private keys

  private func block(_ label: String, characters: Int, newline: String = "\n", _ seed: UInt64 = 1) -> [UInt8] {
    var sampler = sampler(seed)
    let body = sampler.token("{\(characters)b}")
    let lines = stride(from: 0, to: body.count, by: 64).map { Array(body[$0..<min($0 + 64, body.count)]) }
    return Array("-----BEGIN \(label)-----\(newline)".utf8) + lines.flatMap { $0 + Array(newline.utf8) }
      + Array("-----END \(label)-----".utf8)
  }

  @Test(
    "A private key of any kind is found with its lines of dashes, however the lines end",
    arguments: [
      "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY",
      "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "ED25519 PRIVATE KEY",
    ])
  func privateKeys(label: String) throws {
    for (characters, newline) in [(64, "\n"), (1600, "\r\n"), (3200, "\\n"), (70, " "), (12_000, "\n")] {
      let block = block(label, characters: characters, newline: newline)
      #expect(try place([0x22] + block + [0x22], "private-key") == 1..<block.count + 1, "\(characters)")
      #expect(shapes([0x2D] + block).isEmpty, "no border")
    }
    #expect(shapes(block(label, characters: 20)).isEmpty, "too short")
    #expect(shapes(block(label.replacing("PRIVATE", with: "PUBLIC"), characters: 64)).isEmpty, "a public key")
    #expect(shapes(Array("-----BEGIN \(label)----- your key here -----END \(label)-----".utf8)).isEmpty, "prose")
  }

  @Test(
    "Certificates, requests and public keys are no secrets",
    arguments: ["CERTIFICATE", "CERTIFICATE REQUEST", "PUBLIC KEY"])
  func publicBlocks(label: String) {
    #expect(shapes(block(label, characters: 1600)).isEmpty)
  }

  @Test("A private key whose end was cut off is found as far as its lines reach")
  func truncatedKeys() throws {
    let whole = block("RSA PRIVATE KEY", characters: 640)
    let cut = Array(whole.prefix(400))
    #expect(try place(cut, "private-key") == 0..<400)
    #expect(try place(cut + Array("\n2026-11-24 12:00:00 next line".utf8), "private-key").upperBound < 410)
    let other = block("CERTIFICATE", characters: 640)
    #expect(try place(cut + [0x0A] + other, "private-key") == 0..<400)
    let withHeaders = Array("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,".utf8)
    var sampler = sampler(3)
    let rest = sampler.token("{32H}\n\n{64b}\n{64b}\n{20b}==")
    #expect(try place(withHeaders + rest, "private-key") == 0..<withHeaders.count + rest.count)
  }

  @Test("A private key longer than a stream holds back is found up to there")
  func endlessKeys() throws {
    let text = block("PRIVATE KEY", characters: 40_000, newline: "\n")
    let found = try place(text, "private-key")
    #expect(
      found.lowerBound == 0 && found.upperBound <= TokenShapes.reach && found.upperBound > TokenShapes.reach - 100)
  }

  @Test("An age key has bech32's checksum")
  func ageKeys() {
    for seed: UInt64 in 0..<3 {
      var random = SeededRandom(seed: seed)
      let key = Self.bech32("age-secret-key-", (0..<52).map { _ in UInt8(random.number(in: 0...31)) })
      #expect(key.count == 74)
      #expect(shapes(key) == ["age-secret-key"])
      #expect(shapes(Array(key.dropLast())).isEmpty)
      #expect(shapes(key + [0x51]).isEmpty)
      #expect(shapes([0x51] + key).isEmpty)
      #expect(shapes(Array(key.dropLast()) + [0x42]).isEmpty, "B is not in bech32")
      for index in 16..<74 {
        var changed = key
        changed[index] = changed[index] == 0x51 ? 0x50 : 0x51
        #expect(shapes(changed).isEmpty, "\(index)")
      }
    }
  }

  /// Upper-case bech32 by polynomials over lists of bits' places: BIP 173's reference, transcribed.
  private static func bech32(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let characters = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".utf8)
    let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
    let values = name.utf8.map { $0 >> 5 } + [0] + name.utf8.map { $0 & 31 } + data + [0, 0, 0, 0, 0, 0]
    var sum: UInt32 = 1
    for value in values {
      let top = sum >> 25
      sum = (sum & 0x1FF_FFFF) << 5 ^ UInt32(value)
      for index in 0..<5 where (top >> UInt32(index)) & 1 == 1 { sum ^= generators[index] }
    }
    sum ^= 1
    let check = (0..<6).map { UInt8(sum >> (5 * (5 - UInt32($0))) & 31) }
    return Array(name.uppercased().utf8) + [0x31] + (data + check).map { characters[Int($0)] }
  }

  @Test(
    "A WireGuard key is 32 bytes behind its name", arguments: ["PrivateKey = ", "PresharedKey=", "\"PrivateKey\": \""])
  func wireguard(introduction: String) throws {
    let before = Array(introduction.utf8)
    for seed: UInt64 in 0..<3 {
      var random = SeededRandom(seed: seed)
      let key = Base64.encodeBytes(random.bytes(32))
      #expect(try place(before + key + [0x0A], "wireguard-key") == before.count..<before.count + 44)
      #expect(shapes(key).isEmpty, "no name")
      #expect(shapes(before + key.dropFirst()).isEmpty, "too short")
      #expect(shapes(before + [0x41] + key).isEmpty, "too long")
      #expect(shapes(before + key.prefix(20) + [0x2D] + key.suffix(23)).isEmpty, "other alphabet")
      #expect(shapes(before + key.prefix(42) + [0x42, 0x3D]).isEmpty, "unused bits set")
    }
  }

  // MARK: Cards and accounts

  /// A card number with the right last digit.
  static func card(_ prefix: String, count: Int, _ random: inout SeededRandom) -> [UInt8] {
    var digits = prefix.utf8.map { Int($0) - 0x30 }
    while digits.count < count - 1 { digits.append(random.number(in: 0...9)) }
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      sum += place % 2 == 1 ? digit : digit < 5 ? 2 * digit : 2 * digit - 9
    }
    return (digits + [(10 - sum % 10) % 10]).map { UInt8($0) + 0x30 }
  }

  private func grouped(_ text: [UInt8], _ groups: [Int], _ separator: UInt8) -> [UInt8] {
    var start = 0
    return groups.enumerated().flatMap { index, count -> [UInt8] in
      defer { start += count }
      return (index == 0 ? [] : [separator]) + text[start..<start + count]
    }
  }

  @Test(
    "A card number has an issuer's first digits, length and groups, and Luhn's digit",
    arguments: [
      ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16),
      ("300", 14), ("36", 14), ("3528", 16), ("3589", 16), ("62", 16),
    ])
  func cards(prefix: String, count: Int) throws {
    let groups = count == 16 ? [4, 4, 4, 4] : count == 15 ? [4, 6, 5] : [4, 6, 4]
    for seed: UInt64 in 0..<3 {
      var random = SeededRandom(seed: seed)
      let number = Self.card(prefix, count: count, &random)
      for text in [number, grouped(number, groups, 0x20), grouped(number, groups, 0x2D)] {
        for (before, after) in [("", ""), ("card:", ","), ("paid with ", "."), ("\"", "\""), ("\\n", "\\n")] {
          let found = try place(Array(before.utf8) + text + Array(after.utf8), "card-number")
          #expect(found == before.utf8.count..<before.utf8.count + text.count)
        }
        for border in ["x", "_", ".", "-", "+", "/"] { #expect(shapes(Array(border.utf8) + text).isEmpty, "\(border)") }
        for border in ["x", "_", "-", ".5"] { #expect(shapes(text + Array(border.utf8)).isEmpty, "\(border)") }
        #expect(shapes(text.dropLast() + [text[text.count - 1] == 0x39 ? 0x30 : text[text.count - 1] + 1]).isEmpty)
        #expect(shapes(Array(text.dropLast())).isEmpty)
        #expect(shapes(text.dropLast() + [0x41]).isEmpty)
      }
      #expect(shapes(grouped(number, [2, count - 2], 0x20)).isEmpty, "other groups")
      var mixed = grouped(number, groups, 0x20)
      mixed[4] = 0x2D
      #expect(shapes(mixed).isEmpty, "two kinds of separators")
    }
  }

  @Test(
    "Numbers with Luhn's digit that no issuer gives out are no cards",
    arguments: ["1", "0", "7", "8", "9", "2220", "2721", "3527"])
  func otherNumbers(prefix: String) {
    var random = SeededRandom(seed: 4)
    for count in 13...19 { #expect(shapes(Self.card(prefix, count: count, &random)).isEmpty) }
  }

  /// An account number with the right check digits.
  static func account(_ country: String, _ count: Int, _ random: inout SeededRandom) -> [UInt8] {
    let digits = (0..<count - 4).map { _ in UInt8(random.number(in: 0...9)) + 0x30 }
    let number = digits.map { String($0 - 0x30) }.joined() + country.utf8.map { String($0 - 0x41 + 10) }.joined() + "00"
    let remainder = number.utf8.reduce(0) { ($0 * 10 + Int($1) - 0x30) % 97 }
    let check = 98 - remainder
    return Array("\(country)\(check < 10 ? "0" : "")\(check)".utf8) + digits
  }

  @Test("An account number has its country's length, and mod 97", arguments: AccountNumber.lengths.keys.sorted())
  func accounts(country: String) throws {
    let count = try #require(AccountNumber.lengths[country])
    for seed: UInt64 in 0..<2 {
      var random = SeededRandom(seed: seed)
      let number = Self.account(country, count, &random)
      let groups = stride(from: 0, to: count, by: 4).map { min(4, count - $0) }
      for text in [number, grouped(number, groups, 0x20)] {
        #expect(try place([0x20] + text + [0x2C], "iban") == 1..<text.count + 1)
        // Four groups of its digits may be a card's number; what matters is that none of these is an account.
        let last = text[text.count - 1] == 0x39 ? 0x30 : text[text.count - 1] + 1
        let others: [[UInt8]] = [
          [0x41] + text, text + [0x35], Array(text.dropLast()), Array(text.dropLast()) + [last],
          Array(text.dropLast()) + [0x61],
        ]
        for (index, other) in others.enumerated() { #expect(!shapes(other).contains("iban"), "\(index)") }
      }
    }
  }
}
