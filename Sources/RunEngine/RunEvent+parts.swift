package import Labels

/// What an event has, whatever its kind: so that logs, ledger and receipts need not know every kind.
extension RunEvent {
  /// The effect that it is about; nil where it is about the run as a whole.
  package var address: EffectAddress? {
    switch self {
    case .conditionDecided(let address, _, _), .callIntended(let address, _), .callAnswered(let address, _, _, _, _),
      .callFailed(let address, _, _, _, _), .conditionFailed(let address, _, _), .waitElapsed(let address, _),
      .performed(let address, _, _), .stepFailed(let address, _, _), .iterationBegan(let address, _, _, _, _, _),
      .iterationAdvanced(let address, _, _, _), .handedOver(let address, _, _), .approvalAsked(let address, _, _, _),
      .approvalGiven(let address, _, _), .approvalRefused(let address, _, _):
      address
    case .started, .startFailed, .restarted, .retried, .cancelled: nil
    }
  }

  /// Why something did not work; nil where it did.
  package var reason: FailureReason? {
    switch self {
    case .callFailed(_, _, let reason, _, _), .conditionFailed(_, _, let reason), .startFailed(_, let reason),
      .stepFailed(_, _, let reason):
      reason
    case .started, .conditionDecided, .callIntended, .callAnswered, .waitElapsed, .performed, .iterationBegan,
      .iterationAdvanced, .handedOver, .approvalAsked, .approvalGiven, .approvalRefused, .restarted, .retried,
      .cancelled:
      nil
    }
  }

  package var request: RequestRecord? {
    switch self {
    case .callAnswered(_, _, let request, _, _), .callFailed(_, _, _, let request, _): request
    case .approvalAsked(_, _, let request, _): request
    default: nil
    }
  }

  package var response: ResponseRecord? {
    switch self {
    case .callAnswered(_, _, _, let response, _): response
    case .callFailed(_, _, _, _, let response): response
    default: nil
    }
  }

  /// Variables that the event set, by name.
  package var variables: [String: ValueHandle] {
    switch self {
    case .started(_, _, let variables, _), .callAnswered(_, _, _, _, let variables), .performed(_, _, let variables),
      .iterationBegan(_, _, _, _, _, let variables), .iterationAdvanced(_, _, _, let variables):
      variables
    default: [:]
    }
  }

  /// What the trigger brought, by the root's name.
  package var roots: [String: ValueHandle] {
    if case .started(_, let roots, _, _) = self { roots } else { [:] }
  }

  /// What the runs that led to this one had let out when it began.
  package var spent: SpentBits {
    if case .started(_, _, _, let spent) = self { spent } else { .none }
  }

  /// The element or batch of an iteration that the event brought.
  package var element: ValueHandle? {
    switch self {
    case .iterationBegan(_, _, _, _, let element, _), .iterationAdvanced(_, _, let element, _): element
    default: nil
    }
  }

  /// Another run that the event is about.
  package var otherRun: RunID? {
    switch self {
    case .handedOver(_, _, let run), .retried(_, let run): run
    default: nil
    }
  }

  /// The login that the event is about.
  package var login: String? {
    switch self {
    case .approvalGiven(_, _, let login), .approvalRefused(_, _, let login): login
    default: nil
    }
  }

  /// Every value that the event brought, by the name that a receipt gives it.
  package var values: [(name: String, handle: ValueHandle)] {
    var values = roots.map { (name: $0.key, handle: $0.value) }
    values += variables.map { (name: "variables.\($0.key)", handle: $0.value) }
    if let request {
      values += [("request.url", request.url), ("request.headers", request.headers)]
      if let body = request.body { values.append(("request.body", body)) }
    }
    if let response { values += [("response.headers", response.headers), ("response.body", response.body)] }
    if case .iterationBegan(_, _, _, let items, _, _) = self { values.append(("items", items)) }
    if let element { values.append(("element", element)) }
    return values
  }
}
