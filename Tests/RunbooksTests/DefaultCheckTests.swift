import Labels
import Testing

@testable import Runbooks

@Suite("What variables begin with")
struct DefaultCheckTests {
  private static func faults(_ variables: String) -> [String] {
    Documents.faults(
      """
      runbook: r
      variables:
        v: \(variables)
      steps: { a: { end: success } }
      """)
  }

  @Test(
    "A default that does not convert to the variable's type is an error at its place",
    arguments: [
      (#"{ type: integer, default: "abc" }"#, "integer"), ("{ type: integer, default: 1.5 }", "integer"),
      ("{ type: boolean, default: 7 }", "boolean"), ("{ type: array, default: { x: 1 } }", "array"),
      ("{ type: object, default: [1] }", "object"), ("{ type: decimal, default: true }", "decimal"),
      ("{ type: datetime, default: yesterday }", "datetime"), ("{ type: string, default: null }", "string"),
      (#"{ type: integer, default: 1, value_mappings: { "1": one } }"#, "integer"),
    ])
  func refused(variable: String, type: String) {
    let faults = Self.faults(variable)
    #expect(faults.count == 1)
    #expect(faults.first?.hasPrefix("a.yaml:3:") == true)
    #expect(
      faults.first?.contains("the default of `v` does not convert to its type: the value is not a valid \(type)")
        == true)
    for shown in ["abc", "yesterday", "1.5"] { #expect(faults.allSatisfy { !$0.contains(shown) }) }
  }

  @Test(
    "A default that converts, one of no type and one that a mapping turns into the type are none",
    arguments: [
      #"{ type: integer, default: "12" }"#, "{ type: boolean, default: 1 }", #"{ type: array, default: "[1, 2]" }"#,
      "{ default: null }", "{ type: integer }", "abc",
      #"{ type: integer, default: low, value_mappings: { low: "1" } }"#,
      #"{ type: integer, default: null, value_mappings: { "null": "0" } }"#,
    ])
  func accepted(variable: String) {
    #expect(Self.faults(variable) == [])
  }

  @Test("A default that the import would seal is held against the type too, and not shown")
  func sealed() {
    let faults = Self.faults(#"{ type: integer, encrypt: true, default: "hunter-two" }"#)
    #expect(faults.contains { $0.contains("error") && $0.contains("the value is not a valid integer") })
    #expect(faults.allSatisfy { !$0.contains("hunter") })
    #expect(Self.faults(#"{ type: integer, encrypt: true, default: "2" }"#).allSatisfy { !$0.contains("error") })
  }

  @Test("A vendor variable whose constant is none of its data type is imported without a type, and that is said")
  func vendor() {
    let text = #"""
      {"id":"aaaaaaaa-0000-4000-8000-000000000001","name":"n","type":1,
       "input_variables":[{"key":"v","value":"abc","data_type":3}],
       "steps":[{"step_id":1,"name":"e","isstart":true,"isend":true,"steptype":3,"auto_action":0,"actions":[]}]}
      """#
    let read = Documents.read([("a.json", text)])
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    #expect(
      read.faults.contains {
        $0.code == .badValue && $0.rendered.contains("`v` does not convert to its `data_type`, integer")
      })
    let variable = read.runbooks.first?.document.variable(named: "v")
    #expect(variable?.type == nil)
    #expect(variable?.initialValue == .json(#""abc""#))
    #expect(variable?.vendor["data_type"] == "3")
  }

  @Test("A value keeps its label through mappings and type")
  func labels() throws {
    let label = Label(origin: .secret(path: "kv/a", version: 1), rule: .masked, hosts: .any)
    let variable = VariableDeclaration(
      name: "v", type: .integer, valueMappings: [ValueMapping(input: "low", output: "1")])
    // What was chosen out of a table only tells which value it was; what was not, is that value.
    for (text, kept) in [("low", label.ofChoice), ("7", label)] {
      #expect(try variable.settled(LabeledText(text: Array(text.utf8), label: label)).label == kept)
    }
    #expect(throws: ValueFault.notConvertible(to: .integer)) {
      try variable.settled(LabeledText(text: Array("high".utf8), label: label))
    }
  }
}
