import CZlib

/// Decompression one byte after the other, so that a run ends with the byte at which nothing can go on.
enum NaiveInflate {
  /// What gzip or zlib at the beginning of `bytes` stands for, and of how many bytes it is.
  static func inflate(_ bytes: ArraySlice<UInt8>) -> (content: [UInt8], count: Int) {
    var stream = z_stream()
    guard inflateInit2_(&stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return ([], 0) }
    defer { inflateEnd(&stream) }
    var content: [UInt8] = []
    var count = 0
    for byte in bytes {
      var byte = byte
      count += 1
      var status = Z_OK
      withUnsafeMutablePointer(to: &byte) { next in
        stream.next_in = next
        stream.avail_in = 1
        repeat {
          var room = [UInt8](repeating: 0, count: 300)
          room.withUnsafeMutableBufferPointer { output in
            stream.next_out = output.baseAddress
            stream.avail_out = 300
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
          }
          content += room.prefix(300 - Int(stream.avail_out))
        } while status == Z_OK && stream.avail_out == 0
      }
      guard status == Z_OK || status == Z_BUF_ERROR else { break }
    }
    return (content, count)
  }
}

/// Compression for tests.
enum Deflate {
  /// `bytes` as gzip (31), zlib (15) or raw deflate (-15).
  static func compress(_ bytes: [UInt8], windowBits: Int32 = 31, level: Int32 = 9) -> [UInt8] {
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return [] }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 1000 + 128)
    let count = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return deflate(&stream, Z_FINISH) == Z_STREAM_END ? target.count - Int(stream.avail_out) : 0
      }
    }
    return Array(output.prefix(count))
  }
}
