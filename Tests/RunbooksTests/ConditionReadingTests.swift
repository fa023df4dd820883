import Labels
import Testing

@testable import Runbooks

@Suite("Conditions")
struct ConditionReadingTests {
  private func condition(_ text: String) throws -> ConditionGroups {
    let read = Documents.read(
      "runbook: r\nvariables: { a: 1, b: 2 }\nsteps:\n  s: { condition: \(text), then: e, else: f }\n"
        + "  e: { end: success }\n  f: { end: failure }")
    #expect(read.faults.map(\.rendered) == [])
    let step = try #require(read.runbooks.first?.document.step(named: "s"))
    guard case .condition(let groups) = step.kind else {
      Issue.record("no condition")
      return ConditionGroups(groups: [])
    }
    return groups
  }

  private func path(_ text: String) throws -> Operand { .path(try VariablePath(parsing: text)) }

  @Test("A row, a list of rows and groups of rows are read")
  func forms() throws {
    let row = ConditionRow(left: try path("a"), op: .equals, right: .literal(.text("x")))
    let text = "{ left: a, op: equals, right: x }"
    #expect(try condition(text).groups == [[row]])
    #expect(try condition("[\(text), \(text)]").groups == [[row, row]])
    #expect(try condition("{ any: [[\(text)], [\(text), \(text)]] }").groups == [[row], [row, row]])
  }

  @Test("A condition without rows is met")
  func withoutRows() throws {
    #expect(try condition("[]").isAlwaysMet)
    #expect(try condition("{ any: [] }").isAlwaysMet)
    #expect(try condition("{ any: [[]] }").isAlwaysMet)
    #expect(try !condition("{ left: a, op: has_value }").isAlwaysMet)
  }

  @Test("Constants keep the type that they are written in, and both sides may be variables")
  func operands() throws {
    let cases: [(String, Operand)] = [
      ("5", .literal(.number("5"))), ("5.50", .literal(.number("5.50"))), ("'5'", .literal(.text("5"))),
      ("true", .literal(.bool(true))), ("null", .literal(.null)), ("yes", .literal(.text("yes"))),
      ("<<b>>", try path("b")), ("<<b!>>", try path("b!")), ("'x <<b>>'", .template(try Template(parsing: "x <<b>>"))),
      (#"'\<<b>>'"#, .literal(.text("<<b>>"))),
    ]
    for (text, operand) in cases {
      #expect(try condition("{ left: a, op: equals, right: \(text) }").groups.first?.first?.right == operand, "\(text)")
    }
    #expect(try condition("{ left: '<<a^x>>', op: has_value }").groups.first?.first?.left == path("a^x"))
    #expect(
      try condition("{ left: a, op: in, right: [1, x, '<<b>>'] }").groups.first?.first?.right
        == .list([.literal(.number("1")), .literal(.text("x")), path("b")]))
  }

  @Test(
    "A row that says too little or too much is an error",
    arguments: [
      "{ left: a }", "{ op: equals }", "{ left: a, op: equals }", "{ left: a, op: has_value, right: 1 }",
      "{ left: 5, op: equals, right: 5 }", "{ left: a, op: equals, right: [1] }", "{ left: a, op: equals, right: {} }",
      "{ left: a, op: like, right: x }", "x", "{ any: {} }", "{ any: [x] }",
      "{ left: a, op: equals, right: 1, else: b }",
      "{ left: 'a^', op: has_value }", "{ any: [], left: a }",
    ])
  func faults(text: String) {
    let read = Documents.read(
      "runbook: r\nvariables: { a: 1 }\nsteps:\n  s: { condition: \(text), then: e, else: f }\n"
        + "  e: { end: success }\n  f: { end: failure }")
    #expect(read.faults.hasErrors)
  }

  @Test("Every operator of the vendor has a native name and keeps its number")
  func operators() {
    #expect(ConditionOperator.allCases.map(\.vendorNumber) == [0, 1, 2, 3, 5, 6, 7, 8, 23, 24, 29, 30])
    #expect(ConditionOperator.allCases.filter { !$0.takesRight } == [.hasValue, .hasNoValue])
  }
}
