import Glibc

/// Files that commands write.
enum OutputFile {
  /// Writes a file anew, so that a reader finds the old one or the whole new one. Throws `notSo`.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(CommandFailure) {
    let beside = "\(path).new"
    unlink(beside)
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path, errno) }
    var rest = bytes[...]
    var fault: Int32?
    while !rest.isEmpty, fault == nil {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno != EINTR { fault = errno }
      } else {
        rest = rest.dropFirst(count)
      }
    }
    if fault == nil, fsync(descriptor) != 0 { fault = errno }
    close(descriptor)
    if fault == nil, rename(beside, path) != 0 { fault = errno }
    guard let fault else { return }
    unlink(beside)
    throw failure(path, fault)
  }

  private static func failure(_ path: String, _ code: Int32) -> CommandFailure {
    CommandFailure(.notSo, "\(SafeText.show(path)) cannot be written: \(SystemCause.of(code))")
  }
}
