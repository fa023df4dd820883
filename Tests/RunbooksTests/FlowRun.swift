import Encodings
import Labels
import TestSupport

@testable import Runbooks

/// One run of a runbook with nothing but the label machinery: values are taken, mapped, converted, rendered and compared
/// as a run does it, answers come from chance, and so does the edge that is taken. It notes which origin reached which
/// sink.
struct FlowRun {
  struct Seen: Hashable {
    let origin: Origin
    let sink: FlowCheck.Sink
  }

  /// What reached what.
  private(set) var seen: Set<Seen> = []
  /// Sinks to which any value came, labelled or not.
  private(set) var reached: Set<FlowCheck.Sink> = []
  /// Conditions that the rule of comparisons refused, by step.
  private(set) var refused: Set<String> = []
  private let made: FlowDocuments.Made
  /// Whether answers hold what only their content makes secret: tokens, signed URLs, echoes.
  private let hasContent: Bool
  private var random: SeededRandom
  private var variables: [String: LabeledText] = [:]
  private var roots: [String: LabeledText] = [:]
  private var taken: [String: LabeledText] = [:]
  private var answer: [String: LabeledText] = [:]

  init(_ made: FlowDocuments.Made, hasContent: Bool, seed: UInt64) {
    self.made = made
    self.hasContent = hasContent
    random = SeededRandom(seed: seed)
  }

  mutating func run(visits: Int) {
    begin()
    var name = made.runbook.startStep
    for _ in 0..<visits {
      guard let step = name.flatMap({ made.runbook.step(named: $0) }) else { return }
      var succeeded = random.oneIn(2)
      switch step.kind {
      case .condition(let condition): decide(condition, in: step.name)
      case .method(let call): succeeded = perform(call, in: step.name)
      case .iterate(let iteration): succeeded = iterate(iteration)
      case .key(let key): succeeded = use(key, in: step.name)
      case .sql(let sql): succeeded = ask(sql, in: step.name)
      case .next, .sleep: succeeded = true
      case .startRunbook, .end, .unsupported: return
      }
      name = succeeded ? step.onSuccess : step.onFailure
    }
  }

  // MARK: Values

  private func find(_ path: VariablePath) throws(ValueFault) -> LabeledJSON.Found {
    let root: LabeledText?
    if case .variable(let name) = path.rootKind {
      root = taken[name] ?? variables[name]
    } else {
      root = answer[path.root] ?? roots[path.root]
    }
    guard let root else {
      return .missing(label: .clear, fault: .pathMissing(path: path.text, available: nil))
    }
    if path.path.steps.isEmpty { return .value(root) }
    return try LabeledJSON(reading: root).find(path.path, name: path.text)
  }

  private func value(_ path: VariablePath) throws(ValueFault) -> LabeledText {
    switch try find(path) {
    case .value(let value): return value
    case .missing(_, let fault): throw fault
    }
  }

  private func text(_ template: Template, as context: RenderingContext) throws(ValueFault) -> LabeledText {
    var segments: [RenderingSegment] = []
    for segment in template.segments {
      switch segment {
      case .literal(let text): segments.append(.literal(text))
      case .placeholder(let placeholder):
        let path = placeholder.path
        segments.append(.value(try value(path), name: path.text, isBare: path.isBare, context: context))
      }
    }
    return try Rendering.text(segments).text
  }

  private func evaluate(_ expression: VariableExpression) throws(ValueFault) -> LabeledText {
    switch expression {
    case .path(let path): try value(path)
    case .template(let template): try text(template, as: .text)
    case .object(let fields):
      try Transforms.object(
        fields.map { field throws(ValueFault) in (name: field.name, value: try evaluate(field.value)) })
    }
  }

  private func label(of variable: VariableDeclaration) -> Label {
    LabelProducers.encryptedVariable(name: variable.name, hosts: .any)
  }

  private func take(_ binding: VariableBinding) throws(ValueFault) -> LabeledText {
    var result = try evaluate(binding.value)
    let declaration = made.runbook.variable(named: binding.name)
    for mappings in [binding.valueMappings, declaration?.valueMappings ?? []] where !mappings.isEmpty {
      result = Transforms.mapped(result, by: mappings.map { ($0.input, $0.output) })
    }
    if binding.appends {
      if let type = binding.type { result = try Transforms.converted(result, to: type) }
      result = try Transforms.appended(result, to: taken[binding.name] ?? variables[binding.name])
    } else if let type = binding.type ?? declaration?.type {
      result = try Transforms.converted(result, to: type)
    }
    if let declaration, declaration.encrypt { result = result.labeled(also: label(of: declaration)) }
    return result
  }

  // MARK: The start

  private mutating func begin() {
    if let start = made.runbook.start.publicStart { begin(start) }
    for variable in made.runbook.variables {
      var value: LabeledText?
      switch variable.initialValue {
      case .none: break
      case .json(let text): value = try? LabeledText(json: Array(text.utf8), label: .clear)
      case .secret(let reference): value = content(Self.label(of: reference))
      case .sealed: value = content(label(of: variable))
      }
      if variable.encrypt { value = value?.labeled(also: label(of: variable)) }
      guard let value else { continue }
      variables[variable.name] = value
      note(value, in: variable.name)
    }
    let from = made.runbook.variables.compactMap { variable in
      variable.from.map { VariableBinding(name: variable.name, value: $0) }
    }
    for binding in (made.runbook.start.publicStart?.inputs ?? []) + from {
      guard let value = try? take(binding) else { continue }
      taken[binding.name] = value
      note(value, in: binding.name)
    }
    variables.merge(taken) { _, new in new }
    taken = [:]
  }

  private mutating func begin(_ start: PublicStart) {
    let label = LabelProducers.start(isEncrypted: start.encryptRequest, hosts: .any)
    roots["request"] = body(label, tokens: false)
    var headers: [(name: String, value: [UInt8])] = [("X-Id", Array("one".utf8)), ("Date", Array("now".utf8))]
    if hasContent { headers.append(("Authorization", Array("Bearer t".utf8))) }
    roots["request_headers"] = LabeledHeaders.object(
      headers, label: label, isEncrypted: start.encryptRequest, holder: "request")
    roots["request_query"] = LabeledHeaders.query([(Array("a".utf8), Array("one".utf8))], label: label)
  }

  private static func label(of reference: SecretReference) -> Label {
    Label(origin: .secret(path: reference.path, version: 1), rule: .masked, hosts: .any)
  }

  /// A value of one member `a`, or a text.
  private mutating func content(_ label: Label) -> LabeledText {
    let text = random.oneIn(6) ? "two" : "{\"a\":\"one\",\"b\":{\"a\":\"two\"},\"list\":[{\"id\":\"1\",\"a\":\"x\"}]}"
    return LabeledText(body: Array(text.utf8), label: label)
  }

  private mutating func body(_ label: Label, tokens: Bool) -> LabeledText {
    var members = ["\"b\":{\"a\":\"two\"}", "\"list\":[{\"id\":\"1\",\"a\":\"x\"}]"]
    if !random.oneIn(8) { members.append("\"a\":\"\(random.oneIn(2) ? "one" : "other")\"") }
    if tokens { members.append("\"access_token\":\"t0ken\",\"u\":\"https://h/?sig=abc\"") }
    return LabeledText(body: Array("{\(members.joined(separator: ","))}".utf8), label: label)
  }

  // MARK: Steps

  private mutating func perform(_ call: MethodCallStep, in step: String) -> Bool {
    guard case .named(let id, let name) = call.method, let integration = made.integration(id),
      let method = integration.method(named: name)
    else { return false }
    do {
      try send(method, of: integration, in: step)
      // A call that fails sets nothing.
      if random.oneIn(5) { return false }
      receive(method, in: step)
      defer {
        taken = [:]
        answer = [:]
      }
      for binding in method.outputs + call.outputs { taken[binding.name] = try take(binding) }
      for (name, value) in taken { note(value, in: name) }
      variables.merge(taken) { _, new in new }
      return true
    } catch {
      return false
    }
  }

  /// A key makes something of all that it is given, and what it made takes the labels of that and its own.
  private mutating func use(_ key: KeyStep, in step: String) -> Bool {
    do {
      let inputs = try key.templates.map { try text($0.template, as: .text).label }
      if key.work == .verify || key.work == .decrypt {
        let sink = FlowCheck.Sink.condition(step: step, row: 0)
        for origin in Label.join(inputs).secretOrigins { seen.insert(Seen(origin: origin, sink: sink)) }
      }
      guard let name = key.resultName else { return random.oneIn(2) }
      let made = LabelProducers.namedKey(name: key.key.name.text, version: 1, hosts: .any)
      let label = Label.join(inputs + [made])
      answer["response"] = LabeledText(body: Array("{\"\(name)\":\"abc\"}".utf8), label: label)
      defer {
        taken = [:]
        answer = [:]
      }
      for binding in key.outputs { taken[binding.name] = try take(binding) }
      for (name, value) in taken { note(value, in: name) }
      variables.merge(taken) { _, new in new }
      return true
    } catch {
      return false
    }
  }

  /// A database is sent all parameters, and can give all of them back.
  private mutating func ask(_ sql: SQLStep, in step: String) -> Bool {
    do {
      var sent: [LabeledText] = []
      for placeholder in sql.query.placeholders {
        let value = try value(placeholder.path)
        note(value.label, .body(step: step))
        sent.append(value)
      }
      let label = LabelProducers.rows(
        step: step, isEncrypted: sql.encryptResponse, hosts: .any, sent: Label.join(sent.map(\.label)))
      answer["response"] = LabeledText(body: Array("[{\"a\":\"abc\",\"id\":1}]".utf8), label: label)
      answer["response_headers"] = LabeledText(body: Array("{\"rows\":\"1\"}".utf8), label: label)
      answer["status"] = LabeledText(integer: 200)
      defer {
        taken = [:]
        answer = [:]
      }
      for binding in sql.outputs { taken[binding.name] = try take(binding) }
      for (name, value) in taken { note(value, in: name) }
      variables.merge(taken) { _, new in new }
      return true
    } catch {
      return false
    }
  }

  /// Takes one element, as a run does in an iteration.
  private mutating func iterate(_ iteration: IterationStep) -> Bool {
    guard let items = try? value(iteration.items), let array = try? LabeledArray(reading: items),
      let element = array.element(0)
    else { return false }
    answer["response"] = element
    defer {
      taken = [:]
      answer = [:]
    }
    do {
      for binding in iteration.outputs { taken[binding.name] = try take(binding) }
    } catch {
      return false
    }
    for (name, value) in taken { note(value, in: name) }
    variables.merge(taken) { _, new in new }
    return true
  }

  private mutating func send(
    _ method: Runbooks.Method, of integration: IntegrationDocument, in step: String
  ) throws(ValueFault) {
    var isQuery = false
    for segment in method.resource.segments {
      switch segment {
      case .literal(let text): isQuery = isQuery || text.contains("?")
      case .placeholder(let placeholder):
        let text = try Rendering.write(
          try value(placeholder.path), name: "", isBare: false, in: isQuery ? .text : .path)
        note(text.label, isQuery ? .urlQuery(step: step) : .urlPath(step: step))
      }
    }
    for (kind, row) in method.rows where kind != .form || method.httpMethod.mayCarryBody {
      let sink: FlowCheck.Sink =
        switch kind {
        case .query: .urlQuery(step: step)
        case .header: .header(step: step, name: row.key)
        case .form: .body(step: step)
        }
      switch row.value {
      case .template(let template): note(try text(template, as: kind == .header ? .header : .text).label, sink)
      case .secret(let reference): note(Self.label(of: reference), sink)
      case .sealed:
        let origin = Origin.parameter(method: method.id, kind: kind.rawValue, name: row.key)
        note(Label(origin: origin, rule: .masked, hosts: .any), sink)
      }
    }
    authorize(integration, in: step)
    guard method.httpMethod.mayCarryBody else { return }
    switch method.body {
    case .none, .form, .xml: break
    case .text(let template), .file(let template, _): note(try text(template, as: .text).label, .body(step: step))
    case .json(let template):
      for placeholder in template.placeholders {
        let text = try Rendering.write(try value(placeholder.path), name: "", isBare: false, in: .jsonValue)
        note(text.label, .body(step: step))
      }
    }
  }

  private mutating func authorize(_ integration: IntegrationDocument, in step: String) {
    switch integration.authorization {
    case .bearer:
      let label = LabelProducers.credential(holder: integration.id, field: "token", hosts: .any)
      note(label, .header(step: step, name: "Authorization"))
    case .apiKeyQuery(_, .secret(let reference)): note(Self.label(of: reference), .urlQuery(step: step))
    default: break
    }
  }

  private mutating func receive(_ method: Runbooks.Method, in step: String) {
    let label = LabelProducers.response(step: step, isEncrypted: method.encryptResponse, hosts: .any)
    var body = body(label, tokens: hasContent && random.oneIn(2))
    if hasContent, !method.encryptResponse { body = SensitiveDefaults.mark(body, holder: step, hosts: .any) }
    // What the other side sends back of what it was sent.
    if hasContent, random.oneIn(3), let known = variables.values.first(where: { $0.label.isSecret }) {
      body = body.labeled(also: known.label)
    }
    var headers: [(name: String, value: [UInt8])] = [("ETag", Array("e".utf8)), ("Date", Array("now".utf8))]
    if hasContent { headers.append(("Set-Cookie", Array("s=1".utf8))) }
    answer = [
      "response": body, "status": LabeledText(integer: 200),
      "response_headers": LabeledHeaders.object(
        headers, label: label, isEncrypted: method.encryptResponse, holder: step),
    ]
  }

  private mutating func decide(_ condition: ConditionGroups, in step: String) {
    for (index, row) in condition.groups.joined().enumerated() {
      guard let left = try? operand(row.left),
        let right = try? row.right.map({ try operand($0) }) as ComparisonOperand??
      else { return }
      note(left.label.joined(with: (right ?? nil)?.label ?? .clear), .condition(step: step, row: index))
      do {
        _ = try Comparison.evaluate(left, ComparisonOperator(row.op), right ?? nil)
      } catch {
        if case .comparisonNotAllowed = error { refused.insert(step) }
        return
      }
    }
  }

  private func operand(_ operand: Operand) throws -> ComparisonOperand {
    switch operand {
    case .path(let path): ComparisonOperand(try find(path))
    case .literal: .value(LabeledText(clear: "one"))
    case .template(let template): .value(try text(template, as: .text))
    case .list(let members):
      .list(
        try members.map { if case .value(let value) = try self.operand($0) { value } else { throw ValueFault.damaged } }
      )
    }
  }

  // MARK: Notes

  private mutating func note(_ value: LabeledText, in variable: String) {
    guard !(made.runbook.variable(named: variable)?.encrypt ?? false) else { return }
    note(value.label, .plainVariable(variable))
  }

  private mutating func note(_ label: Label, _ sink: FlowCheck.Sink) {
    reached.insert(sink)
    for origin in label.secretOrigins { seen.insert(Seen(origin: origin, sink: sink)) }
  }
}

extension ComparisonOperator {
  /// By the same words.
  fileprivate init(_ native: ConditionOperator) {
    switch native {
    case .equals: self = .equals
    case .notEquals: self = .notEquals
    case .contains: self = .contains
    case .isIn: self = .isIn
    case .hasValue: self = .hasValue
    default: self = .less
    }
  }
}
