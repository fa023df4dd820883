package import Encodings
package import Labels

/// One visit of one step, one attempt of it: the address of an effect within its run.
package struct EffectAddress: Hashable, Sendable {
  package let step: String
  /// From 1: how often the run has come to this step.
  package let visit: Int
  /// From 1: how often this visit has tried.
  package let attempt: Int

  package init(step: String, visit: Int, attempt: Int = 1) {
    self.step = step
    self.visit = visit
    self.attempt = attempt
  }
}

/// What was sent, for the log: handles only. `nil` where the call failed before there was one.
package struct RequestRecord: Hashable, Sendable {
  package let method: String
  package let url: ValueHandle
  package let headers: ValueHandle
  package let body: ValueHandle?

  package init(method: String, url: ValueHandle, headers: ValueHandle, body: ValueHandle?) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What came back: handles only.
package struct ResponseRecord: Hashable, Sendable {
  package let status: Int
  package let headers: ValueHandle
  package let body: ValueHandle
  package let durationMilliseconds: Int64

  package init(status: Int, headers: ValueHandle, body: ValueHandle, durationMilliseconds: Int64) {
    self.status = status
    self.headers = headers
    self.body = body
    self.durationMilliseconds = durationMilliseconds
  }
}

/// A change of a run that has happened. Events are recorded durably, sealed under the run's key, and
/// replayed after a restart; they hold handles, never content (docs/spec/run-history.md).
package enum RunEvent: Equatable, Sendable {
  /// The run began to execute. `roots` are the values that the trigger brought (`request`,
  /// `request_headers`, …), `variables` the starting values by name, `spent` what the runs that led here have let out.
  case started(
    at: Instant, roots: [String: ValueHandle], variables: [String: ValueHandle], spent: SpentBits = .none)
  /// The run could not begin: an input does not convert, a starting value may not be read.
  case startFailed(at: Instant, reason: FailureReason)
  /// A condition step was decided.
  case conditionDecided(EffectAddress, at: Instant, met: Bool)
  /// A call is about to leave: recorded before it does.
  case callIntended(EffectAddress, at: Instant)
  /// The other side answered. `variables` are the outputs that the method and the step took from it.
  case callAnswered(
    EffectAddress, at: Instant, request: RequestRecord?, response: ResponseRecord, variables: [String: ValueHandle])
  /// There was no answer, or the call was refused before it left, or its outputs could not be taken.
  case callFailed(
    EffectAddress, at: Instant, reason: FailureReason, request: RequestRecord?, response: ResponseRecord?)
  /// A condition could not be evaluated.
  case conditionFailed(EffectAddress, at: Instant, reason: FailureReason)
  /// A step inside the service was done; `variables` is what it brought.
  case performed(EffectAddress, at: Instant, variables: [String: ValueHandle])
  /// A step inside the service could not be done.
  case stepFailed(EffectAddress, at: Instant, reason: FailureReason)
  /// An iteration was begun over an array of `count` elements. `element` is the first one, or the first batch;
  /// nil exactly where there is none.
  case iterationBegan(
    EffectAddress, at: Instant, count: Int, items: ValueHandle, element: ValueHandle?, variables: [String: ValueHandle])
  /// The next element or batch of the iteration; `element` is nil where none is left.
  case iterationAdvanced(EffectAddress, at: Instant, element: ValueHandle?, variables: [String: ValueHandle])
  /// The run is over and has started this one, in the same commit.
  case handedOver(EffectAddress, at: Instant, to: RunID)
  /// The request of a call is asked to be approved: what would leave, and its commitment, which the approved
  /// request must still have when it leaves.
  case approvalAsked(EffectAddress, at: Instant, request: RequestRecord, commitment: String)
  /// Somebody agreed; the name of the login.
  case approvalGiven(EffectAddress, at: Instant, by: String)
  /// Somebody refused.
  case approvalRefused(EffectAddress, at: Instant, by: String)
  /// The wait before a further attempt is over, or that of a sleep.
  case waitElapsed(EffectAddress, at: Instant)
  /// The wait before the run begins again is over.
  case restarted(at: Instant)
  /// The events before this one were taken over from a run that failed at the present step; from here on this run
  /// goes its own way.
  case retried(at: Instant, of: RunID)
  /// Somebody with the right to do so cancelled the run.
  case cancelled(at: Instant)

  /// When it happened, by the wall clock of the node that recorded it.
  package var instant: Instant {
    switch self {
    case .started(let at, _, _, _), .startFailed(let at, _), .conditionDecided(_, let at, _), .callIntended(_, let at),
      .callAnswered(_, let at, _, _, _), .callFailed(_, let at, _, _, _), .conditionFailed(_, let at, _),
      .waitElapsed(_, let at), .restarted(let at), .cancelled(let at), .performed(_, let at, _),
      .stepFailed(_, let at, _), .iterationBegan(_, let at, _, _, _, _), .iterationAdvanced(_, let at, _, _),
      .handedOver(_, let at, _), .approvalAsked(_, let at, _, _), .approvalGiven(_, let at, _),
      .approvalRefused(_, let at, _), .retried(let at, _):
      at
    }
  }
}

/// What the machine asks its driver to do. Handles only.
package enum RunEffect: Equatable, Sendable {
  /// Evaluate the step's condition over the run's scope; answer `conditionDecided` or `conditionFailed`.
  case decideCondition(EffectAddress)
  /// Record `callIntended` durably, then send; answer `callAnswered` or `callFailed`.
  case call(EffectAddress)
  /// Do what the step says, inside the service; answer `performed` or `stepFailed`.
  case perform(EffectAddress)
  /// Read the array of the step; answer `iterationBegan` or `stepFailed`.
  case beginIteration(EffectAddress)
  /// Take so many elements of an open iteration from this one on; answer `iterationAdvanced` or `stepFailed`.
  case advance(EffectAddress, IterationPlace)
  /// Start the runbook that the step names; answer `handedOver` or `stepFailed`.
  case startRunbook(EffectAddress)
  /// Make the request of the call and ask for its approval; answer `approvalAsked` or `callFailed`.
  case askApproval(EffectAddress)
  /// Wait for `approvalGiven` or `approvalRefused` until then; answer `waitElapsed` when it has come.
  case awaitApproval(EffectAddress, until: Instant)
  /// Wait until then; answer `waitElapsed`.
  case wait(EffectAddress, until: Instant)
  /// Wait until then; answer `restarted`.
  case waitToRestart(until: Instant)
  /// The run is over: record its outcome.
  case finish(RunOutcome)
}

extension RunEffect {
  /// Its word in `LabelProducers.byEffect`. The list and the registry are compared by a test: an effect that is not
  /// registered there would bring values without labels.
  package enum Kind: String, CaseIterable, Sendable {
    case decideCondition
    case call
    case perform
    case beginIteration
    case advance
    case startRunbook
    case askApproval
    case awaitApproval
    case wait
    case waitToRestart
    case finish
  }

  package var kind: Kind {
    switch self {
    case .decideCondition: .decideCondition
    case .call: .call
    case .perform: .perform
    case .beginIteration: .beginIteration
    case .advance: .advance
    case .startRunbook: .startRunbook
    case .askApproval: .askApproval
    case .awaitApproval: .awaitApproval
    case .wait: .wait
    case .waitToRestart: .waitToRestart
    case .finish: .finish
    }
  }
}

/// Where an iteration stands: which elements are taken next.
package struct IterationPlace: Equatable, Sendable {
  /// The step that began it.
  package let step: String
  package let items: ValueHandle
  /// From 0.
  package let first: Int
  /// How many at most; 1 where elements come one by one.
  package let batch: Int
  /// Elements in all.
  package let count: Int

  package init(step: String, items: ValueHandle, first: Int, batch: Int, count: Int) {
    self.step = step
    self.items = items
    self.first = first
    self.batch = batch
    self.count = count
  }
}

/// How a run ended.
package enum RunOutcome: Hashable, Sendable {
  case succeeded
  case failed(FailureReason)
  case cancelled
}
