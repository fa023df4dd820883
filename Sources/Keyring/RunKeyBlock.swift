internal import Cryptography

/// A block of the run-key file: 256 slots, each a generation (4) and a key (32), in one box. Written whole; after the
/// file's header comes block 0, then block 1, and so on (`docs/spec/run-keys.md`).
enum RunKeyBlock {
  static let slotCount = 256
  static let recordCount = 4 + 32
  static let contentCount = slotCount * recordCount
  static let boxCount = CommittedBox.overhead + contentCount

  private static let label: StaticString = "chancery run keys v1"

  /// Which block a slot is in, and where in it.
  static func place(of slot: UInt32) -> (block: Int, index: Int) {
    (Int(slot) / slotCount, Int(slot) % slotCount)
  }

  /// The slots of a block.
  static func slots(of block: Int) -> Range<UInt32> {
    UInt32(block * slotCount)..<UInt32((block + 1) * slotCount)
  }

  /// Puts a fresh key with the given generation into a place of a block's content.
  static func renew(
    _ index: Int, of content: UnsafeMutableRawBufferPointer, generation: UInt32, random: RandomSource
  ) {
    let record = UnsafeMutableRawBufferPointer(rebasing: content[(index * recordCount)..<((index + 1) * recordCount)])
    record.storeBytes(of: generation.bigEndian, as: UInt32.self)
    random.fill(UnsafeMutableRawBufferPointer(rebasing: record[4...]))
  }

  /// The generation and key in a place of a block's content.
  static func record(
    _ index: Int, of content: UnsafeRawBufferPointer
  ) -> (generation: UInt32, key: UnsafeRawBufferPointer) {
    let record = UnsafeRawBufferPointer(rebasing: content[(index * recordCount)..<((index + 1) * recordCount)])
    let generation = UInt32(bigEndian: record.loadUnaligned(as: UInt32.self))
    return (generation, UnsafeRawBufferPointer(rebasing: record[4...]))
  }

  /// The whole box of a block, content and nonce filled in by `body` and the random source, ready to be written.
  /// Before it is encrypted in place it lies in secret memory; what is lent to `write` is ciphertext.
  static func seal<E>(
    _ block: Int, header: RunKeysHeader, kek: GuardedBytes, random: RandomSource,
    filling body: (UnsafeMutableRawBufferPointer) throws(E) -> Void, write: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try SecretArena.shared.withScratch(boxCount) { (box) throws(E) in
      try body(CommittedBox.content(of: box))
      random.fill(CommittedBox.nonce(of: box))
      kek.withBytes { key in
        header.boundBytes(block: block).withRawBytes { header in
          CommittedBox.sealInPlace(
            box, label: label, key: key, header: header, data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      try write(UnsafeRawBufferPointer(box))
    }
  }

  /// The content of a block. Throws `runKeysDamaged`.
  static func open(
    _ box: UnsafeRawBufferPointer, block: Int, header: RunKeysHeader, kek: GuardedBytes
  ) throws(KeyringError) -> GuardedBytes {
    try GuardedBytes(count: contentCount) { (content) throws(KeyringError) in
      let outcome = kek.withBytes { key in
        header.boundBytes(block: block).withRawBytes { header in
          CommittedBox.open(
            box, into: content, label: label, key: key, header: header,
            data: UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
      guard case .opened = outcome else { throw .runKeysDamaged(block: block) }
    }
  }
}
