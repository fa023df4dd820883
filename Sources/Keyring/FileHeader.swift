/// The first bytes of this room's files: three letters, a version, a suite.
struct FileHeader {
  static let count = 5
  static let suite: UInt8 = 1

  let letters: StaticString
  let kind: KeyringFileKind
  let version: UInt8 = 1

  static let keyring = FileHeader(letters: "CHK", kind: .keyring)
  static let seal = FileHeader(letters: "CHS", kind: .seal)
  static let runKeys = FileHeader(letters: "CHR", kind: .runKeys)

  var bytes: [UInt8] { lettersBytes + [version, Self.suite] }

  /// Throws `damaged` for another file and `newerFormat` for another version or suite.
  func check(_ bytes: some Collection<UInt8>) throws(KeyringError) {
    let start = Array(bytes.prefix(Self.count))
    guard start.count == Self.count, start.starts(with: lettersBytes), start[3] > 0, start[4] > 0 else {
      throw .damaged(kind)
    }
    guard start[3] == version, start[4] == Self.suite else { throw .newerFormat(kind, version: start[3]) }
  }

  private var lettersBytes: [UInt8] {
    Array(UnsafeBufferPointer(start: letters.utf8Start, count: letters.utf8CodeUnitCount))
  }
}
