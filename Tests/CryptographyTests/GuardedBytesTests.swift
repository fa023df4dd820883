import Cryptography
import TestSupport
import Testing

@Suite("Guarded bytes")
struct GuardedBytesTests {
  struct Stop: Error, Equatable {}

  @Test(
    "Bytes come back as they were put in, in every size and placement",
    arguments: [0, 1, 31, 32, 64, 65, 256, 1000, 4096, 9216, 16384, 16385, 100_000])
  func roundTrip(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = random.bytes(count)
    for placement in [GuardedBytes.Placement.arena, .guardedPages] {
      let guarded = GuardedBytes(copying: bytes, placement: placement)
      #expect(guarded.count == count)
      #expect(guarded.exposedForTests == bytes)
      #expect(ConstantTime.areEqual(guarded, bytes))
      #expect(ConstantTime.areEqual(guarded, GuardedBytes(copying: bytes)))
    }
  }

  @Test("Fresh memory is zeroed, also where a secret lay before")
  func zeroed() {
    for placement in [GuardedBytes.Placement.arena, .guardedPages] {
      for _ in 0..<50 {
        _ = GuardedBytes(copying: [UInt8](repeating: 0xA5, count: 48), placement: placement)
        let fresh = GuardedBytes(count: 48, placement: placement) { _ in }
        #expect(fresh.exposedForTests == [UInt8](repeating: 0, count: 48))
      }
    }
  }

  @Test("When filling fails the error comes out and what was written is wiped")
  func failedFilling() {
    #expect(throws: Stop()) {
      try GuardedBytes(count: 32) { (buffer) throws(Stop) in
        buffer.copyBytes(from: [UInt8](repeating: 0xA5, count: 32))
        throw Stop()
      }
    }
    #expect(throws: Stop()) {
      try GuardedBytes(count: 32, placement: .guardedPages) { (_) throws(Stop) in throw Stop() }
    }
    // The slot that was freed last is given out first.
    let next = GuardedBytes(count: 32) { _ in }
    #expect(next.exposedForTests == [UInt8](repeating: 0, count: 32))
  }

  @Test("A part of the room may be filled; only that part is seen")
  func partlyFilled() {
    let guarded = GuardedBytes(capacity: 64) { buffer, count in
      buffer.copyBytes(from: [1, 2, 3])
      count = 3
    }
    #expect(guarded.count == 3)
    #expect(guarded.exposedForTests == [1, 2, 3])
  }

  @Test("An error from the borrower passes through")
  func borrowerFails() {
    let guarded = GuardedBytes(copying: [1])
    #expect(throws: Stop()) { try guarded.withBytes { (_) throws(Stop) in throw Stop() } }
  }

  @Test("Printing, dumping and nesting show a mask, never a byte")
  func masked() {
    struct Holder {
      var secret: GuardedBytes
      var others: [GuardedBytes?]
    }
    let secret = GuardedBytes(copying: Array("0xSECRET-CANARY".utf8))
    let holder = Holder(secret: secret, others: [secret, nil])
    var dumped = ""
    dump(holder, to: &dumped)
    for text in ["\(secret)", "\(holder)", String(reflecting: holder), String(describing: [secret]), dumped] {
      #expect(!text.contains("CANARY"))
      #expect(!text.contains("storage"))
    }
    #expect("\(secret)" == "GuardedBytes(15 bytes, masked)")
    #expect(Mirror(reflecting: secret).children.isEmpty)
  }

  @Test("Random bytes come from the given source")
  func random() {
    let first = GuardedBytes(random: 32, from: .seeded(5))
    #expect(ConstantTime.areEqual(first, GuardedBytes(random: 32, from: .seeded(5))))
    #expect(!ConstantTime.areEqual(first, GuardedBytes(random: 32, from: .seeded(6))))
  }

  @Test("Thousands of secrets at a time keep their bytes, from several threads")
  func many() async {
    await withTaskGroup(of: Bool.self) { group in
      for worker in 0..<4 {
        group.addTask {
          let secrets = (0..<3000).map { index in
            GuardedBytes(copying: [UInt8(worker), UInt8(index & 0xFF), UInt8(index >> 8)])
          }
          return secrets.enumerated().allSatisfy { index, secret in
            ConstantTime.areEqual(secret, [UInt8(worker), UInt8(index & 0xFF), UInt8(index >> 8)])
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}

@Suite("The secret arena", .serialized)
struct SecretArenaTests {
  @Test("Guarded pages are counted while they live")
  func counted() {
    let total = { SecretArena.shared.status.lockedBytes + SecretArena.shared.status.unlockedBytes }
    // Other tests run beside this one: a size that none of them comes near stands out.
    let count = 5 << 20
    let before = total()
    let large = GuardedBytes(count: count, placement: .guardedPages) { _ in }
    #expect(total() > before + count / 2)
    withExtendedLifetime(large) {}
  }

  @Test("Scratch memory is zeroed at the start and wiped at the end, also after an error")
  func scratch() {
    struct Stop: Error {}
    for _ in 0..<20 {
      #expect(throws: Stop.self) {
        try SecretArena.shared.withScratch(64) { (memory) throws(Stop) in
          #expect(memory.allSatisfy { $0 == 0 })
          memory.copyBytes(from: [UInt8](repeating: 0xFF, count: 64))
          throw Stop()
        }
      }
    }
  }

  @Test("Memory is reserved at start, and its status adds up")
  func reserve() throws {
    try SecretArena.shared.reserve(allowingUnlocked: true)
    let status = SecretArena.shared.status
    #expect(status.lockedBytes + status.unlockedBytes > 0)
    if status.unlockedBytes == 0 {
      try SecretArena.shared.reserve(allowingUnlocked: false)
    } else {
      #expect(throws: CryptographyError.self) { try SecretArena.shared.reserve(allowingUnlocked: false) }
    }
  }
}
