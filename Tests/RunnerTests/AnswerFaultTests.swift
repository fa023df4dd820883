import RunEngine
import Runbooks
import Testing

@testable import Labels
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

  @Test("XML that is none says where and why, over a limit which one, and nothing of either where it is sealed")
  func xml() throws {
    func fault(_ body: String, type: String = "application/xml", response: String = "xml") throws -> ValueFault? {
      try Self.answer(body, type: type, response: response).fault
    }
    #expect(try fault("<a>1</a>") == nil)
    let entity = "1:10: only the entities amp, lt, gt, quot and apos are read"
    #expect(try fault("<a>&nbsp;</a>") == .brokenXML(what: entity))
    #expect(try fault("<!DOCTYPE a><a/>") == .brokenXML(what: "1:1: a document type is not read"))
    #expect(try fault("") == .brokenXML(what: "there is nothing in it"))
    let deep = String(repeating: "<a>", count: 31) + String(repeating: "</a>", count: 31)
    #expect(try fault(deep) == .tooMuchXML(.levels(limit: 30)))
    let large = "<a>" + String(repeating: "x", count: 1 << 20) + "</a>"
    #expect(try fault(large) == .tooMuchXML(.bytes(limit: 1 << 20)))
    #expect(try fault("<a>&nbsp;</a>", response: "xml\n    encrypt_response: true") == .brokenXML(what: nil))
    let reason = FailureReason(ValueFault.brokenXML(what: "1:1: a document type is not read"))
    #expect(reason.word == "parse" && reason.sentence.contains("a document type is not read"))
    let excess = FailureReason(ValueFault.tooMuchXML(.levels(limit: 30)))
    #expect(excess.word == "too-large" && excess.sentence.contains("more than 30 levels"))
  }

  @Test("XML is read by the character set of its answer, whatever its declaration says")
  func xmlCharacterSets() throws {
    func answer(_ body: [UInt8], _ type: String) throws -> LabeledAnswer {
      var registry = Samples.registry()
      return LabeledAnswer(
        status: 200, headers: [(name: "Content-Type", value: Array(type.utf8))], body: body, of: try Self.method("xml"),
        title: "Read", ownHosts: .nowhere, view: registry.view())
    }
    func document(_ encoding: String) -> String { "<?xml version=\"1.0\" encoding=\"\(encoding)\"?><a>\u{E9}</a>" }
    let latin = document("ISO-8859-1").unicodeScalars.map { UInt8($0.value) }
    let wide = document("utf-16").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    #expect(try answer(latin, "application/xml; charset=iso-8859-1").fault == nil)
    #expect(try answer([0xFF, 0xFE] + wide, "application/xml; charset=utf-16").fault == nil)
    #expect(try answer(latin, "application/xml").fault != nil)
    #expect(try Self.answer(document("ISO-8859-1"), type: nil, response: "xml", given: true).fault == nil)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try answer(mark + Array("<a>\u{E9}</a>".utf8), "application/xml; charset=iso-8859-1").fault == nil)
  }

  @Test("A path into a text that is no JSON is named")
  func pathIntoText() throws {
    let scope = try Samples.scope(["note": LabeledText(clear: "plain")])
    #expect(throws: ValueFault.textInPath(path: "note^id")) { try scope.value(try VariablePath(parsing: "note^id")) }
    #expect(FailureReason(ValueFault.textInPath(path: "note^id")).word == "parse")
  }

  @Test("Below an answer of plain text, or of nothing, an output takes its default, and without one says why")
  func defaultBelowText() throws {
    var binding = VariableBinding(name: "v", value: try VariableExpression(parsing: "response^id"))
    let answers: [(String, String?)] = [("OK", "text/plain"), ("", "application/json"), ("", nil), ("accepted", nil)]
    for (body, type) in answers {
      var scope = try Samples.scope()
      scope.answer = try Self.answer(body, type: type).scope
      binding.defaultValue = #""none""#
      let taken = try VariableTaking.take([binding], declared: [], hosts: .any, in: scope)
      let none = LabeledText(clear: "none")
      let bit = try Comparison.evaluate(.value(try #require(taken.first?.value)), .equals, .value(none))
      #expect(try bit.outcome.get(), "\(body)")
      binding.defaultValue = nil
      #expect(throws: ValueFault.textInPath(path: "response^id")) {
        try VariableTaking.take([binding], declared: [], hosts: .any, in: scope)
      }
    }
  }

  @Test("A default stands neither for what is said to be JSON and is none, nor for what is over a limit")
  func noDefaultForFaults() throws {
    var binding = VariableBinding(name: "v", value: try VariableExpression(parsing: "response^id"))
    binding.defaultValue = "null"
    let large = ValueFault.tooMuchJSON(.levels(limit: 64))
    let answers = [(#"{"id":7,"id":8}"#, "application/json", Self.twice), (Self.deep, "text/plain", large)]
    for (body, type, fault) in answers {
      var scope = try Samples.scope()
      scope.answer = try Self.answer(body, type: type).scope
      #expect(throws: fault) { try VariableTaking.take([binding], declared: [], hosts: .any, in: scope) }
    }
    let scope = try Samples.scope(["deep": LabeledText(clear: Self.deep)])
    #expect(throws: large) { try scope.find(try VariablePath(parsing: "deep^id")) }
  }

  @Test("That a text is no JSON tells about all of it")
  func labelBelowText() throws {
    let label = Label(origin: .response(step: "Get"), rule: .removesRequest, hosts: .nowhere)
    let scope = try Samples.scope(["note": LabeledText(text: Array("plain".utf8), label: label)])
    guard case .missing(let told, let fault) = try scope.find(try VariablePath(parsing: "note^id")) else {
      Issue.record("something was found")
      return
    }
    #expect(told == label && fault == .textInPath(path: "note^id"))
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
