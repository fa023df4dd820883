import Labels
import Runbooks
import Testing

@testable import Runner

@Suite("VariableTaking")
struct VariableTakingTests {
  static func binding(_ name: String, _ text: String, _ mappings: [ValueMapping] = []) throws -> VariableBinding {
    VariableBinding(name: name, value: try VariableExpression(parsing: text), valueMappings: mappings)
  }

  static func answer(_ body: String, label: Label = .clear) throws -> RunScope {
    var scope = try Samples.scope()
    scope.answer = RunScope.Answer(
      status: 200, headers: try Samples.json("{}"), body: try Samples.json(body, label: label))
    return scope
  }

  @Test("An output of an encrypted answer carries the answer's label")
  func labels() throws {
    let label = Label(origin: .response(step: "Get"), rule: .removesRequest, hosts: .nowhere)
    let taken = try VariableTaking.take(
      [try Self.binding("token", "response^token!")], declared: [], hosts: .any,
      in: try Self.answer(#"{"token":"abc"}"#, label: label))
    #expect(taken.map(\.name) == ["token"])
    #expect(taken.first?.value.label.rule == .removesRequest)
    #expect(taken.first?.value.label.hosts == .nowhere)
  }

  @Test("A later output may name an earlier one of the same answer")
  func order() throws {
    let taken = try VariableTaking.take(
      [try Self.binding("a", "response^a!"), try Self.binding("b", "<<a!>>-<<response^b>>")], declared: [], hosts: .any,
      in: try Self.answer(#"{"a":"x","b":2}"#))
    #expect(taken.map(\.name) == ["a", "b"])
  }

  @Test("A value that does not convert to the declared type is refused without being shown")
  func conversion() throws {
    let declared = [VariableDeclaration(name: "n", type: .integer)]
    #expect(throws: ValueFault.notConvertible(to: .integer)) {
      try VariableTaking.take(
        [try Self.binding("n", "response^n!")], declared: declared, hosts: .any,
        in: try Self.answer(#"{"n":"twelve"}"#))
    }
  }

  @Test("An encrypted variable carries itself as an origin that removes requests")
  func encrypted() throws {
    let declared = [VariableDeclaration(name: "n", encrypt: true)]
    let taken = try VariableTaking.take(
      [try Self.binding("n", "response^n")], declared: declared, hosts: .nowhere, in: try Self.answer(#"{"n":1}"#))
    #expect(taken.first?.value.label.secretOrigins == [.variable(name: "n")])
  }

  @Test("An output whose path leads nowhere is refused by its path")
  func missing() throws {
    #expect(throws: ValueFault.self) {
      try VariableTaking.take(
        [try Self.binding("n", "response^nobody")], declared: [], hosts: .any, in: try Self.answer(#"{"n":1}"#))
    }
  }
}
