/// Holds every name that a runbook uses against what it has: methods, variables, the roots of its starts.
enum NameCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  static func check(_ document: RunbookDocument, methods: MethodDirectory, report: Report) {
    var checker = Checker(document: document, methods: methods)
    checker.checkMethods(report)
    checker.checkVariables(report)
    checker.checkSteps(report)
  }

  private struct Checker {
    let document: RunbookDocument
    let methods: MethodDirectory
    /// Names that something in the runbook sets.
    var known: Set<String> = []
    /// Whether every method was found, so that `known` is all there is.
    var isComplete = true
    /// Whether `response` can be the element of an iteration.
    let iterates: Bool
    /// Roots that were warned about already.
    var warned: Set<String> = []

    init(document: RunbookDocument, methods: MethodDirectory) {
      self.document = document
      self.methods = methods
      iterates = document.steps.contains { if case .iterate = $0.kind { true } else { false } }
      known = Set(document.variables.map(\.name) + (document.start.publicStart?.inputs ?? []).map(\.name))
      for step in document.steps {
        known.formUnion(step.outputs.map(\.name) + step.keptOutputNames)
        guard case .method(let call) = step.kind else { continue }
        if let method = methods.method(call.method) {
          known.formUnion(method.outputs.map(\.name))
        } else {
          isComplete = false
        }
      }
    }

    func checkMethods(_ report: Report) {
      for step in document.steps {
        guard case .method(let call) = step.kind, let method = methods.method(call.method) else { continue }
        if call.approval != nil, let retry = call.retry ?? method.retry, retry.attempts > 1, !method.isRepeatable {
          report(
            .warning(
              .unsafeRepetition, "steps.\(step.name).approval",
              "the \(method.httpMethod.rawValue) of step \(ShownName.of(step.name)) leaves once for each approval: its "
                + "`retry` does nothing here, since it is not declared safe to repeat",
              remedy: "declare idempotency: header NAME on the method where the other side knows one"))
          continue
        }
        if let retry = call.retry { IntegrationCheck.checkCauses(of: retry, "steps.\(step.name).retry", report) }
        guard let retry = call.retry, IntegrationCheck.isUnsafe(retry, of: method) else { continue }
        report(
          .warning(
            .unsafeRepetition, "steps.\(step.name).retry",
            "a \(method.httpMethod.rawValue) of step \(ShownName.of(step.name)) that had no answer may have been carried out, "
              + "and is repeated",
            remedy: "declare idempotency: header NAME on the method where the other side knows one"))
      }
      for step in document.steps {
        guard case .method(let call) = step.kind, case .named = call.method, methods.method(call.method) == nil else {
          continue
        }
        let part = "steps.\(step.name).method"
        let shown = ShownName.of(call.method.text)
        if methods.isComplete || methods.hasIntegration(call.method) {
          let nearest = NearestName.of(call.method.text, among: methods.names)
          report(
            .error(.unknownMethod, part, "there is no method \(shown)", remedy: nearest.map { "did you mean `\($0)`?" })
          )
        } else {
          report(
            .warning(
              .unknownMethod, part, "the method \(shown) is not in these files; the import looks for it in the store"))
        }
      }
    }

    mutating func checkVariables(_ report: Report) {
      // A file can hold two spellings of one accented name; to everything else they are the same.
      var seen: Set<String> = []
      for variable in document.variables where !seen.insert(variable.name).inserted {
        report(
          .error(
            .duplicateName, "variables.\(variable.name)",
            "two variables have the name \(ShownName.of(variable.name))"))
      }
      for input in document.start.publicStart?.inputs ?? [] {
        for path in input.value.paths where !path.rootKind.isOfRequest && !path.rootKind.isBuiltIn {
          report(
            .error(
              .badOutput, "start.inputs.\(input.name)",
              "the input \(ShownName.of(input.name)) begins with \(ShownName.of(path.root)), "
                + "which is no root of a request",
              remedy: "begin it with request, request_headers or request_query"))
        }
      }
      for variable in document.variables {
        let part = "variables.\(variable.name).from"
        for path in variable.from?.paths ?? [] {
          if path.rootKind == .variable(variable.name) {
            report(.error(.unknownName, part, "the variable \(ShownName.of(variable.name)) is taken from itself"))
          } else {
            check(path, part: part, user: "the variable \(ShownName.of(variable.name))", report)
          }
        }
      }
    }

    mutating func checkSteps(_ report: Report) {
      for step in document.steps {
        let part = "steps.\(step.name)"
        let user = "step \(ShownName.of(step.name))"
        for (key, path) in step.reads { check(path, part: "\(part).\(key)", user: user, report) }
        for output in step.outputs {
          for path in output.value.paths where !path.rootKind.isOfAnswer {
            check(path, part: "\(part).outputs.\(output.name)", user: user, report)
          }
          checkAppend(output, part: "\(part).outputs.\(output.name)", report)
        }
        guard case .method(let call) = step.kind else { continue }
        for output in methods.method(call.method)?.outputs ?? [] { checkAppend(output, part: "\(part).method", report) }
        for (_, placeholder) in methods.method(call.method)?.placeholders ?? []
        where !placeholder.path.rootKind.isOfAnswer {
          check(placeholder.path, part: "\(part).method", user: "\(user), by its method,", report)
        }
      }
    }

    /// What is appended to is an array.
    private func checkAppend(_ output: VariableBinding, part: String, _ report: Report) {
      guard output.appends, let type = document.variable(named: output.name)?.type, type != .array else { return }
      report(
        .error(
          .badOutput, part,
          "the output appends to \(ShownName.of(output.name)), which is declared as \(type.rawValue)",
          remedy: "declare the variable with type: array"))
    }

    /// One use of a path outside the outputs of an answer.
    private mutating func check(_ path: VariablePath, part: String, user: String, _ report: Report) {
      let shown = ShownName.of(path.root)
      switch path.rootKind {
      case .builtIn, .failure: return
      case .response where iterates: return
      case .response, .responseHeaders, .status:
        report(
          .error(
            .unknownName, part, "\(user) uses \(shown), which is known only to outputs",
            remedy: "set a variable from it in the outputs of the step that has the answer"))
      case .request, .requestHeaders, .requestQuery:
        guard document.start == .internalOnly, warned.insert(path.root).inserted else { return }
        report(
          .warning(
            .notFromThisStart, part, "\(user) uses \(shown), which has no value when the run is started from inside"))
      case .record:
        guard document.start != .internalOnly, warned.insert(path.root).inserted else { return }
        report(
          .warning(
            .notFromThisStart, part, "\(user) uses \(shown), which has no value when the run is started from outside"))
      case .variable(let name):
        guard isComplete, !known.contains(name), warned.insert(name).inserted else { return }
        let nearest = NearestName.of(name, among: known)
        report(
          .error(
            .unknownName, part, "\(user) uses \(shown), which nothing in the runbook sets",
            remedy: nearest.map { "did you mean `\($0)`?" } ?? "declare it under variables:"))
      }
    }
  }
}

extension RootKind {
  var isBuiltIn: Bool {
    if case .builtIn = self { true } else { false }
  }
}
