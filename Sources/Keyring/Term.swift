internal import Cryptography
package import Encodings
internal import Synchronization

/// A term of the keyring: a key with a number, the keys of all purposes under it, and a count of its uses.
final class Term: Sendable {
  let number: UInt32
  let createdAt: Instant
  let key: GuardedBytes
  let purposeKeys: PurposeKeys
  /// Values sealed under this term, as known in this process: what the file had reserved, plus those since.
  private let uses: Atomic<UInt64>
  /// What the keyring file says: never less than the uses that happened.
  private let reserved: Atomic<UInt64>

  init(number: UInt32, createdAt: Instant, key: GuardedBytes, uses: UInt64) {
    self.number = number
    self.createdAt = createdAt
    self.key = key
    self.purposeKeys = key.withBytes { PurposeKeys(parent: $0) }
    self.uses = Atomic(uses)
    self.reserved = Atomic(uses)
  }

  var useCount: UInt64 { uses.load(ordering: .relaxed) }
  var reservedUses: UInt64 { reserved.load(ordering: .acquiring) }

  /// Counts one use and says what the count demands now.
  func countUse() -> UseCount.Demand {
    let count = uses.add(1, ordering: .relaxed).newValue
    return UseCount.demand(count: count, reserved: reserved.load(ordering: .acquiring))
  }

  /// Called when the keyring file with this reservation is on disk.
  func noteReserved(_ count: UInt64) { reserved.store(count, ordering: .releasing) }
}

/// A term as others see it.
package struct TermStatus: Equatable, Sendable {
  /// Counts from 1; stands in each envelope.
  package let number: UInt32
  /// When it was made, by the clock of whoever rotated.
  package let createdAt: Instant
  /// Values sealed under it. After a crash it may be counted too high, by one reservation at most; never too low.
  package let uses: UInt64
  /// Whether new values are sealed under it.
  package let isCurrent: Bool

  /// Whether another term should follow: the bound on uses is reached, or the term is older than `age`.
  package func needsRotation(at now: Instant, afterMilliseconds age: Int64) -> Bool {
    isCurrent && (uses >= UseCount.rotationBound || now.milliseconds(since: createdAt) >= age)
  }
}
