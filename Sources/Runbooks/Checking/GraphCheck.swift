/// The rules that a runbook's graph must keep. Faults name the step and the edge.
enum GraphCheck {
  static func check(_ document: RunbookDocument, report: (DocumentCheck.Finding) -> Void) {
    guard !document.steps.isEmpty else { return }
    let names = Set(document.steps.map(\.name))
    reportDuplicates(document, report)
    let iterations = Iterations(document)
    for step in document.steps { checkEdges(of: step, names: names, iterations, in: document, report) }
    // An import without a start has said so already; a native document always names one.
    guard let start = document.startStep else { return }
    guard names.contains(start) else {
      report(.error(.noStart, "first", "the first step \(ShownName.of(start)) is not here"))
      return
    }
    guard !document.steps.contains(where: { $0.kind == .unreadable }) else { return }
    let reached = reachable(from: start, in: document)
    for step in document.steps where !reached.contains(step.name) {
      report(
        .warning(
          .unreachable, "steps.\(step.name)", "step \(ShownName.of(step.name)) cannot be reached from the first step"))
    }
    let hasEnd = document.steps.contains { step in
      switch step.kind {
      case .end, .startRunbook: reached.contains(step.name)
      default: false
      }
    }
    if !hasEnd { report(.warning(.noEnd, "steps", "no end step can be reached, so no run can succeed")) }
  }

  /// What iterates, and what takes the next element of it: gone through once for all steps.
  private struct Iterations {
    /// The names of steps that iterate, in order.
    var begins: [String] = []
    /// The names that some step takes the next element of.
    var continued: Set<String> = []

    init(_ document: RunbookDocument) {
      for step in document.steps {
        switch step.kind {
        case .iterate: begins.append(step.name)
        case .next(let begin): continued.insert(begin)
        default: break
        }
      }
    }
  }

  private static func reportDuplicates(_ document: RunbookDocument, _ report: (DocumentCheck.Finding) -> Void) {
    var seen: Set<String> = []
    for step in document.steps where !seen.insert(step.name).inserted {
      report(.error(.duplicateName, "steps.\(step.name)", "two steps have the name \(ShownName.of(step.name))"))
    }
  }

  private static func checkEdges(
    of step: Step, names: Set<String>, _ iterations: Iterations, in document: RunbookDocument,
    _ report: (DocumentCheck.Finding) -> Void
  ) {
    let part = "steps.\(step.name)"
    for (outcome, target) in step.targets where !names.contains(target) {
      let key = outcome == .success ? "then" : "else"
      let nearest = NearestName.of(target, among: names)
      report(
        .error(
          .danglingEdge, "\(part).\(key)",
          "the \(outcome.rawValue) edge of step \(ShownName.of(step.name)) leads to \(ShownName.of(target)), "
            + "which is no step",
          remedy: nearest.map { "did you mean `\($0)`?" }))
    }
    switch step.kind {
    case .end, .unsupported: return
    case .condition:
      for (key, target) in [("then", step.onSuccess), ("else", step.onFailure)] where target == nil {
        report(
          .warning(
            .missingEdge, part,
            "the condition \(ShownName.of(step.name)) has no `\(key)`: a run that needs it fails"))
      }
      if let target = step.onSuccess, target == step.onFailure {
        report(
          .warning(
            .equalEdges, "\(part).else",
            "both edges of the condition \(ShownName.of(step.name)) lead to \(ShownName.of(target)): it decides nothing"
          ))
      }
    case .next(let begin): checkNext(step, begin: begin, iterations, document, report)
    case .startRunbook(let start):
      if start.runbook.utf8.elementsEqual(document.id.utf8) {
        report(
          .warning(
            .selfStart, "\(part).start_runbook",
            "step \(ShownName.of(step.name)) starts its own runbook: a chain of runs ends after "
              + "\(RunChain.longest) of them"))
      }
    case .iterate:
      checkIterate(step, isContinued: iterations.continued.contains(step.name), report)
    case .method, .sql, .sleep, .key:
      if step.onSuccess == nil {
        report(
          .warning(.missingEdge, part, "step \(ShownName.of(step.name)) has no `then`: a run that succeeds here fails"))
      }
    }
  }

  /// The next element belongs to the iteration that it names: a step that is here, begins one, and leads here.
  private static func checkNext(
    _ step: Step, begin: String, _ iterations: Iterations, _ document: RunbookDocument,
    _ report: (DocumentCheck.Finding) -> Void
  ) {
    let part = "steps.\(step.name)"
    guard case .iterate? = document.step(named: begin)?.kind else {
      let nearest = NearestName.of(begin, among: iterations.begins)
      return report(
        .error(
          .unmatchedIteration, "\(part).next",
          "step \(ShownName.of(step.name)) takes the next element of \(ShownName.of(begin)), "
            + "which is no step that iterates",
          remedy: nearest.map { "did you mean `\($0)`?" }))
    }
    if step.onSuccess == nil {
      report(
        .warning(
          .missingEdge, part,
          "step \(ShownName.of(step.name)) has no `then`: a run fails here when the iteration is finished"))
    }
  }

  private static func checkIterate(
    _ step: Step, isContinued: Bool, _ report: (DocumentCheck.Finding) -> Void
  ) {
    let part = "steps.\(step.name)"
    if !isContinued {
      report(
        .error(
          .unmatchedIteration, part,
          "step \(ShownName.of(step.name)) begins an iteration, and no step takes its next element",
          remedy: "add a step with `next: \(step.name)` at the end of the loop"))
    }
    for (key, target) in [("then", step.onSuccess), ("else", step.onFailure)] where target == nil {
      report(
        .warning(
          .missingEdge, part,
          "the iteration \(ShownName.of(step.name)) has no `\(key)`: a run that needs it fails"))
    }
  }

  private static func reachable(from start: String, in document: RunbookDocument) -> Set<String> {
    // Of two with one name the first counts, as everywhere. Looked up once: documents may have ten thousand steps.
    let targets = Dictionary(
      document.steps.map { ($0.name, $0.targets.map { $0.1 }) }, uniquingKeysWith: { first, _ in first })
    var reached: Set<String> = [start]
    var open = [start]
    while let name = open.popLast() {
      for target in targets[name] ?? [] where reached.insert(target).inserted { open.append(target) }
    }
    return reached
  }
}
