import Labels

/// A runbook as the flow check reads it: steps by number with what comes before each, its method and all of its outputs.
struct FlowCheckPlan {
  /// A step with what the check needs beside it.
  struct PlannedStep {
    let step: Step
    let method: Method?
    let integration: IntegrationDocument?
    /// The method's, then the step's own, in the order in which they are taken.
    var outputs: [(binding: VariableBinding, owner: FlowCheck.Hop.Owner, part: String)] = []
    /// The number of the output that leaves its value behind, by variable.
    var lastOutput: [String: Int] = [:]
    /// The steps whose edges lead here.
    var before: [(step: Int, outcome: StepOutcome)] = []
    /// The steps that come back here with the next element of an iteration, and the one that began it.
    var again: [(next: Int, begin: Int)] = []
    var isReached = false
    var shown: String { ShownName.of(step.name) }
    /// Whether its outputs take from an answer that came from outside: neither elements of an array nor what a key made.
    var hasAnswer: Bool {
      switch step.kind {
      case .method, .sql: true
      default: false
      }
    }
  }

  /// One place of a step where values are read, and where they go from there.
  struct Use {
    let sink: FlowCheck.Sink
    let hop: FlowCheck.Hop
    var paths: [VariablePath] = []
    /// A secret that the document puts there itself.
    var own: (FlowCheck.Source, FlowCheck.Hop)?
  }

  private(set) var steps: [PlannedStep] = []
  private(set) var start: Int?
  let declarations: [String: VariableDeclaration]
  let encryptsRequest: Bool
  /// Outputs of steps that can be reached, by variable.
  private(set) var writes: [String: [FlowCheckBuilder.Output]] = [:]
  /// Steps and outputs.
  var size: Int { steps.reduce(steps.count) { $0 + $1.outputs.count } }

  init(_ runbook: RunbookDocument, integration: @escaping (String) -> IntegrationDocument?) {
    declarations = Dictionary(runbook.variables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    encryptsRequest = runbook.start.publicStart?.encryptRequest ?? false
    var methods = FlowCheckMethods(integration)
    for step in runbook.steps {
      var found: (IntegrationDocument, Method)?
      if case .method(let call) = step.kind { found = methods.find(call.method) }
      steps.append(Self.step(step, found))
    }
    connect(runbook)
  }

  private static func step(_ step: Step, _ found: (IntegrationDocument, Method)?) -> PlannedStep {
    var result = PlannedStep(step: step, method: found?.1, integration: found?.0)
    if let (integration, method) = found {
      result.outputs += method.outputs.map {
        ($0, .integration(integration.id), "methods.\(method.name).outputs.\($0.name)")
      }
    }
    result.outputs += step.outputs.map { ($0, .runbook, "steps.\(step.name).outputs.\($0.name)") }
    for (index, output) in result.outputs.enumerated() { result.lastOutput[output.binding.name] = index }
    return result
  }

  private mutating func connect(_ runbook: RunbookDocument) {
    let numbers = Dictionary(steps.enumerated().map { ($1.step.name, $0) }, uniquingKeysWith: { first, _ in first })
    start = runbook.startStep.flatMap { numbers[$0] }
    guard let start else { return }
    steps[start].isReached = true
    var open = [start]
    while let number = open.popLast() {
      for (index, output) in steps[number].outputs.enumerated() {
        writes[output.binding.name, default: []].append(FlowCheckBuilder.Output(step: number, index: index))
      }
      if case .next(let name) = steps[number].step.kind, let begin = numbers[name],
        let body = steps[begin].step.onSuccess.flatMap({ numbers[$0] })
      {
        steps[body].again.append((number, begin))
      }
      for (outcome, name) in steps[number].step.targets {
        guard let target = numbers[name] else { continue }
        steps[target].before.append((number, outcome))
        guard !steps[target].isReached else { continue }
        steps[target].isReached = true
        open.append(target)
      }
    }
  }

  // MARK: What comes in with an answer

  /// The sources of a path into the answer of a step.
  func sources(of path: VariablePath, step number: Int) -> [(FlowCheck.Source, FlowCheck.Hop)] {
    let step = steps[number]
    let owner: FlowCheck.Hop.Owner = step.integration.map { .integration($0.id) } ?? .runbook
    let method = step.method.map { "methods.\($0.name)" }
    var found: [(FlowCheck.Source, FlowCheck.Hop)] = []
    let isHeaders = path.rootKind == .responseHeaders
    let isReadable = isHeaders && LabeledHeaders.alwaysReadable.contains(path.firstMember?.lowercased() ?? "")
    var encrypts = step.method?.encryptResponse ?? false
    var ownPart = "steps.\(step.step.name).method"
    if case .method(let call) = step.step.kind, call.encryptResponse { encrypts = true }
    if case .sql(let sql) = step.step.kind {
      encrypts = sql.encryptResponse
      ownPart = "steps.\(step.step.name).sql"
    }
    if encrypts, !isReadable {
      let part = method.map { "\($0).encrypt_response" } ?? ownPart
      let text = "the answer of step \(step.shown) is encrypted"
      found.append((.response(step: step.step.name), FlowCheck.Hop(owner: owner, part: part, text: text)))
    }
    let part = ownPart
    // A token member counts in a plain body; a header that is a credential counts under an encrypted answer too.
    if let name = isHeaders ? path.firstMember?.lowercased() : path.credentialName,
      isHeaders
        ? SensitiveDefaults.isSensitive(header: name) : !encrypts
    {
      let text = "\(ShownName.of(name)) of the answer of step \(step.shown) is a credential by its name"
      found.append(
        (.token(step: step.step.name, field: name), FlowCheck.Hop(owner: .runbook, part: part, text: text)))
    }
    let text = "the answer of step \(step.shown) can hold more than it says"
    found.append((.answer(step: step.step.name), FlowCheck.Hop(owner: .runbook, part: part, text: text)))
    return found
  }
}
