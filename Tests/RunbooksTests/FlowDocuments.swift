import Labels
import NamedKeys
import TestSupport

@testable import Runbooks

/// Makes small runbooks in which secrets meet every construct that carries them: loops, both edges, outputs of methods
/// and steps, templates, mappings, types, inputs, variables that are set again.
struct FlowDocuments {
  static let names = ["v0", "v1", "v2", "v3", "v4"]
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  struct Made {
    var runbook: RunbookDocument
    var integrations: [IntegrationDocument]

    func integration(_ id: String) -> IntegrationDocument? { integrations.first { $0.id == id } }
  }

  mutating func make() -> Made {
    let integrations = ["north", "south"].map { integration($0) }
    let names = (0..<random.number(in: 2...8)).map { "s\($0)" }
    var steps = names.map { step($0, names: names + ["done"], integrations) }
    steps.append(Step(name: "done", kind: .end(.success)))
    var start = StartAccess.internalOnly
    if !random.oneIn(4) {
      start = .public(PublicStart(encryptRequest: random.oneIn(2), inputs: inputs()))
    }
    let runbook = RunbookDocument(
      id: "r", start: start, variables: variables(), steps: steps, startStep: names.first)
    return Made(runbook: runbook, integrations: integrations)
  }

  private mutating func pick(_ texts: [String]) -> String { random.element(of: texts) ?? "v0" }

  private mutating func path(_ text: String) -> VariablePath {
    (try? VariablePath(parsing: text)) ?? VariablePath(root: "v0")
  }

  /// A variable, often with a path below it; sometimes a root of the request.
  private mutating func use() -> String {
    let below = pick(["", "", "", "^a", "^b^a", "^list[0]^a", "^list[id=1]^a", "!"])
    if random.oneIn(6) { return pick(["request", "request^a", "request_query^a", "request_headers^X-Id"]) }
    return pick(Self.names) + below
  }

  private mutating func template() -> Template {
    var source = random.oneIn(2) ? "x " : ""
    for _ in 0..<random.number(in: 1...2) { source += "<<\(use())>>" }
    return (try? Template(parsing: source)) ?? Template(literal: "x")
  }

  private mutating func mappings() -> [ValueMapping] {
    random.oneIn(5) ? [ValueMapping(input: "one", output: "1"), ValueMapping(input: "two", output: "2")] : []
  }

  private mutating func inputs() -> [VariableBinding] {
    (0..<random.number(in: 0...3)).map { _ in
      let value = path(pick(["request^a", "request^b", "request", "request_headers^X-Id", "request_query^a", "v1"]))
      return VariableBinding(name: pick(Self.names), value: .path(value), valueMappings: mappings())
    }
  }

  private mutating func variables() -> [VariableDeclaration] {
    Self.names.filter { _ in !random.oneIn(3) }.map { name in
      var variable = VariableDeclaration(name: name, encrypt: random.oneIn(4), valueMappings: mappings())
      if random.oneIn(6) { variable.type = .string }
      switch random.number(in: 0...5) {
      case 0: variable.initialValue = .json("{\"a\":\"one\",\"b\":{\"a\":\"two\"}}")
      case 1: variable.initialValue = .secret(SecretReference(path: "kv/\(name)", field: "f"))
      case 2: variable.from = .template(template())
      case 3: variable.from = .path(path(pick(Self.names.filter { $0 != name })))
      default: variable.initialValue = variable.encrypt ? .sealed : .none
      }
      return variable
    }
  }

  private mutating func integration(_ id: String) -> IntegrationDocument {
    var document = IntegrationDocument(id: id, baseURL: "https://\(id).example.com/api")
    switch random.number(in: 0...4) {
    case 0: document.authorization = .bearer(token: .entered)
    case 1:
      document.authorization = .apiKeyQuery(name: "key", key: .secret(SecretReference(path: "kv/\(id)", field: "f")))
    default: break
    }
    document.methods = (0..<random.number(in: 1...3)).map { method("m\($0)", id) }
    return document
  }

  private mutating func method(_ name: String, _ integration: String) -> Runbooks.Method {
    var method = Runbooks.Method(
      id: "\(integration)/\(name)", name: name, httpMethod: random.oneIn(3) ? .get : .post, resource: resource(),
      encryptResponse: random.oneIn(3))
    method.query = rows(["q", "p"])
    method.headers = rows(["X-A", "X-B"])
    switch random.number(in: 0...3) {
    case 0:
      method.body = .json((try? JSONTemplate(parsing: "{\"k\": <<\(use())>>}")) ?? .empty)
    case 1: method.body = .form(rows(["f", "g"]))
    case 2: method.body = .text(template())
    default: break
    }
    method.outputs = (0..<random.number(in: 0...2)).map { _ in answerOutput() }
    return method
  }

  private mutating func resource() -> Template {
    let source = pick(["/a", "/a", "/a/<<\(use())>>", "/<<\(pick(Self.names))>>/b?x=<<\(use())>>"])
    return (try? Template(parsing: source)) ?? Template(literal: "/")
  }

  private mutating func rows(_ keys: [String]) -> [Row] {
    keys.filter { _ in random.oneIn(3) }.map { key in
      switch random.number(in: 0...5) {
      case 0: Row(key: key, value: .secret(SecretReference(path: "kv/row", field: key)))
      case 1: Row(key: key, value: .sealed)
      default: Row(key: key, value: .template(template()))
      }
    }
  }

  private mutating func answerOutput() -> VariableBinding {
    let value = pick([
      "response", "response^a", "response^b", "response^b^a", "response^list[id=1]^a", "response^access_token",
      "response_headers^ETag", "response_headers", "response_headers^Date", "status",
    ])
    return VariableBinding(name: pick(Self.names), value: .path(path(value)), valueMappings: mappings())
  }

  private mutating func step(_ name: String, names: [String], _ integrations: [IntegrationDocument]) -> Step {
    let kind: StepKind
    if random.oneIn(4) {
      kind = .condition(condition())
    } else if random.oneIn(6) {
      let items = path(pick(Self.names) + pick(["", "^list", "^b"]))
      let outputs = (0..<random.number(in: 1...2)).map { _ in
        VariableBinding(name: pick(Self.names), value: .path(path(pick(["response", "response^a", "response^id"]))))
      }
      kind = .iterate(IterationStep(items: items, outputs: outputs))
    } else if random.oneIn(6) {
      let query = (try? Template(parsing: "select <<\(use())>>, '<<\(use())>>'")) ?? Template(literal: "select 1")
      let outputs = (0..<random.number(in: 1...2)).map { _ in answerOutput() }
      kind = .sql(SQLStep(source: "rows", query: query, outputs: outputs, encryptResponse: random.oneIn(3)))
    } else if random.oneIn(6), let name = try? KeyName(pick(["deploy", "mail"])) {
      let work = random.element(of: KeyStep.Work.allCases) ?? .sign
      var key = KeyStep(work: work, key: KeyReference(name: name), message: template())
      if work == .verify { key.signature = template() }
      if random.oneIn(2) { key.context = template() }
      if let result = key.resultName {
        key.outputs = (0..<random.number(in: 1...2)).map { _ in
          VariableBinding(name: pick(Self.names), value: .path(path(pick(["response", "response^\(result)"]))))
        }
      }
      kind = .key(key)
    } else {
      let integration = random.element(of: integrations) ?? integrations[0]
      let method = random.element(of: integration.methods) ?? integration.methods[0]
      let outputs = (0..<random.number(in: 0...2)).map { _ in
        random.oneIn(2)
          ? answerOutput() : VariableBinding(name: pick(Self.names), value: .template(template()))
      }
      kind = .method(
        MethodCallStep(method: .named(integration: integration.id, method: method.name), outputs: outputs))
    }
    return Step(
      name: name, kind: kind, onSuccess: pick(names), onFailure: random.oneIn(3) ? nil : pick(names))
  }

  private mutating func condition() -> ConditionGroups {
    let rows = (0..<random.number(in: 1...2)).map { _ in
      let op = random.element(of: [ConditionOperator.equals, .notEquals, .contains, .hasValue, .isIn]) ?? .equals
      let left = random.oneIn(3) ? Operand.template(template()) : .path(path(use()))
      let right: Operand = random.oneIn(3) ? .path(path(pick(Self.names))) : .literal(.text("one"))
      return ConditionRow(left: left, op: op, right: op.takesRight ? right : nil)
    }
    return ConditionGroups(groups: random.oneIn(2) ? [rows] : rows.map { [$0] })
  }
}

extension JSONTemplate {
  /// An empty object.
  fileprivate static var empty: JSONTemplate {
    do { return try JSONTemplate(parsing: "{}") } catch { preconditionFailure("the empty object is JSON") }
  }
}
