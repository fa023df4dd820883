internal import CHardening
internal import Glibc

/// Whole pages of memory with an inaccessible page before and behind: locked (never swapped), left out of core dumps,
/// zeroed in a forked child. Lives until the process ends.
struct LockedRegion {
  let address: UInt
  let count: Int
  /// False where the limit on locked memory was reached; the pages are used all the same, and reported.
  let isLocked: Bool

  /// Bytes are rounded up to whole pages. Nil when the system gives no memory at all.
  init?(atLeast bytes: Int) {
    let page = Int(getpagesize())
    let count = (bytes + page - 1) / page * page
    guard let whole = mmap(nil, count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), whole != MAP_FAILED
    else { return nil }
    let inner = whole + page
    guard mprotect(inner, count, PROT_READ | PROT_WRITE) == 0 else {
      munmap(whole, count + 2 * page)
      return nil
    }
    // A kernel without these marks is older than any we support; the lock below is what must be reported.
    _ = chancery_mark_secret(inner, count)
    self.isLocked = mlock(inner, count) == 0
    self.address = UInt(bitPattern: inner)
    self.count = count
  }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: address), count: count)
  }
}
