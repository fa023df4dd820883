import Encodings
import Glibc

/// Files that a command line names, and standard input: read whole, up to a limit.
enum InputFile {
  /// All of a file; `-` is standard input. Throws `usage`, naming the file and never anything of its content.
  static func read(_ path: String, limit: Int = 1 << 20) throws(CommandFailure) -> [UInt8] {
    if path == "-" { return try read(STDIN_FILENO, name: "standard input", limit: limit) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    return try read(descriptor, name: path, limit: limit)
  }

  /// The same, which must be UTF-8.
  static func readText(_ path: String, limit: Int) throws(CommandFailure) -> String {
    let bytes = try read(path, limit: limit)
    if let offset = UTF8Text.firstInvalidOffset(bytes) {
      let place = TextPosition(offset: offset, in: bytes)
      throw CommandFailure(
        .usage, "\(path):\(place.line):\(place.column): this is not UTF-8",
        remedy: "Save the file as UTF-8; encode binary content, for example as base64.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether others than the owner may read or change the file.
  static func isOpenToOthers(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
  }

  /// A value that somebody wrote into a file or piped in: one line feed at its end, which editors and `echo` add, is
  /// not part of it.
  static func value(_ path: String, limit: Int) throws(CommandFailure) -> String {
    var text = try readText(path, limit: limit)
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  private static func read(_ descriptor: Int32, name: String, limit: Int) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(name, errno)
      }
      bytes += piece[..<count]
      guard bytes.count <= limit else {
        throw CommandFailure(.usage, "\(name) holds more than \(limit) bytes, which is the limit here")
      }
    }
  }

  private static func failure(_ name: String, _ code: Int32) -> CommandFailure {
    CommandFailure(.usage, "\(name) cannot be read: \(SystemCause.of(code))")
  }
}
