import Cryptography
import Encodings
import TestSupport
import Testing

@testable import Keyring

/// Power is cut, or an operation fails, at every writing operation of a long script: without effect and with its whole
/// effect, and with five kinds of what the disk remembers. Whatever had been promised before must then hold.
@Suite("Crashes between writes")
struct CrashTests {
  /// What the script was promised: a call that returned.
  private struct Promises {
    var values: [(envelope: Envelope, value: [UInt8])] = []
    var runs: [(slot: UInt32, generation: UInt32, envelope: Envelope)] = []
    var destroyed: [(slot: UInt32, generation: UInt32, envelope: Envelope)] = []
    var keyFiles = ["/operator/key"]
    var isInitialised = false
  }

  /// Every kind of write, several times over. `attempt` runs a step, or passes over it when the power is off.
  private static func script(_ rig: Rig, _ promises: inout Promises) {
    guard let keyring = initialised(rig) else { return }
    promises.isInitialised = true
    sealValue(keyring, [1], &promises)
    takeRuns(keyring, 3, &promises)
    if (try? keyring.addKeyFileSeal(at: "/operator/second")) != nil {
      promises.keyFiles.append("/operator/second")
    }
    destroy(keyring, 1, triesAgain: false, &promises)
    _ = try? keyring.rotate(at: Rig.now)
    sealValue(keyring, [2], &promises)
    takeRuns(keyring, 258, &promises)
    destroy(keyring, 2, &promises)
    takeRuns(keyring, 2, &promises)
    destroy(keyring, 1, &promises)
    takeRuns(keyring, 2, &promises)
    keyring.wipe()
    if (try? keyring.unseal(with: Rig.keyFile)) != nil {
      sealValue(keyring, [3], &promises)
      takeRuns(keyring, 1, &promises)
    }
  }

  /// An operator tries again once when initialising fails.
  private static func initialised(_ rig: Rig) -> Keyring? {
    if let keyring = try? rig.initialised() { return keyring }
    if let keyring = try? rig.initialised() { return keyring }
    return try? rig.folder.open(with: Rig.keyFile)
  }

  private static func sealValue(_ keyring: Keyring, _ value: [UInt8], _ promises: inout Promises) {
    if let envelope = try? keyring.seal(value, in: .kv) { promises.values.append((envelope, value)) }
  }

  private static func takeRuns(_ keyring: Keyring, _ count: Int, _ promises: inout Promises) {
    for _ in 0..<count {
      guard let run = try? keyring.runKeys.allocate(), let envelope = try? run.seal([7], in: .event) else { continue }
      promises.runs.append((run.slot, run.generation, envelope))
    }
  }

  /// A destruction that fails is tried again once, or not; after that its outcome is open.
  private static func destroy(
    _ keyring: Keyring, _ count: Int, triesAgain: Bool = true, _ promises: inout Promises
  ) {
    let doomed = Array(promises.runs.prefix(count))
    promises.runs.removeFirst(doomed.count)
    let slots = doomed.map(\.slot)
    if (try? keyring.runKeys.destroy(slots)) == nil {
      guard triesAgain, (try? keyring.runKeys.destroy(slots)) != nil else { return }
    }
    promises.destroyed += doomed
  }

  private static func check(_ promises: Promises, afterCrashesOf disk: FakeDisk, _ place: String) throws {
    // Kinds of crashes that leave the same disk are checked once.
    var seen: [[String: [UInt8]]] = []
    for crash in FakeDisk.Crash.allCases {
      let left = disk.restarted(after: crash)
      if seen.contains(left.contents) { continue }
      seen.append(left.contents)
      try check(promises, on: left, "\(place), \(crash)")
    }
  }

  private static func check(_ promises: Promises, on disk: FakeDisk, _ comment: Comment) throws {
    let rig = Rig(seed: 99, disk: disk)
    guard promises.isInitialised else {
      // Either it is initialised after all, or it can be initialised now.
      let keyring = try rig.folder.isInitialised ? rig.folder.open(with: Rig.keyFile) : rig.initialised()
      #expect(keyring.state == .open(term: 1), comment)
      return
    }
    for path in promises.keyFiles {
      let keyring = try rig.folder.open(with: .keyFile(path: path))
      for (envelope, value) in promises.values { #expect(try keyring.open(envelope, in: .kv) == value, comment) }
    }
    let keyring = try rig.folder.open(with: Rig.keyFile)
    let runKeys = keyring.runKeys
    #expect(isOpen(promises.runs, runKeys), comment)
    // What the next start does, and what follows it.
    let sweep = try runKeys.sweep(keeping: promises.runs.map(\.slot))
    #expect(sweep.missing == [], comment)
    #expect(isOpen(promises.runs, runKeys), comment)
    let next = try runKeys.allocate()
    #expect(!promises.runs.contains { $0.slot == next.slot }, comment)
    for (slot, generation, envelope) in promises.destroyed {
      let found = try? runKeys.key(slot: slot, generation: generation).open(envelope, in: .event)
      #expect(found == nil, comment)
      #expect((try? next.open(envelope, in: .event)) == nil, comment)
    }
  }

  private static func isOpen(
    _ runs: [(slot: UInt32, generation: UInt32, envelope: Envelope)], _ runKeys: RunKeys
  ) -> Bool {
    // Keys of one block share its fate: some of each, and all at the borders, say as much as all of them.
    let chosen = runs.filter { $0.slot % 256 < 8 || $0.slot % 256 > 250 || $0.slot.isMultiple(of: 40) }
    return chosen.allSatisfy { slot, generation, envelope in
      (try? runKeys.key(slot: slot, generation: generation).open(envelope, in: .event)) == [7]
    }
  }

  /// How many writing operations the script makes when nothing fails.
  private static func operations() throws -> Int {
    let rig = Rig()
    var promises = Promises()
    script(rig, &promises)
    #expect(promises.runs.count == 262 && promises.destroyed.count == 4 && promises.values.count == 3)
    try check(promises, on: rig.disk.copied(), "without a fault")
    return rig.disk.operationCount
  }

  @Test("Power cut at every write: live keys, values and seals are all there; destroyed keys stay destroyed")
  func powerCuts() throws {
    let count = try Self.operations()
    #expect(count > 60)
    for operation in 0..<count {
      for fault in FakeDisk.Fault.allCases {
        let rig = Rig()
        rig.disk.fail(at: operation, fault, losesPower: true)
        var promises = Promises()
        Self.script(rig, &promises)
        try Self.check(promises, afterCrashesOf: rig.disk, "operation \(operation), \(fault)")
      }
    }
  }

  @Test(
    "One failed write, and the process goes on, then power is cut: nothing promised is lost")
  func faults() throws {
    let count = try Self.operations()
    for operation in 0..<count {
      for fault in FakeDisk.Fault.allCases {
        let rig = Rig()
        rig.disk.fail(at: operation, fault, losesPower: false)
        var promises = Promises()
        Self.script(rig, &promises)
        #expect(promises.isInitialised)
        try Self.check(promises, afterCrashesOf: rig.disk, "operation \(operation), \(fault)")
      }
    }
  }

  @Test("After a rewrite whose outcome is unknown, a key that is given out is there whatever a crash leaves")
  func unknownOutcome() throws {
    let clean = Rig()
    let runKeys = try clean.initialised().runKeys
    let run = try runKeys.allocate()
    let start = clean.disk.operationCount
    try runKeys.destroy([run.slot])
    let count = clean.disk.operationCount - start
    #expect(count >= 7)
    for operation in 0..<count {
      for fault in FakeDisk.Fault.allCases {
        let rig = Rig()
        var promises = Promises()
        promises.isInitialised = true
        let keyring = try rig.initialised()
        Self.takeRuns(keyring, 3, &promises)
        rig.disk.fail(at: operation, fault, losesPower: false)
        Self.destroy(keyring, 1, triesAgain: false, &promises)
        try Self.check(promises, afterCrashesOf: rig.disk, "operation \(operation), \(fault), at once")
        Self.takeRuns(keyring, 1, &promises)
        #expect(promises.runs.count == 3)
        try Self.check(promises, afterCrashesOf: rig.disk, "operation \(operation), \(fault)")
      }
    }
  }
}
