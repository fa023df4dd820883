import Glibc
import Synchronization

@testable import Keyring

/// A disk in memory that knows what is written and what is safe: a file's bytes are safe after its `sync`, a folder's
/// entries after `syncFolder`. One operation can be made to fail, before or after it took effect, or to be the last
/// before the power goes.
final class FakeDisk: KeyFileSystem {
  /// What happens at the chosen operation. It throws in every case.
  enum Fault: CaseIterable, Sendable {
    /// It has no effect.
    case lost
    /// It has its whole effect all the same.
    case persisted
  }

  /// What a crash leaves of that which was not synced.
  enum Crash: CaseIterable, Sendable {
    /// Nothing.
    case nothingUnsynced
    /// All of it.
    case everything
    /// Folder entries, but not the bytes of files: the worst order.
    case entriesOnly
    /// Bytes of files, but not folder entries.
    case bytesOnly
    /// Folder entries and the first half of each file's unsynced bytes.
    case torn
  }

  private struct Inode {
    var bytes: [UInt8] = []
    var safe: [UInt8] = []
  }

  private struct State {
    var inodes: [Inode] = []
    var entries: [String: Int] = [:]
    var safeEntries: [String: Int] = [:]
    var folders: Set<String> = ["/data", "/operator"]
    var modes: [String: UInt32] = [:]
    var operations = 0
    /// Writing operations by name, for tests that look for one.
    var journal: [String] = []
    var fault: (operation: Int, fault: Fault, code: Int32, losesPower: Bool)?
    var isOff = false
    var isReadOnly = false
    var freeBytes = Int.max
  }

  private let state: Mutex<State>

  init() { state = Mutex(State()) }
  private init(_ state: sending State) { self.state = Mutex(state) }

  // MARK: What tests set and see

  /// How many writing operations have been tried.
  var operationCount: Int { state.withLock { $0.operations } }
  var journal: [String] { state.withLock { $0.journal } }

  /// The given writing operation (counted from now, 0 is the next) fails.
  func fail(at operation: Int, _ fault: Fault, code: Int32 = EIO, losesPower: Bool) {
    state.withLock { $0.fault = ($0.operations + operation, fault, code, losesPower) }
  }

  func setReadOnly() { state.withLock { $0.isReadOnly = true } }
  func setFreeBytes(_ count: Int) { state.withLock { $0.freeBytes = count } }
  func setMode(_ mode: UInt32, of path: String) { state.withLock { $0.modes[path] = mode } }

  /// The disk as the next process finds it.
  func restarted(after crash: Crash) -> FakeDisk {
    let (inodes, entries, safeEntries, modes) = state.withLock { ($0.inodes, $0.entries, $0.safeEntries, $0.modes) }
    var next = State()
    next.modes = modes
    next.inodes = inodes.map { inode in
      let bytes: [UInt8]
      switch crash {
      case .nothingUnsynced, .entriesOnly: bytes = inode.safe
      case .everything, .bytesOnly: bytes = inode.bytes
      case .torn:
        let half = (inode.bytes.count + inode.safe.count) / 2
        bytes = inode.bytes == inode.safe ? inode.safe : Array(inode.bytes.prefix(half))
      }
      return Inode(bytes: bytes, safe: bytes)
    }
    switch crash {
    case .nothingUnsynced, .bytesOnly: next.entries = safeEntries
    case .everything, .entriesOnly, .torn: next.entries = entries
    }
    next.safeEntries = next.entries
    return FakeDisk(next)
  }

  /// A copy of the disk as it is, as a backup or a thief takes it.
  func copied() -> FakeDisk { restarted(after: .everything) }

  func bytes(of path: String) -> [UInt8]? {
    state.withLock { state in state.entries[path].map { state.inodes[$0].bytes } }
  }

  /// Puts bytes there, safely.
  func put(_ bytes: [UInt8]?, at path: String) {
    state.withLock { state in
      if let bytes {
        state.inodes.append(Inode(bytes: bytes, safe: bytes))
        state.entries[path] = state.inodes.count - 1
      } else {
        state.entries[path] = nil
      }
      state.safeEntries[path] = state.entries[path]
    }
  }

  /// All bytes that ever lay on this disk and were not overwritten, removed files included.
  var everyByte: [[UInt8]] { state.withLock { $0.inodes.flatMap { [$0.bytes, $0.safe] } } }

  /// What a process that starts now can see.
  var contents: [String: [UInt8]] { state.withLock { state in state.entries.mapValues { state.inodes[$0].bytes } } }

  var paths: [String] { state.withLock { $0.entries.keys.sorted() } }

  // MARK: KeyFileSystem

  func status(_ path: String) throws(FileFault) -> KeyFileStatus? {
    try reading(.open, path) { state in
      state.entries[path].map { inode in
        KeyFileStatus(
          size: state.inodes[inode].bytes.count, isRegularFile: true, mode: state.modes[path] ?? 0o600, isOwn: true)
      }
    }
  }

  func list(_ folder: String) throws(FileFault) -> [String] {
    try reading(.list, folder) { state in
      state.entries.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }.sorted()
    }
  }

  func makeFolder(_ path: String) throws(FileFault) {
    try writing(.makeFolder, path) { state in
      state.folders.insert(path)
      return nil
    }
  }

  func open(_ path: String, _ mode: KeyFileMode) throws(FileFault) -> any KeyFileHandle {
    switch mode {
    case .reading, .updating:
      let inode = try reading(.open, path) { $0.entries[path] }
      guard let inode else { throw FileFault(.open, file: path, code: ENOENT) }
      return FakeFile(disk: self, inode: inode, path: path)
    case .creating:
      try writing(.create, path) { state in
        guard state.entries[path] == nil else { return EEXIST }
        state.inodes.append(Inode())
        state.entries[path] = state.inodes.count - 1
        return nil
      }
      let inode = try reading(.open, path) { $0.entries[path] }
      guard let inode else { throw FileFault(.create, file: path, code: EIO) }
      return FakeFile(disk: self, inode: inode, path: path)
    }
  }

  func rename(_ path: String, to target: String) throws(FileFault) {
    try writing(.rename, target) { state in
      guard let inode = state.entries.removeValue(forKey: path) else { return ENOENT }
      state.entries[target] = inode
      return nil
    }
  }

  func remove(_ path: String) throws(FileFault) {
    guard try reading(.open, path, { $0.entries[path] }) != nil else { return }
    try writing(.remove, path) { state in
      state.entries[path] = nil
      return nil
    }
  }

  func syncFolder(_ path: String) throws(FileFault) {
    try writing(.syncFolder, path) { state in
      let prefix = path + "/"
      let inside: (String) -> Bool = { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
      state.safeEntries = state.safeEntries.filter { !inside($0.key) }
      state.safeEntries.merge(state.entries.filter { inside($0.key) }) { _, new in new }
      return nil
    }
  }

  // MARK: Files

  fileprivate func status(_ inode: Int, _ path: String) throws(FileFault) -> KeyFileStatus {
    try reading(.read, path) { state in
      KeyFileStatus(
        size: state.inodes[inode].bytes.count, isRegularFile: true, mode: state.modes[path] ?? 0o600, isOwn: true)
    }
  }

  fileprivate func read(
    _ inode: Int, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileFault) -> Int {
    let bytes = try reading(.read, path) { state in
      let all = state.inodes[inode].bytes
      return Array(all[min(offset, all.count)..<min(offset + buffer.count, all.count)])
    }
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  fileprivate func write(_ inode: Int, _ path: String, _ bytes: [UInt8], at offset: Int) throws(FileFault) {
    try writing(.write, path) { state in
      let fitting = min(bytes.count, state.freeBytes)
      state.freeBytes -= state.freeBytes == .max ? 0 : fitting
      let end = offset + fitting
      let gap = max(0, end - state.inodes[inode].bytes.count)
      state.inodes[inode].bytes += [UInt8](repeating: 0, count: gap)
      state.inodes[inode].bytes.replaceSubrange(offset..<end, with: bytes[..<fitting])
      return fitting < bytes.count ? ENOSPC : nil
    }
  }

  fileprivate func sync(_ inode: Int, _ path: String) throws(FileFault) {
    try writing(.sync, path) { state in
      state.inodes[inode].safe = state.inodes[inode].bytes
      return nil
    }
  }

  // MARK: Faults

  private func reading<R: Sendable>(
    _ step: FileFault.Step, _ path: String, _ body: (inout State) -> R
  ) throws(FileFault) -> R {
    let result: R? = state.withLock { $0.isOff ? nil : body(&$0) }
    guard let result else { throw FileFault(step, file: path, code: EIO) }
    return result
  }

  private func writing(
    _ step: FileFault.Step, _ path: String, _ body: (inout State) -> Int32?
  ) throws(FileFault) {
    let code: Int32? = state.withLock { state in
      if state.isOff { return EIO }
      if state.isReadOnly { return EROFS }
      state.journal.append("\(step.rawValue) \(path)")
      defer { state.operations += 1 }
      guard let fault = state.fault, fault.operation == state.operations else { return body(&state) }
      if case .persisted = fault.fault { _ = body(&state) }
      if fault.losesPower { state.isOff = true }
      return fault.code
    }
    if let code { throw FileFault(step, file: path, code: code) }
  }
}

private final class FakeFile: KeyFileHandle {
  private let disk: FakeDisk
  private let inode: Int
  private let path: String

  init(disk: FakeDisk, inode: Int, path: String) {
    self.disk = disk
    self.inode = inode
    self.path = path
  }

  func status() throws(FileFault) -> KeyFileStatus { try disk.status(inode, path) }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFault) -> Int {
    try disk.read(inode, path, into: buffer, at: offset)
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileFault) {
    try disk.write(inode, path, Array(bytes), at: offset)
  }

  func sync() throws(FileFault) { try disk.sync(inode, path) }
}
