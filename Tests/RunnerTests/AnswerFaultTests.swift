import Labels
import RunEngine
import Runbooks
import Testing

@testable import Runner

@Suite("Answers that are not what they say")
struct AnswerFaultTests {
  static func method(_ response: String = "json") throws -> Method {
    let text = Samples.text.replacing("outputs: { name: response^name! }", with: "response: \(response)")
    return try RequestBuildingTests.method("read", text).1
  }

  /// - Parameter given: whether somebody gives it to a dry run.
  static func answer(
    _ body: String, status: Int = 200, type: String? = "application/json", response: String = "json",
    given: Bool = false
  ) throws -> LabeledAnswer {
    var registry = Samples.registry()
    let headers = type.map { [(name: "Content-Type", value: Array($0.utf8))] } ?? []
    return LabeledAnswer(
      status: status, headers: headers, body: Array(body.utf8), of: try method(response), title: "Read",
      ownHosts: .nowhere, view: given ? nil : registry.view())
  }

  /// Why an output that reads the path has no value; nil where it has one.
  static func fault(_ answer: LabeledAnswer, _ path: String = "response") throws -> ValueFault? {
    var scope = try Samples.scope()
    scope.answer = answer.scope
    let binding = VariableBinding(name: "v", value: try VariableExpression(parsing: path))
    do throws(ValueFault) {
      _ = try VariableTaking.take([binding], declared: [], hosts: .any, in: scope)
      return nil
    } catch {
      return error
    }
  }

  static let twice = ValueFault.brokenJSON(what: "1:9: the object already has this key")
  static let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)

  @Test("What is said to be JSON and is none fails the output that reads it, in a run, in a dry run and again later")
  func broken() throws {
    let body = #"{"id":7,"id":8}"#
    for answer in [try Self.answer(body), try Self.answer(body, given: true)] {
      let recorded = LabeledAnswer(
        status: 200, headers: answer.headers, body: answer.body, content: nil, of: try Self.method())
      for one in [answer, recorded] {
        for path in ["response", "response^id", "x <<response>>"] { #expect(try Self.fault(one, path) == Self.twice) }
        for path in ["status", "response_headers"] { #expect(try Self.fault(one, path) == nil, "it reads no body") }
      }
    }
    let reason = FailureReason(Self.twice)
    #expect(reason.word == "parse" && reason.sentence.contains("already has this key"))
  }

  @Test("What begins as JSON and is over a limit is too large, whatever its type says")
  func large() throws {
    for type in ["application/json", "text/plain", nil] {
      let answer = try Self.answer(Self.deep, type: type)
      let recorded = LabeledAnswer(
        status: 200, headers: answer.headers, body: answer.body, content: nil, of: try Self.method())
      #expect(try Self.fault(answer) == .tooMuchJSON(.levels(limit: 64)))
      #expect(try Self.fault(recorded) == .tooMuchJSON(.levels(limit: 64)))
    }
    let reason = FailureReason(ValueFault.tooMuchJSON(.levels(limit: 64)))
    #expect(reason.word == "too-large" && reason.sentence.contains("more than 64 levels"))
  }

  @Test("Plain text, no body, an error and what is read as text stay as they are")
  func text() throws {
    #expect(try Self.fault(try Self.answer("accepted", type: "text/plain")) == nil)
    #expect(try Self.fault(try Self.answer("{not json}", type: nil)) == nil)
    #expect(try Self.fault(try Self.answer("")) == nil)
    #expect(try Self.answer("{", status: 500).bodyFault == nil)
    for body in ["{", Self.deep] { #expect(try Self.fault(try Self.answer(body, response: "text")) == nil) }
  }

  @Test("A path into a text that is no JSON is named")
  func pathIntoText() throws {
    let scope = try Samples.scope(["note": LabeledText(clear: "plain")])
    #expect(throws: ValueFault.textInPath(path: "note^id")) { try scope.value(try VariablePath(parsing: "note^id")) }
    #expect(FailureReason(ValueFault.textInPath(path: "note^id")).word == "parse")
  }

  @Test(
    "An iteration over what is no array says so",
    arguments: ["\"plain\"", "{\"a\":1}", "7", "\"{}\""])
  func iteration(value: String) async throws {
    let text = """
      runbook: sample
      variables: { items: {} }
      steps:
        each: { iterate: "<<items>>", then: next, else: done }
        next: { next: each, then: done }
        done: { end: success }
      """
    try await Samples.withKeyring { keyring in
      var session = try RunSessionTests.session(keyring, try Samples.bundle(text))
      let handle = try session.insert(try Samples.json(value))
      let effects = session.record(.started(at: Samples.now, roots: [:], variables: ["items": handle]))
      _ = session.settle(effects, begins: true, now: Samples.now)
      let reason = FailureReason(ValueFault.notIterable(name: "items"))
      #expect(reason.word == "conversion")
      #expect(reason.sentence.contains("`items`, over which the step iterates, is no array"))
      #expect(session.pendingEvents.contains { $0.reason == reason })
    }
  }
}
