import Cryptography
import Encodings
import Redaction

/// A file of secrets for the filter.
enum SecretFile {
  private static let byteLimit = 16 << 20

  /// The matcher of a file's secrets. Faults name file and line, never anything of a value.
  static func matcher(_ path: String, weak: WeakSecretRule) throws(CommandFailure) -> SecretMatcher {
    var builder = MatcherBuilder(hashSeed: RandomBytes.make(8).reduce(0) { $0 << 8 | UInt64($1) })
    let refused = try read(path) { entry in
      let name = SecretName(entry.name, keyedHash: Digest.sha256(Array(entry.name.utf8)))
      if case .failure(let refusal) = builder.add(entry.value, name: name, weak: weak) { return refusal.sentence }
      return nil
    }
    guard refused == 0 else {
      throw CommandFailure(
        .usage, "\(Count.text(refused, "secret")) cannot be searched for; nothing was read from standard input",
        remedy: "Replace weak secrets, or mask them where they stand alone with --weak.")
    }
    guard builder.count > 0 else { throw CommandFailure(.usage, "\(path) holds no secret") }
    return builder.build()
  }

  /// Hands each secret of the file to `take`, which may say why it does not take it. Says so by file and line, never with
  /// anything of a value, and gives how many were not taken.
  static func read(
    _ path: String, _ take: ((name: String, value: [UInt8])) -> String?
  ) throws(CommandFailure) -> Int {
    if InputFile.isOpenToOthers(path) {
      Terminal.errors.line(SafeText.show("warning: others may read or change \(path); its mode should be 0600"))
    }
    let bytes = try InputFile.read(path, limit: byteLimit)
    var faults: [String] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty { continue }
      let fault: String?
      switch entry(Array(line), number: index + 1) {
      case .failure(let reason): fault = reason.sentence
      case .success(let entry): fault = take(entry)
      }
      if let fault { faults.append("\(path):\(index + 1): error: \(fault)") }
    }
    for fault in faults { Terminal.errors.line(SafeText.show(fault)) }
    return faults.count
  }

  private struct Fault: Error {
    let sentence: String
  }

  private static func entry(_ line: [UInt8], number: Int) -> Result<(name: String, value: [UInt8]), Fault> {
    guard line.first == UInt8(ascii: "{") else { return .success(("secret-\(number)", line)) }
    guard let tape = try? JSONTape(line), tape.kind(tape.root) == .object,
      let value = tape.member(tape.root, "value").flatMap({ tape.stringBytes($0) })
    else {
      return .failure(Fault(sentence: "a line that begins with { must be a JSON object with `value`, a text"))
    }
    guard let node = tape.member(tape.root, "name") else { return .success(("secret-\(number)", value)) }
    guard let name = tape.string(node) else { return .failure(Fault(sentence: "`name` must be a text")) }
    return .success((name, value))
  }
}
