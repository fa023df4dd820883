import Encodings
import RunEngine

extension RunEvent {
  /// What became of a step, at another time: a replay decides at the times that are recorded, and a dry run at those that
  /// it has after waits that nobody waited for. Any other event stays as it is.
  func moved(to at: Instant) -> RunEvent {
    switch self {
    case .callAnswered(let address, _, let request, let response, let variables):
      .callAnswered(address, at: at, request: request, response: response, variables: variables)
    case .callFailed(let address, _, let reason, let request, let response):
      .callFailed(address, at: at, reason: reason, request: request, response: response)
    case .performed(let address, _, let variables): .performed(address, at: at, variables: variables)
    case .stepFailed(let address, _, let reason): .stepFailed(address, at: at, reason: reason)
    case .approvalAsked(let address, _, let request, let commitment, let attempts):
      .approvalAsked(address, at: at, request: request, commitment: commitment, attempts: attempts)
    case .admitted, .started, .startFailed, .conditionDecided, .callIntended, .conditionFailed, .iterationBegan,
      .iterationAdvanced, .handedOver, .approvalGiven, .approvalRefused, .waitElapsed, .restarted, .retried, .cancelled:
      self
    }
  }
}
