import Cryptography
import TestSupport
import Testing

@testable import Keyring

@Suite("Run keys")
struct RunKeysTests {
  private let rig = Rig()
  private let keyring: Keyring
  private var runKeys: RunKeys { keyring.runKeys }

  init() throws { keyring = try rig.initialised() }

  /// The keyring as the next process sees it.
  private func restarted() throws -> Keyring {
    try Rig(seed: 77, disk: rig.disk.restarted(after: .nothingUnsynced)).folder.open(with: Rig.keyFile)
  }

  @Test("A key seals and opens, from its object, by its slot, and after a restart")
  func roundTrip() throws {
    let run = try runKeys.allocate()
    let envelope = try run.seal(Array("event".utf8), in: .event)
    #expect(envelope.term == 0)
    #expect(try run.open(envelope, in: .event) == Array("event".utf8))
    #expect(try run.openGuarded(envelope, in: .event).exposedForTests == Array("event".utf8))
    let found = try runKeys.key(slot: run.slot, generation: run.generation)
    #expect(try found.open(envelope, in: .event) == Array("event".utf8))
    let later = try restarted().runKeys.key(slot: run.slot, generation: run.generation)
    #expect(try later.open(envelope, in: .event) == Array("event".utf8))
  }

  @Test("Keys of two runs, purposes and run ids do not open each other's values; the keyring opens none")
  func separate() throws {
    let first = try runKeys.allocate()
    let second = try runKeys.allocate()
    let envelope = try first.seal([1], in: .event)
    #expect(throws: KeyringError.commitmentMismatch) { try second.open(envelope, in: .event) }
    #expect(throws: KeyringError.commitmentMismatch) { try second.openGuarded(envelope, in: .event) }
    var context = EnvelopeContext.event
    context.purpose = .runValue
    #expect(throws: KeyringError.commitmentMismatch) { try first.open(envelope, in: context) }
    context = .event
    context.context = [Array("run-5".utf8)]
    #expect(throws: KeyringError.commitmentMismatch) { try first.open(envelope, in: context) }
    context = .event
    context.row = "4/2"
    #expect(throws: KeyringError.cannotOpen) { try first.open(envelope, in: context) }
    #expect(throws: KeyringError.unknownTerm(0)) { try keyring.open(envelope, in: .event) }
    #expect(throws: KeyringError.unknownTerm(0)) { try keyring.open(envelope, in: .kv) }
    let sealed = try keyring.seal([1], in: .kv)
    #expect(throws: KeyringError.unknownTerm(1)) { try first.open(sealed, in: .event) }
    #expect(throws: KeyringError.unknownTerm(1)) { try first.openGuarded(sealed, in: .event) }
    #expect(throws: KeyringError.wrongPurpose(.kvSecret)) { try first.seal([1], in: .kv) }
    context.context = []
    #expect(throws: KeyringError.wrongContext(.runEvent, expected: 1, given: 0)) { try first.seal([1], in: context) }
  }

  @Test("One sync makes 256 keys; the slots go up from the lowest")
  func batches() throws {
    let first = try runKeys.allocate()
    #expect(first.slot == 0)
    let before = rig.disk.operationCount
    for expected in 1..<256 { #expect(try runKeys.allocate().slot == UInt32(expected)) }
    #expect(rig.disk.operationCount == before)
    #expect(try runKeys.allocate().slot == 256)
    #expect(rig.disk.journal.suffix(2) == ["write /data/run-keys.new", "sync /data/run-keys.new"])
    #expect(rig.disk.operationCount == before + 2)
    #expect(try runKeys.slotsInUse() == Array(0...256))
  }

  @Test("Replenishing ahead does something only when few keys are ready")
  func replenish() throws {
    try runKeys.replenish()
    let before = rig.disk.operationCount
    try runKeys.replenish()
    for _ in 0..<128 { _ = try runKeys.allocate() }
    try runKeys.replenish()
    #expect(rig.disk.operationCount == before)
    _ = try runKeys.allocate()
    try runKeys.replenish()
    #expect(rig.disk.operationCount == before + 2)
    for _ in 129..<512 { _ = try runKeys.allocate() }
    #expect(rig.disk.operationCount == before + 2)
  }

  @Test("A key that is asked for where one cannot wait comes only if one is ready")
  func ready() throws {
    let keyring = try restarted()
    let none = try keyring.runKeys.allocateReady()
    #expect(none == nil)
    #expect(keyring.runKeys.isLow)
    try keyring.runKeys.replenish()
    #expect(!keyring.runKeys.isLow)
    let (first, second) = (try keyring.runKeys.allocateReady(), try keyring.runKeys.allocateReady())
    #expect(first != nil && second != nil && first?.slot != second?.slot)
  }

  @Test("A destroyed key is gone from disk, its slot is used again, and the old data never opens")
  func destroy() throws {
    let runs = try (0..<4).map { _ in try runKeys.allocate() }
    let envelopes = try runs.map { try $0.seal([UInt8($0.slot)], in: .event) }
    let oldDisk = rig.disk.copied()
    let oldFile = try #require(rig.disk.bytes(of: "/data/run-keys"))
    try runKeys.destroy([1, 3])
    let newFile = try #require(rig.disk.bytes(of: "/data/run-keys"))

    // The whole file is other: head, salt and every block.
    #expect(newFile.count == oldFile.count)
    #expect(newFile[9..<13] != oldFile[9..<13])
    let equal = zip(newFile[13...], oldFile[13...]).filter { $0 == $1 }.count
    #expect(equal < newFile.count / 64)
    // Live keys open, destroyed ones do not, here and after a restart.
    for keys in [runKeys, try restarted().runKeys] {
      for index in [0, 2] {
        let run = try keys.key(slot: runs[index].slot, generation: runs[index].generation)
        #expect(try run.open(envelopes[index], in: .event) == [UInt8(index)])
      }
      for index in [1, 3] {
        #expect(throws: KeyringError.runKeyDestroyed(slot: UInt32(index))) {
          try keys.key(slot: runs[index].slot, generation: runs[index].generation)
        }
      }
    }
    // The slot comes back with another generation and another key.
    let reused = try runKeys.allocate()
    #expect(reused.slot == 1 && reused.generation == 2)
    #expect(throws: KeyringError.commitmentMismatch) { try reused.open(envelopes[1], in: .event) }
    #expect(throws: KeyringError.runKeyDestroyed(slot: 1)) { try runKeys.key(slot: 1, generation: 1) }

    // Control: a copy of the file from before opens the destroyed run. That is not claimed away.
    let thief = try Rig(seed: 5, disk: oldDisk).folder.open(with: Rig.keyFile)
    #expect(try thief.runKeys.key(slot: 1, generation: 1).open(envelopes[1], in: .event) == [1])
    // With the database and today's files, and every key of the keyring, nothing does: no slot of any generation.
    let today = try restarted()
    for slot in UInt32(0)..<256 {
      for generation in UInt32(0)...3 {
        guard let key = try? today.runKeys.key(slot: slot, generation: generation) else { continue }
        #expect(throws: KeyringError.commitmentMismatch) { try key.open(envelopes[1], in: .event) }
      }
    }
  }

  @Test("The replaced file's salt is overwritten, so that its blocks, still on the disk, cannot be read")
  func scrubbed() throws {
    let run = try runKeys.allocate()
    let old = try #require(rig.disk.bytes(of: "/data/run-keys"))
    let salt = Array(old[13..<45])
    #expect(rig.disk.everyByte.contains { $0.starts(with: old) })
    try runKeys.destroy([run.slot])
    #expect(!rig.disk.everyByte.contains { bytes in bytes.count >= 45 && Array(bytes[13..<45]) == salt })
    // Such a leftover, put in the place of the file, is not taken for one.
    let leftover = Array(old[..<13]) + [UInt8](repeating: 0, count: 32) + Array(old[45...])
    let disk = rig.disk.copied()
    disk.put(leftover, at: "/data/run-keys")
    let keyring = try Rig(disk: disk).folder.open(with: Rig.keyFile)
    #expect(throws: KeyringError.damaged(.runKeys)) { try keyring.runKeys.slotsInUse() }
  }

  @Test("Destroying free, unknown or no slots writes nothing")
  func destroyNothing() throws {
    let run = try runKeys.allocate()
    let before = rig.disk.operationCount
    try runKeys.destroy([UInt32]())
    try runKeys.destroy([100, 5000])
    #expect(rig.disk.operationCount == before)
    try runKeys.destroy([run.slot, run.slot, 100])
    #expect(rig.disk.operationCount > before)
    let after = rig.disk.operationCount
    try runKeys.destroy([run.slot])
    #expect(rig.disk.operationCount == after)
  }

  @Test("Sweeping destroys what the database does not know, keeps what it knows, and names what is missing")
  func sweep() throws {
    let runs = try (0..<3).map { _ in try runKeys.allocate() }
    let envelope = try runs[2].seal([7], in: .event)
    let next = try restarted()
    // Before the sweep, all slots of the file are in use as far as anybody knows; new keys come from a new block.
    #expect(try next.runKeys.slotsInUse() == Array(0..<256))
    let early = try next.runKeys.allocate()
    #expect(early.slot == 256)
    let result = try next.runKeys.sweep(keeping: [2, 900])
    #expect(result == RunKeySweep(destroyed: 255, missing: [900]))
    #expect(try next.runKeys.slotsInUse() == [2, 256])
    #expect(try next.runKeys.key(slot: 2, generation: 1).open(envelope, in: .event) == [7])
    #expect(throws: KeyringError.runKeyDestroyed(slot: 0)) { try next.runKeys.key(slot: 0, generation: 1) }
    #expect(try next.runKeys.key(slot: 256, generation: early.generation).slot == 256)
    #expect(try next.runKeys.allocate().slot == 0)
    // A second sweep touches nothing that was taken since.
    let second = try next.runKeys.sweep(keeping: [2])
    #expect(second == RunKeySweep(destroyed: 0, missing: []))
    #expect(try next.runKeys.slotsInUse() == [0, 2, 256])
  }

  @Test("A sweep of a file that the database knows whole writes nothing; of an absent file it names all as missing")
  func sweepNothing() throws {
    #expect(try runKeys.sweep(keeping: [3]) == RunKeySweep(destroyed: 0, missing: [3]))
    for _ in 0..<256 { _ = try runKeys.allocate() }
    let next = try restarted()
    #expect(try next.runKeys.sweep(keeping: Array(0..<256)) == RunKeySweep(destroyed: 0, missing: []))
    rig.disk.put(nil, at: "/data/run-keys")
    #expect(try restarted().runKeys.sweep(keeping: [1, 2]) == RunKeySweep(destroyed: 0, missing: [1, 2]))
  }

  @Test("Blocks at the end without a live key are given back, and their numbers do not bring old keys back")
  func shrinks() throws {
    let runs = try (0..<600).map { _ in try runKeys.allocate() }
    let envelope = try runs[400].seal([1], in: .event)
    let full = try #require(rig.disk.bytes(of: "/data/run-keys")).count
    try runKeys.destroy((6..<600).map { UInt32($0) })
    #expect(try runKeys.slotsInUse() == [0, 1, 2, 3, 4, 5])
    let laterDisk = rig.disk.restarted(after: .nothingUnsynced)
    let later = try Rig(seed: 77, disk: laterDisk).folder.open(with: Rig.keyFile)
    try later.runKeys.sweep(keeping: [0, 1, 2, 3, 4, 5])
    // 600 to 767 were ready when the others were destroyed, so their block stayed; after a restart nothing keeps it.
    #expect(try #require(rig.disk.bytes(of: "/data/run-keys")).count == full)
    #expect(try #require(laterDisk.bytes(of: "/data/run-keys")).count == 45 + RunKeyBlock.boxCount)
    for _ in 0..<500 { _ = try later.runKeys.allocate() }
    #expect(throws: KeyringError.runKeyDestroyed(slot: 400)) { try later.runKeys.key(slot: 400, generation: 1) }
    let other = try later.runKeys.key(slot: 400, generation: 3)
    #expect(throws: KeyringError.commitmentMismatch) { try other.open(envelope, in: .event) }
  }

  @Test("Rotation of the keyring leaves the file readable; the next rewrite takes the new term")
  func rotation() throws {
    let run = try runKeys.allocate()
    let envelope = try run.seal([1], in: .event)
    try keyring.rotate(at: Rig.now)
    #expect(rig.disk.bytes(of: "/data/run-keys")?[5..<9] == [0, 0, 0, 1])
    #expect(try restarted().runKeys.key(slot: 0, generation: 1).open(envelope, in: .event) == [1])
    try runKeys.destroy([runKeys.allocate().slot])
    #expect(rig.disk.bytes(of: "/data/run-keys")?[5..<9] == [0, 0, 0, 2])
    #expect(try restarted().runKeys.key(slot: 0, generation: 1).open(envelope, in: .event) == [1])
  }

  @Test("Slots beyond the file, and generations that are not the slot's, are told apart")
  func unknown() throws {
    #expect(throws: KeyringError.unknownRunKey(slot: 0)) { try runKeys.key(slot: 0, generation: 1) }
    let run = try runKeys.allocate()
    #expect(throws: KeyringError.unknownRunKey(slot: 256)) { try runKeys.key(slot: 256, generation: 1) }
    #expect(throws: KeyringError.unknownRunKey(slot: .max)) { try runKeys.key(slot: .max, generation: 1) }
    #expect(throws: KeyringError.runKeyDestroyed(slot: 0)) {
      try runKeys.key(slot: run.slot, generation: run.generation + 1)
    }
    #expect(throws: KeyringError.runKeyDestroyed(slot: 1)) { try runKeys.key(slot: 1, generation: 1) }
  }

  @Test("Many threads take different keys and find them again")
  func threads() async throws {
    let runKeys = runKeys
    let slots = try await withThrowingTaskGroup(of: [UInt32].self) { group in
      for worker in 0..<4 {
        group.addTask {
          try (0..<200).map { index in
            let run = try runKeys.allocate()
            let envelope = try run.seal([UInt8(worker)], in: .event)
            let found = try runKeys.key(slot: run.slot, generation: run.generation)
            #expect(try found.open(envelope, in: .event) == [UInt8(worker)])
            if index.isMultiple(of: 50) { try runKeys.destroy([run.slot]) }
            return index.isMultiple(of: 50) ? .max : run.slot
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let kept = slots.filter { $0 != .max }
    #expect(Set(kept).count == kept.count)
    #expect(try Set(runKeys.slotsInUse()).isSuperset(of: kept))
  }

  @Test("More blocks than the cache holds are still found")
  func manyBlocks() throws {
    let runs = try (0..<(256 * (BlockCache.limit + 3))).map { _ in try runKeys.allocate() }
    var random = SeededRandom(seed: 3)
    for _ in 0..<200 {
      let run = runs[random.number(in: 0...(runs.count - 1))]
      let found = try runKeys.key(slot: run.slot, generation: run.generation)
      #expect(try found.open(run.seal([1], in: .event), in: .event) == [1])
    }
  }
}
