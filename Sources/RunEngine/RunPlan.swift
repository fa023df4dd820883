import Encodings

/// What the machine needs to know of a runbook to route a run: names, edges, limits. No template, no
/// value, no secret. A run keeps the plan of the documents that it was started with.
package struct RunPlan: Equatable, Sendable {
  /// What a step does, as far as routing is concerned.
  package enum Action: Equatable, Sendable {
    case condition
    /// Something that leaves the service: a method's request, a statement at a data source.
    case call(CallRules)
    /// Something that is done inside the service and brings values: signing, encrypting.
    case local
    /// Takes the elements of an array, one after the other or in batches of this size; its success edge leads into
    /// the loop, its failure edge is followed where there is no element.
    case iterate(batch: Int)
    /// Takes the next element of the iteration that this step began, and goes on where its success edge leads; where
    /// none is left, its own success edge is followed.
    case next(of: String)
    /// Waits so long.
    case sleep(milliseconds: Int64)
    /// Ends this run and starts another runbook's, in one commit.
    case startRunbook
    case end(EndAction)

    /// Its word in `LabelProducers.byStepKind`; compared by the same test as `RunEffect.Kind`.
    package enum Kind: String, CaseIterable, Sendable {
      case condition
      case call
      case local
      case iterate
      case next
      case sleep
      case startRunbook
      case end
    }

    package var kind: Kind {
      switch self {
      case .condition: .condition
      case .call: .call
      case .local: .local
      case .iterate: .iterate
      case .next: .next
      case .sleep: .sleep
      case .startRunbook: .startRunbook
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
    /// Who has to agree before it leaves; nil: nobody.
    package var approval: ApprovalRules?

    package init(
      isRepeatable: Bool, attempts: Int = 1, backoffMilliseconds: Int64 = 0, retryOn: Set<RetryCause> = [],
      approval: ApprovalRules? = nil
    ) {
      self.isRepeatable = isRepeatable
      self.attempts = max(1, attempts)
      self.backoffMilliseconds = max(0, backoffMilliseconds)
      self.retryOn = retryOn
      self.approval = approval
    }

    /// Whether attempt number `attempt` (from 1) may be followed by another after `reason`. A connection that broke says
    /// nothing of what became of the request: that counts as `connect` only where repeating is safe.
    func repeats(after reason: FailureReason, attempt: Int) -> Bool {
      guard attempt < attempts else { return false }
      if reason == .disconnected, isRepeatable, retryOn.contains(.connect) { return true }
      return retryOn.contains { $0.covers(reason) }
    }

    /// The wait after attempt number `attempt`.
    func wait(afterAttempt attempt: Int) -> Int64 { doubledWait(backoffMilliseconds, times: attempt - 1) }
  }

  /// What a call needs before it leaves.
  package struct ApprovalRules: Equatable, Sendable {
    /// How many people have to agree, at least 1.
    package var required: Int
    /// How long the question stands.
    package var expiresMilliseconds: Int64

    package init(required: Int, expiresMilliseconds: Int64) {
      self.required = max(1, required)
      self.expiresMilliseconds = max(1, expiresMilliseconds)
    }
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

    /// What leads along an edge, in the words of the step, with the key that names the edge in a document.
    func outcome(_ succeeded: Bool) -> String {
      let words: (then: String, otherwise: String) =
        switch action {
        case .condition: ("a condition that is met", "a condition that is not met")
        case .iterate: ("an array with elements", "an array without elements")
        case .next: ("a finished iteration", "failure")
        case .sleep: ("a finished sleep", "failure")
        case .call, .local, .startRunbook, .end: ("success", "failure")
        }
      return succeeded ? "\(words.then) (`then`)" : "\(words.otherwise) (`else`)"
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

extension TokenFault {
  /// What of a call would be the same, where another try may bring a token; nil where it would not.
  fileprivate var asOfCall: FailureReason? {
    switch self {
    case .timeout: .timeout
    case .dns: .dns
    case .connect: .connect
    case .tls: .tls
    case .status(let code): .status(code)
    // What these codes stand for (RFC 6749 §4.1.2.1): some servers answer them with another status.
    case .serverError: .status(500)
    case .temporarilyUnavailable: .status(503)
    case .invalidRequest, .invalidClient, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
      .accessDenied, .unsupportedResponseType, .unreadable, .tokenType, .tokenLifetime, .tokenForm, .notAuthorized,
      .blocked, .tooLarge, .interrupted, .busy:
      nil
    }
  }
}

/// A cause for which a method asks to be repeated (`retry_on`).
package enum RetryCause: Hashable, Sendable {
  case timeout
  case connect
  /// The connection broke while the request was out.
  case disconnected
  case dns
  case tls
  case status(Int)
  /// A class such as 5xx: the first digit.
  case statusClass(Int)

  func covers(_ reason: FailureReason) -> Bool {
    switch (self, reason) {
    case (.timeout, .timeout), (.connect, .connect), (.disconnected, .disconnected), (.dns, .dns), (.tls, .tls): true
    case (.status(let wanted), .status(let got)): wanted == got
    case (.statusClass(let wanted), .status(let got)): got / 100 == wanted
    // Nothing of the method was sent. Without the time of the rest it is a history of before, which had no repetition.
    case (_, .authorizationRests(let fault, _)): fault.asOfCall.map { covers($0) } ?? false
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
