import Cryptography
import TestSupport
import Testing

@testable import Keyring

@Suite("Removal of a seal")
struct SealRemovalTests {
  private static let second = SealCredential.keyFile(path: "/operator/second")
  private let words: Passphrase
  private let staying: [SealCredential]

  init() throws {
    words = try Passphrase(text: "drawn by lot, seventeen")
    staying = [Rig.keyFile, .passphrase(words)]
  }

  /// A folder with two key files and a passphrase, and a value that was sealed before.
  private func folder(
    _ rig: Rig
  ) throws -> (keyring: Keyring, goes: SealDescription, envelope: Envelope) {
    let keyring = try rig.initialised()
    let second = try keyring.addKeyFileSeal(at: "/operator/second")
    try keyring.addPassphraseSeal(words, cost: Passphrase.testCost)
    return (keyring, second, try keyring.seal([1], in: .kv))
  }

  @Test("A removed seal opens nothing, also where a copy of its file is put back; the others open old and new values")
  func removed() throws {
    let rig = Rig()
    let (keyring, goes, old) = try folder(rig)
    let file = "/data/seal/\(goes.id.text).seal"
    let copy = rig.disk.bytes(of: file)
    let before = rig.disk.bytes(of: "/data/seal/keyring")
    let removed = try keyring.removeSeal(named: goes.id.short, staying: staying, at: Rig.now)
    #expect(removed == goes)
    #expect(keyring.state == .open(term: 2))
    let new = try keyring.seal([2], in: .kv)
    keyring.wipe()
    #expect(try rig.folder.sealKinds == [.keyFile, .passphrase])
    #expect(rig.disk.paths.allSatisfy { !$0.hasSuffix(".next") && !$0.hasSuffix(".gone") })
    for credential in staying {
      let opened = try rig.folder.open(with: credential)
      #expect(try opened.open(old, in: .kv) == [1])
      #expect(try opened.open(new, in: .kv) == [2])
    }
    rig.disk.put(copy, at: file)
    #expect(throws: KeyringError.damaged(.keyring)) { try rig.folder.open(with: Self.second) }
    // The control, which the documents tell of: an older copy of the folder opens with it.
    rig.disk.put(before, at: "/data/seal/keyring")
    #expect(try rig.folder.open(with: Self.second).open(old, in: .kv) == [1])
  }

  @Test(
    "What cannot be done is refused with nothing written: an unknown name, the last seal, a seal that was not shown")
  func refusals() throws {
    let rig = Rig()
    let (keyring, goes, _) = try folder(rig)
    let seals = try rig.folder.seals()
    let before = rig.disk.contents
    for name in ["", goes.id.text.prefix(7).description, "zzzzzzzz", goes.id.text + "0"] {
      #expect(throws: KeyringError.noSuchSeal(name)) {
        try keyring.removeSeal(named: name, staying: staying, at: Rig.now)
      }
    }
    #expect(throws: KeyringError.sealNotShown(.passphrase, seals[2].id)) {
      try keyring.removeSeal(named: goes.id.text, staying: [Rig.keyFile], at: Rig.now)
    }
    let wrong = SealCredential.passphrase(try Passphrase(text: "drawn by lot, eighteen"))
    #expect(throws: KeyringError.sealNotShown(.passphrase, seals[2].id)) {
      try keyring.removeSeal(named: goes.id.text, staying: [Rig.keyFile, wrong], at: Rig.now)
    }
    #expect(throws: KeyringError.self) {
      try keyring.removeSeal(named: goes.id.text, staying: [.passphrase(words)], at: Rig.now)
    }
    #expect(rig.disk.contents == before)
    #expect(keyring.state == .open(term: 1))
    let alone = Rig(seed: 5)
    let only = try alone.initialised()
    let id = try alone.folder.seals()[0].id
    #expect(throws: KeyringError.lastSeal) { try only.removeSeal(named: id.text, staying: [Rig.keyFile], at: Rig.now) }
    let dev = Rig(seed: 6)
    let open = try dev.folder.initialise(seal: .dev, at: Rig.now)
    #expect(throws: KeyringError.devSealStandsAlone) {
      try open.removeSeal(named: id.text, staying: [.dev], at: Rig.now)
    }
  }

  @Test("Cut off at any write, what stays opens everything; what was removed opens nothing once the removal counted")
  func crashes() throws {
    let clean = Rig()
    let (keyring, goes, _) = try folder(clean)
    let start = clean.disk.operationCount
    _ = try keyring.removeSeal(named: goes.id.text, staying: staying, at: Rig.now)
    let count = clean.disk.operationCount - start
    #expect(count > 15)
    var ended = 0
    var undone = 0
    for operation in 0..<count {
      for fault in FakeDisk.Fault.allCases {
        for losesPower in [true, false] {
          let rig = Rig()
          let (keyring, goes, envelope) = try folder(rig)
          rig.disk.fail(at: operation, fault, losesPower: losesPower)
          let isPromised =
            (try? keyring.removeSeal(named: goes.id.text, staying: staying, at: Rig.now)) != nil
          // The process goes on: nothing that it writes may be in the way of what was decided.
          keyring.wipe()
          for crash in FakeDisk.Crash.allCases {
            for order in [staying, staying.reversed()] {
              let left = Rig(seed: 99, disk: rig.disk.restarted(after: crash))
              let comment: Comment = "operation \(operation), \(fault), power \(losesPower), \(crash)"
              for credential in order {
                #expect(try left.folder.open(with: credential).open(envelope, in: .kv) == [1], comment)
              }
              let opens = (try? left.folder.open(with: Self.second)) != nil
              #expect(!(isPromised && opens), comment)
              // Ended or undone, nothing in between is left; and it can be done again.
              #expect(left.disk.paths.allSatisfy { !$0.hasSuffix(".next") && !$0.hasSuffix(".gone") }, comment)
              if opens { undone += 1 } else { ended += 1 }
              guard opens else { continue }
              let again = try left.folder.open(with: Rig.keyFile)
              _ = try again.removeSeal(named: goes.id.text, staying: staying, at: Rig.now)
              #expect(throws: KeyringError.self) { try left.folder.open(with: Self.second) }
            }
            // The seal that goes may be the first to be tried.
            let left = Rig(seed: 99, disk: rig.disk.restarted(after: crash))
            _ = try? left.folder.open(with: Self.second)
            for credential in staying {
              #expect(try left.folder.open(with: credential).open(envelope, in: .kv) == [1])
            }
          }
        }
      }
    }
    #expect(ended > 20 && undone > 20, "\(ended) ended, \(undone) undone of \(count) operations")
  }
}
