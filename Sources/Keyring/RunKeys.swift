internal import Cryptography
internal import Synchronization

/// The file `run-keys`: the keys of runs in fixed slots, apart from the database and its backups
/// (`docs/spec/run-keys.md`).
///
/// Keys are made ahead, 256 at a time with one sync, so that taking one touches no disk. Destroying keys rewrites the
/// whole file under a fresh key and replaces it. After a start, slots that the file holds are of unknown use until
/// `sweep` has been told which ones the database knows; until then none of them is given out, and all can be opened.
package final class RunKeys: Sendable {
  let path: String
  let files: any KeyFileSystem
  let random: RandomSource
  let cell: KeyringCell

  /// What is in use and where it lies. Held for memory work and the reading of one block, never while writing.
  let contents = Mutex(Contents())
  /// Held during a whole write; taken before `contents`, never after.
  let writing = Mutex(Writing())

  /// The file in use, and who uses which slot.
  struct Contents {
    var file: OpenFile?
    /// A failed attempt to open is not remembered; a file that is not there is (it is made at the first write).
    var isLoaded = false
    /// False when it is unknown which file a crash would leave: until a rewrite has succeeded, nothing may be appended,
    /// and no key be handed out that only one of the two holds.
    var isCertain = true
    var slots = SlotUse()
    var cache = BlockCache()
  }

  /// An open file with its key; the key is absent while the keyring is sealed.
  struct OpenFile {
    var handle: any KeyFileHandle
    var header: RunKeysHeader
    var kek: GuardedBytes?
    var blockCount: Int
  }

  /// State of the writer.
  struct Writing {
    /// Files that were replaced and whose salt is to be overwritten once the replacement is certain.
    var retired: [any KeyFileHandle] = []
  }

  init(path: String, files: any KeyFileSystem, random: RandomSource, cell: KeyringCell) {
    self.path = path
    self.files = files
    self.random = random
    self.cell = cell
  }

  /// The most blocks that the file may have: sixteen million runs.
  static let maximumBlocks = 1 << 16
  /// `replenish` makes more keys when fewer than this many are ready.
  static let lowWater = RunKeyBlock.slotCount / 2
}

extension RunKeys {
  /// A key for a new run, durable before it is returned. Usually no disk is touched; when no key is ready, 256 are made
  /// with one sync. A run that then does not commit leaves an orphan: `destroy` it, or let `sweep` find it at the next
  /// start. Throws `sealed`, `runKeysFull`, `file`, or what is wrong with the file.
  package func allocate() throws(KeyringError) -> RunKey {
    while true {
      if let key = try takeReadyKey() { return key }
      // Others may take all that this makes before this one does; each turn makes more, or throws.
      try replenish(whenFewerThan: 1)
    }
  }

  /// Makes keys ahead when few are ready: to be called when nobody waits. Throws as `allocate`.
  package func replenish() throws(KeyringError) { try replenish(whenFewerThan: Self.lowWater) }

  /// A key for a new run as `allocate` gives it, but only where one is ready: an event loop asks, which must not wait for
  /// a sync. Throws as `allocate`.
  package func allocateReady() throws(KeyringError) -> RunKey? { try takeReadyKey() }

  /// Whether `replenish` would make keys.
  package var isLow: Bool { contents.withLock { $0.slots.readyCount < Self.lowWater } }

  /// The key of a run. Cheap for blocks that were used lately; else one read of nine kilobytes. Throws `unknownRunKey`,
  /// `runKeyDestroyed` (the slot is free, or belongs to another run now), `runKeysDamaged`, `sealed` or `file`.
  package func key(slot: UInt32, generation: UInt32) throws(KeyringError) -> RunKey {
    try whileReading { (contents) throws(KeyringError) in
      guard contents.slots.contains(slot) else { throw .unknownRunKey(slot: slot) }
      if contents.slots.isReady(slot) { throw .runKeyDestroyed(slot: slot) }
      let key = try runKey(slot, in: &contents)
      guard key.generation == generation else { throw .runKeyDestroyed(slot: slot) }
      return key
    }
  }

  /// All slots that are not free: taken by runs, or (before `sweep`) of unknown use. Throws what is wrong with the
  /// file.
  package func slotsInUse() throws(KeyringError) -> [UInt32] {
    try whileReading { (contents) throws(KeyringError) in contents.slots.occupied }
  }

  /// Wipes the keys that are in memory; they are read again after the keyring is unsealed. Run keys that were handed
  /// out are wiped by those who hold them.
  func wipe() {
    contents.withLock { contents in
      contents.cache = BlockCache()
      contents.file?.kek = nil
    }
  }

  private func takeReadyKey() throws(KeyringError) -> RunKey? {
    try whileReading { (contents) throws(KeyringError) in
      guard contents.isCertain, let slot = contents.slots.take() else { return nil }
      do throws(KeyringError) {
        return try runKey(slot, in: &contents)
      } catch {
        contents.slots.giveBack(slot)
        throw error
      }
    }
  }

  private func runKey(_ slot: UInt32, in contents: inout Contents) throws(KeyringError) -> RunKey {
    let (block, index) = RunKeyBlock.place(of: slot)
    guard let file = contents.file, block < file.blockCount else { throw .unknownRunKey(slot: slot) }
    let content: GuardedBytes
    if let cached = contents.cache.content(of: block) {
      content = cached
    } else {
      content = try read(block, of: file)
      contents.cache.keep(content, of: block)
    }
    return content.withBytes { bytes in
      let record = RunKeyBlock.record(index, of: bytes)
      return RunKey(
        slot: slot, generation: record.generation, key: GuardedBytes(copying: record.key), random: random)
    }
  }

  func read(_ block: Int, of file: OpenFile) throws(KeyringError) -> GuardedBytes {
    guard let kek = file.kek else { throw .sealed }
    var box = [UInt8](repeating: 0, count: RunKeyBlock.boxCount)
    let count = try filing { () throws(FileFault) in
      let outcome: Result<Int, FileFault> = box.withUnsafeMutableBytes { buffer in
        do throws(FileFault) {
          return .success(try file.handle.read(into: buffer, at: RunKeysHeader.offset(ofBlock: block)))
        } catch { return .failure(error) }
      }
      return try outcome.get()
    }
    guard count == RunKeyBlock.boxCount else { throw .runKeysDamaged(block: block) }
    return try box.withRawBytes { (box) throws(KeyringError) in
      try RunKeyBlock.open(box, block: block, header: file.header, kek: kek)
    }
  }
}
