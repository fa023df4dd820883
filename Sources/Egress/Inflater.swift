import CZlib

/// One zlib stream. zlib keeps a pointer to its own state, so the state stays at one place in memory.
struct Inflater: ~Copyable {
  enum Format {
    case gzip, zlib, raw
    var windowBits: Int32 {
      switch self {
      case .gzip: 15 + 16
      case .zlib: 15
      case .raw: -15
      }
    }
  }

  enum Step {
    /// All input was taken, and more is needed.
    case needsInput
    /// The stream ended; this many bytes of the input were not taken.
    case ended(rest: Int)
    /// The sink asked to stop.
    case stopped
    case broken
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private static let chunkBytes = 32 << 10

  /// nil when there is no memory for it.
  init?(_ format: Format) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deinitialize(count: 1)
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Begins the next gzip member.
  mutating func reset() { inflateReset(stream) }

  /// Inflates `input`, handing out at most 32 KiB at a time; `sink` says whether to go on.
  mutating func push(_ input: ArraySlice<UInt8>, sink: (UnsafeRawBufferPointer) -> Bool) -> Step {
    input.withUnsafeBufferPointer { buffer -> Step in
      // zlib reads only through this pointer; its type is not const for reasons of history.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: buffer.baseAddress)
      stream.pointee.avail_in = UInt32(clamping: buffer.count)
      return withUnsafeTemporaryAllocation(byteCount: Self.chunkBytes, alignment: 16) { output -> Step in
        while true {
          stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(output.count)
          let status = inflate(stream, Z_NO_FLUSH)
          let produced = output.count - Int(stream.pointee.avail_out)
          if produced > 0, !sink(UnsafeRawBufferPointer(rebasing: output[..<produced])) { return .stopped }
          switch status {
          case Z_STREAM_END: return .ended(rest: Int(stream.pointee.avail_in))
          case Z_OK:
            if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .needsInput }
          case Z_BUF_ERROR: return stream.pointee.avail_in == 0 ? .needsInput : .broken
          default: return .broken
          }
        }
      }
    }
  }
}
