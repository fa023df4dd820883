internal import Cryptography

/// The root key in a box: the last part of every seal. The header is what stands in the file before it.
enum SealBox {
  static let rootCount = 32
  static let count = CommittedBox.overhead + rootCount

  static func wrap(
    _ root: GuardedBytes, label: StaticString, key: GuardedBytes, header: [UInt8], random: RandomSource
  ) -> [UInt8] {
    // The root key stands in this buffer before it is encrypted in place, so the buffer is secret memory.
    SecretArena.shared.withScratch(count) { box in
      random.fill(CommittedBox.nonce(of: box))
      root.withBytes { CommittedBox.content(of: box).copyMemory(from: $0) }
      key.withBytes { key in
        header.withRawBytes { header in
          CommittedBox.sealInPlace(
            box, label: label, key: key, header: header, data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      return Array(box)
    }
  }

  /// The root key from a whole seal file. Throws `mismatch` when the key or the header is another, and `damaged` when
  /// the box was changed behind its commitment.
  static func unwrap(
    _ file: [UInt8], label: StaticString, key: GuardedBytes, headerCount: Int, mismatch: KeyringError
  ) throws(KeyringError) -> GuardedBytes {
    try GuardedBytes(count: rootCount, placement: .guardedPages) { (output) throws(KeyringError) in
      let outcome = file.withRawBytes { file in
        key.withBytes { key in
          CommittedBox.open(
            UnsafeRawBufferPointer(rebasing: file[headerCount...]), into: output, label: label, key: key,
            header: UnsafeRawBufferPointer(rebasing: file[..<headerCount]),
            data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      switch outcome {
      case .opened: return
      case .commitmentMismatch: throw mismatch
      case .tagMismatch: throw .damaged(.seal)
      }
    }
  }
}
