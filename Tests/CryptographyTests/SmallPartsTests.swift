import CHardening
import Cryptography
import Testing

@Suite("Random bytes")
struct RandomBytesTests {
  // Uniqueness is the only thing that can be said of the system's randomness; no expectation depends on a value.
  @Test(
    "Draws of every size are full and differ, across the borders of blocks", arguments: [16, 24, 32, 255, 256, 257])
  func draws(count: Int) {
    var seen: Set<[UInt8]> = []
    for _ in 0..<500 { seen.insert(RandomBytes.make(count)) }
    #expect(seen.count == 500)
    #expect(seen.allSatisfy { $0.count == count })
  }

  @Test("No byte position stays the same over many draws")
  func everyByteIsFilled() {
    let draws = (0..<64).map { _ in RandomBytes.make(40) }
    for index in 0..<40 { #expect(Set(draws.map { $0[index] }).count > 1) }
    #expect(RandomBytes.make(0) == [])
  }

  @Test("Draws from several threads never repeat")
  func threads() async {
    let all = await withTaskGroup(of: [[UInt8]].self) { group in
      for _ in 0..<4 { group.addTask { (0..<1000).map { _ in RandomBytes.make(16) } } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(all).count == 4000)
  }

  @Test("The system source and a seeded one fill what they are asked for")
  func sources() {
    #expect(RandomSource.system.make(16) != RandomSource.system.make(16))
    #expect(RandomSource.seeded(1).make(16) == RandomSource.seeded(1).make(16))
  }
}

@Suite("Comparison in constant time")
struct ConstantTimeTests {
  @Test("Equal bytes are equal; a bit, a byte more and a byte less are not")
  func comparison() {
    let bytes: [UInt8] = Array(0..<40)
    #expect(ConstantTime.areEqual(bytes, Array(0..<40)))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 4
      #expect(!ConstantTime.areEqual(bytes, changed))
    }
    #expect(!ConstantTime.areEqual(bytes, bytes + [0]))
    #expect(!ConstantTime.areEqual(bytes, bytes.dropLast()))
    #expect(ConstantTime.areEqual([UInt8](), [UInt8]()))
    #expect(!ConstantTime.areEqual(GuardedBytes(copying: bytes), GuardedBytes(copying: bytes.dropLast())))
  }
}

@Suite("Hexadecimal text of secrets")
struct GuardedHexTests {
  @Test("Both letter cases are read, lower case is written")
  func roundTrip() throws {
    let text = Array("00ffA1b2".utf8)
    let bytes = try #require(text.withRawBytes { GuardedHex.decode($0) })
    #expect(bytes.exposedForTests == [0x00, 0xFF, 0xA1, 0xB2])
    var written = [UInt8](repeating: 0, count: 8)
    written.withUnsafeMutableBytes { output in bytes.withBytes { GuardedHex.encode($0, into: output) } }
    #expect(written == Array("00ffa1b2".utf8))
    #expect([UInt8]().withRawBytes { GuardedHex.decode($0) }?.count == 0)
  }

  @Test("Odd counts and other characters are refused", arguments: ["0", "0g", "00 ", " 00f", "0x00", "00\n0"])
  func refusals(text: String) {
    #expect(Array(text.utf8).withRawBytes { GuardedHex.decode($0) } == nil)
  }
}

@Suite("Errors of this room")
struct CryptographyErrorTests {
  @Test("Each has a message of its own")
  func messages() {
    let all: [CryptographyError] = [
      .cannotOpen, .wrongLength(expected: 16, given: 3), .notAPublicKey, .memoryUnavailable(bytesWanted: 5),
    ]
    #expect(Set(all.map(\.message)).count == all.count)
  }
}

@Suite("Hardening of the process")
struct HardeningTests {
  @Test("Dumps, tracing and new privileges can be forbidden, twice over")
  func hardening() {
    for _ in 0..<2 {
      #expect(chancery_forbid_dumps() == 0)
      #expect(chancery_forbid_tracing() == 0)
      #expect(chancery_forbid_new_privileges() == 0)
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    #expect(chancery_getrandom(&bytes, bytes.count) == 0)
    #expect(bytes.contains { $0 != 0 })
  }
}
