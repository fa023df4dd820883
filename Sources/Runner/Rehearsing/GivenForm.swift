import Encodings
import RunEngine
import Runbooks

/// What an answer to a step can be that somebody gives to a dry run: the form of what the step would have got.
enum GivenForm: Equatable, Sendable {
  /// A call of a method: any answer of another side.
  case response
  /// A statement: `body` is an array with an object for each row.
  case rows
  /// What a key makes: `body` holds it as a text under this name, and `key_version` where `isVersioned`.
  case made(String, isVersioned: Bool)
  /// A check of a signature: `body` says whether it is `valid`.
  case verdict

  /// Nil for a step that asks for nothing.
  init?(of kind: StepKind) {
    switch kind {
    case .method: self = .response
    case .sql: self = .rows
    case .key(let step):
      guard let name = step.resultName else {
        self = .verdict
        return
      }
      self = .made(name, isVersioned: step.work != .decrypt)
    default: return nil
    }
  }

  func fits(_ given: RehearsedAnswers.Given) -> Bool {
    if given.failure != nil { return given.keys == ["failure"] && reason(of: given, source: "") != nil }
    if self == .response { return !(given.keys.contains("body") && given.keys.contains("text")) }
    guard given.keys == ["body"], let tape = try? JSONTape(given.body, limits: .values) else { return false }
    let body = tape.root
    switch self {
    case .response: return true
    case .rows: return tape.kind(body) == .array && tape.children(body).allSatisfy { tape.kind($0) == .object }
    case .verdict: return tape.count(body) == 1 && Self.verdict(given) != nil
    case .made(let name, let isVersioned):
      guard tape.kind(body) == .object, tape.member(body, name).flatMap({ tape.string($0) }) != nil else {
        return false
      }
      guard let version = tape.member(body, "key_version") else { return tape.count(body) == 1 }
      return isVersioned && tape.count(body) == 2 && tape.integer(version).map { $0 > 0 } == true
    }
  }

  /// What a check of a signature is said to have found; nil where the answer does not say.
  static func verdict(_ given: RehearsedAnswers.Given) -> Bool? {
    guard let tape = try? JSONTape(given.body), tape.kind(tape.root) == .object else { return nil }
    return tape.member(tape.root, "valid").flatMap { tape.bool($0) }
  }

  /// The reason for which the step takes its failure edge; nil where there is none, or none that such a step can have.
  func reason(of given: RehearsedAnswers.Given, source: String) -> FailureReason? {
    // Only a database's own code stands with a name: what is given names no value.
    guard let word = given.failure,
      let reason = FailureReason(word: word, name: word.hasPrefix("sql ") ? source : "")
    else { return nil }
    switch (self, reason) {
    case (.response, .timeout), (.response, .dns), (.response, .connect), (.response, .tls), (.response, .tooLarge),
      (.response, .parse), (.response, .interrupted), (.response, .disconnected), (.response, .authorization):
      return reason
    case (.rows, .timeout), (.rows, .dns), (.rows, .connect), (.rows, .tls), (.rows, .tooLarge),
      (.rows, .interrupted), (.rows, .disconnected), (.rows, .source):
      return reason
    case (.made("plaintext", _), .notVerified), (.verdict, .notVerified), (.made, .tooLarge): return reason
    default: return nil
    }
  }

  /// What fits, in words that follow the step's name.
  var sentence: String {
    switch self {
    case .response:
      "calls a method: its answer is `status` (100 to 999), `headers` (texts by name), and `body` (a JSON value) or "
        + "`text`; or `failure` alone, which is timeout, dns, connect, tls, too-large, parse, interrupted, disconnected, or "
        + "`token ` and why there is no token."
    case .rows:
      "sends a statement: its answer is `body` alone, an array with an object for each row; or `failure` alone, which is "
        + "timeout, dns, connect, tls, too-large, interrupted, disconnected, or `sql ` and the database's code."
    case .verdict:
      "checks a signature: its answer is `body` alone, {\"valid\": true} or {\"valid\": false}; or `failure` alone, which "
        + "is not-verified."
    case .made(let name, let isVersioned):
      "uses a key: its answer is `body` alone, an object with the text `\(name)`"
        + (isVersioned ? ", which may have a number `key_version`" : "")
        + "; or `failure` alone, which is \(name == "plaintext" ? "not-verified or too-large" : "too-large")."
    }
  }
}
