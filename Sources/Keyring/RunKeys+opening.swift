internal import Cryptography
internal import Synchronization

extension RunKeys {
  func replenish(whenFewerThan least: Int) throws(KeyringError) {
    try whileWriting { (writing) throws(KeyringError) in
      let (hasFile, ready, isCertain) = try whileReading { (contents) throws(KeyringError) in
        (contents.file != nil, contents.slots.readyCount, contents.isCertain)
      }
      if !isCertain || (!hasFile && ready < least) { try rewrite(without: SlotSet(), &writing) }
      if ready < least { try appendBlock() }
    }
  }

  /// A block of fresh keys at the end of the file. Until the sync has returned nobody knows of it; if it fails, the
  /// next attempt writes at the same place.
  private func appendBlock() throws(KeyringError) {
    guard let file = try whileReading({ (contents) throws(KeyringError) in contents.file }), let kek = file.kek else {
      throw .sealed
    }
    guard file.blockCount < Self.maximumBlocks else { throw .runKeysFull }
    let block = file.blockCount
    try RunKeyBlock.seal(
      block, header: file.header, kek: kek, random: random,
      filling: { (content) throws(KeyringError) in
        for index in 0..<RunKeyBlock.slotCount {
          RunKeyBlock.renew(index, of: content, generation: file.header.serial, random: random)
        }
      },
      write: { (box) throws(KeyringError) in
        try filing { () throws(FileFault) in
          try file.handle.write(box, at: RunKeysHeader.offset(ofBlock: block))
          try file.handle.sync()
        }
      })
    contents.withLock { contents in
      contents.file?.blockCount = block + 1
      contents.slots.addReady(RunKeyBlock.slots(of: block))
    }
  }

  /// Opens the file at the first use, and derives its key again after an unseal.
  private func load(_ contents: inout Contents) throws(KeyringError) {
    let keyring = try cell.keyring()
    if contents.isLoaded {
      if var file = contents.file, file.kek == nil {
        file.kek = try kek(for: file.header, keyring)
        contents.file = file
      }
      return
    }
    guard try filing({ () throws(FileFault) in try files.status(path) }) != nil else {
      contents.isLoaded = true
      return
    }
    let handle = try filing { () throws(FileFault) in try files.open(path, .updating) }
    let size = try filing { () throws(FileFault) in try handle.status().size }
    var head = [UInt8](repeating: 0, count: min(size, RunKeysHeader.count))
    try filing { () throws(FileFault) in
      let outcome: Result<Int, FileFault> = head.withUnsafeMutableBytes { buffer in
        do throws(FileFault) { return .success(try handle.read(into: buffer, at: 0)) } catch { return .failure(error) }
      }
      _ = try outcome.get()
    }
    let header = try RunKeysHeader(parsing: head)
    // What lies behind the last whole block was never synced, so nothing is sealed under it.
    let blockCount = min((size - RunKeysHeader.count) / RunKeyBlock.boxCount, Self.maximumBlocks)
    contents.file = OpenFile(
      handle: handle, header: header, kek: try kek(for: header, keyring), blockCount: blockCount)
    contents.slots.addUnknown(0..<UInt32(blockCount * RunKeyBlock.slotCount))
    contents.isLoaded = true
  }

  func kek(for header: RunKeysHeader, _ keyring: OpenKeyring) throws(KeyringError) -> GuardedBytes {
    let term = try keyring.term(header.term)
    return try keyring.keys(for: .runKeysKek, term: term).withContextKey(.runKeysKek, [header.salt]) { key in
      GuardedBytes(copying: key)
    }
  }

  func whileReading<R>(_ body: (inout Contents) throws(KeyringError) -> R) throws(KeyringError) -> R {
    let outcome: Result<R, KeyringError> = contents.withLock { contents in
      do throws(KeyringError) {
        try load(&contents)
        return .success(try body(&contents))
      } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  func whileWriting<R>(_ body: (inout Writing) throws(KeyringError) -> R) throws(KeyringError) -> R {
    let outcome: Result<R, KeyringError> = writing.withLock { writing in
      do throws(KeyringError) { return .success(try body(&writing)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }
}
