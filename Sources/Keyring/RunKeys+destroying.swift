internal import Cryptography

extension RunKeys {
  /// Destroys keys: the file is written anew under a fresh key, without them, and replaces the old one, whose salt is
  /// then overwritten. When this returns, what those runs stored cannot be opened with anything that is on disk (copies
  /// of the file taken before are outside the claim). Slots that are free already are passed over. When it throws
  /// `file`, the keys may or may not be destroyed: call again. Live keys are lost in no case.
  package func destroy(_ slots: some Sequence<UInt32>) throws(KeyringError) {
    try whileWriting { (writing) throws(KeyringError) in
      let (doomed, isCertain) = try whileReading { (contents) throws(KeyringError) in
        (contents.slots.occupied(among: slots), contents.isCertain)
      }
      guard !doomed.isEmpty || !isCertain else { return }
      try rewrite(without: doomed, &writing)
    }
  }

  /// Tells which slots the database knows, once after each start and before anything is deleted. Slots that the file
  /// brought along and the database does not know (keys made ahead, runs that did not commit, runs that were deleted
  /// just before a crash) are destroyed and become free; keys taken since the start are not touched. Throws as
  /// `destroy`.
  @discardableResult
  package func sweep(keeping known: some Sequence<UInt32>) throws(KeyringError) -> RunKeySweep {
    try whileWriting { (writing) throws(KeyringError) in
      let (orphans, missing) = try whileReading { (contents) throws(KeyringError) in contents.slots.keep(known) }
      if !orphans.isEmpty { try rewrite(without: orphans, &writing) }
      return RunKeySweep(destroyed: orphans.count, missing: missing)
    }
  }

  /// The file without the doomed keys, under a fresh key, in the place of the old one.
  func rewrite(without doomed: SlotSet, _ writing: inout Writing) throws(KeyringError) {
    let old = try whileReading { (contents) throws(KeyringError) in contents.file }
    let keyring = try cell.keyring()
    let (serial, isTooMany) = (old?.header.serial ?? 0).addingReportingOverflow(1)
    guard !isTooMany else { throw .damaged(.runKeys) }
    let header = RunKeysHeader(
      term: keyring.current.number, serial: serial, salt: random.make(RunKeysHeader.saltCount))
    let kek = try kek(for: header, keyring)
    let blockCount = Self.blockCount(after: doomed, of: old?.blockCount ?? 0)
    let handle = try writeBeside(header, kek: kek, blockCount: blockCount, of: old, without: doomed)
    // Until here a crash, or a fault, leaves the old file in force; after it, one of the two.
    var fault: FileFault?
    do throws(FileFault) {
      try files.moveIntoPlace(path)
    } catch {
      if error.step == .rename {
        // Whether the old file is still in its place is unknown too; its handle still reads the keys.
        contents.withLock { $0.isCertain = false }
        throw .file(error)
      }
      fault = error
    }
    contents.withLock { contents in
      // The keyring may have been sealed meanwhile; then the key must not stay.
      let kept = cell.state == .sealed ? nil : kek
      contents.file = OpenFile(handle: handle, header: header, kek: kept, blockCount: blockCount)
      contents.isCertain = fault == nil
      contents.cache = BlockCache()
      contents.slots.free(doomed, below: UInt32(blockCount * RunKeyBlock.slotCount))
    }
    if let old { writing.retired.append(old.handle) }
    // Which file a crash would leave is unknown while the folder is not synced. Both hold every live key, so nothing is
    // lost; but the old one's salt must not be overwritten yet.
    if let fault { throw .file(fault) }
    scrub(&writing)
  }

  /// The new file, written and synced beside the old one; removed again when that fails.
  private func writeBeside(
    _ header: RunKeysHeader, kek: GuardedBytes, blockCount: Int, of old: OpenFile?, without doomed: SlotSet
  ) throws(KeyringError) -> any KeyFileHandle {
    let handle = try filing { () throws(FileFault) in try files.createBeside(path) }
    do throws(KeyringError) {
      try filing { () throws(FileFault) in
        try header.bytes.withRawBytes { (bytes) throws(FileFault) in try handle.write(bytes, at: 0) }
      }
      for block in 0..<blockCount {
        try write(block, of: old, without: doomed, header: header, kek: kek, to: handle)
      }
      try filing { () throws(FileFault) in try handle.sync() }
    } catch {
      files.removeBeside(path)
      throw error
    }
    return handle
  }

  private func write(
    _ block: Int, of old: OpenFile?, without doomed: SlotSet, header: RunKeysHeader, kek: GuardedBytes,
    to handle: any KeyFileHandle
  ) throws(KeyringError) {
    let slots = RunKeyBlock.slots(of: block)
    try RunKeyBlock.seal(
      block, header: header, kek: kek, random: random,
      filling: { (content) throws(KeyringError) in
        // A block that holds nothing to keep need not be readable.
        if let old, !slots.allSatisfy(doomed.contains) {
          try read(block, of: old).withBytes { content.copyMemory(from: $0) }
        }
        for (index, slot) in slots.enumerated() where doomed.contains(slot) {
          RunKeyBlock.renew(index, of: content, generation: header.serial, random: random)
        }
      },
      write: { (box) throws(KeyringError) in
        try filing { () throws(FileFault) in try handle.write(box, at: RunKeysHeader.offset(ofBlock: block)) }
      })
  }

  /// Blocks at the end that hold nothing but doomed keys are left out.
  private static func blockCount(after doomed: SlotSet, of count: Int) -> Int {
    var count = count
    while count > 0, RunKeyBlock.slots(of: count - 1).allSatisfy(doomed.contains) { count -= 1 }
    return count
  }

  /// Overwrites the salt of files that were replaced: their blocks may stay on the disk for a while, unreadable. As
  /// far as the file system and the disk write in place; not claimed.
  private func scrub(_ writing: inout Writing) {
    let zeros = [UInt8](repeating: 0, count: RunKeysHeader.saltCount)
    for handle in writing.retired {
      try? zeros.withRawBytes { (bytes) throws(FileFault) in
        try handle.write(bytes, at: RunKeysHeader.count - RunKeysHeader.saltCount)
      }
      try? handle.sync()
    }
    writing.retired = []
  }
}

/// What a sweep found.
package struct RunKeySweep: Equatable, Sendable {
  /// Keys that no run in the database uses: destroyed.
  package let destroyed: Int
  /// Slots that the database knows and the file does not have: those runs cannot be opened. Not empty when run-keys was
  /// lost, or is an older copy than the database.
  package let missing: [UInt32]
}
