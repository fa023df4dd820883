import Encodings
import Glibc

/// Asks for a secret on the terminal, without showing it.
enum HiddenPrompt {
  /// The line that was typed, without its end. The terminal is as it was before when this returns. Ctrl-C ends the
  /// process: signals are off while the terminal does not echo, so that none leaves it so.
  static func read(_ prompt: String) throws(CommandFailure) -> String {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else {
      throw CommandFailure(.usage, "the terminal cannot be switched to hidden input", remedy: "Pipe the value in.")
    }
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    // Hidden before it asks: whoever answers at once, by pasting, must not be echoed.
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    Terminal.errors.write(Array("\(SafeText.show(prompt)): ".utf8))
    let typed = readLine()
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    Terminal.errors.line()
    guard let typed else { exit(128 + SIGINT) }
    guard UTF8Text.isValid(typed) else { throw CommandFailure(.usage, "what was typed is not UTF-8") }
    return String(decoding: typed, as: UTF8.self)
  }

  /// Byte by byte up to the end of the line or of the input; nil for Ctrl-C.
  private static func readLine() -> [UInt8]? {
    var line: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      let count = Glibc.read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return line }
      switch byte {
      case 0x03: return nil
      case 0x04, 0x0A, 0x0D: return line
      case 0x08, 0x7F:
        // A character of several bytes goes as a whole.
        while let last = line.popLast(), last & 0xC0 == 0x80 {}
      case 0x15: line.removeAll()
      default: line.append(byte)
      }
    }
  }
}
