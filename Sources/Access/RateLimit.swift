/// Token buckets by key (an address, an endpoint): each key may spend `capacity` at once, and `refillPerSecond` for
/// ever.
///
/// Pure: the clock is passed in. The table is bounded: a sender who invents keys cannot make it grow, and cannot push
/// out the bucket that limits him, because only buckets that are full again, and so say nothing, are forgotten. Keys
/// that find no room share one bucket.
package struct RateLimit<Key: Hashable & Sendable>: Sendable {
  package enum Verdict: Hashable, Sendable {
    /// Let it through.
    case allowed
    /// Refuse it; after so long one more would be let through.
    case limited(retryAfterMilliseconds: Int64)
  }

  private struct Bucket {
    var level: Int64
    var refilledAt: Int64
  }

  /// Levels are counted in thousandths, so that a refill per second is a whole number per millisecond.
  private static var unit: Int64 { 1000 }

  private let capacity: Int64
  private let refillPerMillisecond: Int64
  private let maximumKeys: Int
  private var buckets: [Key: Bucket] = [:]
  /// The keys of `buckets`, each once, in no order: what the sweep walks over.
  private var keys: [Key] = []
  private var sweep = 0
  private var overflow: Bucket

  /// All numbers are at least 1, and at most a million (`maximumKeys`: ten million); others are a caller's bug.
  package init(capacity: Int, refillPerSecond: Int, maximumKeys: Int) {
    precondition((1...1_000_000).contains(capacity), "the capacity is out of range")
    precondition((1...1_000_000).contains(refillPerSecond), "the refill is out of range")
    precondition((1...10_000_000).contains(maximumKeys), "the number of keys is out of range")
    self.capacity = Int64(capacity) * Self.unit
    self.refillPerMillisecond = Int64(refillPerSecond)
    self.maximumKeys = maximumKeys
    overflow = Bucket(level: Int64(capacity) * Self.unit, refilledAt: .min)
  }

  /// The number of keys in the table, the shared bucket not counted.
  package var keyCount: Int { buckets.count }

  /// Takes one from the key's bucket. `now` is a monotonic time in milliseconds; a reading before an earlier one
  /// refills nothing.
  package mutating func take(_ key: Key, now: Int64) -> Verdict {
    forgetFull(now: now)
    if let bucket = buckets[key] {
      var bucket = bucket
      let verdict = take(from: &bucket, now: now)
      buckets[key] = bucket
      return verdict
    }
    guard buckets.count < maximumKeys else { return take(from: &overflow, now: now) }
    var bucket = Bucket(level: capacity, refilledAt: now)
    let verdict = take(from: &bucket, now: now)
    buckets[key] = bucket
    keys.append(key)
    return verdict
  }

  /// What `take` would say, taking nothing.
  package func verdict(_ key: Key, now: Int64) -> Verdict {
    var bucket = buckets[key] ?? (buckets.count < maximumKeys ? Bucket(level: capacity, refilledAt: now) : overflow)
    return take(from: &bucket, now: now)
  }

  private func take(from bucket: inout Bucket, now: Int64) -> Verdict {
    bucket.level = level(of: bucket, now: now)
    bucket.refilledAt = max(bucket.refilledAt, now)
    guard bucket.level >= Self.unit else {
      let missing = Self.unit - bucket.level
      return .limited(retryAfterMilliseconds: (missing + refillPerMillisecond - 1) / refillPerMillisecond)
    }
    bucket.level -= Self.unit
    return .allowed
  }

  private func level(of bucket: Bucket, now: Int64) -> Int64 {
    guard now > bucket.refilledAt else { return bucket.level }
    let (elapsed, overflowed) = now.subtractingReportingOverflow(bucket.refilledAt)
    guard !overflowed, elapsed < capacity / refillPerMillisecond + 1 else { return capacity }
    return min(capacity, bucket.level + elapsed * refillPerMillisecond)
  }

  /// Looks at two buckets and forgets those that are full: each call pays for at most one new key, so that the table
  /// shrinks faster than it can grow, and no call pays for all.
  private mutating func forgetFull(now: Int64) {
    for _ in 0..<2 where !keys.isEmpty {
      if sweep >= keys.count { sweep = 0 }
      guard let bucket = buckets[keys[sweep]] else { return }
      if level(of: bucket, now: now) == capacity {
        buckets[keys[sweep]] = nil
        keys.swapAt(sweep, keys.count - 1)
        keys.removeLast()
      } else {
        sweep += 1
      }
    }
  }
}
