internal import Cryptography
internal import Encodings
internal import Glibc

/// The public name of a key file: says which file it is, nothing about its key.
package struct KeyFileID: Hashable, Sendable {
  static let count = 16
  let bytes: [UInt8]

  init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }

  /// From the name of a file; nil where it is none.
  init?(hex text: Substring) {
    guard let bytes = Hex.decode(text.utf8, allowUpperCase: false), bytes.count == Self.count else { return nil }
    self.bytes = bytes
  }

  /// All of it, in hexadecimal.
  package var text: String { Hex.encode(bytes) }
  /// As much as a person compares.
  package var short: String { Hex.encode(bytes.prefix(4)) }
}

/// A key file: one line of text that an operator keeps, apart from the data folder (`docs/spec/keyring.md`):
/// `chancery-key-file-1 <id, 32 digits> <key, 64 digits> <check, 16 digits>` and a line feed.
struct KeyFile: Sendable {
  let id: KeyFileID
  let key: GuardedBytes

  private static let prefix: StaticString = "chancery-key-file-1 "
  private static let lineCount = 20 + 32 + 1 + 64 + 1 + 16 + 1

  /// Makes a key file for its owner only. What is there already is not overwritten.
  static func create(at path: String, in files: any KeyFileSystem, random: RandomSource) throws(KeyringError) -> KeyFile
  {
    let file = KeyFile(
      id: KeyFileID(random.make(KeyFileID.count)), key: GuardedBytes(random: 32, placement: .guardedPages, from: random)
    )
    try filing { () throws(FileFault) in
      if try files.status(path) != nil { throw FileFault(.create, file: path, code: EEXIST) }
      try file.line().withBytes { (bytes) throws(FileFault) in try files.replace(path, with: bytes) }
    }
    return file
  }

  /// Throws `keyFileNotThere`, `keyFileTooOpen`, `notAKeyFile`, `damagedKeyFile` or `file`.
  static func read(_ path: String, in files: any KeyFileSystem) throws(KeyringError) -> KeyFile {
    try parse(try line(at: path, in: files))
  }

  /// The key file of this content, as an operator presents it. Throws `notAKeyFile` or `damagedKeyFile`.
  static func parse(_ content: GuardedBytes) throws(KeyringError) -> KeyFile {
    try content.withBytes { (line) throws(KeyringError) in
      guard line.count == lineCount || line.count == lineCount - 1,
        line.prefix(20).elementsEqual(prefixBytes), line[52] == 0x20, line[117] == 0x20,
        line.count == lineCount - 1 || line[lineCount - 1] == 0x0A,
        let id = GuardedHex.decode(UnsafeRawBufferPointer(rebasing: line[20..<52])),
        let key = GuardedHex.decode(UnsafeRawBufferPointer(rebasing: line[53..<117])),
        let check = GuardedHex.decode(UnsafeRawBufferPointer(rebasing: line[118..<134]))
      else { throw .notAKeyFile }
      let file = KeyFile(
        id: id.withBytes { KeyFileID($0) },
        key: GuardedBytes(count: 32, placement: .guardedPages) { output in
          key.withBytes { output.copyMemory(from: $0) }
        })
      guard ConstantTime.areEqual(check, file.check()) else { throw .damagedKeyFile }
      return file
    }
  }

  private static var prefixBytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
  }

  private static func line(at path: String, in files: any KeyFileSystem) throws(KeyringError) -> GuardedBytes {
    let handle: any KeyFileHandle
    do throws(FileFault) {
      handle = try files.open(path, .reading)
    } catch {
      throw error.code == ENOENT ? .keyFileNotThere : .file(error)
    }
    let status = try filing { () throws(FileFault) in try handle.status() }
    // A service manager hands credentials over as files of root that a group entry lets the service read.
    let forbidden: UInt32 = status.isOwn ? 0o077 : 0o037
    guard status.mode & forbidden == 0 else { throw .keyFileTooOpen(mode: status.mode) }
    return try filing { () throws(FileFault) in
      try GuardedBytes(capacity: min(status.size, lineCount + 1)) { (buffer, count) throws(FileFault) in
        count = try handle.read(into: buffer, at: 0)
      }
    }
  }

  private func line() -> GuardedBytes {
    GuardedBytes(count: Self.lineCount) { line in
      line.copyBytes(from: Self.prefixBytes)
      line[52] = 0x20
      line[117] = 0x20
      line[134] = 0x0A
      id.bytes.withRawBytes { GuardedHex.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: line[20..<52])) }
      key.withBytes { GuardedHex.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: line[53..<117])) }
      check().withBytes { GuardedHex.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: line[118..<134])) }
    }
  }

  /// Eight bytes that tell a damaged key file from a wrong one.
  private func check() -> GuardedBytes {
    let whole = GuardedBytes(count: 32) { output in
      key.withBytes { key in
        BLAKE2b.hash(into: output) { hasher in
          hasher.appendField("chancery key file v1" as StaticString)
          hasher.appendField(id.bytes)
          hasher.appendField(key)
        }
      }
    }
    return whole.withBytes { GuardedBytes(copying: $0.prefix(8)) }
  }
}
