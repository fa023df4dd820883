import Testing

@testable import Runbooks

@Suite("Names of a document")
struct NamePlacesTests {
  private static func runbook(_ count: Int) -> RunbookDocument {
    let steps = (0..<count).map { Step(name: "s\($0)", kind: .end(.success)) }
    return RunbookDocument(id: "r", variables: [VariableDeclaration(name: "v")], steps: steps, startStep: "s0")
  }

  @Test("The names of ten thousand steps are gone through once, however often steps are looked up")
  func once() {
    let runbook = Self.runbook(10_000)
    let copy = runbook
    for number in 0..<10_000 { #expect(runbook.step(named: "s\(number)")?.name == "s\(number)") }
    #expect(copy.step(named: "s10000") == nil)
    #expect(runbook.variable(named: "v")?.name == "v")
    #expect(runbook.stepPlaces.makings == 1)
    #expect(copy.stepPlaces.makings == 1)
  }

  @Test("A document that was changed is looked up anew, and the copy that was not stays as it was")
  func changed() {
    let runbook = Self.runbook(3)
    #expect(runbook.step(named: "s1")?.kind == .end(.success))
    var other = runbook
    other.steps[1].kind = .end(.failure)
    other.steps.append(Step(name: "new", kind: .end(.success)))
    other.steps.removeFirst()
    other.variables = []
    #expect(other.step(named: "s0") == nil)
    #expect(other.step(named: "s1")?.kind == .end(.failure))
    #expect(other.step(named: "new") != nil)
    #expect(other.variable(named: "v") == nil)
    #expect(runbook.step(named: "s0") != nil)
    #expect(runbook.step(named: "new") == nil)
    #expect(runbook.variable(named: "v") != nil)
  }

  @Test("Of two steps with one name the first is found")
  func twice() {
    var runbook = Self.runbook(0)
    runbook.steps = [Step(name: "a", kind: .end(.success)), Step(name: "a", kind: .end(.failure))]
    #expect(runbook.step(named: "a")?.kind == .end(.success))
  }

  @Test("What was looked up is no part of what a document says")
  func equal() {
    let (one, other) = (Self.runbook(2), Self.runbook(2))
    _ = one.step(named: "s1")
    #expect(one == other)
    #expect(one.canonicalJSON == other.canonicalJSON)
    let integration = IntegrationDocument(
      id: "i", baseURL: "https://h",
      methods: [Runbooks.Method(id: "i/m", name: "m", httpMethod: .get, resource: Template(literal: "/"))])
    var changed = integration
    #expect(integration.method(named: "m") != nil)
    changed.methods = []
    #expect(changed.method(named: "m") == nil)
    #expect(integration.method(named: "m")?.id == "i/m")
  }
}
