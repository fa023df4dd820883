import Cryptography
import Encodings
import Glibc

/// Asks for a secret on the terminal, without showing it.
enum HiddenPrompt {
  /// The line that was typed, without its end. The terminal is as it was before when this returns. Ctrl-C ends the
  /// process: signals are off while the terminal does not echo, so that none leaves it so.
  static func read(_ prompt: String) throws(CommandFailure) -> String {
    var line: [UInt8] = []
    try hidden(prompt) {
      readLine { key in
        switch key {
        case .byte(let byte): line.append(byte)
        // A character of several bytes goes as a whole.
        case .erase: while let last = line.popLast(), last & 0xC0 == 0x80 {}
        case .clear: line.removeAll()
        }
      }
    }
    guard UTF8Text.isValid(line) else { throw CommandFailure(.usage, "what was typed is not UTF-8") }
    return String(decoding: line, as: UTF8.self)
  }

  /// The same in guarded memory, as bytes. Throws `usage` for more than `limit` bytes.
  static func readGuarded(_ prompt: String, limit: Int) throws(CommandFailure) -> GuardedBytes {
    var isTooLong = false
    var typed: GuardedBytes?
    try hidden(prompt) {
      var isWhole = true
      typed = GuardedBytes(capacity: limit) { buffer, count in
        isWhole = readLine { key in
          switch key {
          case .byte where count == limit: isTooLong = true
          case .byte(let byte):
            buffer[count] = byte
            count += 1
          case .erase:
            while count > 0 {
              count -= 1
              if buffer[count] & 0xC0 != 0x80 { break }
            }
          case .clear: (count, isTooLong) = (0, false)
          }
        }
      }
      return isWhole
    }
    guard let typed, !isTooLong else { throw CommandFailure(.usage, "what was typed has more than \(limit) bytes") }
    return typed
  }

  /// Runs `read` while the terminal does not echo; where that says that Ctrl-C was typed, the process ends.
  private static func hidden(_ prompt: String, _ read: () -> Bool) throws(CommandFailure) {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else {
      throw CommandFailure(.usage, "the terminal cannot be switched to hidden input", remedy: "Pipe the value in.")
    }
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    // Hidden before it asks: whoever answers at once, by pasting, must not be echoed.
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    Terminal.errors.write(Array("\(SafeText.show(prompt)): ".utf8))
    let isWhole = read()
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    Terminal.errors.line()
    guard isWhole else { exit(128 + SIGINT) }
  }

  private enum Key {
    case byte(UInt8)
    /// The last character goes.
    case erase
    /// The whole line goes.
    case clear
  }

  /// Byte by byte up to the end of the line or of the input; false for Ctrl-C.
  private static func readLine(_ take: (Key) -> Void) -> Bool {
    while true {
      var byte: UInt8 = 0
      let count = Glibc.read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return true }
      switch byte {
      case 0x03: return false
      case 0x04, 0x0A, 0x0D: return true
      case 0x08, 0x7F: take(.erase)
      case 0x15: take(.clear)
      default: take(.byte(byte))
      }
    }
  }
}
