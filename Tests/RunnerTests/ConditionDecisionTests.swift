import Labels
import RunEngine
import Runbooks
import Testing

@testable import Runner

@Suite("ConditionDecision")
struct ConditionDecisionTests {
  static func row(_ path: String, _ op: ConditionOperator, _ right: Literal? = nil) throws -> ConditionRow {
    ConditionRow(left: .path(try VariablePath(parsing: path)), op: op, right: right.map { .literal($0) })
  }

  static func decide(_ groups: [[ConditionRow]], _ scope: RunScope) -> Result<Bool, FailureReason> {
    var bits = DisclosedBits()
    return ConditionDecision.decide(ConditionGroups(groups: groups), in: scope, bits: &bits)
  }

  @Test("Rows of a group are AND-ed, groups OR-ed, no rows are met")
  func structure() throws {
    let scope = try Samples.scope(["a": Samples.json("1"), "b": Samples.json("\"x\"")])
    let yes = try Self.row("a", .equals, .number("1"))
    let no = try Self.row("b", .equals, .text("y"))
    #expect(Self.decide([[yes, no]], scope) == .success(false))
    #expect(Self.decide([[yes], [no]], scope) == .success(true))
    #expect(Self.decide([], scope) == .success(true))
  }

  private static func detail(_ groups: [[ConditionRow]], _ scope: RunScope) -> String? {
    guard case .failure(.conversion(let detail)) = decide(groups, scope) else { return nil }
    return detail
  }

  @Test("What does not compare is named: the row as the document counts it, the side as it is written, and no value")
  func place() throws {
    let scope = try Samples.scope([
      "n": Samples.json("5"), "t": Samples.json(#""abracadabra""#), "when": Samples.json(#""2026-11-24T16:05:39Z""#),
      "list": Samples.json("[1]"),
    ])
    let yes = try Self.row("n", .equals, .number("5"))
    let no = try Self.row("n", .equals, .number("6"))
    func against(_ left: String, _ right: String) throws -> ConditionRow {
      ConditionRow(
        left: .path(try VariablePath(parsing: left)), op: .greater, right: .path(try VariablePath(parsing: right)))
    }
    let text = " is not a valid decimal"
    #expect(
      Self.detail([[yes, try against("t", "n")]], scope) == "in row 2 of the condition, the left side, `t`," + text)
    #expect(
      Self.detail([[no], [yes, yes, try against("n", "t")]], scope)
        == "in row 3 of group 2 of the condition, the right side, `t`," + text)
    for left in ["when", "list"] {
      #expect(
        Self.detail([[try against(left, "t")]], scope) == "in row 1 of the condition, the right side, `t`," + text)
    }
    let constant = try Self.row("n", .less, .text("hocuspocus"))
    #expect(Self.detail([[constant]], scope) == "in row 1 of the condition, the right side, a constant," + text)
  }

  @Test("Where something secret is compared, neither the side nor which of several rows it was is told")
  func secretPlace() throws {
    let secret = Label(origin: .response(step: "Get"), rule: .removesRequest, hosts: .nowhere)
    let scope = try Samples.scope([
      "n": Samples.json("5"), "hidden": Samples.json(#""abracadabra""#, label: secret),
    ])
    let row = ConditionRow(
      left: .path(try VariablePath(parsing: "hidden")), op: .less, right: .path(try VariablePath(parsing: "n")))
    #expect(
      Self.detail([[row]], scope) == "in row 1 of the condition, `hidden` or `n` is not a valid decimal")
    #expect(
      Self.detail([[try Self.row("n", .equals, .number("5")), row]], scope) == "the value is not a valid decimal")
  }

  @Test("A name without a value fails the step with its name, except where presence is asked")
  func missing() throws {
    let scope = try Samples.scope(["a": Samples.json("1")])
    #expect(Self.decide([[try Self.row("nobody", .hasNoValue)]], scope) == .success(true))
    guard case .failure(.unresolved(let name)) = Self.decide([[try Self.row("nobody", .equals, .text("x"))]], scope)
    else {
      Issue.record("it was decided")
      return
    }
    #expect(name.hasPrefix("nobody"))
  }

  @Test("Below a text that is no JSON there is no value, which may be asked for as anywhere else")
  func belowText() throws {
    let scope = try Samples.scope(["text": LabeledText(clear: "plain"), "empty": LabeledText(clear: "")])
    for path in ["text^x", "empty^x", "text[0]"] {
      #expect(Self.decide([[try Self.row(path, .hasValue)]], scope) == .success(false))
      #expect(Self.decide([[try Self.row(path, .hasNoValue)]], scope) == .success(true))
      let reason = FailureReason(ValueFault.textInPath(path: path))
      #expect(Self.decide([[try Self.row(path, .equals, .text("x"))]], scope) == .failure(reason))
    }
  }

  @Test("A large array that many decisions look into is read once")
  func readOnce() throws {
    let elements = (0..<300).map { "{\"k\":\($0)}" }.joined(separator: ",")
    let scope = try Samples.scope(["items": Samples.json("[\(elements)]")])
    for _ in 0..<20 {
      #expect(Self.decide([[try Self.row("items", .hasValue)]], scope) == .success(true))
      #expect(Self.decide([[try Self.row("items", .notEquals, .text("x"))]], scope) == .success(true))
    }
    #expect(scope.values.timesRead == 0)
    for _ in 0..<20 {
      #expect(Self.decide([[try Self.row("items[7]^k", .equals, .number("7"))]], scope) == .success(true))
      #expect(Self.decide([[try Self.row("items", .greater, .number("299"))]], scope) == .success(true))
    }
    #expect(scope.values.timesRead == 1)
  }

  @Test("What was available is named with what was not: variables, and members whose label hides nothing")
  func available() throws {
    let secret = Label(origin: .response(step: "Get"), rule: .removesRequest, hosts: .nowhere)
    let scope = try Samples.scope([
      "seen": Samples.json(#"{"id":1,"note":"x"}"#), "hidden": Samples.json(#"{"pin":1}"#, label: secret),
      "empty": Samples.json("{}"),
    ])
    func reason(_ path: String) throws -> FailureReason? {
      guard case .failure(let reason) = Self.decide([[try Self.row(path, .equals, .text("x"))]], scope) else {
        return nil
      }
      return reason
    }
    #expect(try reason("nobody") == .unresolved("nobody; available: empty, hidden, seen"))
    #expect(try reason("seen^nme") == .unresolved("seen^nme; available: id, note"))
    #expect(try reason("hidden^nme") == .unresolved("hidden^nme"))
    #expect(try reason("empty^nme") == .unresolved("empty^nme; nothing is available there"))
  }

  @Test("Many names are named as far as they fit, and the rest counted")
  func muchAvailable() throws {
    let names = (100..<200).map { "a-variable-with-number-\($0)" }
    let scope = try Samples.scope(
      Dictionary(names.map { ($0, try Samples.json("1")) }, uniquingKeysWith: { first, _ in first }))
    guard case .failure(let reason) = Self.decide([[try Self.row("nobody", .equals, .text("x"))]], scope) else {
      Issue.record("it was decided")
      return
    }
    #expect(reason.sentence.utf8.count < 400)
    #expect(reason.sentence.contains("a-variable-with-number-100,") && reason.sentence.contains(" more."))
  }

  @Test("A variable that the start should have set says from where, and that this start has no such root")
  func fromTheStart() throws {
    let text = """
      runbook: r
      start: { public: { auth: bearer }, inputs: { given: "request^given" } }
      variables: { q: { from: "<<request^q>>" } }
      steps: { a: { end: success } }
      """
    let read = DocumentReader.read(
      [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], known: nil, freshID: { "fresh" })
    var scope = try Samples.scope()
    scope.runbook = try #require(read.runbooks.first?.document)
    scope.trigger = .schedule
    for name in ["q", "given"] {
      #expect(
        Self.decide([[try Self.row(name, .equals, .text("x"))]], scope)
          == .failure(
            .unresolved(
              "\(name) (taken from request^\(name), not available from a start of kind schedule); "
                + "nothing is available there")))
    }
  }

  @Test("After a failure edge, the step that took it and its reason can be asked for")
  func lastFailure() throws {
    var scope = try Samples.scope()
    scope.lastFailure = StepFailure(step: "read", reason: .status(503))
    #expect(Self.decide([[try Self.row("failure^step", .equals, .text("read"))]], scope) == .success(true))
    #expect(Self.decide([[try Self.row("failure^reason", .equals, .text("status 503"))]], scope) == .success(true))
    scope.lastFailure = nil
    #expect(Self.decide([[try Self.row("failure^step", .hasValue)]], scope) == .success(false))
  }

  @Test("A record has no value on a start from elsewhere, and the reason says so")
  func records() throws {
    let scope = try Samples.scope()
    guard
      case .failure(.unresolved(let name)) = Self.decide([[try Self.row("ticket^id", .equals, .text("1"))]], scope)
    else {
      Issue.record("it was decided")
      return
    }
    #expect(name.contains("not available from a start of kind api"))
  }

  @Test("A secret may be tested for equality with a constant, not for order")
  func secrets() throws {
    let label = Label(origin: .secret(path: "kv/a", version: 1), rule: .masked, hosts: .any)
    let scope = try Samples.scope(["s": Samples.json("\"5\"", label: label)])
    #expect(Self.decide([[try Self.row("s", .equals, .text("5"))]], scope) == .success(true))
    guard case .failure(.notGranted) = Self.decide([[try Self.row("s", .greater, .number("4"))]], scope) else {
      Issue.record("it was compared")
      return
    }
  }

  @Test("The ninth bit of one secret is not let out")
  func limit() throws {
    let label = Label(origin: .secret(path: "kv/a", version: 1), rule: .masked, hosts: .any)
    let scope = try Samples.scope(["s": Samples.json("\"5\"", label: label)])
    var bits = DisclosedBits()
    let condition = ConditionGroups(groups: [[try Self.row("s", .equals, .text("6"))]])
    for _ in 1...8 { #expect(ConditionDecision.decide(condition, in: scope, bits: &bits) == .success(false)) }
    #expect(ConditionDecision.decide(condition, in: scope, bits: &bits) == .failure(.declassificationLimit))
  }
}
