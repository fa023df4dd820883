internal import CSodium
internal import Synchronization

/// Slots of locked memory for keys and credentials that live as long as a request or a run. Taking a slot costs tens
/// of nanoseconds, `sodium_malloc` tens of microseconds. A slot is wiped before it is given to anybody else.
@usableFromInline
package final class SecretArena: Sendable {
  /// The one arena of the process.
  package static let shared = SecretArena()

  /// How much secret memory there is, and whether the system locked all of it.
  package struct Status: Equatable, Sendable {
    /// Bytes that are never swapped.
    package var lockedBytes: Int
    /// More than zero: the limit on locked memory was reached. Report it; swap would hold secrets.
    package var unlockedBytes: Int
  }

  /// A slot: the address and the class that it goes back to.
  @usableFromInline
  struct Slot {
    @usableFromInline var address: UInt
    var sizeClass: Int

    @usableFromInline
    var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: address) }
  }

  /// Slot sizes in bytes, and how many bytes of a class are asked of the system at a time.
  private static let slotSizes = [64, 256, 1024, 4096, 16384]
  private static let chunkSizes = [256 << 10, 128 << 10, 128 << 10, 128 << 10, 128 << 10]
  /// The arena never grows past this; what does not fit gets pages of its own.
  private static let maximumBytes = 64 << 20

  /// Free slots by class, last freed first. All of it is touched only under the lock.
  private struct State {
    var free: [[UInt]] = Array(repeating: [], count: SecretArena.slotSizes.count)
    var lockedBytes = 0
    var unlockedBytes = 0
  }

  private let state = Mutex(State())

  private init() { Sodium.prepare() }

  /// Asks for `bytes` of locked memory now, so that a limit that is too low is noticed at start and not under load.
  /// Throws `memoryUnavailable` when they cannot be locked, unless `allowingUnlocked`.
  package func reserve(allowingUnlocked: Bool) throws(CryptographyError) {
    let status = state.withLock { state in
      for sizeClass in Self.slotSizes.indices where state.free[sizeClass].isEmpty {
        Self.grow(&state, sizeClass: sizeClass)
      }
      return Status(lockedBytes: state.lockedBytes, unlockedBytes: state.unlockedBytes)
    }
    if status.lockedBytes + status.unlockedBytes == 0 || (status.unlockedBytes > 0 && !allowingUnlocked) {
      throw .memoryUnavailable(bytesWanted: Self.chunkSizes.reduce(0, +))
    }
  }

  /// What is held from the system at the moment.
  package var status: Status {
    state.withLock { Status(lockedBytes: $0.lockedBytes, unlockedBytes: $0.unlockedBytes) }
  }

  /// Memory of `count` bytes that is wiped as soon as `body` has ended, however it ends. For keys that live for one
  /// call. `count` above 16384 is a caller's bug.
  @inlinable
  package func withScratch<R, E>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let slot = takeOrStop(count)
    defer { give(slot, used: count) }
    return try body(UnsafeMutableRawBufferPointer(start: slot.pointer, count: count))
  }

  @usableFromInline
  func takeOrStop(_ count: Int) -> Slot {
    guard let slot = take(count) else { preconditionFailure("no secret memory for \(count) bytes") }
    return slot
  }

  /// Nil when the count is larger than the largest class, or the arena has reached its limit.
  func take(_ count: Int) -> Slot? {
    guard let first = Self.slotSizes.firstIndex(where: { count <= $0 }) else { return nil }
    return state.withLock { state in
      for sizeClass in first..<Self.slotSizes.count {
        if state.free[sizeClass].isEmpty { Self.grow(&state, sizeClass: sizeClass) }
        if let address = state.free[sizeClass].popLast() { return Slot(address: address, sizeClass: sizeClass) }
      }
      return nil
    }
  }

  /// Wipes the bytes that were used and takes the slot back.
  @usableFromInline
  func give(_ slot: Slot, used count: Int) {
    sodium_memzero(slot.pointer, count)
    state.withLock { $0.free[slot.sizeClass].append(slot.address) }
  }

  /// Counts bytes that were allocated (or, negative, freed) outside the arena: guarded pages of long-lived keys.
  func note(guardedBytes bytes: Int, isLocked: Bool) {
    state.withLock { state in
      if isLocked { state.lockedBytes += bytes } else { state.unlockedBytes += bytes }
    }
  }

  private static func grow(_ state: inout State, sizeClass: Int) {
    let chunk = chunkSizes[sizeClass]
    let size = slotSizes[sizeClass]
    guard state.lockedBytes + state.unlockedBytes + chunk <= maximumBytes, let region = LockedRegion(atLeast: chunk)
    else { return }
    if region.isLocked { state.lockedBytes += region.count } else { state.unlockedBytes += region.count }
    state.free[sizeClass].reserveCapacity(state.free[sizeClass].count + region.count / size)
    for index in stride(from: region.count / size - 1, through: 0, by: -1) {
      state.free[sizeClass].append(region.address + UInt(index * size))
    }
  }
}
