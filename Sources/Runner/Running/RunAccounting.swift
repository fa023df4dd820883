import RunEngine
import Runbooks
import Storage

extension RunSession {
  /// What these events change around the run, to be written with them. Called after `takePending`, which gave `stored`.
  func accounts(of events: [RunEvent], _ stored: [StoredEvent]) -> [Intention] {
    var account = RunAccount(runbookID: row.runbookID, run: row.id, bundle: row.bundle)
    for event in events {
      switch event {
      case .started(let at, _, _, _), .startFailed(let at, _), .retried(let at, _): account.startedAt = at
      default: break
      }
    }
    if !events.isEmpty, case .ended(let outcome) = machine.state {
      account.end = RunAccount.End(row, outcome: outcome, rules: FailureRules(bundle.runbook.onFailure))
    }
    var changes: [AccountChange] = []
    if account.startedAt != nil || account.end != nil { changes.append(.run(account)) }
    let requests = zip(events, stored).compactMap { requestEntry(of: $0, sequence: $1.sequence) }
    if !requests.isEmpty { changes.append(.logRequests(requests)) }
    return changes.map { .account($0) }
  }

  /// The line of a call in the log of its method. Sizes are classes: the rows stand in clear on disk.
  private func requestEntry(of event: RunEvent, sequence: Int) -> RequestEntry? {
    let address: EffectAddress
    let outcome: String
    let exchange: (request: RequestRecord?, response: ResponseRecord?)
    switch event {
    case .callAnswered(let at, _, let request, let response, _):
      (address, outcome, exchange) = (at, "status \(response.status)", (request, response))
    case .callFailed(let at, _, let reason, let request, let response):
      (address, outcome, exchange) = (at, reason.word, (request, response))
    default: return nil
    }
    guard case .method(let call)? = bundle.runbook.step(named: address.step)?.kind else { return nil }
    return RequestEntry(
      method: call.method.text, at: event.instant, run: row.id, sequence: sequence, step: address.step,
      outcome: outcome, milliseconds: exchange.response?.durationMilliseconds,
      sentBytes: exchange.request.map { $0.body.flatMap { try? values.text($0).sizeClass } ?? 0 }.map(Int64.init),
      receivedBytes: exchange.response.flatMap { try? values.text($0.body).sizeClass }.map(Int64.init))
  }
}

extension RunAccount.End {
  /// The end of a run whose row says so.
  init(_ row: StoredRun, outcome: RunOutcome, rules: FailureRules) {
    let at = row.endedAt ?? row.createdAt
    self.init(
      at: at, outcome: outcome, steps: row.stepsExecuted,
      milliseconds: row.startedAt.map { at.milliseconds(since: $0) }, rules: rules)
  }
}
