/// Why a command did not do what it was asked: one sentence, the remedy where there is one, and the exit code.
/// The sentence names files, fields, sizes and places; never a secret.
struct CommandFailure: Error, Equatable, Sendable {
  /// The exit codes of all commands beside 0.
  enum Outcome: Int32, Sendable {
    /// The thing asked about is not so: not there, not allowed, faulty, failed.
    case notSo = 1
    /// The command line, or a file that it names, is not what the command takes.
    case usage = 2
    /// The service cannot be reached, is sealed, or can take nothing now.
    case unavailable = 3
  }

  let outcome: Outcome
  let sentence: String
  let remedy: String?

  init(_ outcome: Outcome, _ sentence: String, remedy: String? = nil) {
    self.outcome = outcome
    self.sentence = sentence
    self.remedy = remedy
  }

  /// `error: what is the matter` and, on a line of its own, what to do.
  var rendered: String {
    let first = "error: \(SafeText.show(sentence, keepsLines: true))"
    return remedy.map { "\(first)\n  \(SafeText.show($0))" } ?? first
  }
}
