import Cryptography
import Encodings
import RunEngine

/// The key by which the other side knows a repetition of a call: derived from run, step and visit, so that another attempt
/// carries the same one, and no call of another step does.
enum IdempotencyKey {
  /// - Parameter steps: the names of the runbook's steps.
  static func text(run: RunID, step: String, visit: Int, among steps: some Sequence<String>) -> String {
    let mapped = Self.mapped(step)
    // The key is made anew for each attempt, also after a restart. So it is what it always was, unless it would be another
    // step's as well: a call that was out when the service was brought up to date is known to the other side.
    let isShared = mapped != step && steps.contains { $0 != step && Self.mapped($0) == mapped }
    return "\(run.text)-\(isShared ? distinct(step) : mapped)-\(visit)"
  }

  private static func mapped(_ step: String) -> String { replacing(step) { $0 == "-" } }

  /// As the name is; where a character had to be replaced, with a hash of the name behind a character that no other key has.
  private static func distinct(_ step: String) -> String {
    let kept = replacing(step) { $0 == "-" || $0 == "." || $0 == "_" }
    if kept == step { return step }
    return "\(kept)~\(Hex.encode(Digest.sha256(Array(step.utf8))).prefix(12))"
  }

  private static func replacing(_ step: String, keeping isKept: (Character) -> Bool) -> String {
    step.map { character in
      character.isASCII && (character.isLetter || character.isNumber) || isKept(character) ? String(character) : "_"
    }.joined()
  }
}
