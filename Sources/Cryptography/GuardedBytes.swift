internal import CSodium

/// Key bytes, in locked memory that no core dump holds, wiped when the last reference goes. They are borrowed by
/// closure and never leave as an array, a string or `Data`; they print as a mask and can be compared only by
/// `ConstantTime`.
///
/// Invariant behind `@unchecked Sendable`: the memory is written once, before the initialiser returns, and then only
/// read, until `deinit` (when nobody else can hold a reference) wipes it.
@usableFromInline
package final class GuardedBytes: @unchecked Sendable {
  /// Where the bytes lie.
  package enum Placement: Sendable {
    /// A slot of the locked arena: cheap, for everything that lives as long as a request or a run.
    case arena
    /// Pages of their own between inaccessible ones, read-only after filling (tens of microseconds): for the root key
    /// and what else lives as long as the process.
    case guardedPages
  }

  private enum Storage {
    case slot(SecretArena.Slot)
    case pages(UnsafeMutableRawPointer, isLocked: Bool)
  }

  /// How many bytes there are. The length of a key is public.
  @usableFromInline package let count: Int
  private let storage: Storage
  private let capacity: Int

  @usableFromInline
  var address: UnsafeRawPointer? { Self.pointer(storage).map { UnsafeRawPointer($0) } }

  /// Room for `capacity` bytes, zeroed, of which `body` fills the first `count` and says how many.
  /// When `body` throws, what it wrote is wiped.
  package init<E>(
    capacity: Int, placement: Placement = .arena,
    initializingWith body: (UnsafeMutableRawBufferPointer, inout Int) throws(E) -> Void
  ) throws(E) {
    precondition(capacity >= 0, "a negative count of bytes")
    let storage = Self.allocate(capacity, placement)
    let buffer = UnsafeMutableRawBufferPointer(start: Self.pointer(storage), count: capacity)
    var count = 0
    do throws(E) {
      try body(buffer, &count)
    } catch {
      Self.release(storage, capacity)
      throw error
    }
    precondition(count >= 0 && count <= capacity, "more bytes filled than there is room for")
    if case .pages(let pointer, _) = storage { sodium_mprotect_readonly(pointer) }
    self.count = count
    self.capacity = capacity
    self.storage = storage
  }

  /// `count` bytes, zeroed and then filled by `body`; when it throws, what it wrote is wiped.
  package convenience init<E>(
    count: Int, placement: Placement = .arena, filling body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try self.init(capacity: count, placement: placement) { (buffer, filled) throws(E) in
      try body(buffer)
      filled = count
    }
  }

  /// A copy. The source stays what it was: wiping it is its owner's matter.
  package convenience init(copying bytes: some Collection<UInt8>, placement: Placement = .arena) {
    self.init(count: bytes.count, placement: placement) { buffer in
      buffer.copyBytes(from: bytes)
    }
  }

  /// Fresh random bytes.
  package convenience init(random count: Int, placement: Placement = .arena, from source: RandomSource = .system) {
    self.init(count: count, placement: placement) { source.fill($0) }
  }

  /// Lends the bytes for the time of the call. Letting the pointer escape, or copying the bytes elsewhere, is a bug.
  @inlinable
  package func withBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: address, count: count))
  }

  deinit { Self.release(storage, capacity) }

  private static func pointer(_ storage: Storage) -> UnsafeMutableRawPointer? {
    switch storage {
    case .slot(let slot): slot.pointer
    case .pages(let pointer, _): pointer
    }
  }

  private static func allocate(_ capacity: Int, _ placement: Placement) -> Storage {
    switch placement {
    case .arena:
      if let slot = SecretArena.shared.take(capacity) { return .slot(slot) }
      return guardedPages(capacity)
    case .guardedPages:
      return guardedPages(capacity)
    }
  }

  private static func guardedPages(_ capacity: Int) -> Storage {
    Sodium.prepare()
    // Like Swift's own allocator, this stops where the system has no memory left; no request can ask for so much.
    guard let pointer = sodium_malloc(max(capacity, 1)) else { preconditionFailure("no memory for \(capacity) bytes") }
    // libsodium's own attempt to lock ignores failure; asking again (it is idempotent) tells.
    let isLocked = sodium_mlock(pointer, max(capacity, 1)) == 0
    SecretArena.shared.note(guardedBytes: capacity, isLocked: isLocked)
    sodium_memzero(pointer, max(capacity, 1))
    return .pages(pointer, isLocked: isLocked)
  }

  private static func release(_ storage: Storage, _ capacity: Int) {
    switch storage {
    case .slot(let slot): SecretArena.shared.give(slot, used: capacity)
    case .pages(let pointer, let isLocked):
      sodium_free(pointer)
      SecretArena.shared.note(guardedBytes: -capacity, isLocked: isLocked)
    }
  }
}

extension GuardedBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  @usableFromInline package var description: String { "GuardedBytes(\(count) bytes, masked)" }
  @usableFromInline package var debugDescription: String { description }
  @usableFromInline package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
