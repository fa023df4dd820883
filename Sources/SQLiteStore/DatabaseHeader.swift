import Glibc

/// The head of a database file, read without SQLite (https://www.sqlite.org/fileformat2.html §1.3).
enum DatabaseHeader {
  private static let magic = Array("SQLite format 3\u{0}".utf8)

  /// `user_version`, big-endian at offset 60; 0 where there is no file, or none that SQLite wrote. A version that stands
  /// in the write-ahead log only is not seen here; the store looks again when the database is open.
  static func version(of path: String) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    guard read(descriptor, &bytes, bytes.count) == bytes.count, bytes.starts(with: magic) else { return 0 }
    return bytes[60..<64].reduce(0) { $0 << 8 | Int($1) }
  }
}
