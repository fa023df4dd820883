import Cryptography
import Encodings
import Glibc
import TestSupport
import Testing

@testable import Keyring

@Suite("The keyring's folder")
struct KeyringFolderTests {
  @Test("A fresh folder is not initialised; initialising makes seal, keyring and key file, and nothing else")
  func initialise() throws {
    let rig = Rig()
    #expect(try !rig.folder.isInitialised)
    #expect(try rig.folder.sealKinds == [])
    #expect(throws: KeyringError.notInitialised) { try rig.folder.open(with: Rig.keyFile) }
    let keyring = try rig.initialised()
    #expect(keyring.state == .open(term: 1))
    #expect(try rig.folder.isInitialised)
    #expect(try rig.folder.sealKinds == [.keyFile])
    let id = try #require(try rig.folder.seals().first?.id)
    #expect(rig.disk.paths == ["/data/seal/\(id.text).seal", "/data/seal/keyring", "/operator/key"])
    #expect(throws: KeyringError.alreadyInitialised) { try rig.initialised() }
  }

  @Test("A key file that is there already is used; one that is damaged is not overwritten")
  func existingKeyFile() throws {
    let first = Rig()
    _ = try first.initialised()
    let key = try #require(first.disk.bytes(of: "/operator/key"))
    let second = Rig(seed: 2)
    second.disk.put(key, at: "/operator/key")
    _ = try second.initialised()
    #expect(second.disk.bytes(of: "/operator/key") == key)
    #expect(try second.folder.open(with: Rig.keyFile).state == .open(term: 1))
    let third = Rig(seed: 3)
    third.disk.put(Array(key.dropLast(20)), at: "/operator/key")
    #expect(throws: KeyringError.notAKeyFile) { try third.initialised() }
    #expect(third.disk.bytes(of: "/operator/key")?.count == key.count - 20)
    #expect(try !third.folder.isInitialised)
  }

  @Test("A wrong key file is named, with the right one's name")
  func wrongKeyFile() throws {
    let rig = Rig()
    _ = try rig.initialised()
    let other = Rig(seed: 2)
    _ = try other.initialised()
    rig.disk.put(other.disk.bytes(of: "/operator/key"), at: "/operator/other")
    let right = try #require(try rig.folder.seals().first?.id)
    let wrong = try #require(try other.folder.seals().first?.id)
    let error = #expect(throws: KeyringError.self) {
      try rig.folder.open(with: .keyFile(path: "/operator/other"))
    }
    #expect(error == .wrongKeyFile(given: wrong, expected: [right]))
    #expect(
      error?.operatorMessage == "wrong key file: this is \(wrong.short), the folder is sealed with \(right.short)")
  }

  @Test("A key file with the right name and another key does not open its seal")
  func forgedKeyFile() throws {
    let rig = Rig()
    _ = try rig.initialised()
    let id = try #require(try rig.folder.seals().first?.id)
    // The line of another key under the same name, with its check value made to fit.
    let key = [UInt8](repeating: 0x42, count: 32)
    let check = Digest.blake2b(BoxByHand.keyFileFields(id: id.bytes, key: key))[..<8]
    let line = "chancery-key-file-1 \(id.text) \(Hex.encode(key)) \(Hex.encode(check))\n"
    rig.disk.put(Array(line.utf8), at: "/operator/key")
    #expect(throws: KeyringError.keyFileDoesNotOpen(id)) { try rig.folder.open(with: Rig.keyFile) }
  }

  @Test("Two seals stand side by side; each opens; the seal is proven before it counts")
  func twoSeals() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    let envelope = try keyring.seal([1], in: .kv)
    let second = try keyring.addKeyFileSeal(at: "/operator/second")
    #expect(second.kind == .keyFile)
    #expect(try rig.folder.sealKinds == [.keyFile, .keyFile])
    for path in ["/operator/key", "/operator/second"] {
      #expect(try rig.folder.open(with: .keyFile(path: path)).open(envelope, in: .kv) == [1])
    }
    #expect(throws: KeyringError.sealAlreadyThere(second.id)) {
      try keyring.addKeyFileSeal(at: "/operator/second")
    }
  }

  @Test("A development folder opens with its own key only, and takes no other seal")
  func devSeal() throws {
    let rig = Rig()
    let keyring = try rig.folder.initialise(seal: .dev, at: Rig.now)
    #expect(try rig.folder.sealKinds == [.dev])
    #expect(rig.disk.paths.contains("/data/seal/dev.key"))
    #expect(throws: KeyringError.devSealStandsAlone) { try keyring.addKeyFileSeal(at: "/operator/key") }
    #expect(rig.disk.bytes(of: "/operator/key") == nil)
    #expect(throws: KeyringError.folderHasDevSeal) { try rig.folder.open(with: Rig.keyFile) }
    #expect(try rig.folder.open(with: .dev).state == .open(term: 1))
    let other = Rig(seed: 2)
    _ = try other.initialised()
    #expect(throws: KeyringError.folderHasNoDevSeal) { try other.folder.open(with: .dev) }
  }

  @Test("What a broken-off initialisation left does not hinder the next, and a dev key does not stay behind")
  func brokenOff() throws {
    let rig = Rig()
    _ = try rig.folder.initialise(seal: .dev, at: Rig.now)
    rig.disk.put(nil, at: "/data/seal/keyring")
    #expect(try !rig.folder.isInitialised)
    _ = try rig.initialised()
    #expect(try rig.folder.sealKinds == [.keyFile])
    #expect(!rig.disk.paths.contains("/data/seal/dev.key"))
  }

  @Test("Run keys without a keyring are not initialised over")
  func lostKeyring() throws {
    let rig = Rig()
    _ = try rig.initialised().runKeys.allocate()
    rig.disk.put(nil, at: "/data/seal/keyring")
    #expect(throws: KeyringError.runKeysWithoutKeyring) { try rig.folder.isInitialised }
    #expect(throws: KeyringError.runKeysWithoutKeyring) { try rig.initialised() }
    #expect(throws: KeyringError.runKeysWithoutKeyring) { try rig.folder.open(with: Rig.keyFile) }
  }

  @Test("Every bit flipped in seal and keyring is noticed, and named by file")
  func damage() throws {
    let rig = Rig()
    _ = try rig.initialised()
    for path in rig.disk.paths where path.hasPrefix("/data/seal") {
      let kind: KeyringFileKind = path.hasSuffix("keyring") ? .keyring : .seal
      let right = try #require(rig.disk.bytes(of: path))
      for index in right.indices {
        for bit in [0, 7] {
          var bytes = right
          bytes[index] ^= 1 << UInt8(bit)
          rig.disk.put(bytes, at: path)
          let error = #expect(throws: KeyringError.self) { try rig.folder.open(with: Rig.keyFile) }
          #expect(Self.isNoticed(error, kind, index), "\(path) byte \(index): \(String(describing: error))")
        }
      }
      for count in right.indices {
        rig.disk.put(Array(right[..<count]), at: path)
        #expect(throws: KeyringError.damaged(kind)) { try rig.folder.open(with: Rig.keyFile) }
      }
      rig.disk.put(right + [0], at: path)
      #expect(throws: KeyringError.damaged(kind)) { try rig.folder.open(with: Rig.keyFile) }
      rig.disk.put(right, at: path)
    }
    #expect(try rig.folder.open(with: Rig.keyFile).state == .open(term: 1))
  }

  private static func isNoticed(_ error: KeyringError?, _ kind: KeyringFileKind, _ index: Int) -> Bool {
    switch (kind, index, error) {
    case (_, 0..<3, .damaged(kind)), (_, 3..<5, .newerFormat(kind, _)), (_, 3..<5, .damaged(kind)): true
    // The seal's kind and key file name: the seal is then another's, or of an unknown kind.
    case (.seal, 5, .folderHasDevSeal), (.seal, 5, .damaged(.seal)), (.seal, 6..<22, .wrongKeyFile): true
    case (.seal, 22..<94, .keyFileDoesNotOpen), (.seal, 94..., .damaged(.seal)): true
    case (.keyring, 5..<21, .mixedInstallations), (.keyring, 21..., .damaged(.keyring)): true
    default: false
    }
  }

  @Test("Files of a newer version are named so")
  func newer() throws {
    let rig = Rig()
    _ = try rig.initialised()
    for path in rig.disk.paths where path.hasPrefix("/data/seal") {
      let kind: KeyringFileKind = path.hasSuffix("keyring") ? .keyring : .seal
      let right = try #require(rig.disk.bytes(of: path))
      var bytes = right
      bytes[3] = 2
      rig.disk.put(bytes, at: path)
      #expect(throws: KeyringError.newerFormat(kind, version: 2)) { try rig.folder.open(with: Rig.keyFile) }
      rig.disk.put(right, at: path)
    }
  }

  @Test("Seal and keyring of two installations, mixed, are told apart")
  func mixed() throws {
    let rig = Rig()
    _ = try rig.initialised()
    let other = Rig(seed: 2)
    _ = try other.initialised()
    rig.disk.put(other.disk.bytes(of: "/data/seal/keyring"), at: "/data/seal/keyring")
    #expect(throws: KeyringError.mixedInstallations) { try rig.folder.open(with: Rig.keyFile) }
  }

  @Test("A keyring with terms out of order, a wrong count or a current term that it lacks is damaged")
  func inconsistentKeyring() throws {
    let root = GuardedBytes(copying: [UInt8](repeating: 1, count: 32))
    let installation = [UInt8](repeating: 2, count: 16)
    let term = { (number: UInt32) in
      Term(number: number, createdAt: Rig.now, key: GuardedBytes(copying: [UInt8](repeating: 3, count: 32)), uses: 0)
    }
    let cases: [([Term], Term)] = [
      ([term(2), term(1)], term(2)), ([term(1), term(1)], term(1)), ([term(0)], term(0)), ([term(1)], term(2)),
    ]
    for (terms, current) in cases {
      let keyring = OpenKeyring(
        root: root, installation: installation, installationKey: root, terms: terms, current: current)
      let bytes = KeyringFile.encode(keyring, reserving: [:], random: .seeded(1))
      #expect(throws: KeyringError.damaged(.keyring)) {
        try KeyringFile.decode(bytes, root: root, installation: installation)
      }
    }
  }

  @Test("The keyring takes no more terms than it can hold")
  func termLimit() throws {
    let root = GuardedBytes(copying: [UInt8](repeating: 1, count: 32))
    let terms = (1...UInt32(KeyringFile.maximumTerms)).map {
      Term(number: $0, createdAt: Rig.now, key: root, uses: 0)
    }
    let full = OpenKeyring(
      root: root, installation: [], installationKey: root, terms: terms, current: terms[0])
    let keyring = Keyring(full, folder: Rig().folder)
    #expect(throws: KeyringError.termLimitReached(count: KeyringFile.maximumTerms)) { try keyring.rotate(at: Rig.now) }
  }

  @Test("A read-only folder and a full disk end every change with a clear error, and change nothing")
  func cannotWrite() throws {
    let faults: [(Int32, (FakeDisk) -> Void)] = [(EROFS, { $0.setReadOnly() }), (ENOSPC, { $0.setFreeBytes(3) })]
    for (code, spoil) in faults {
      let fresh = Rig()
      spoil(fresh.disk)
      #expect(Self.code(of: #expect(throws: KeyringError.self) { try fresh.initialised() }) == code)
      let rig = Rig()
      let keyring = try rig.initialised()
      let envelope = try keyring.seal([1], in: .kv)
      let run = try keyring.runKeys.allocate()
      let before = rig.disk.copied()
      spoil(rig.disk)
      #expect(Self.code(of: #expect(throws: KeyringError.self) { try keyring.rotate(at: Rig.now) }) == code)
      #expect(
        Self.code(of: #expect(throws: KeyringError.self) { try keyring.addKeyFileSeal(at: "/operator/2") }) == code)
      #expect(Self.code(of: #expect(throws: KeyringError.self) { try keyring.runKeys.destroy([run.slot]) }) == code)
      // What can be done without writing still works.
      #expect(try keyring.open(envelope, in: .kv) == [1])
      #expect(try keyring.seal([2], in: .kv).term == 1)
      #expect(try rig.folder.open(with: Rig.keyFile).open(envelope, in: .kv) == [1])
      #expect(rig.disk.paths == before.paths)
      for path in before.paths { #expect(rig.disk.bytes(of: path) == before.bytes(of: path)) }
    }
  }

  private static func code(of error: KeyringError?) -> Int32? {
    if case .file(let fault) = error { fault.code } else { nil }
  }
}
