package import Runbooks

/// Why documents give no plan.
package enum PlanFault: Error, Equatable, Sendable {
  case missingSource(step: String, source: String)
  /// A draft, or a document whose start step is missing.
  case noSteps
  case missingMethod(step: String, method: String)
  /// The step or its method was imported from what this release cannot run; the text says what.
  case unsupported(step: String, what: String)
  case twoStepsWithOneName(String)

  /// One sentence for whoever starts or activates the runbook.
  package var sentence: String {
    switch self {
    case .missingSource(let step, let source):
      "Step `\(step)` sends a statement to the data source `\(source)`, which is not here; import it."
    case .noSteps: "The runbook has no steps yet."
    case .missingMethod(let step, let method):
      "Step `\(step)` calls `\(method)`, which is not here; import its integration."
    case .unsupported(let step, let what): "Step `\(step)` cannot run in this release: \(what)"
    case .twoStepsWithOneName(let name): "Two steps have the name `\(name)`."
    }
  }
}

extension RunPlan {
  /// The plan of a runbook over the methods and data sources that it calls. `method` gives the method of a reference,
  /// `source` the data source of a name; nil where it is not there.
  package init(
    runbook: RunbookDocument, source: (String) -> DataSourceDocument? = { _ in nil },
    method: (MethodReference) -> Method?
  ) throws(PlanFault) {
    guard let start = runbook.startStep, !runbook.steps.isEmpty else { throw .noSteps }
    var steps: [Step] = []
    var names: Set<String> = []
    for step in runbook.steps {
      guard names.insert(step.name).inserted else { throw .twoStepsWithOneName(step.name) }
      let action: Action
      switch step.kind {
      case .condition: action = .condition
      case .method(let call):
        guard let found = method(call.method) else {
          throw .missingMethod(step: step.name, method: call.method.text)
        }
        if let reason = found.inactiveReasons.first { throw .unsupported(step: step.name, what: reason) }
        var rules = CallRules(isRepeatable: found.isRepeatable, retry: call.retry ?? found.retry)
        rules.approval = call.approval.map(ApprovalRules.init)
        action = .call(rules)
      case .sql(let sql):
        guard let found = source(sql.source) else { throw .missingSource(step: step.name, source: sql.source) }
        // What only reads may be read again.
        let isRepeatable = found.isReadOnly || sql.retriesWhenInterrupted
        var rules = CallRules(isRepeatable: isRepeatable, retry: isRepeatable ? sql.retry : nil)
        rules.approval = sql.approval.map(ApprovalRules.init)
        action = .call(rules)
      case .iterate(let iteration): action = .iterate(batch: iteration.batch ?? 1)
      case .next(let begin): action = .next(of: begin)
      case .sleep(let duration): action = .sleep(milliseconds: duration.wholeMilliseconds)
      case .startRunbook: action = .startRunbook
      case .key: action = .local
      case .end(.success): action = .end(.succeed)
      case .end(.failure): action = .end(.fail)
      case .end(.failureRetryFromStart): action = .end(.restart)
      case .unsupported(let what): throw .unsupported(step: step.name, what: what)
      }
      steps.append(
        Step(name: step.name, action: action, onSuccess: step.onSuccess, onFailure: step.onFailure))
    }
    self.init(steps: steps, start: start, limits: RunLimits(runbook.limits))
  }
}

extension RunPlan.CallRules {
  init(isRepeatable: Bool, retry: RetrySettings?) {
    self.init(
      isRepeatable: isRepeatable, attempts: retry?.attempts ?? 1,
      backoffMilliseconds: retry?.backoff.wholeMilliseconds ?? 0,
      retryOn: Set((retry?.retryOn ?? []).map(RetryCause.init)))
  }
}

extension RunPlan.ApprovalRules {
  init(_ settings: ApprovalSettings) {
    self.init(required: settings.required, expiresMilliseconds: settings.expires.wholeMilliseconds)
  }
}

extension RetryCause {
  init(_ cause: RetryOn) {
    switch cause {
    case .timeout: self = .timeout
    case .connect: self = .connect
    case .disconnected: self = .disconnected
    case .dns: self = .dns
    case .tls: self = .tls
    case .status(let code): self = .status(code)
    case .statusClass(let first): self = .statusClass(first)
    }
  }
}

extension RunLimits {
  init(_ settings: RunLimitSettings) {
    let standard = RunLimits()
    self.init(
      maximumSteps: settings.maximumSteps ?? RunLimitSettings.standardSteps,
      maximumVisits: settings.maximumVisits ?? standard.maximumVisits,
      maximumRunTimeMilliseconds: (settings.maximumRunTime ?? RunLimitSettings.standardRunTime).wholeMilliseconds)
  }
}

extension Duration {
  /// Whole milliseconds, clamped to what an `Int64` holds.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let product = seconds.multipliedReportingOverflow(by: 1_000)
    return product.overflow ? .max : product.partialValue + attoseconds / 1_000_000_000_000_000
  }
}
