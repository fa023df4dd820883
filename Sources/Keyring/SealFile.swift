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
  private static let count = headerCount + CommittedBox.overhead + 32
  private static let label: StaticString = "chancery seal v1"

  /// Wraps the root key. Each seal is independent of the others.
  init(wrapping root: GuardedBytes, installation: [UInt8], kind: SealKind, under keyFile: KeyFile, random: RandomSource)
  {
    let header = FileHeader.seal.bytes + [kind.code] + keyFile.id.bytes + installation
    // The root key stands in this buffer before it is encrypted in place, so the buffer is secret memory.
    let boxCount = CommittedBox.overhead + 32
    let box = SecretArena.shared.withScratch(boxCount) { box in
      random.fill(CommittedBox.nonce(of: box))
      root.withBytes { CommittedBox.content(of: box).copyMemory(from: $0) }
      keyFile.key.withBytes { key in
        header.withRawBytes { header in
          CommittedBox.sealInPlace(
            box, label: Self.label, key: key, header: header, data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      return Array(box)
    }
    self.kind = kind
    self.keyFile = keyFile.id
    self.installation = installation
    self.bytes = header + box
  }

  /// Throws `damaged` or `newerFormat`.
  init(parsing bytes: [UInt8]) throws(KeyringError) {
    try FileHeader.seal.check(bytes)
    guard bytes.count == Self.count, let kind = SealKind.allCases.first(where: { $0.code == bytes[5] }) else {
      throw .damaged(.seal)
    }
    self.kind = kind
    self.keyFile = KeyFileID(bytes[6..<22])
    self.installation = Array(bytes[22..<38])
    self.bytes = bytes
  }

  var fileName: String { keyFile.text + Self.suffix }
  var description: SealDescription { SealDescription(kind: kind, keyFile: keyFile) }

  /// The root key. Throws `keyFileDoesNotOpen` (the name fits, the key does not) or `damaged`.
  func unwrap(with keyFile: KeyFile) throws(KeyringError) -> GuardedBytes {
    try GuardedBytes(count: 32, placement: .guardedPages) { (output) throws(KeyringError) in
      let outcome = bytes.withRawBytes { bytes in
        keyFile.key.withBytes { key in
          CommittedBox.open(
            UnsafeRawBufferPointer(rebasing: bytes[Self.headerCount...]), into: output, label: Self.label, key: key,
            header: UnsafeRawBufferPointer(rebasing: bytes[..<Self.headerCount]),
            data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      switch outcome {
      case .opened: return
      case .commitmentMismatch: throw .keyFileDoesNotOpen(self.keyFile)
      case .tagMismatch: throw .damaged(.seal)
      }
    }
  }
}
