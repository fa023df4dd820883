import Cryptography
import Encodings
import Glibc
import Keyring

/// A passphrase from whoever runs the command: typed at a terminal without echo, else one line of standard input. Never
/// from an argument or the environment, where others can read it.
enum PassphraseInput {
  /// The passphrase of a seal that there is. Throws `usage`.
  static func existing(_ prompt: String) throws(CommandFailure) -> GuardedBytes {
    try checked(isatty(STDIN_FILENO) == 1 ? HiddenPrompt.readGuarded(prompt, limit: Passphrase.maximumCount) : line())
  }

  /// The passphrase of a seal that is to be made: asked for twice at a terminal. Throws `usage`.
  static func new(_ prompt: String) throws(CommandFailure) -> GuardedBytes {
    guard isatty(STDIN_FILENO) == 1 else { return try checked(line()) }
    let first = try checked(HiddenPrompt.readGuarded(prompt, limit: Passphrase.maximumCount))
    let second = try HiddenPrompt.readGuarded("the same again", limit: Passphrase.maximumCount)
    guard ConstantTime.areEqual(first, second) else {
      throw CommandFailure(.usage, "the two passphrases differ; nothing was changed")
    }
    return first
  }

  /// Writes a passphrase that was made here to standard output, a line of its own.
  static func show(_ passphrase: GuardedBytes) {
    passphrase.withBytes { Terminal.output.write(Array($0) + [0x0A]) }
  }

  /// What cannot be sent to a service as JSON is no passphrase here.
  private static func checked(_ bytes: GuardedBytes) throws(CommandFailure) -> GuardedBytes {
    guard bytes.withBytes({ UTF8Text.isValid($0) }) else {
      throw CommandFailure(.usage, "the passphrase is not UTF-8")
    }
    do throws(KeyringError) {
      _ = try Passphrase(bytes)
    } catch {
      throw CommandFailure(.usage, error.operatorMessage, remedy: error.remedy)
    }
    return bytes
  }

  /// One line of standard input, without its end. Byte by byte: what follows it is the next line's reader's.
  private static func line() throws(CommandFailure) -> GuardedBytes {
    // One more than is allowed, so that what is too long is told by the rule for passphrases.
    let limit = Passphrase.maximumCount + 1
    var fault: Int32?
    let bytes = GuardedBytes(capacity: limit) { buffer, count in
      while count < limit {
        var byte: UInt8 = 0
        let got = Glibc.read(STDIN_FILENO, &byte, 1)
        if got < 0, errno == EINTR { continue }
        if got < 0 { fault = errno }
        guard got == 1, byte != 0x0A else { break }
        buffer[count] = byte
        count += 1
      }
      if count > 0, buffer[count - 1] == 0x0D { count -= 1 }
    }
    if let fault { throw CommandFailure(.usage, "standard input cannot be read: \(SystemCause.of(fault))") }
    return bytes
  }
}
