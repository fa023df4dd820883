import Access
import TestSupport
import Testing

@Suite("RateLimit")
struct RateLimitTests {
  @Test("A key spends its capacity at once, then what flows in")
  func bucket() {
    var limit = RateLimit<String>(capacity: 3, refillPerSecond: 2, maximumKeys: 10)
    for _ in 0..<3 { #expect(limit.take("a", now: 0) == .allowed) }
    #expect(limit.take("a", now: 0) == .limited(retryAfterMilliseconds: 500))
    #expect(limit.take("a", now: 499) == .limited(retryAfterMilliseconds: 1))
    #expect(limit.take("a", now: 500) == .allowed)
    #expect(limit.take("a", now: 500) == .limited(retryAfterMilliseconds: 500))
    for _ in 0..<3 { #expect(limit.take("a", now: 1_000_000) == .allowed) }
    #expect(limit.take("a", now: 1_000_000) != .allowed)
  }

  @Test("One key's spending is no other's")
  func keys() {
    var limit = RateLimit<String>(capacity: 1, refillPerSecond: 1, maximumKeys: 10)
    #expect(limit.take("a", now: 0) == .allowed)
    #expect(limit.take("a", now: 0) != .allowed)
    #expect(limit.take("b", now: 0) == .allowed)
  }

  @Test("A clock that runs backwards, or jumps to the end of time, gives nothing beyond the capacity")
  func clocks() {
    var limit = RateLimit<String>(capacity: 1, refillPerSecond: 1, maximumKeys: 10)
    #expect(limit.take("a", now: 5000) == .allowed)
    #expect(limit.take("a", now: 0) != .allowed)
    #expect(limit.take("a", now: 5000) != .allowed)
    #expect(limit.take("a", now: .min) != .allowed)
    #expect(limit.take("a", now: .max) == .allowed)
    #expect(limit.take("a", now: .max) != .allowed)
  }

  @Test("Invented keys do not grow the table, do not push out who is limited, and share one bucket")
  func flood() {
    var limit = RateLimit<Int>(capacity: 2, refillPerSecond: 1, maximumKeys: 100)
    for _ in 0..<2 { #expect(limit.take(-1, now: 0) == .allowed) }
    var allowed = 0
    for key in 0..<10_000 where limit.take(key, now: 0) == .allowed { allowed += 1 }
    #expect(limit.keyCount == 100)
    // 99 keys found room, and the shared bucket had two.
    #expect(allowed == 101)
    #expect(limit.take(-1, now: 0) != .allowed)
  }

  @Test("Buckets that are full again are forgotten as others come and go")
  func forgetting() {
    var limit = RateLimit<Int>(capacity: 1, refillPerSecond: 1, maximumKeys: 1000)
    for key in 0..<1000 { _ = limit.take(key, now: 0) }
    #expect(limit.keyCount == 1000)
    for key in 1000..<2000 { _ = limit.take(key, now: 2000) }
    #expect(limit.keyCount <= 1000)
    for _ in 0..<3000 { _ = limit.take(5000, now: 1_000_000) }
    #expect(limit.keyCount <= 2)
  }

  @Test("Against a model: in any stretch of time no key gets more than capacity and refill", arguments: 0..<30)
  func model(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let capacity = random.number(in: 1...5)
    let refill = random.number(in: 1...4)
    var limit = RateLimit<Int>(capacity: capacity, refillPerSecond: refill, maximumKeys: 3)
    var passed: [Int: [Int64]] = [:]
    var now: Int64 = 0
    for _ in 0..<400 {
      now += Int64(random.number(in: 0...300))
      let key = random.number(in: 0...2)
      if limit.take(key, now: now) == .allowed { passed[key, default: []].append(now) }
    }
    for times in passed.values {
      for (first, start) in times.enumerated() {
        for (last, end) in times.enumerated().dropFirst(first) {
          let count = Int64(last - first + 1)
          #expect((count - Int64(capacity)) * 1000 <= (end - start) * Int64(refill), "seed \(seed)")
        }
      }
    }
  }

  @Test("Asking takes nothing, and says what taking would")
  func asking() {
    var limit = RateLimit<String>(capacity: 2, refillPerSecond: 1, maximumKeys: 10)
    for _ in 0..<5 { #expect(limit.verdict("a", now: 0) == .allowed) }
    _ = limit.take("a", now: 0)
    _ = limit.take("a", now: 0)
    #expect(limit.verdict("a", now: 0) == .limited(retryAfterMilliseconds: 1_000))
    #expect(limit.verdict("b", now: 0) == .allowed)
    #expect(limit.verdict("a", now: 1_000) == .allowed)
  }
}
