internal import CZlib
internal import Glibc

/// Decompresses gzip and zlib, told apart by their headers, one run after the other.
///
/// What comes out may be secret: everything zlib allocates and the buffer of what came out are wiped when they are
/// given back. zlib keeps a pointer to its own state, so the state stays at one place in memory.
struct RunInflater: ~Copyable {
  /// How a run ends.
  enum End {
    /// Where its format says.
    case whole
    /// Where no run can go on as it does.
    case broken
    /// With the bytes that were given.
    case open
  }

  /// A run as far as it goes.
  struct Extent {
    var end: End
    /// Bytes of the run.
    var consumed: Int
    /// Bytes that came out.
    var produced: Int
  }

  static let chunkBytes = 32 << 10

  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer

  /// nil when there is no memory for it.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(byteCount: Self.chunkBytes, alignment: 16)
    stream.pointee.zalloc = { _, items, size in WipedMemory.allocate(Int(items) * Int(size)) }
    stream.pointee.zfree = { _, memory in WipedMemory.free(memory) }
    // 15 bits of window; 32 more let zlib tell gzip from zlib.
    let status = inflateInit2_(stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      output.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    if let start = output.baseAddress { explicit_bzero(start, output.count) }
    output.deallocate()
  }

  /// Decompresses the run at the beginning of `input`, at most 32 KiB at a time, until it ends or `sink` says that it
  /// has seen enough. The extent does not depend on the bytes behind the run.
  mutating func run(
    _ input: UnsafeRawBufferPointer, sink: (UnsafeRawBufferPointer) throws(RedactionFault) -> Bool
  ) throws(RedactionFault) -> Extent {
    inflateReset(stream)
    // zlib reads only through this pointer; its type is not const for reasons of history.
    stream.pointee.next_in = input.baseAddress.map {
      UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
    }
    stream.pointee.avail_in = UInt32(clamping: input.count)
    var produced = 0
    while true {
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)
      let status = inflate(stream, Z_NO_FLUSH)
      let count = output.count - Int(stream.pointee.avail_out)
      produced += count
      let goesOn = count == 0 ? true : try sink(UnsafeRawBufferPointer(rebasing: output[..<count]))
      let isFull = stream.pointee.avail_out == 0
      // No memory, or our own mistake: what stands there is unknown.
      guard status != Z_MEM_ERROR, status != Z_STREAM_ERROR else { throw RedactionFault(reason: .internalFault) }
      let end: End? =
        switch status {
        case Z_STREAM_END: .whole
        case Z_OK where isFull && goesOn: nil
        case Z_OK, Z_BUF_ERROR: .open
        default: .broken
        }
      if let end {
        return Extent(end: end, consumed: input.count - Int(stream.pointee.avail_in), produced: produced)
      }
    }
  }

  /// The first bytes of what the last run gave, if it gave no more than 32 KiB.
  func lendOutput<E>(_ count: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
    try body(UnsafeRawBufferPointer(rebasing: output[..<min(count, output.count)]))
  }
}

/// Memory that is wiped before it is given back. Its size stands in the 16 bytes before it.
private enum WipedMemory {
  static func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    guard let memory = calloc(1, count + 16) else { return nil }
    memory.storeBytes(of: count, as: Int.self)
    return memory + 16
  }

  static func free(_ memory: UnsafeMutableRawPointer?) {
    guard let memory else { return }
    explicit_bzero(memory, (memory - 16).load(as: Int.self))
    Glibc.free(memory - 16)
  }
}
