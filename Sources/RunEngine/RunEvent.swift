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
  /// `request_headers`, …), `variables` the starting values by name.
  case started(at: Instant, roots: [String: ValueHandle], variables: [String: ValueHandle])
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
  /// The wait before a further attempt is over.
  case waitElapsed(EffectAddress, at: Instant)
  /// The wait before the run begins again is over.
  case restarted(at: Instant)
  /// Somebody with the right to do so cancelled the run.
  case cancelled(at: Instant)

  /// When it happened, by the wall clock of the node that recorded it.
  package var instant: Instant {
    switch self {
    case .started(let at, _, _), .startFailed(let at, _), .conditionDecided(_, let at, _), .callIntended(_, let at),
      .callAnswered(_, let at, _, _, _), .callFailed(_, let at, _, _, _), .conditionFailed(_, let at, _),
      .waitElapsed(_, let at), .restarted(let at), .cancelled(let at):
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
    case wait
    case waitToRestart
    case finish
  }

  package var kind: Kind {
    switch self {
    case .decideCondition: .decideCondition
    case .call: .call
    case .wait: .wait
    case .waitToRestart: .waitToRestart
    case .finish: .finish
    }
  }
}

/// How a run ended.
package enum RunOutcome: Hashable, Sendable {
  case succeeded
  case failed(FailureReason)
  case cancelled
}
