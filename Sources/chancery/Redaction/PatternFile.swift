import Cryptography
import Encodings
import Glibc
import Redaction

/// The two files of a blind set (docs/spec/blind-patterns.md §3).
enum PatternFile {
  private static let byteLimit = 4 << 20
  private static let keyLimit = 1 << 10

  /// Reads a set with its key.
  static func read(_ path: String, key keyPath: String) throws(CommandFailure) -> BlindSet {
    if InputFile.isOpenToOthers(keyPath) {
      Terminal.errors.line(SafeText.show("warning: others may read or change \(keyPath); its mode should be 0600"))
    }
    let bytes = try InputFile.read(path, limit: byteLimit)
    guard let key = BlindKey(fileText: try InputFile.read(keyPath, limit: keyLimit)) else {
      throw CommandFailure(
        .usage, "\(keyPath) is no key file of a blind set",
        remedy: "Name the file that --make-patterns wrote beside the set, with --pattern-key.")
    }
    do throws(BlindSetFault) {
      return try BlindSet(bytes: bytes, key: key)
    } catch {
      throw CommandFailure(.usage, "\(path): \(error.sentence)")
    }
  }

  /// Makes a set of the secrets in a file, and its key, both for the owner alone. Neither may be there already. The key is
  /// written first: a set without its key is of no use, and a key without its set tells nothing.
  static func make(
    _ path: String, key keyPath: String, of secrets: String, keepsNames: Bool
  ) throws(CommandFailure) {
    guard path != keyPath else {
      throw CommandFailure(.usage, "the set and its key cannot be one file", remedy: "Name another with --key-file.")
    }
    for path in [path, keyPath] where access(path, F_OK) == 0 { throw isThere(path) }
    let key = BlindKey()
    var builder = BlindSetBuilder(key: key, keepsNames: keepsNames)
    let refused = try SecretFile.read(secrets) { entry in
      builder.add(entry.value, name: SecretName(entry.name, pseudonym: "0000"))?.sentence
    }
    guard refused == 0 else {
      throw CommandFailure(
        .usage, "\(Count.text(refused, "secret")) cannot be in a blind set; nothing was written",
        remedy: "Replace them by random ones, or take them out and search for them with --secrets.")
    }
    guard builder.count > 0 else { throw CommandFailure(.usage, "\(secrets) holds no secret") }
    try write(key.withFileText { Array($0) }, to: keyPath)
    do throws(CommandFailure) {
      try write(builder.build(), to: path)
    } catch {
      unlink(keyPath)
      throw error
    }
    Terminal.output.line(
      SafeText.show("\(path) is a blind set of \(Count.text(builder.count, "secret")); its key is \(keyPath)"))
  }

  /// All of the bytes or nothing, and never over a file that is there.
  private static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
    let beside = "\(path).\(Hex.encode(RandomBytes.make(6))).new"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer {
      close(descriptor)
      unlink(beside)
    }
    var position = 0
    while position < bytes.count {
      let count = bytes[position...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      position += count
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
    // Unlike `rename`, `link` fails where a file is.
    guard link(beside, path) == 0 else {
      throw errno == EEXIST ? isThere(path) : failure(path)
    }
  }

  private static func isThere(_ path: String) -> CommandFailure {
    CommandFailure(.usage, "\(path) is there already, and is not overwritten", remedy: "Name another file.")
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure(.notSo, "\(path) cannot be written: \(SystemCause.of(errno))")
  }
}
