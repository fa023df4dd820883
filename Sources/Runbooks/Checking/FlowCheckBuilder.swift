import Labels

/// Makes the graph of a runbook: what is written where, and what each read can see, over every edge of the steps.
///
/// Which writes a read of `x` in a step can see is looked for backwards along the edges, as far as the last step that
/// surely sets `x`; only what is asked for is looked at. A variable whose ways are longer than the bound allows is read
/// as if every write of it could be seen: more than there is, never less.
struct FlowCheckBuilder {
  typealias Node = FlowCheckGraph.Node

  private(set) var graph = FlowCheckGraph()
  private let runbook: RunbookDocument
  let plan: FlowCheckPlan
  /// The writes at the start of a run, in order, by name.
  private var startWrites: [String: [Node]] = [:]
  /// The value of a variable on entry to a step, and the writes of outputs: made when they are asked for.
  private var entries: [Entry: Node] = [:]
  private var outputs: [Output: Node] = [:]
  private var anywhere: [String: Node] = [:]
  private var elements: Node?
  private var openEntries: [Entry] = []
  private var openNames: [String] = []
  private let mostEntries: Int

  private struct Entry: Hashable {
    let step: Int
    let name: String
  }

  struct Output: Hashable {
    let step: Int
    let index: Int
  }

  /// Where a path is read.
  enum Place {
    /// While the starting variables are made.
    case start
    /// In a step's request or condition.
    case step(Int)
    /// In an output of a step: earlier outputs of the same answer count.
    case output(Output)
  }

  init(_ runbook: RunbookDocument, integration: @escaping (String) -> IntegrationDocument?) {
    self.runbook = runbook
    plan = FlowCheckPlan(runbook, integration: integration)
    mostEntries = 4_000 + 12 * plan.size
  }

  mutating func build() {
    addStart()
    for step in plan.steps.indices where plan.steps[step].isReached {
      for index in plan.steps[step].outputs.indices { _ = output(Output(step: step, index: index)) }
      addSinks(of: step)
    }
    while true {
      if let entry = openEntries.popLast() {
        fill(entry)
      } else if let name = openNames.popLast() {
        fill(anywhere: name)
      } else {
        break
      }
    }
  }

  // MARK: Writes

  /// Initial values, then inputs, then variables that are made from something, as a run takes them. An input whose path
  /// leads nowhere leaves what was there, so none of them hides an earlier one.
  private mutating func addStart() {
    for variable in runbook.variables {
      switch variable.initialValue {
      case .none: break
      case .json:
        guard variable.encrypt else { continue }
        addStart(variable.name)
      case .sealed: addStart(variable.name)
      case .secret(let reference):
        let text = "the variable \(ShownName.of(variable.name)) holds the secret \(ShownName.of(reference.text))"
        graph.seed(.secret(reference), addStart(variable.name), hop("variables.\(variable.name)", text))
      }
    }
    let inputs = (runbook.start.publicStart?.inputs ?? []).map { ($0, "start.inputs.\($0.name)", "the input") }
    let derived = runbook.variables.compactMap { variable in
      variable.from.map {
        (VariableBinding(name: variable.name, value: $0), "variables.\(variable.name).from", "the variable")
      }
    }
    for (binding, part, what) in inputs + derived {
      let text = "\(what) \(ShownName.of(binding.name)) is made from \(ShownName.of(binding.value.text))"
      let node = graph.node(hop(part, text))
      for path in binding.value.paths { read(path, at: .start, into: node) }
      startWrites[binding.name, default: []].append(node)
      addVariable(binding.name, node)
    }
  }

  @discardableResult
  private mutating func addStart(_ name: String) -> Node {
    let node = graph.node(nil)
    startWrites[name, default: []].append(node)
    addVariable(name, node)
    return node
  }

  /// What the variable's declaration adds to a value that is set: a label, or a sink.
  private mutating func addVariable(_ name: String, _ node: Node) {
    let declaration = plan.declarations[name]
    if let declaration, declaration.encrypt {
      graph.seed(
        .variable(name), node, hop("variables.\(name)", "the variable \(ShownName.of(name)) is encrypted"))
    } else {
      graph.sink(.plainVariable(name), node)
    }
    if declaration?.persist ?? false { graph.sink(.keptVariable(name), node) }
  }

  private mutating func output(_ output: Output) -> Node {
    if let node = outputs[output] { return node }
    let step = plan.steps[output.step]
    let (binding, owner, part) = step.outputs[output.index]
    let text =
      "the output \(ShownName.of(binding.name)) of step \(step.shown) takes \(ShownName.of(binding.value.text))"
    let node = graph.node(FlowCheck.Hop(owner: owner, part: part, text: text))
    outputs[output] = node
    for path in binding.paths { read(path, at: .output(output), into: node) }
    addVariable(binding.name, node)
    return node
  }

  // MARK: Reads

  /// Lets what a path leads to flow into a node.
  private mutating func read(_ path: VariablePath, at place: Place, into node: Node) {
    switch path.rootKind {
    case .variable(let name): readVariable(name, path, at: place, into: node)
    case .request, .requestQuery:
      guard plan.encryptsRequest else { return }
      graph.seed(.request, node, hop("start.encrypt_request", "the request that starts the run is encrypted"))
    case .requestHeaders: readRequestHeaders(path, into: node)
    case .response, .responseHeaders:
      guard case .output(let output) = place else { return readElement(at: place, into: node) }
      if case .key(let key) = plan.steps[output.step].step.kind {
        return readResult(of: key, in: output.step, into: node)
      }
      guard plan.steps[output.step].hasAnswer else { return readElement(at: place, into: node) }
      for (source, hop) in plan.sources(of: path, step: output.step) { graph.seed(source, node, hop) }
      // A database can give back what it was sent.
      guard case .sql(let sql) = plan.steps[output.step].step.kind else { return }
      for placeholder in sql.query.placeholders { read(placeholder.path, at: .step(output.step), into: node) }
    // A status, a reason, a name that the service makes: nothing secret is in them. A record has no value here.
    case .status, .failure, .builtIn, .record: return
    }
  }

  /// `response` as the element of an iteration: in an output of the step that iterates it is one of that array, elsewhere
  /// of any array that some step iterates over.
  private mutating func readElement(at place: Place, into node: Node) {
    if case .output(let output) = place {
      guard case .iterate(let iteration) = plan.steps[output.step].step.kind else { return }
      // Else an array within the element of another iteration.
      if iteration.items.rootKind != .response {
        return read(iteration.items, at: .step(output.step), into: node)
      }
    }
    graph.connect(anyElement(), node)
  }

  /// The node of what can be an element of any iteration: one for all that read it.
  private mutating func anyElement() -> Node {
    if let elements { return elements }
    let node = graph.node(nil)
    elements = node
    for step in plan.steps.indices {
      guard case .iterate(let iteration) = plan.steps[step].step.kind, iteration.items.rootKind != .response else {
        continue
      }
      read(iteration.items, at: .step(step), into: node)
    }
    return node
  }

  /// What a key made of what it was given: nobody can tell it apart from that, and it is the key's besides.
  private mutating func readResult(of key: KeyStep, in step: Int, into node: Node) {
    for (_, path) in key.reads { read(path, at: .step(step), into: node) }
    let text = "\(ShownName.of(key.key.text)) makes it in step \(plan.steps[step].shown)"
    graph.seed(
      .namedKey(key.key.name.text), node, hop("steps.\(plan.steps[step].step.name).\(key.work.rawValue)", text))
  }

  private mutating func readRequestHeaders(_ path: VariablePath, into node: Node) {
    let header = path.firstMember
    if plan.encryptsRequest, !header.map({ LabeledHeaders.alwaysReadable.contains($0.lowercased()) }).isTrue {
      graph.seed(.request, node, hop("start.encrypt_request", "the request that starts the run is encrypted"))
    }
    if let header, SensitiveDefaults.isSensitive(header: header) {
      let text = "the header \(ShownName.of(header)) of the starting request is a credential"
      graph.seed(.requestHeader(header.lowercased()), node, hop("start", text))
    }
    graph.seed(.startHeaders, node, hop("start", "headers of the starting request can hold credentials"))
  }

  private mutating func readVariable(_ name: String, _ path: VariablePath, at place: Place, into node: Node) {
    let credential = path.credentialName
    switch place {
    case .start:
      for write in startWrites[name] ?? [] { graph.connect(write, node, credentialName: credential) }
    case .step(let step):
      graph.connect(entry(step, name), node, credentialName: credential)
    case .output(let output):
      let earlier = plan.steps[output.step].outputs[..<output.index].lastIndex { $0.binding.name == name }
      let from = earlier.map { self.output(Output(step: output.step, index: $0)) } ?? entry(output.step, name)
      graph.connect(from, node, credentialName: credential)
    }
  }

  /// The node of a variable on entry to a step.
  private mutating func entry(_ step: Int, _ name: String) -> Node {
    let entry = Entry(step: step, name: name)
    if let node = entries[entry] ?? anywhere[name] { return node }
    let node = graph.node(nil)
    guard entries.count < mostEntries else {
      anywhere[name] = node
      openNames.append(name)
      return node
    }
    entries[entry] = node
    openEntries.append(entry)
    return node
  }

  /// What can be there when the step begins: what each step before it leaves behind.
  private mutating func fill(_ entry: Entry) {
    guard let node = entries[entry] else { return }
    if entry.step == plan.start {
      for write in startWrites[entry.name] ?? [] { graph.connect(write, node) }
    }
    for (before, outcome) in plan.steps[entry.step].before {
      let set = outcome == .success ? plan.steps[before].lastOutput[entry.name] : nil
      let from = set.map { output(Output(step: before, index: $0)) } ?? self.entry(before, entry.name)
      graph.connect(from, node)
    }
    // With the next element the step that iterates sets its outputs again.
    for (next, begin) in plan.steps[entry.step].again {
      let set = plan.steps[begin].lastOutput[entry.name]
      let from = set.map { output(Output(step: begin, index: $0)) } ?? self.entry(next, entry.name)
      graph.connect(from, node)
    }
  }

  private mutating func fill(anywhere name: String) {
    guard let node = anywhere[name] else { return }
    for write in startWrites[name] ?? [] { graph.connect(write, node) }
    for write in plan.writes[name] ?? [] { graph.connect(output(write), node) }
  }

  // MARK: Sinks

  private mutating func addSinks(of step: Int) {
    for use in plan.uses(of: step) {
      let node = graph.node(use.hop)
      for path in use.paths { read(path, at: .step(step), into: node) }
      if let (source, hop) = use.own { graph.seed(source, node, hop) }
      graph.sink(use.sink, node)
    }
  }

  private func hop(_ part: String, _ text: String) -> FlowCheck.Hop {
    FlowCheck.Hop(owner: .runbook, part: part, text: text)
  }
}

extension Bool? {
  /// False where there is nothing.
  fileprivate var isTrue: Bool { self ?? false }
}

extension VariablePath {
  /// The first name below the root.
  var firstMember: String? {
    if case .member(let name)? = path.steps.first { name } else { nil }
  }

  /// A name on the path that says by itself that it leads to a credential, in lower case.
  var credentialName: String? {
    for case .member(let name) in path.steps {
      let name = name.lowercased()
      if SensitiveDefaults.tokenMembers.contains(name) || SensitiveDefaults.isSensitive(header: name) { return name }
    }
    return nil
  }
}
