import Encodings
import Glibc

/// Where `login` keeps a token: `.chancery-token` in the home folder, for its owner alone. The file says for which service
/// the token is, and it is sent to no other.
struct TokenFile: Sendable {
  let path: String

  /// Nil where there is no home folder.
  static var standard: TokenFile? { Environment["HOME"].map { TokenFile(path: "\($0)/.chancery-token") } }

  /// The token for this service; nil where there is no file. Throws `usage` for a file that others can read, that is not
  /// one of `login`, or that is for another service.
  func token(for address: ServiceAddress) throws(CommandFailure) -> String? {
    guard access(path, F_OK) == 0 else { return nil }
    guard !InputFile.isOpenToOthers(path) else {
      throw CommandFailure(
        .usage, "others may read or change \(SafeText.show(path))", remedy: "chmod 600 closes it; then log in again.")
    }
    let lines = try InputFile.readText(path, limit: 8192).split(separator: "\n").map(String.init)
    guard lines.count == 2 else {
      throw CommandFailure(
        .usage, "\(SafeText.show(path)) is no file of `chancery login`", remedy: "Log in again, or remove it.")
    }
    guard lines[1] == address.text else {
      throw CommandFailure(
        .usage, "the token in \(SafeText.show(path)) is for \(SafeText.show(lines[1])), not for \(address.text)",
        remedy: "Log in to this service, or set CHANCERY_TOKEN.")
    }
    return lines[0]
  }

  /// Writes the file anew, so that a reader finds the old one or the new one. Throws `notSo`.
  func write(_ token: String, for address: ServiceAddress) throws(CommandFailure) {
    try OutputFile.replace(path, with: Array("\(token)\n\(address.text)\n".utf8), mode: 0o600)
  }

  /// False where there was none.
  func remove() throws(CommandFailure) -> Bool {
    if unlink(path) == 0 { return true }
    guard errno == ENOENT else {
      throw CommandFailure(.notSo, "\(SafeText.show(path)) cannot be removed: \(SystemCause.of(errno))")
    }
    return false
  }
}
