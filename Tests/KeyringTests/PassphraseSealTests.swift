import Cryptography
import Testing

@testable import Keyring

extension Passphrase {
  /// A cost that a test can pay for hundreds of times.
  static let testCost = PasswordHash.Cost(passes: 1, memoryBytes: 8 << 10)

  init(text: String) throws(KeyringError) { try self.init(GuardedBytes(copying: text.utf8)) }
}

extension SealCredential {
  static func passphrase(text: String) throws -> SealCredential { .passphrase(try Passphrase(text: text)) }
}

extension Rig {
  func initialised(passphrase text: String) throws -> Keyring {
    try folder.initialise(
      seal: .passphrase(text: text), at: Self.now, passphraseCost: Passphrase.testCost)
  }

  var sealPath: String? { disk.paths.first { $0.hasSuffix(".seal") } }
}

@Suite("Passphrase seals")
struct PassphraseSealTests {
  private static let right = "correct horse é"
  private static let root = GuardedBytes(copying: [UInt8](repeating: 0x11, count: 32))

  /// Made by libargon2 and `Tests/Spec/read_envelope.py`, which know nothing of this code: the passphrase `right`, salt
  /// 00…0f, one pass over 8 KiB, root key 11…, installation 22…, id and nonce 77….
  private static let known = hex(
    "434853010103777777777777777777777777777777772222222222222222222222222222222200010203040506070809"
      + "0a0b0c0d0e0f0000000100000008f4947b56b30a0af9b3510fb7389891e839ece2d9a8b0a4bc0f41da94743a2e4b7777"
      + "777777777777777777777777777777777777777777775cc2ae44c6006120f8ad25cdf96978ee44f80be58df99cc983b9"
      + "f6b754abf8b6203e453836553d8c16ff1e3f536a1f03")

  private static func knownKey() throws -> PassphraseKey {
    try PassphraseKey(Passphrase(text: right), salt: Array(0..<16), cost: Passphrase.testCost)
  }

  @Test("The key and the whole file are those that another implementation makes, and its file opens here")
  func knownAnswer() throws {
    let key = try Self.knownKey()
    #expect(key.key.exposedForTests == hex("d58f26a368a16115293b5aead9807760310e498b72704c6fef0732c7cb4e7c66"))
    let seal = PassphraseSeal(
      wrapping: Self.root, installation: [UInt8](repeating: 0x22, count: 16), under: key,
      random: RandomSource(insecureForTests: { $0.initializeMemory(as: UInt8.self, repeating: 0x77) }))
    #expect(seal.bytes == Self.known)
    let read = try PassphraseSeal(parsing: Self.known, file: "a.seal")
    #expect(read.fileName == String(repeating: "77", count: 16) + ".seal")
    #expect(read.installation == [UInt8](repeating: 0x22, count: 16))
    #expect(read.cost == Passphrase.testCost && read.salt == Array(0..<16))
    #expect(ConstantTime.areEqual(try read.unwrap(with: Passphrase(text: Self.right)), Self.root))
  }

  @Test("Every bit flipped in the file refuses, also for the key that opened it; so does every other length")
  func everyBit() throws {
    let key = try Self.knownKey()
    for index in Self.known.indices {
      for bit in 0..<8 {
        var bytes = Self.known
        bytes[index] ^= 1 << UInt8(bit)
        let error = #expect(throws: KeyringError.self) {
          try PassphraseSeal(parsing: bytes, file: "a.seal").unwrap(with: key)
        }
        #expect(Self.isNoticed(error, index), "byte \(index), bit \(bit): \(String(describing: error))")
      }
    }
    for bytes in Self.known.indices.map({ Array(Self.known[..<$0]) }) + [Self.known + [0]] {
      #expect(throws: KeyringError.damaged(.seal)) { try PassphraseSeal(parsing: bytes, file: "a.seal") }
    }
  }

  private static func isNoticed(_ error: KeyringError?, _ index: Int) -> Bool {
    switch (index, error) {
    case (0..<3, .damaged(.seal)), (3..<5, .newerFormat(.seal, _)), (3..<5, .damaged(.seal)): true
    case (5, .damaged(.seal)), (6..<118, .passphraseDoesNotOpen), (118..., .damaged(.seal)): true
    case (54..<62, .sealCostOutOfBounds): true
    default: false
    }
  }

  @Test("A changed salt, id, installation or cost in a folder is refused as a wrong passphrase is")
  func changedHeader() throws {
    let rig = Rig()
    _ = try rig.initialised(passphrase: Self.right)
    let path = try #require(rig.sealPath)
    let right = try #require(rig.disk.bytes(of: path))
    for index in [6, 21, 22, 37, 38, 53, 57, 61] {
      var bytes = right
      bytes[index] ^= 2
      rig.disk.put(bytes, at: path)
      #expect(throws: KeyringError.passphraseDoesNotOpen, "byte \(index)") {
        try rig.folder.open(with: .passphrase(text: Self.right))
      }
    }
  }

  @Test("A cost outside the bounds is refused when the file is read, with the file's name, whatever is brought")
  func costBounds() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    try keyring.addPassphraseSeal(Passphrase(text: Self.right), cost: Passphrase.testCost)
    let id = try #require(try rig.folder.seals().last?.id)
    let path = "/data/seal/\(id.text).seal"
    let right = try #require(rig.disk.bytes(of: path))
    let refused: [(passes: UInt32, kibibytes: UInt32)] = [
      (0, 8), (11, 8), (.max, 8), (1, 0), (1, 7), (1, 1 << 20 + 1), (1, 64 << 20), (1, .max), (.max, .max),
    ]
    for (passes, kibibytes) in refused {
      rig.disk.put(Self.with(passes, kibibytes, in: right), at: path)
      let expected = KeyringError.sealCostOutOfBounds(
        file: "\(id.text).seal", passes: passes, kibibytes: kibibytes)
      #expect(throws: expected) { try rig.folder.open(with: .passphrase(text: Self.right)) }
      #expect(throws: expected) { try rig.folder.open(with: Rig.keyFile) }
      #expect(expected.operatorMessage.hasPrefix("\(id.text).seal asks for \(passes) passes over \(kibibytes) KiB"))
    }
    // Their neighbours are read; nothing is derived by reading.
    for (passes, kibibytes): (UInt32, UInt32) in [(1, 8), (10, 8), (1, 1 << 20), (10, 1 << 20)] {
      let bytes = Self.with(passes, kibibytes, in: right)
      let cost = try PassphraseSeal(parsing: bytes, file: "a.seal").cost
      #expect(cost == PasswordHash.Cost(passes: UInt64(passes), memoryBytes: Int(kibibytes) << 10))
    }
  }

  private static func with(_ passes: UInt32, _ kibibytes: UInt32, in seal: [UInt8]) -> [UInt8] {
    let cost = [passes, kibibytes].flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    return Array(seal[..<54]) + cost + Array(seal[62...])
  }

  @Test("Bytes are bytes: another case, a space, another composition of the same letter do not open")
  func bytesAreBytes() throws {
    let rig = Rig()
    let keyring = try rig.initialised(passphrase: Self.right)
    let envelope = try keyring.seal([1], in: .kv)
    #expect(try rig.folder.open(with: .passphrase(text: Self.right)).open(envelope, in: .kv) == [1])
    let wrong = [
      "Correct horse é", "correct horse é ", " correct horse é", "correct horse e\u{301}", "correct horse e",
    ]
    for text in wrong {
      #expect(throws: KeyringError.passphraseDoesNotOpen, "\(text)") {
        try rig.folder.open(with: .passphrase(text: text))
      }
    }
  }

  @Test("Fewer than 12 and more than 1024 bytes are refused with a sentence; no passphrase shows in print")
  func length() throws {
    for count in [0, 1, 11, 1025] {
      let error = #expect(throws: KeyringError.passphraseLength) {
        try Passphrase(GuardedBytes(copying: [UInt8](repeating: 0x61, count: count)))
      }
      #expect(error?.operatorMessage == "a passphrase has at least 12 and at most 1024 bytes")
    }
    for count in [12, 1024] {
      let passphrase = try Passphrase(GuardedBytes(copying: [UInt8](repeating: 0x61, count: count)))
      #expect("\(passphrase)" == "Passphrase(masked)" && "\(SealCredential.passphrase(passphrase))".contains("masked"))
      var dumped = ""
      dump(passphrase, to: &dumped)
      #expect(dumped == "- Passphrase(masked)\n")
    }
  }

  @Test("The default cost of a new seal is 3 passes over 256 MiB, and stands in its file")
  func defaultCost() throws {
    let rig = Rig()
    _ = try rig.folder.initialise(seal: .passphrase(text: Self.right), at: Rig.now)
    let path = try #require(rig.sealPath)
    let bytes = try #require(rig.disk.bytes(of: path))
    #expect(Array(bytes[54..<62]) == [0, 0, 0, 3, 0, 4, 0, 0])
    #expect(try rig.folder.open(with: .passphrase(text: Self.right)).state == .open(term: 1))
  }
}

@Suite("Folders with passphrase seals")
struct PassphraseFolderTests {
  private static let right = "a passphrase"

  @Test("Passphrases and key files side by side: each opens, each is listed, and a wrong one of a kind does not open")
  func sideBySide() throws {
    let rig = Rig()
    let keyring = try rig.initialised(passphrase: Self.right)
    let envelope = try keyring.seal([1], in: .kv)
    let second = try keyring.addPassphraseSeal(Passphrase(text: "another passphrase"), cost: Passphrase.testCost)
    #expect(second.kind == .passphrase)
    try keyring.addKeyFileSeal(at: "/operator/key")
    #expect(try rig.folder.sealKinds == [.keyFile, .passphrase, .passphrase])
    #expect(try keyring.sealKinds == rig.folder.sealKinds)
    #expect(Set(try rig.folder.seals().map(\.id)).count == 3)
    for credential in try [.passphrase(text: Self.right), .passphrase(text: "another passphrase"), Rig.keyFile] {
      #expect(try rig.folder.open(with: credential).open(envelope, in: .kv) == [1])
    }
    #expect(throws: KeyringError.passphraseDoesNotOpen) {
      try rig.folder.open(with: .passphrase(text: "the third of them"))
    }
    let salts = rig.disk.paths.compactMap { $0.hasSuffix(".seal") ? rig.disk.bytes(of: $0) : nil }
      .filter { $0[5] == 3 }.map { Array($0[38..<54]) }
    #expect(Set(salts).count == 2)
  }

  @Test("What the folder has no seal for is named")
  func noSeal() throws {
    let passphrases = Rig()
    _ = try passphrases.initialised(passphrase: Self.right)
    let keyFiles = Rig(seed: 2, disk: FakeDisk())
    _ = try keyFiles.initialised()
    passphrases.disk.put(keyFiles.disk.bytes(of: "/operator/key"), at: "/operator/key")
    #expect(throws: KeyringError.noSeal(.keyFile)) { try passphrases.folder.open(with: Rig.keyFile) }
    #expect(throws: KeyringError.noSeal(.passphrase)) { try keyFiles.folder.open(with: .passphrase(text: Self.right)) }
    #expect(throws: KeyringError.folderHasNoDevSeal) { try passphrases.folder.open(with: .dev) }
  }

  @Test("A development seal takes no passphrase beside it, and none opens it")
  func dev() throws {
    let rig = Rig()
    let keyring = try rig.folder.initialise(seal: .dev, at: Rig.now)
    #expect(throws: KeyringError.devSealStandsAlone) {
      try keyring.addPassphraseSeal(Passphrase(text: Self.right), cost: Passphrase.testCost)
    }
    #expect(throws: KeyringError.folderHasDevSeal) { try rig.folder.open(with: .passphrase(text: Self.right)) }
    #expect(try rig.folder.sealKinds == [.dev])
  }

  @Test("A folder has at most four passphrase seals, so that no guess costs more than four derivations")
  func limit() throws {
    let rig = Rig()
    let keyring = try rig.initialised(passphrase: Self.right)
    for _ in 1..<4 { try keyring.addPassphraseSeal(Passphrase(text: "another passphrase"), cost: Passphrase.testCost) }
    #expect(throws: KeyringError.tooManyPassphraseSeals(limit: 4)) {
      try keyring.addPassphraseSeal(Passphrase(text: Self.right), cost: Passphrase.testCost)
    }
    #expect(try rig.folder.open(with: .passphrase(text: Self.right)).state == .open(term: 1))
    let path = try #require(rig.sealPath)
    rig.disk.put(rig.disk.bytes(of: path), at: "/data/seal/fifth.seal")
    #expect(throws: KeyringError.tooManyPassphraseSeals(limit: 4)) {
      try rig.folder.open(with: .passphrase(text: Self.right))
    }
  }

  @Test("A sealed keyring opens with the passphrase, here and awaited; a wrong one leaves it sealed")
  func unseal() async throws {
    let rig = Rig()
    let keyring = try rig.initialised(passphrase: Self.right)
    let envelope = try keyring.seal([1], in: .kv)
    keyring.wipe()
    let wrong = try Passphrase(text: "wrong passphrase")
    #expect(throws: KeyringError.passphraseDoesNotOpen) { try keyring.unseal(with: .passphrase(wrong)) }
    await #expect(throws: KeyringError.passphraseDoesNotOpen) { try await keyring.unseal(awaiting: wrong) }
    #expect(keyring.state == .sealed)
    #expect(throws: KeyringError.sealed) {
      try keyring.addPassphraseSeal(Passphrase(text: "another passphrase"), cost: Passphrase.testCost)
    }
    #expect(try keyring.unseal(with: .passphrase(text: Self.right)))
    #expect(try keyring.open(envelope, in: .kv) == [1])
    keyring.wipe()
    let right = try Passphrase(text: Self.right)
    #expect(try await keyring.unseal(awaiting: right))
    #expect(try keyring.open(envelope, in: .kv) == [1])
    // Only the one that opened it says so: what follows an unseal follows once.
    #expect(try await !keyring.unseal(awaiting: right))
  }

  @Test("While one passphrase is tried another is turned away, and everything else goes on")
  func oneAtATime() async throws {
    let rig = Rig()
    let keyring = try rig.initialised(passphrase: Self.right)
    let passphrase = try Passphrase(text: Self.right)
    try keyring.deriving.pass { () throws(KeyringError) in
      #expect(throws: KeyringError.passphraseBusy) { try keyring.unseal(with: .passphrase(passphrase)) }
      #expect(throws: KeyringError.passphraseBusy) {
        try keyring.addPassphraseSeal(passphrase, cost: Passphrase.testCost)
      }
      #expect(throws: Never.self) { try keyring.open(keyring.seal([1], in: .kv), in: .kv) }
      #expect(throws: Never.self) { try keyring.rotate(at: Rig.now) }
      #expect(throws: Never.self) { try keyring.addKeyFileSeal(at: "/operator/key") }
    }
    try await keyring.deriving.passElsewhere { () throws(KeyringError) -> Void in
      #expect(throws: KeyringError.passphraseBusy) { try keyring.unseal(with: .passphrase(passphrase)) }
    }
    // The gate is open again, also after one that failed.
    await #expect(throws: KeyringError.sealed) {
      try await keyring.deriving.passElsewhere { () throws(KeyringError) -> Void in throw .sealed }
    }
    #expect(throws: Never.self) { try keyring.unseal(with: .passphrase(passphrase)) }
  }

  @Test("Power cut at every write of an initialisation and of a second seal: what was promised opens")
  func powerCuts() throws {
    let clean = Rig()
    _ = Self.script(clean)
    let count = clean.disk.operationCount
    #expect(count > 12)
    for operation in 0..<count {
      for fault in FakeDisk.Fault.allCases {
        let rig = Rig()
        rig.disk.fail(at: operation, fault, losesPower: true)
        let promised = Self.script(rig)
        for crash in FakeDisk.Crash.allCases {
          let next = Rig(seed: 9, disk: rig.disk.restarted(after: crash))
          let comment: Comment = "operation \(operation), \(fault), \(crash)"
          if promised.isEmpty, try !next.folder.isInitialised {
            #expect(try next.initialised(passphrase: Self.right).state == .open(term: 1), comment)
          }
          for text in promised {
            #expect(try next.folder.open(with: .passphrase(text: text)).state == .open(term: 1), comment)
          }
          #expect(try next.folder.open(with: .passphrase(text: Self.right)).state == .open(term: 1), comment)
        }
      }
    }
  }

  /// The passphrases that were promised to open.
  private static func script(_ rig: Rig) -> [String] {
    guard let keyring = try? rig.initialised(passphrase: right) else { return [] }
    let second = "another passphrase"
    guard let passphrase = try? Passphrase(text: second),
      (try? keyring.addPassphraseSeal(passphrase, cost: Passphrase.testCost)) != nil
    else { return [right] }
    return [right, second]
  }

  @Test("A passphrase that is made here has five groups of four, all characters occur, and none comes twice")
  func generated() throws {
    let texts = (0..<200).map { _ in
      Passphrase.generated().withBytes { String(decoding: $0, as: UTF8.self) }
    }
    #expect(Set(texts).count == texts.count)
    for text in texts { #expect(text.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4]) }
    #expect(Set(texts.joined()) == Set("-0123456789abcdefghjkmnpqrstvwxyz"))
    _ = try Passphrase(Passphrase.generated())
  }
}
