import CHardening
import Glibc

/// Standard output or standard error. Every write goes straight to the descriptor, so that a reader at the other end of
/// a pipe sees each line when it is said. In a service the errors are framed, and its watcher takes the frames off.
struct Terminal: Sendable {
  enum Style: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
  }

  static let output = Terminal(descriptor: STDOUT_FILENO)
  static let errors = Terminal(descriptor: STDERR_FILENO)

  let descriptor: Int32
  /// Whether a person looks at it.
  let isInteractive: Bool
  /// On a terminal, unless NO_COLOR (no-color.org) or a terminal that cannot says otherwise.
  let usesColour: Bool

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    isInteractive = isatty(descriptor) == 1
    let forbids = Environment["NO_COLOR"] != nil || Environment["TERM"] == "dumb"
    usesColour = isInteractive && !forbids
  }

  /// The text and a line feed. A text that is not ours must have gone through `SafeText`.
  func line(_ text: String = "") { write(Array((text + "\n").utf8)) }

  /// All of the bytes, as they are. Where nobody reads any more the process ends, as it would by SIGPIPE.
  func write(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    if descriptor == STDERR_FILENO, let service = WatchedService.current, service.failure == 0 {
      errno = chancery_say(descriptor, service.tag, bytes, bytes.count)
      if errno != 0 { giveUp() }
      return
    }
    var position = 0
    while position < bytes.count {
      let written = bytes[position...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        position += written
      } else if errno != EINTR {
        giveUp()
      }
    }
  }

  func styled(_ text: String, _ style: Style) -> String {
    usesColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func giveUp() -> Never {
    let isReaderGone = errno == EPIPE
    if !isReaderGone, descriptor == STDOUT_FILENO {
      Terminal.errors.line("error: standard output cannot be written: \(SystemCause.of(errno))")
    }
    // 128 + SIGPIPE, what a shell shows for a process that the signal ended.
    exit(isReaderGone ? 128 + SIGPIPE : 1)
  }
}

/// Environment variables of this process.
enum Environment {
  /// Nil where it is not set, or is empty: the two mean the same to every variable that we read.
  static subscript(name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }
}

/// What a system error number means to a person.
enum SystemCause {
  static func of(_ code: Int32) -> String {
    switch code {
    case ENOENT: "it is not there"
    case EACCES, EPERM: "permission is denied"
    case EISDIR: "it is a folder"
    case ENOTDIR: "a part of its path is no folder"
    case ENOSPC, EDQUOT: "the disk is full"
    case EROFS: "the file system is read-only"
    case EFBIG: "it is too large"
    case ELOOP: "it is a symbolic link, which is not followed"
    default: "system error \(code)"
    }
  }
}
