import CSodium
import Cryptography
import Glibc

/// What secret memory costs: a slot of the arena, pages of libsodium, and `malloc` for comparison. A JSON line for each
/// kind and size: nanoseconds to take, write once and give back, median of nine rounds.
@main
enum MemoryBench {
  static func main() {
    // All of the arena that a service begins with.
    do {
      try SecretArena.shared.reserve(allowingUnlocked: true)
    } catch {
      print("no memory")
      exit(1)
    }
    for count in [32, 256, 4_096] {
      report("malloc", count, rounds: 200_000) {
        let memory = malloc(count)
        fill(memory, count)
        free(memory)
      }
      report("arena scratch", count, rounds: 200_000) {
        SecretArena.shared.withScratch(count) { buffer in
          fill(buffer.baseAddress, count)
        }
      }
      report("GuardedBytes in the arena", count, rounds: 200_000) {
        _ = GuardedBytes(count: count) { buffer in
          fill(buffer.baseAddress, count)
        }
      }
      report("sodium_malloc", count, rounds: 2_000) {
        let memory = sodium_malloc(count)
        fill(memory, count)
        sodium_free(memory)
      }
      report("GuardedBytes in guarded pages", count, rounds: 2_000) {
        _ = GuardedBytes(count: count, placement: .guardedPages) { buffer in
          fill(buffer.baseAddress, count)
        }
      }
    }
  }

  /// Never inlined, so that nothing is left out as useless.
  @inline(never)
  private static func fill(_ pointer: UnsafeMutableRawPointer?, _ count: Int) {
    if let pointer { memset(pointer, 7, count) }
  }

  private static func report(_ what: String, _ count: Int, rounds: Int, _ body: () -> Void) {
    var times: [Double] = []
    for _ in 0..<9 {
      let clock = ContinuousClock()
      let time = clock.measure { for _ in 0..<rounds { body() } }
      let parts = time.components
      times.append((Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9) / Double(rounds))
    }
    let median = (times.sorted()[4] * 10).rounded() / 10
    print("{\"what\": \"memory\", \"kind\": \"\(what)\", \"bytes\": \(count), \"ns\": \(median)}")
  }
}
