import Encodings

/// What the machine needs to know of a runbook to route a run: names, edges, limits. No template, no
/// value, no secret. A run keeps the plan of the documents that it was started with.
package struct RunPlan: Equatable, Sendable {
  /// What a step does, as far as routing is concerned.
  package enum Action: Equatable, Sendable {
    case condition
    case call(CallRules)
    case end(EndAction)

    /// Its word in `LabelProducers.byStepKind`; compared by the same test as `RunEffect.Kind`.
    package enum Kind: String, CaseIterable, Sendable {
      case condition
      case call
      case end
    }

    package var kind: Kind {
      switch self {
      case .condition: .condition
      case .call: .call
      case .end: .end
      }
    }
  }

  /// What reaching an end step means.
  package enum EndAction: Equatable, Sendable {
    case succeed
    case fail
    /// Begin again at the start with the starting values, as often as the limits allow; then fail.
    case restart
  }

  /// How a call is repeated. `isRepeatable`: its effect may be repeated when its outcome is unknown
  /// (GET, HEAD, PUT, DELETE, or declared so by the method; never inferred from anything else).
  package struct CallRules: Equatable, Sendable {
    package var isRepeatable: Bool
    /// Attempts in all, at least 1.
    package var attempts: Int
    /// Wait before the second attempt, doubled for each further one, at most an hour.
    package var backoffMilliseconds: Int64
    package var retryOn: Set<RetryCause>

    package init(isRepeatable: Bool, attempts: Int = 1, backoffMilliseconds: Int64 = 0, retryOn: Set<RetryCause> = []) {
      self.isRepeatable = isRepeatable
      self.attempts = max(1, attempts)
      self.backoffMilliseconds = max(0, backoffMilliseconds)
      self.retryOn = retryOn
    }

    /// Whether attempt number `attempt` (from 1) may be followed by another after `reason`.
    func repeats(after reason: FailureReason, attempt: Int) -> Bool {
      attempt < attempts && retryOn.contains { $0.covers(reason) }
    }

    /// The wait after attempt number `attempt`.
    func wait(afterAttempt attempt: Int) -> Int64 { doubledWait(backoffMilliseconds, times: attempt - 1) }
  }

  package struct Step: Equatable, Sendable {
    package var name: String
    package var action: Action
    package var onSuccess: String?
    package var onFailure: String?

    package init(name: String, action: Action, onSuccess: String? = nil, onFailure: String? = nil) {
      self.name = name
      self.action = action
      self.onSuccess = onSuccess
      self.onFailure = onFailure
    }
  }

  package let steps: [String: Step]
  package let start: String
  package let limits: RunLimits

  /// - Precondition-free: a `start` or edge that names no step fails the run with `missing-edge`; the
  ///   documents' own check names it long before.
  package init(steps: [Step], start: String, limits: RunLimits = RunLimits()) {
    self.steps = Dictionary(steps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.start = start
    self.limits = limits
  }
}

/// A cause for which a method asks to be repeated (`retry_on`).
package enum RetryCause: Hashable, Sendable {
  case timeout
  case connect
  case dns
  case tls
  case status(Int)
  /// A class such as 5xx: the first digit.
  case statusClass(Int)

  func covers(_ reason: FailureReason) -> Bool {
    switch (self, reason) {
    case (.timeout, .timeout), (.connect, .connect), (.dns, .dns), (.tls, .tls): true
    case (.status(let wanted), .status(let got)): wanted == got
    case (.statusClass(let wanted), .status(let got)): got / 100 == wanted
    default: false
    }
  }
}

/// The guards of one run.
package struct RunLimits: Equatable, Sendable {
  /// Step visits in all.
  package var maximumSteps: Int
  /// Visits of one step.
  package var maximumVisits: Int
  /// From the run's first step, waits included.
  package var maximumRunTimeMilliseconds: Int64
  /// How often an end step "failure: retry from start" begins the run again.
  package var maximumRestarts: Int
  /// Before the first of them; doubled for each further one, at most an hour.
  package var restartWaitMilliseconds: Int64

  package init(
    maximumSteps: Int = 1_000, maximumVisits: Int = 100, maximumRunTimeMilliseconds: Int64 = 86_400_000,
    maximumRestarts: Int = 3, restartWaitMilliseconds: Int64 = 60_000
  ) {
    self.maximumSteps = max(1, maximumSteps)
    self.maximumVisits = max(1, maximumVisits)
    self.maximumRunTimeMilliseconds = max(1, maximumRunTimeMilliseconds)
    self.maximumRestarts = max(0, maximumRestarts)
    self.restartWaitMilliseconds = max(0, restartWaitMilliseconds)
  }
}

/// A wait doubled so many times, at most an hour.
func doubledWait(_ milliseconds: Int64, times: Int) -> Int64 {
  let doubled = milliseconds.multipliedReportingOverflow(by: 1 << min(20, max(0, times)))
  return doubled.overflow ? 3_600_000 : min(doubled.partialValue, 3_600_000)
}
