import Cryptography
import Foundation
import Glibc
import Testing
@testable import Keyring

@Suite("bench", .serialized) struct ZBench {
  func cpu() -> Int { var t = timespec(); clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec * 1_000_000_000 + t.tv_nsec }
  func time(_ name: String, _ n: Int, _ body: () throws -> Void) rethrows {
    for _ in 0..<(n / 10) { try body() }
    var best = Double.infinity
    for _ in 0..<5 {
      let start = cpu()
      for _ in 0..<n { try body() }
      best = min(best, Double(cpu() - start) / Double(n))
    }
    print("BENCH \(name): \(Int(best)) ns")
  }
  @Test func run() throws {
    let folder = KeyringFolder("/data", files: FakeDisk())
    let keyring = try folder.initialise(seal: .keyFile(path: "/operator/k"), at: Rig.now)
    let small = [UInt8](repeating: 7, count: 64), kb = [UInt8](repeating: 7, count: 1000), big = [UInt8](repeating: 7, count: 60_000)
    let run = try keyring.runKeys.allocate()
    let e = try run.seal(kb, in: .event), k = try keyring.seal(kb, in: .kv)
    let token = EnvelopeContext(purpose: .tokenRecord, table: "tokens", row: "1", column: "record", version: 1)
    if ProcessInfo.processInfo.environment["ONLYRUN"] != nil { for _ in 0..<10 { try time("seal run 1000", 50000) { _ = try run.seal(kb, in: .event) } }; return }
    try time("seal kv 64", 20000) { _ = try keyring.seal(small, in: .kv) }
    try time("seal kv 1000", 20000) { _ = try keyring.seal(kb, in: .kv) }
    try time("seal token 1000", 20000) { _ = try keyring.seal(kb, in: token) }
    try time("seal run 1000", 20000) { _ = try run.seal(kb, in: .event) }
    try time("seal run 60000", 500) { _ = try run.seal(big, in: .event) }
    try time("open run 1000", 20000) { _ = try run.open(e, in: .event) }
    try time("open kv 1000", 20000) { _ = try keyring.open(k, in: .kv) }
    try time("openGuarded kv 1000", 20000) { _ = try keyring.openGuarded(k, in: .kv) }
    try time("mac", 20000) { _ = try keyring.mac(.tokenHash, message: small) }
    time("random 24", 20000) { _ = RandomBytes.make(24) }
    time("scratch 32", 20000) { SecretArena.shared.withScratch(32) { _ in } }
    time("guarded 32", 20000) { _ = GuardedBytes(count: 32) { _ in } }
    let key = GuardedBytes(random: 32)
    time("hmac 64", 20000) { _ = HMAC.authenticate(small, key: key, hash: .sha256) }
    time("hmac 1000", 20000) { _ = HMAC.authenticate(kb, key: key, hash: .sha256) }
    time("sha256 64", 20000) { _ = Digest.sha256(small) }
    time("blake 64", 20000) { _ = Digest.blake2b(small, key: key) }
    try time("key(slot)", 20000) { _ = try keyring.runKeys.key(slot: run.slot, generation: run.generation) }
    try time("allocate", 10000) { _ = try keyring.runKeys.allocate() }
    let all = try keyring.runKeys.slotsInUse()
    try time("destroy 1 of \(all.count)", 5) { _ = try keyring.runKeys.destroy([keyring.runKeys.allocate().slot]) }
    var out = [UInt8](repeating: 0, count: 64)
    time("blake raw 64", 20000) { out.withUnsafeMutableBytes { o in small.withRawBytes { s in BLAKE2b.hash(into: UnsafeMutableRawBufferPointer(rebasing: o[..<32]), rawKey: UnsafeRawBufferPointer(rebasing: s[..<32])) { $0.append(s) } } } }
    time("blake raw 64 nokey", 20000) { out.withUnsafeMutableBytes { o in small.withRawBytes { s in BLAKE2b.hash(into: UnsafeMutableRawBufferPointer(rebasing: o[..<32]), rawKey: UnsafeRawBufferPointer(start: nil, count: 0)) { $0.append(s) } } } }
    time("array alloc", 20000) { _ = [UInt8](unsafeUninitializedCapacity: 64) { b, n in n = 64 } }
    time("xchacha 1000", 20000) { _ = XChaCha20Poly1305.seal(kb, key: key, nonce: Array(small[..<24]), associatedData: []) }
    time("xchacha 64", 20000) { _ = XChaCha20Poly1305.seal(small, key: key, nonce: Array(small[..<24]), associatedData: []) }
    let pair = Ed25519.generate(); let sk = Ed25519.SigningKey(seed: pair.secret)
    time("ed25519 sign", 2000) { _ = sk.sign(small) }
  }
}
