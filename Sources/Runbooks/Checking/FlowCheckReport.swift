import Destinations
import SourceText

/// Says what the flow check found, as faults at their places. Warnings are what an author should look at again; notes
/// are ways that are as they should be, for whoever wants to see them all.
struct FlowCheckReport {
  private let runbook: RunbookDocument
  private let integration: (String) -> IntegrationDocument?
  private let places: DocumentPlaces
  private let integrationPlaces: [String: DocumentPlaces]
  private let isImported: Bool
  private let conditions: FlowCheckConditions
  private let origins: [String: HostPort]
  /// By name: a step is looked up once for each way.
  private let steps: [String: Step]
  private let variables: [String: VariableDeclaration]

  init(
    _ read: ReadDocument<RunbookDocument>, integrations: [String: DocumentPlaces],
    integration: @escaping (String) -> IntegrationDocument?
  ) {
    runbook = read.document
    self.integration = integration
    places = read.places
    integrationPlaces = integrations
    isImported = read.isImported
    var methods = FlowCheckMethods(integration)
    conditions = FlowCheckConditions(read.document) { methods.find($0)?.1 }
    variables = Dictionary(read.document.variables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    steps = Dictionary(read.document.steps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var origins: [String: HostPort] = [:]
    for case .method(let call) in read.document.steps.map(\.kind) {
      guard case .named(let id, _) = call.method, origins[id] == nil, let document = methods.document(id) else {
        continue
      }
      origins[id] = try? CanonicalURL(document.baseURL, allowingPlainHTTP: { _ in true }).origin
    }
    self.origins = origins
  }

  func faults() -> [DocumentFault] {
    let check = FlowCheck(of: runbook, integration: integration)
    var faults: [DocumentFault] = []
    var removed: Set<String> = []
    var told: Set<String> = []
    for flow in check.flows where flow.source.isDeclared {
      if flow.sink.isURL { faults.append(inURL(flow)) }
      if let host = otherHost(of: flow) { faults.append(toOtherHost(flow, host)) }
      if let step = flow.sink.requestStep, flow.source.removesRequest, removed.insert(step).inserted {
        faults.append(removedFromLog(flow, step))
      }
      switch flow.sink {
      case .plainVariable(let name) where !flow.isDirect: faults.append(inPlainVariable(flow, name))
      case .keptVariable(let name): faults.append(kept(flow, name))
      case .condition(let step, let row):
        if flow.source.isGuarded, conditions.mayRefuse(step, row) {
          faults.append(notAllowed(flow, step, row))
        } else if told.insert("\(step)/\(flow.source)").inserted {
          faults.append(tells(flow, step))
        }
      default: break
      }
    }
    return faults
  }

  // MARK: What is said

  private func inURL(_ flow: FlowCheck.Flow) -> DocumentFault {
    let place = if case .urlPath = flow.sink { "the path" } else { "the query" }
    return fault(
      flow, flow.isDirect ? .note : .warning, .secretInURL,
      "\(flow.source.sentence) goes into \(place) of the URL of step \(step(of: flow))",
      remedy: flow.isDirect ? nil : "URLs stand in the logs of servers and proxies: send it in a header or the body")
  }

  private func toOtherHost(_ flow: FlowCheck.Flow, _ other: (from: [String], to: String, isRefused: Bool))
    -> DocumentFault
  {
    let from = other.from.joined(separator: ", ")
    return fault(
      flow, other.isRefused ? .warning : .note, .secretToOtherHost,
      other.isRefused
        ? "\(flow.source.sentence) may be sent to \(from) only, and step \(step(of: flow)) sends it to \(other.to)"
        : "\(flow.source.sentence) comes from \(from), and step \(step(of: flow)) sends it to \(other.to)",
      remedy: other.isRefused
        ? "add the host to `hosts` of the variable, or do not use it there"
        : "whoever grants the runbook allows its values to go to every host that it calls")
  }

  private func inPlainVariable(_ flow: FlowCheck.Flow, _ name: String) -> DocumentFault {
    fault(
      flow, .note, .secretInPlainVariable,
      "\(flow.source.sentence) goes into the variable \(ShownName.of(name)), which is not marked `encrypt`",
      remedy: "a run treats it as secret all the same")
  }

  private func kept(_ flow: FlowCheck.Flow, _ name: String) -> DocumentFault {
    fault(
      flow, .warning, .secretKept,
      "\(flow.source.sentence) goes into the variable \(ShownName.of(name)), whose last value is kept after the run",
      remedy: "remove `persist`, or keep another value")
  }

  private func removedFromLog(_ flow: FlowCheck.Flow, _ step: String) -> DocumentFault {
    fault(
      flow, .note, .removedFromLog,
      "the log of step \(ShownName.of(step)) shows neither headers nor body of its request: it uses "
        + flow.source.sentence)
  }

  private func notAllowed(_ flow: FlowCheck.Flow, _ step: String, _ row: Int) -> DocumentFault {
    // Only where every value is refused is it more than a warning; and an import never breaks on it.
    let isCertain = !isImported && conditions.surelyRefuses(step, row)
    return fault(
      flow, isCertain ? .error : .warning, .conditionNotAllowed,
      "the condition \(ShownName.of(step)) asks more about \(flow.source.sentence) than conditions may, so a run "
        + (isCertain ? "fails there" : "can fail there"),
      remedy: "test only presence, emptiness and equality with a constant")
  }

  private func tells(_ flow: FlowCheck.Flow, _ step: String) -> DocumentFault {
    var repeats = conditions.repeats(step)
    var what = "the condition \(ShownName.of(step)) tells one bit of \(flow.source.sentence) each time"
    var remedy = "decide on the status of the answer, or on a value that is not encrypted"
    if case .key(let key)? = steps[step]?.kind {
      what = "the step \(ShownName.of(step)) tells one bit of \(flow.source.sentence) each time"
      remedy = "check one signature over all of it, before the loop or behind it"
      // What opens tells nothing.
      if key.work == .decrypt {
        what += " that it cannot decrypt"
        repeats = false
      }
    }
    return fault(
      flow, repeats ? .warning : .note, .conditionTells,
      what + (repeats ? ", and it stands in a loop: a run fails after \(FlowCheckConditions.mostBits) times" : ""),
      remedy: repeats ? remedy : nil)
  }

  // MARK: Places

  private func fault(
    _ flow: FlowCheck.Flow, _ severity: DocumentFault.Severity, _ code: FaultCode, _ message: String,
    remedy: String? = nil
  ) -> DocumentFault {
    let trail = flow.trail.map { DocumentFault.TrailStep(place: place(of: $0), text: $0.text) }
    return DocumentFault(
      place: place(of: flow, trail), severity: severity, code: code, message: message, remedy: remedy, trail: trail)
  }

  /// In the runbook's own file: the step whose method or condition it is, else the last part of the way.
  private func place(of flow: FlowCheck.Flow, _ trail: [DocumentFault.TrailStep]) -> SourcePlace {
    if let step = flow.sink.requestStep {
      if case .sql? = steps[step]?.kind { return places.place(of: "steps.\(step).sql") }
      return places.place(of: "steps.\(step).method")
    }
    return trail.last?.place ?? places.place(of: "")
  }

  /// A part of an integration that is in no file of these stands where the runbook calls it; at last its beginning.
  private func place(of hop: FlowCheck.Hop) -> SourcePlace {
    switch hop.owner {
    case .runbook: places.place(of: hop.part)
    case .integration(let id): integrationPlaces[id]?.place(of: hop.part) ?? places.place(of: "steps")
    }
  }

  private func step(of flow: FlowCheck.Flow) -> String { ShownName.of(flow.sink.requestStep ?? "") }

  // MARK: Hosts

  private func host(ofStep name: String) -> HostPort? {
    guard case .method(let call)? = steps[name]?.kind, case .named(let id, _) = call.method else { return nil }
    return origins[id]
  }

  /// The hosts that a value is known for, and the one to which it goes beside them.
  private func otherHost(of flow: FlowCheck.Flow) -> (from: [String], to: String, isRefused: Bool)? {
    guard let step = flow.sink.requestStep, let to = host(ofStep: step) else { return nil }
    switch flow.source {
    case .response(let from), .token(let from, _):
      guard let from = host(ofStep: from), from != to else { return nil }
      return ([from.description], to.description, false)
    case .variable(let name):
      guard let texts = variables[name]?.hosts else { return nil }
      let hosts = texts.compactMap { HostPort($0) }
      return hosts.contains(to) ? nil : (hosts.map(\.description), to.description, true)
    default: return nil
    }
  }
}

extension FlowCheck.Source {
  /// In words, with names in the way of messages.
  var sentence: String {
    switch self {
    case .request: "the encrypted request"
    case .requestHeader(let name): "the header \(ShownName.of(name)) of the starting request"
    case .response(let step): "the encrypted answer of step \(ShownName.of(step))"
    case .token(let step, let field): "\(ShownName.of(field)) of the answer of step \(ShownName.of(step))"
    case .variable(let name): "the encrypted variable \(ShownName.of(name))"
    case .secret(let reference): "the secret \(ShownName.of(reference.text))"
    case .credential(let integration, let field):
      "the credential \(ShownName.of(field)) of the integration \(ShownName.of(integration))"
    case .parameter(let method, let kind, let name):
      "the encrypted \(kind.rawValue) \(ShownName.of(name)) of \(ShownName.of(method))"
    case .namedKey(let name): "what the key \(ShownName.of(name)) makes"
    case .answer(let step): "what the answer of step \(ShownName.of(step)) may hold"
    case .startHeaders: "what the headers of the starting request may hold"
    case .others: "more than is listed here"
    }
  }
}
