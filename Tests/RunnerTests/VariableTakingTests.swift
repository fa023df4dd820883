import Labels
import RunEngine
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

  @Test("A value that does not convert to the declared type is refused by variable and path, without being shown")
  func conversion() throws {
    let declared = [VariableDeclaration(name: "n", type: .integer)]
    let scope = try Self.answer(#"{"n":"twelve","m":1}"#)
    func fault(_ bindings: [VariableBinding], declared: [VariableDeclaration] = []) -> ValueFault? {
      do throws(ValueFault) {
        _ = try VariableTaking.take(bindings, declared: declared, hosts: .any, in: scope)
        return nil
      } catch {
        return error
      }
    }
    let named = ValueFault.variableNotConvertible(name: "n", source: "response^n!", to: .integer)
    let plain = try Self.binding("n", "response^n!")
    #expect(fault([plain], declared: declared) == named)
    #expect(named.message == "the value of `n`, taken from `response^n!`, is not a valid integer")
    var typed = try Self.binding("n", "response^n!")
    typed.type = .integer
    #expect(fault([typed]) == named)
    typed.appends = true
    #expect(fault([typed]) == named)
    typed.appends = false
    let object = VariableBinding(name: "all", value: .object([try Self.binding("m", "response^m"), typed]))
    #expect(fault([object]) == named)
    let template = try Self.binding("n", "<<response^n>>-<<response^m>>")
    #expect(
      fault([template], declared: declared)
        == .variableNotConvertible(name: "n", source: "response^n, response^m", to: .integer))
  }

  @Test("What was handed over and does not convert is refused by its name")
  func handedOver() throws {
    let declared = [VariableDeclaration(name: "n", type: .boolean)]
    #expect(throws: ValueFault.variableNotConvertible(name: "n", source: nil, to: .boolean)) {
      try VariableTaking.settled(try Samples.json("\"maybe\""), name: "n", of: declared, hosts: .any)
    }
  }

  @Test("An encrypted variable carries itself as an origin that removes requests")
  func encrypted() throws {
    let declared = [VariableDeclaration(name: "n", encrypt: true)]
    let taken = try VariableTaking.take(
      [try Self.binding("n", "response^n")], declared: declared, hosts: .nowhere, in: try Self.answer(#"{"n":1}"#))
    #expect(taken.first?.value.label.secretOrigins == [.variable(name: "n")])
  }

  @Test("Outputs that double one another are refused by what a run may hold, before they are made")
  func doubling() throws {
    var scope = try Samples.scope()
    scope.values = ValueTable(maximumBytes: 100_000)
    scope.answer = RunScope.Answer(
      status: 200, headers: try Samples.json("{}"), body: LabeledText(clear: String(repeating: "x", count: 1_024)))
    var bindings = [try Self.binding("d0", "response")]
    for number in 1...60 {
      bindings.append(try Self.binding("d\(number)", "<<d\(number - 1)>><<d\(number - 1)>>"))
    }
    let fault = ValueFault.tooLarge(limit: 100_000)
    #expect(throws: fault) {
      try VariableTaking.take(bindings, declared: [], hosts: .nowhere, in: scope)
    }
    #expect(FailureReason(fault).word == "too-large")
    #expect(FailureReason(fault).sentence.contains("100000 bytes"))
    let field = VariableBinding(name: "all", value: .object(Array(repeating: bindings[0], count: 200)))
    #expect(throws: fault) { try VariableTaking.take([field], declared: [], hosts: .nowhere, in: scope) }
    let few = try VariableTaking.take(Array(bindings.prefix(6)), declared: [], hosts: .nowhere, in: scope)
    #expect(few.count == 6)
  }

  @Test("A guess at a secret that was put into a name is covered alike, whether it is right or wrong")
  func guess() throws {
    let label = Label(origin: .secret(path: "kv/pin", version: 1), rule: .masked, hosts: .nowhere)
    let scope = try Samples.scope(["pin": LabeledText(text: Array("4711".utf8), label: label)])
    var right = try Self.binding("right", "m^4711")
    right.defaultValue = "\"no\""
    var wrong = try Self.binding("wrong", "m^4712")
    wrong.defaultValue = "\"no\""
    let taken = try VariableTaking.take(
      [try Self.binding("m", "{\"<<pin>>\": \"hit\"}"), right, wrong], declared: [], hosts: .any, in: scope)
    var registry = Samples.registry()
    let view = registry.view()
    let shown = taken.dropFirst().map { DiscloseDoor.viewerText($0.value, view: view).text }
    #expect(taken.dropFirst().allSatisfy { $0.value.label == label.ofChoice })
    #expect(Set(shown).count == 1)
    #expect(shown.first?.contains("‹") == true)
  }

  @Test("An output whose path leads nowhere is refused by its path")
  func missing() throws {
    #expect(throws: ValueFault.self) {
      try VariableTaking.take(
        [try Self.binding("n", "response^nobody")], declared: [], hosts: .any, in: try Self.answer(#"{"n":1}"#))
    }
  }
}
