internal import Cryptography

/// A seal: the root key, wrapped under a key file (`docs/spec/keyring.md`). Header (5) · kind (1) · key file id (16)
/// · installation id (16) · commitment (32) · nonce (24) · root key (32) · tag (16).
struct SealFile: Sendable {
  let kind: SealKind
  let keyFile: KeyFileID
  let installation: [UInt8]
  /// All of the file.
  let bytes: [UInt8]

  static let suffix = ".seal"
  private static let headerCount = FileHeader.count + 1 + KeyFileID.count + 16
  private static let count = headerCount + SealBox.count
  private static let label: StaticString = "chancery seal v1"

  /// Wraps the root key. Each seal is independent of the others.
  init(wrapping root: GuardedBytes, installation: [UInt8], kind: SealKind, under keyFile: KeyFile, random: RandomSource)
  {
    let header = FileHeader.seal.bytes + [kind.code] + keyFile.id.bytes + installation
    self.kind = kind
    self.keyFile = keyFile.id
    self.installation = installation
    self.bytes = header + SealBox.wrap(root, label: Self.label, key: keyFile.key, header: header, random: random)
  }

  /// Throws `damaged` or `newerFormat`.
  init(parsing bytes: [UInt8]) throws(KeyringError) {
    try FileHeader.seal.check(bytes)
    guard bytes.count == Self.count, let kind = SealKind.allCases.first(where: { $0.code == bytes[5] }),
      kind != .passphrase
    else { throw .damaged(.seal) }
    self.kind = kind
    self.keyFile = KeyFileID(bytes[6..<22])
    self.installation = Array(bytes[22..<38])
    self.bytes = bytes
  }

  var fileName: String { keyFile.text + Self.suffix }
  var description: SealDescription { SealDescription(kind: kind, id: keyFile) }

  /// The root key. Throws `keyFileDoesNotOpen` (the name fits, the key does not) or `damaged`.
  func unwrap(with keyFile: KeyFile) throws(KeyringError) -> GuardedBytes {
    try SealBox.unwrap(
      bytes, label: Self.label, key: keyFile.key, headerCount: Self.headerCount,
      mismatch: .keyFileDoesNotOpen(self.keyFile))
  }
}
