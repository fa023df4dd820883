package import Encodings
import Labels
import RunEngine

/// Where the answers of a dry run come from: nothing that it asks for is asked.
package struct RehearsedAnswers: Sendable {
  /// An answer that somebody gives, as it would have come.
  struct Given: Equatable, Sendable {
    var status = 200
    var headers: [(name: String, value: [UInt8])] = []
    var body: [UInt8] = []
    /// Why there is no answer, in its place.
    var failure: String?
    /// What was said of it.
    var keys: Set<String> = []

    static func == (one: Given, other: Given) -> Bool {
      one.status == other.status && one.body == other.body && one.failure == other.failure && one.keys == other.keys
        && one.headers.map(\.name) == other.headers.map(\.name)
        && one.headers.map(\.value) == other.headers.map(\.value)
    }
  }

  /// An answer with its labels, or one that is to get them.
  enum Answer: Sendable {
    case given(Given)
    case recorded(status: Int, headers: LabeledText, body: LabeledText, file: RecordedFile)
    /// A step that a named key did: what its outputs set.
    case performed(RecordedKeyStep)
    /// One that it could not do, or a call or statement that had no answer.
    case failed(FailureReason)
  }

  /// By `STEP/VISIT`, or by `STEP` for every visit.
  private var answers: [String: Given] = [:]
  /// The same in the order in which they stand.
  private(set) var inOrder: [(key: String, given: Given)] = []
  /// An earlier run, whose recorded answers are taken.
  private var recorded: RunSession?

  /// Nothing is answered.
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
  /// visit; `status` is 200 without it; `body` is a JSON value, `text` a text that stands as it is; `failure`, in place of
  /// all of them, the reason for which the step takes its failure edge. What each kind of step takes of that is `GivenForm`.
  package init(_ node: JSONTape.Node, in tape: JSONTape) throws(Fault) {
    guard tape.kind(node) == .object else { throw .notAnObject }
    for child in tape.children(node) {
      let key = tape.key(child) ?? ""
      guard answers.count < Self.maximumCount else { throw .tooMany }
      guard tape.kind(child) == .object else { throw .malformed(key: key) }
      var answer = Given()
      for part in tape.children(child) {
        let name = tape.key(part) ?? ""
        answer.keys.insert(name)
        switch name {
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
        case "failure":
          guard let word = tape.string(part) else { throw .malformed(key: key) }
          answer.failure = word
        default: throw .malformed(key: key)
        }
      }
      answers[key] = answer
      inOrder.append((key, answer))
    }
  }

  /// The answer to a call, a statement or a step of a key; nil where there is none.
  func answer(to address: EffectAddress) -> Answer? {
    if let recorded { return Self.recorded(address, in: recorded) }
    return (answers["\(address.step)/\(address.visit)"] ?? answers[address.step]).map(Answer.given)
  }

  /// What the other side, or the key, answered to the same step of a run.
  static func recorded(_ address: EffectAddress, in session: RunSession) -> Answer? {
    for event in session.history where event.address == address {
      switch event {
      case .performed: return .performed(RecordedKeyStep(event, in: session))
      case .stepFailed(_, _, let reason), .callFailed(_, _, let reason, _, nil): return .failed(reason)
      // Not the answer that came: there was no room for that, so nothing can be taken of it.
      case .callFailed(_, _, let reason, _, let response?) where isUnkept(response, reason, in: session):
        return .failed(reason)
      default: break
      }
      guard let response = event.response, let headers = try? session.values.text(response.headers),
        let body = try? session.values.text(response.body)
      else { continue }
      return .recorded(
        status: response.status, headers: headers, body: body, file: RecordedFile(event, in: session))
    }
    return nil
  }

  /// Whether the run had no room for the answer, so that nothing but its status is recorded (`LabeledAnswer.unkept`).
  private static func isUnkept(_ response: ResponseRecord, _ reason: FailureReason, in session: RunSession) -> Bool {
    switch reason {
    // The second where the bits were spent that it costs to tell of the first.
    case .valueTooLarge, .declassificationLimit: break
    default: return false
    }
    guard let headers = try? session.values.text(response.headers), let body = try? session.values.text(response.body)
    else { return false }
    return !headers.exceeds(bytes: 2) && !body.exceeds(bytes: 0)
  }
}

extension FailureReason {
  /// Whether it tells what became of a call or statement on its way, rather than whether it could be made: that a dry run
  /// decides anew.
  var isOfTheWay: Bool {
    switch self {
    case .timeout, .dns, .connect, .tls, .tooLarge, .valueTooLarge, .parse, .unreadable, .interrupted, .disconnected,
      .authorization, .authorizationRests, .source:
      true
    default: false
    }
  }
}
