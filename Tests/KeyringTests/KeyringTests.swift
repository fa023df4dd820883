import Cryptography
import Encodings
import Glibc
import TestSupport
import Testing

@testable import Keyring

@Suite("The keyring")
struct KeyringTests {
  @Test("Values of old terms open after rotation and restart; new ones carry the new term")
  func rotation() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    let old = try keyring.seal([1], in: .kv)
    #expect(old.term == 1)
    #expect(try keyring.rotate(at: Rig.now.advanced(byMilliseconds: 5)) == 2)
    let new = try keyring.seal([2], in: .kv)
    #expect(new.term == 2)
    let again = try rig.folder.open(with: Rig.keyFile)
    #expect(again.state == .open(term: 2))
    #expect(try again.currentTerm == 2)
    #expect(try again.open(old, in: .kv) == [1])
    #expect(try again.open(new, in: .kv) == [2])
    #expect(try again.terms().map(\.number) == [1, 2])
    #expect(try again.terms().map(\.isCurrent) == [false, true])
    #expect(try again.terms().map(\.createdAt) == [Rig.now, Rig.now.advanced(byMilliseconds: 5)])
  }

  @Test("A value with the number of another term does not open, also when that term exists")
  func swappedTerm() throws {
    let keyring = try Rig().initialised()
    let envelope = try keyring.seal([1], in: .kv)
    try keyring.rotate(at: Rig.now)
    var bytes = envelope.bytes
    bytes[8] = 2
    #expect(throws: KeyringError.commitmentMismatch) { try keyring.open(Envelope(parsing: bytes), in: .kv) }
  }

  @Test("Keyed hashes and raw keys stay the same when the keyring rotates, and differ by purpose and installation")
  func installationKeys() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    let hash = try keyring.mac(.tokenHash, message: [1, 2, 3])
    let seed = try keyring.key(.ledgerHead)
    #expect(hash.count == 32 && seed.count == 32)
    try keyring.rotate(at: Rig.now)
    let again = try rig.folder.open(with: Rig.keyFile)
    #expect(try again.mac(.tokenHash, message: [1, 2, 3]) == hash)
    #expect(ConstantTime.areEqual(try again.key(.ledgerHead, placement: .guardedPages), seed))
    #expect(try again.mac(.tokenHash, message: [1, 2, 4]) != hash)
    #expect(try again.mac(.accessorHash, message: [1, 2, 3]) != hash)
    #expect(try again.mac(.auditHash, message: [1, 2, 3]) != hash)
    #expect(try Rig(seed: 9).initialised().mac(.tokenHash, message: [1, 2, 3]) != hash)
    #expect(!ConstantTime.areEqual(try again.key(.endpointDecoy), seed))
  }

  @Test("A key is given only for purposes that hand keys out, and a hash only for those that hash")
  func misuse() throws {
    let keyring = try Rig().initialised()
    for purpose in Purpose.allCases {
      let context = purpose.contextFields.map { _ in [UInt8]() }
      switch purpose.algorithm {
      case .keyedHash where purpose.rotation == .run:
        // Hashes of a run are made with its key alone, and go with it.
        #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.mac(purpose, context: context, message: []) }
        let (one, other) = (try keyring.runKeys.allocate(), try keyring.runKeys.allocate())
        let hash = try one.mac(purpose, context: context, message: [1])
        #expect(hash.count == 32)
        #expect(try one.mac(purpose, context: context, message: [1]) == hash)
        #expect(try other.mac(purpose, context: context, message: [1]) != hash)
        #expect(try one.mac(purpose, context: context, message: [2]) != hash)
        #expect(throws: KeyringError.wrongPurpose(.runValue)) {
          try one.mac(.runValue, context: context, message: [])
        }
        #expect(throws: KeyringError.wrongPurpose(.tokenHash)) { try one.mac(.tokenHash, context: [], message: []) }
      case .keyedHash:
        #expect(try keyring.mac(purpose, context: context, message: []).count == 32)
        #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.key(purpose, context: context) }
      case .ed25519Seed, .secret:
        #expect(try keyring.key(purpose, context: context).count == 32)
        #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.mac(purpose, context: context, message: []) }
      case .envelope, .blockEncryption:
        #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.key(purpose, context: context) }
        #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.mac(purpose, context: context, message: []) }
      }
    }
    #expect(throws: KeyringError.wrongContext(.tokenHash, expected: 0, given: 1)) {
      try keyring.mac(.tokenHash, context: [[1]], message: [])
    }
    #expect(throws: KeyringError.wrongContext(.ledgerHead, expected: 0, given: 1)) {
      try keyring.key(.ledgerHead, context: [[1]])
    }
  }

  @Test("A sealed keyring refuses everything with the reason, and works again after unsealing")
  func sealing() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    let envelope = try keyring.seal([1], in: .kv)
    let run = try keyring.runKeys.allocate()
    let event = try run.seal([2], in: .event)
    keyring.wipe()
    keyring.wipe()
    #expect(keyring.state == .sealed)
    #expect(throws: KeyringError.sealed) { try keyring.seal([1], in: .kv) }
    #expect(throws: KeyringError.sealed) { try keyring.open(envelope, in: .kv) }
    #expect(throws: KeyringError.sealed) { try keyring.openGuarded(envelope, in: .kv) }
    #expect(throws: KeyringError.sealed) { try keyring.mac(.tokenHash, message: []) }
    #expect(throws: KeyringError.sealed) { try keyring.key(.ledgerHead) }
    #expect(throws: KeyringError.sealed) { try keyring.rotate(at: Rig.now) }
    #expect(throws: KeyringError.sealed) { try keyring.terms() }
    #expect(throws: KeyringError.sealed) { try keyring.currentTerm }
    #expect(throws: KeyringError.sealed) { try keyring.addKeyFileSeal(at: "/operator/second") }
    #expect(throws: KeyringError.sealed) { try keyring.runKeys.allocate() }
    #expect(throws: KeyringError.sealed) { try keyring.runKeys.key(slot: run.slot, generation: run.generation) }
    #expect(throws: KeyringError.sealed) { try keyring.runKeys.destroy([run.slot]) }
    #expect(throws: KeyringError.keyFileNotThere) { try keyring.unseal(with: .keyFile(path: "/operator/none")) }
    #expect(keyring.state == .sealed)
    try keyring.unseal(with: Rig.keyFile)
    try keyring.unseal(with: Rig.keyFile)
    #expect(try keyring.open(envelope, in: .kv) == [1])
    let same = try keyring.runKeys.key(slot: run.slot, generation: run.generation)
    #expect(try same.open(event, in: .event) == [2])
  }

  @Test("A service may start with a sealed keyring")
  func startsSealed() throws {
    let rig = Rig()
    #expect(throws: KeyringError.notInitialised) { try rig.folder.sealedKeyring() }
    let envelope = try rig.initialised().seal([1], in: .kv)
    let keyring = try rig.folder.sealedKeyring()
    #expect(keyring.state == .sealed)
    #expect(throws: KeyringError.sealed) { try keyring.open(envelope, in: .kv) }
    try keyring.unseal(with: Rig.keyFile)
    #expect(try keyring.open(envelope, in: .kv) == [1])
  }

  @Test("Keys are not found in what the keyring prints")
  func masked() throws {
    let run = try Rig().initialised().runKeys.allocate()
    var dumped = ""
    dump(run, to: &dumped)
    #expect("\(run)" == "RunKey(slot 0, generation 1, masked)")
    #expect(String(reflecting: run) == "\(run)")
    #expect(!dumped.contains("GuardedBytes"))
  }
}

@Suite("Use counts")
struct UseCountTests {
  @Test("A use is demanded now, soon or not, by what is reserved")
  func demands() {
    #expect(UseCount.demand(count: 11, reserved: 10) == .reserveNow)
    #expect(UseCount.demand(count: 10, reserved: 10) == .none)
    #expect(UseCount.demand(count: 1024, reserved: 1024) == .reserveSoon)
    #expect(UseCount.demand(count: 1024, reserved: 1024 + UseCount.margin) == .none)
    #expect(UseCount.demand(count: 1025, reserved: 2000) == .none)
  }

  @Test("After a crash the count is too high, never too low; after sealing it is nearly exact")
  func survives() throws {
    let rig = Rig()
    let keyring = try rig.initialised()
    for _ in 0..<5 { _ = try keyring.seal([1], in: .kv) }
    #expect(try keyring.terms().map(\.uses) == [5])
    let crashed = try Rig(disk: rig.disk.restarted(after: .nothingUnsynced)).folder.open(with: Rig.keyFile)
    #expect(try crashed.terms().map(\.uses) == [UseCount.reservation])
    keyring.wipe()
    let clean = try Rig(disk: rig.disk.restarted(after: .nothingUnsynced)).folder.open(with: Rig.keyFile)
    #expect(try clean.terms().map(\.uses) == [5 + UseCount.inFlight])
  }

  @Test("The first use after a start reserves before it happens, and the next ones write nothing")
  func reserves() throws {
    let disk = Rig().disk
    _ = try Rig(disk: disk).initialised()
    let keyring = try Rig(disk: disk).folder.open(with: Rig.keyFile)
    let before = disk.operationCount
    _ = try keyring.seal([1], in: .kv)
    let after = disk.operationCount
    #expect(after > before)
    for _ in 0..<100 { _ = try keyring.seal([1], in: .kv) }
    #expect(disk.operationCount == after)
    let again = try Rig(disk: disk.restarted(after: .nothingUnsynced)).folder.open(with: Rig.keyFile)
    #expect(try again.terms().map(\.uses) == [2 * UseCount.reservation + 1])
  }

  @Test("When the count cannot be kept, the value is not sealed, and the error names the file and the cause")
  func notDurable() throws {
    let disk = Rig().disk
    _ = try Rig(disk: disk).initialised()
    let keyring = try Rig(disk: disk).folder.open(with: Rig.keyFile)
    disk.setFreeBytes(10)
    #expect(throws: KeyringError.file(FileFault(.write, file: "keyring", code: ENOSPC))) {
      try keyring.seal([1], in: .kv)
    }
    disk.setFreeBytes(.max)
    #expect(try keyring.open(keyring.seal([1], in: .kv), in: .kv) == [1])
  }

  @Test("A term wants to be followed when it is old or much used, and only the current one")
  func needsRotation() {
    let day: Int64 = 86_400_000
    let term = TermStatus(number: 1, createdAt: Rig.now, uses: 7, isCurrent: true)
    #expect(!term.needsRotation(at: Rig.now.advanced(byMilliseconds: day - 1), afterMilliseconds: day))
    #expect(term.needsRotation(at: Rig.now.advanced(byMilliseconds: day), afterMilliseconds: day))
    let used = TermStatus(number: 1, createdAt: Rig.now, uses: UseCount.rotationBound, isCurrent: true)
    #expect(used.needsRotation(at: Rig.now, afterMilliseconds: day))
    let old = TermStatus(number: 1, createdAt: Rig.now, uses: UseCount.rotationBound, isCurrent: false)
    #expect(!old.needsRotation(at: Rig.now.advanced(byMilliseconds: day), afterMilliseconds: day))
  }
}
