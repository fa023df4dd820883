internal import CSodium
internal import Synchronization

/// Random bytes from libsodium (the kernel's generator), drawn in blocks: a system call costs half a microsecond, a
/// copy out of the block a fraction of that.
///
/// Bytes are wiped from the block as they are handed out, so that what was handed out cannot be read again from memory.
/// The block and its fill level lie in a page that the kernel zeroes in a forked child; a zeroed level reads as
/// "empty", so that a child would draw anew. (Chancery never forks without exec; this costs nothing.)
package enum RandomBytes {
  /// `count` fresh random bytes. For nonces, identifiers and salts; keys come from `GuardedBytes(random:)`.
  package static func make(_ count: Int) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      fill(UnsafeMutableRawBufferPointer(buffer))
      filled = count
    }
  }

  /// Fills the whole buffer with fresh random bytes.
  package static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let target = buffer.baseAddress, buffer.count > 0 else { return }
    Sodium.prepare()
    guard buffer.count <= largestDraw else {
      randombytes_buf(target, buffer.count)
      return
    }
    block.withLock { $0.draw(into: target, count: buffer.count) }
  }

  private static let blockBytes = 4096
  private static let largestDraw = 256
  private static let block = Mutex(Block())

  /// The first eight bytes of the page say how many bytes at its end are still unused.
  private struct Block {
    private let address: UInt

    init() {
      guard let region = LockedRegion(atLeast: RandomBytes.blockBytes) else {
        preconditionFailure("no memory for random bytes")
      }
      address = region.address
    }

    func draw(into target: UnsafeMutableRawPointer, count: Int) {
      guard let page = UnsafeMutableRawPointer(bitPattern: address) else { return }
      var left = page.load(as: Int.self)
      if left < count {
        left = RandomBytes.blockBytes - MemoryLayout<Int>.size
        randombytes_buf(page + MemoryLayout<Int>.size, left)
      }
      let source = page + (RandomBytes.blockBytes - left)
      target.copyMemory(from: source, byteCount: count)
      sodium_memzero(source, count)
      page.storeBytes(of: left - count, as: Int.self)
    }
  }
}

/// Where randomness comes from: `system` in the product, a seeded generator in tests and in the simulation.
package struct RandomSource: Sendable {
  /// Fills the whole buffer.
  package let fill: @Sendable (UnsafeMutableRawBufferPointer) -> Void

  /// For tests and the simulation only; whoever knows the generator knows the keys.
  package init(insecureForTests fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) {
    self.fill = fill
  }

  private init(fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) { self.fill = fill }

  /// The kernel's generator, by way of `RandomBytes`.
  package static let system = RandomSource(fill: { RandomBytes.fill($0) })

  /// `count` bytes.
  package func make(_ count: Int) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      fill(UnsafeMutableRawBufferPointer(buffer))
      filled = count
    }
  }
}
