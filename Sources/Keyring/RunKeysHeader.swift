internal import Encodings

/// The head of the run-key file: header (5) · term (4) · serial (4) · salt (32).
struct RunKeysHeader: Equatable, Sendable {
  static let count = FileHeader.count + 4 + 4 + saltCount
  static let saltCount = 32

  /// The term under which this file's key was derived.
  let term: UInt32
  /// Counts the rewrites. Keys made during the life of this file carry it as their generation.
  let serial: UInt32
  /// The context of this file's key: another at each rewrite. Without it the blocks are unreadable.
  let salt: [UInt8]

  init(term: UInt32, serial: UInt32, salt: [UInt8]) {
    self.term = term
    self.serial = serial
    self.salt = salt
  }

  /// Throws `damaged` or `newerFormat`.
  init(parsing bytes: [UInt8]) throws(KeyringError) {
    try FileHeader.runKeys.check(bytes)
    guard bytes.count == Self.count else { throw .damaged(.runKeys) }
    term = bytes[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
    serial = bytes[9..<13].reduce(0) { $0 << 8 | UInt32($1) }
    salt = Array(bytes[13...])
    // A file whose salt was overwritten is one that another has replaced.
    guard serial > 0, salt.contains(where: { $0 != 0 }) else { throw .damaged(.runKeys) }
  }

  var bytes: [UInt8] { FileHeader.runKeys.bytes + Self.bigEndian(term) + Self.bigEndian(serial) + salt }

  /// What each block's keys are derived from and its tag covers: the file's head and the block's number.
  func boundBytes(block: Int) -> [UInt8] { bytes + Self.bigEndian(UInt32(block)) }

  static func offset(ofBlock block: Int) -> Int { count + block * RunKeyBlock.boxCount }

  private static func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}
