package import Encodings
import Labels
import RunEngine

/// Where the answers of a dry run come from: no call of it is made.
package struct RehearsedAnswers: Sendable {
  /// An answer that somebody gives, as it would have come.
  struct Given: Equatable, Sendable {
    var status: Int
    var headers: [(name: String, value: [UInt8])]
    var body: [UInt8]

    static func == (one: Given, other: Given) -> Bool {
      one.status == other.status && one.body == other.body
        && one.headers.map(\.name) == other.headers.map(\.name)
        && one.headers.map(\.value) == other.headers.map(\.value)
    }
  }

  /// An answer with its labels, or one that is to get them.
  enum Answer: Sendable {
    case given(Given)
    case recorded(status: Int, headers: LabeledText, body: LabeledText)
  }

  /// By `STEP/VISIT`, or by `STEP` for every visit.
  private var answers: [String: Given] = [:]
  /// An earlier run, whose recorded answers are taken.
  private var recorded: RunSession?

  /// No call is answered.
  package init() {}

  /// Those of an earlier run.
  init(of session: RunSession) { recorded = session }

  /// Without those of a recorded run.
  var given: RehearsedAnswers {
    var own = self
    own.recorded = nil
    return own
  }

  /// The most answers that can be given.
  package static let maximumCount = 1_000

  /// What is wrong with the answers that are given.
  package enum Fault: Error, Equatable, Sendable {
    case notAnObject
    case tooMany
    /// The answer under this key cannot be read.
    case malformed(key: String)
  }

  /// Reads an object of answers by step: `{"STEP": {"status": 200, "headers": {…}, "body": …}}`. `STEP/VISIT` names one
  /// visit; `status` is 200 without it; `body` is a JSON value, `text` a text that stands as it is.
  package init(_ node: JSONTape.Node, in tape: JSONTape) throws(Fault) {
    guard tape.kind(node) == .object else { throw .notAnObject }
    for child in tape.children(node) {
      let key = tape.key(child) ?? ""
      guard answers.count < Self.maximumCount else { throw .tooMany }
      guard tape.kind(child) == .object else { throw .malformed(key: key) }
      var answer = Given(status: 200, headers: [], body: [])
      for part in tape.children(child) {
        switch tape.key(part) {
        case "status":
          guard let status = tape.integer(part), (100...999).contains(status) else { throw .malformed(key: key) }
          answer.status = Int(status)
        case "headers":
          guard tape.kind(part) == .object else { throw .malformed(key: key) }
          for header in tape.children(part) {
            guard let name = tape.key(header), let value = tape.stringBytes(header) else {
              throw .malformed(key: key)
            }
            answer.headers.append((name, value))
          }
        case "body": answer.body = Array(tape.text(part))
        case "text":
          guard let text = tape.stringBytes(part) else { throw .malformed(key: key) }
          answer.body = text
        default: throw .malformed(key: key)
        }
      }
      answers[key] = answer
    }
  }

  /// The answer to a call; nil where there is none.
  func answer(to address: EffectAddress) -> Answer? {
    if let recorded { return Self.recorded(address, in: recorded) }
    return (answers["\(address.step)/\(address.visit)"] ?? answers[address.step]).map(Answer.given)
  }

  /// What the other side answered to the same call of a run.
  static func recorded(_ address: EffectAddress, in session: RunSession) -> Answer? {
    for event in session.history where event.address == address {
      guard let response = event.response, let headers = try? session.values.text(response.headers),
        let body = try? session.values.text(response.body)
      else { continue }
      return .recorded(status: response.status, headers: headers, body: body)
    }
    return nil
  }
}
