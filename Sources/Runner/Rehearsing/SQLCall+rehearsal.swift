import Encodings
import Labels
import RunEngine
import Runbooks

extension SQLCall {
  /// The statement of a dry run: it is made, its destination checked and every right to what is in it asked for, as for one
  /// that leaves; then it does not. Rows that are given, or were recorded, are taken as if they had come, with the labels of
  /// what would have been sent. Without them the step fails with `dry-run`.
  ///
  /// Nothing is dialled; the host's name is looked up, since the guard decides by addresses.
  func rehearse(answer: RehearsedAnswers.Answer?, in session: inout RunSession) async -> RunEvent {
    var request: RequestRecord?
    do {
      let rendered = try rendered(in: session)
      request = try record(in: &session)
      _ = try await prepare(rendered, in: &session)
      switch answer {
      case .given(let given):
        guard GivenForm.rows.fits(given) else {
          throw FailureReason.conversion("the given answer, which is for a step of another kind")
        }
        // What somebody gave decides nothing about a secret: it costs no bit.
        if let reason = GivenForm.rows.reason(of: given, source: source.id) {
          return .callFailed(
            address, at: parts.clock.now(), reason: reason.told(of: rendered.label, source: source.id),
            request: request, response: nil)
        }
        return try take(given, sent: rendered.label, request: request, in: &session)
      case .recorded(_, let headers, let body, _):
        return try take(headers: headers, body: body, after: 0, request: request, in: &session)
      case .failed(let reason) where reason.isOfTheWay: throw reason
      case .performed, .failed, nil: throw FailureReason.dryRun
      }
    } catch {
      return failed(FailureReason(call: error), request, in: &session)
    }
  }

  /// Rows of whoever starts the dry run: neither a known secret in them nor what looks like one is told apart.
  private func take(
    _ given: RehearsedAnswers.Given, sent: Label, request: RequestRecord?, in session: inout RunSession
  ) throws -> RunEvent {
    let label = LabelProducers.start(isEncrypted: step.encryptResponse, hosts: clearance.ownHosts).joined(with: sent)
    let tape = try JSONTape(given.body, limits: .values)
    return try take(
      headers: try counts(rows: tape.count(tape.root), bytes: given.body.count, label: label),
      body: try LabeledText(json: given.body, label: label), after: 0, request: request, in: &session)
  }
}
