internal import Cryptography
internal import Glibc

/// The few file operations that keys need. `DiskFiles` in the product; in tests a fake that loses or keeps each write.
package protocol KeyFileSystem: Sendable {
  /// Nil when there is nothing at the path; a symbolic link is not followed.
  func status(_ path: String) throws(FileFault) -> KeyFileStatus?
  /// Names in a folder, sorted; none when there is no such folder.
  func list(_ folder: String) throws(FileFault) -> [String]
  /// Makes the folder for its owner only; one that is there already is left as it is.
  func makeFolder(_ path: String) throws(FileFault)
  /// Opens a regular file.
  func open(_ path: String, _ mode: KeyFileMode) throws(FileFault) -> any KeyFileHandle
  /// Puts one file in the place of another, in one step.
  func rename(_ path: String, to target: String) throws(FileFault)
  /// Removes a file; nothing there is no fault.
  func remove(_ path: String) throws(FileFault)
  /// Returns when the folder's entries are on disk.
  func syncFolder(_ path: String) throws(FileFault)
}

/// An open file. Closed when the last reference goes.
package protocol KeyFileHandle: AnyObject, Sendable {
  /// Size, mode and owner of what was opened.
  func status() throws(FileFault) -> KeyFileStatus
  /// Reads until the buffer is full or the file ends; returns how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFault) -> Int
  /// Writes all of the bytes.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileFault)
  /// Returns when everything written is on disk.
  func sync() throws(FileFault)
}

/// How a file is opened.
package enum KeyFileMode: Sendable {
  case reading
  case updating
  /// Readable and writable for its owner only; a file that is there already is a fault.
  case creating
}

/// What is at a path.
package struct KeyFileStatus: Equatable, Sendable {
  /// In bytes.
  package var size: Int
  /// False for folders, links and devices.
  package var isRegularFile: Bool
  /// The permission bits.
  package var mode: UInt32
  /// Whether the file belongs to the user that the process runs as.
  package var isOwn: Bool

  /// What a file system found, or a fake says.
  package init(size: Int, isRegularFile: Bool, mode: UInt32, isOwn: Bool) {
    self.size = size
    self.isRegularFile = isRegularFile
    self.mode = mode
    self.isOwn = isOwn
  }
}

extension KeyFileSystem {
  /// Writes a file so that a reader, now or after a crash, finds either the old one or the whole new one: written
  /// beside it, synced, renamed, the folder synced. When it throws, the result is unknown (old or new), except that
  /// before the rename it is the old one; the half-written file is removed, or overwritten by the next attempt.
  func replace(_ path: String, with contents: some Collection<UInt8>) throws(FileFault) {
    let handle = try createBeside(path)
    do throws(FileFault) {
      try contents.withRawBytes { (bytes) throws(FileFault) in try handle.write(bytes, at: 0) }
      try handle.sync()
    } catch {
      removeBeside(path)
      throw error
    }
    try moveIntoPlace(path)
  }

  /// An empty file beside `path`; what an interrupted attempt left there is removed first.
  func createBeside(_ path: String) throws(FileFault) -> any KeyFileHandle {
    try remove(besideName(path))
    return try open(besideName(path), .creating)
  }

  /// Takes back what `createBeside` made; what stays after all is removed by the next attempt.
  func removeBeside(_ path: String) { try? remove(besideName(path)) }

  /// The second half of `replace`, for a file made by `createBeside`, written and synced.
  func moveIntoPlace(_ path: String) throws(FileFault) {
    do throws(FileFault) {
      try rename(besideName(path), to: path)
    } catch {
      removeBeside(path)
      throw error
    }
    try syncFolder(parent(of: path))
  }

  /// All of a small file. Throws a fault (`EFBIG`) when it holds more than `limit` bytes.
  func contents(of path: String, limit: Int) throws(FileFault) -> [UInt8] {
    let handle = try open(path, .reading)
    let size = try handle.status().size
    guard size <= limit else { throw FileFault(.read, file: path, code: EFBIG) }
    var bytes = [UInt8](repeating: 0, count: size)
    let outcome: Result<Int, FileFault> = bytes.withUnsafeMutableBytes { buffer in
      do throws(FileFault) { return .success(try handle.read(into: buffer, at: 0)) } catch { return .failure(error) }
    }
    bytes.removeSubrange(try outcome.get()...)
    return bytes
  }

  private func besideName(_ path: String) -> String { path + FileFault.newSuffix }

  private func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// Runs file work and passes its fault on as an error of this room.
func filing<R>(_ work: () throws(FileFault) -> R) throws(KeyringError) -> R {
  do throws(FileFault) { return try work() } catch { throw .file(error) }
}
