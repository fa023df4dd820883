import Cryptography
import TestSupport
import Testing

@testable import Keyring

@Suite("Damaged run-key files")
struct RunKeysDamageTests {
  private let rig = Rig()
  private let envelopes: [Envelope]

  init() throws {
    let keyring = try rig.initialised()
    envelopes = try (0..<300).map { _ in
      let run = try keyring.runKeys.allocate()
      return try run.seal([UInt8(run.slot & 0xFF)], in: .event)
    }
  }

  private func runKeys(changing change: (inout [UInt8]) -> Void) throws -> RunKeys {
    let disk = rig.disk.copied()
    var bytes = try #require(disk.bytes(of: "/data/run-keys"))
    change(&bytes)
    disk.put(bytes, at: "/data/run-keys")
    return try Rig(seed: 8, disk: disk).folder.open(with: Rig.keyFile).runKeys
  }

  @Test("A changed head refuses the file or each of its blocks; nothing is overwritten")
  func head() throws {
    for index in 0..<45 {
      let keys = try runKeys { $0[index] ^= 1 }
      let error = #expect(throws: KeyringError.self) { try keys.key(slot: 0, generation: 1) }
      let expected: [KeyringError] =
        switch index {
        case 0..<3: [.damaged(.runKeys)]
        case 3..<5: [.damaged(.runKeys), .newerFormat(.runKeys, version: 0), .newerFormat(.runKeys, version: 1)]
        case 5..<9: [.unknownTerm(0), .unknownTerm(257), .unknownTerm(65537), .unknownTerm(16_777_217)]
        default: [.runKeysDamaged(block: 0), .damaged(.runKeys)]
        }
      #expect(error.map(expected.contains) == true, "byte \(index): \(String(describing: error))")
    }
    let newer = try runKeys { $0[3] = 2 }
    #expect(throws: KeyringError.newerFormat(.runKeys, version: 2)) { try newer.allocate() }
  }

  @Test("A changed block is named; the other blocks are unharmed, and the live keys in it are not thrown away")
  func block() throws {
    let keys = try runKeys { $0[45 + 100] ^= 1 }
    #expect(throws: KeyringError.runKeysDamaged(block: 0)) { try keys.key(slot: 3, generation: 1) }
    #expect(try keys.key(slot: 299, generation: 1).open(envelopes[299], in: .event) == [UInt8(299 & 0xFF)])
    #expect(throws: KeyringError.runKeysDamaged(block: 0)) { try keys.sweep(keeping: [3, 299]) }
    // An operator who gives those runs up can go on.
    let given = try runKeys { $0[45 + 100] ^= 1 }
    #expect(try given.sweep(keeping: [299]).destroyed == 511)
    #expect(try given.key(slot: 299, generation: 1).open(envelopes[299], in: .event) == [UInt8(299 & 0xFF)])
    #expect(try given.allocate().slot == 0)
  }

  @Test("Blocks that were exchanged do not open")
  func exchanged() throws {
    let size = RunKeyBlock.boxCount
    let keys = try runKeys { bytes in
      bytes = Array(bytes[..<45]) + bytes[(45 + size)...] + bytes[45..<(45 + size)]
    }
    #expect(throws: KeyringError.runKeysDamaged(block: 0)) { try keys.key(slot: 0, generation: 1) }
    #expect(throws: KeyringError.runKeysDamaged(block: 1)) { try keys.key(slot: 256, generation: 1) }
  }

  @Test("A file cut short: whole blocks are used, the rest is unknown, a cut head is damage")
  func cut() throws {
    let size = RunKeyBlock.boxCount
    let keys = try runKeys { $0 = Array($0[..<(45 + size + 1000)]) }
    #expect(try keys.key(slot: 0, generation: 1).open(envelopes[0], in: .event) == [0])
    #expect(throws: KeyringError.unknownRunKey(slot: 299)) { try keys.key(slot: 299, generation: 1) }
    #expect(try keys.sweep(keeping: [0, 299]).missing == [299])
    for count in [0, 4, 5, 44] {
      let short = try runKeys { $0 = Array($0[..<count]) }
      #expect(throws: KeyringError.damaged(.runKeys)) { try short.allocate() }
    }
  }

  @Test("A file whose serial is used up is refused, not wrapped around")
  func serial() throws {
    let keys = try runKeys { $0.replaceSubrange(9..<13, with: [255, 255, 255, 255]) }
    #expect(throws: KeyringError.damaged(.runKeys)) { try keys.sweep(keeping: [UInt32]()) }
  }
}
