internal import Glibc

/// The files of the disk, by system calls. Files are made for their owner only; links are never followed.
package struct DiskFiles: KeyFileSystem {
  /// Without state: every call names its path.
  package init() {}

  package func status(_ path: String) throws(FileFault) -> KeyFileStatus? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileFault(.open, file: path, code: errno)
    }
    return KeyFileStatus(status)
  }

  package func list(_ folder: String) throws(FileFault) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw FileFault(.list, file: folder, code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw FileFault(.list, file: folder, code: errno) }
    return names.sorted()
  }

  package func makeFolder(_ path: String) throws(FileFault) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileFault(.makeFolder, file: path, code: errno) }
  }

  package func open(_ path: String, _ mode: KeyFileMode) throws(FileFault) -> any KeyFileHandle {
    let flags: Int32
    let step: FileFault.Step
    switch mode {
    case .reading: (flags, step) = (O_RDONLY, .open)
    case .updating: (flags, step) = (O_RDWR, .open)
    case .creating: (flags, step) = (O_RDWR | O_CREAT | O_EXCL, .create)
    }
    let descriptor = retrying { Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600) }
    guard descriptor >= 0 else { throw FileFault(step, file: path, code: errno) }
    let file = DiskFile(descriptor: descriptor, name: path)
    guard try file.status().isRegularFile else { throw FileFault(step, file: path, code: EINVAL) }
    return file
  }

  package func rename(_ path: String, to target: String) throws(FileFault) {
    guard Glibc.rename(path, target) == 0 else { throw FileFault(.rename, file: target, code: errno) }
  }

  package func remove(_ path: String) throws(FileFault) {
    guard unlink(path) == 0 || errno == ENOENT else { throw FileFault(.remove, file: path, code: errno) }
  }

  package func syncFolder(_ path: String) throws(FileFault) {
    let descriptor = retrying { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileFault(.syncFolder, file: path, code: errno) }
    defer { close(descriptor) }
    guard retrying({ fsync(descriptor) }) == 0 else { throw FileFault(.syncFolder, file: path, code: errno) }
  }
}

/// An open file descriptor; positions are given with each call, so several threads may use it.
private final class DiskFile: KeyFileHandle {
  private let descriptor: Int32
  private let name: String

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  deinit { close(descriptor) }

  func status() throws(FileFault) -> KeyFileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileFault(.read, file: name, code: errno) }
    return KeyFileStatus(status)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFault) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let got = retrying { pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }
      guard got >= 0 else { throw FileFault(.read, file: name, code: errno) }
      if got == 0 { break }
      done += got
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileFault) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let put = retrying { pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }
      guard put > 0 else { throw FileFault(.write, file: name, code: put == 0 ? ENOSPC : errno) }
      done += put
    }
  }

  func sync() throws(FileFault) {
    guard retrying({ fsync(descriptor) }) == 0 else { throw FileFault(.sync, file: name, code: errno) }
  }
}

/// Again when a signal came between.
private func retrying<Number: SignedInteger>(_ call: () -> Number) -> Number {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

extension KeyFileStatus {
  fileprivate init(_ status: stat) {
    self.init(
      size: Int(status.st_size), isRegularFile: status.st_mode & S_IFMT == S_IFREG, mode: status.st_mode & 0o7777,
      isOwn: status.st_uid == geteuid())
  }
}
