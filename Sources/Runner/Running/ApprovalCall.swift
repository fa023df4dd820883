import Encodings
import Labels
import RunEngine
import Runbooks
import Storage

/// The question that people answer before a request leaves: the request is made as it would leave, kept for those who
/// look at it, and committed to; when it leaves, it must still have that commitment.
extension RunDriver {
  func askApproval(_ address: EffectAddress, in session: inout RunSession) async -> RunEvent {
    do {
      let attempts = session.machine.attemptsUnderOneApproval(of: address)
      if let statement = try await statementCall(address, in: session) {
        return await statement.ask(attempts: attempts, in: &session)
      }
      let call = try await methodCall(address, in: session)
      let (request, commitment) = try await call.call.describe(with: call.material, in: &session)
      return .approvalAsked(
        address, at: parts.clock.now(), request: request, commitment: commitment, attempts: attempts)
    } catch {
      return .callFailed(
        address, at: parts.clock.now(), reason: session.counted(FailureReason(call: error)), request: nil,
        response: nil)
    }
  }

  /// Takes the answers that have come since, or lets the run go until one comes.
  func awaitApproval(_ address: EffectAddress, until: Instant, in session: inout RunSession) async -> Performed {
    guard case .awaiting(_, let approval) = session.machine.state else { return .performed([]) }
    guard let answers = try? await parts.store.approvals(of: session.id) else { return .parked(until: until) }
    // An answer counts from when it was given: the run may have had no place since, or its runbook was paused. Until the
    // request is to leave, one refusal weighs more than all who agree, also of somebody who agreed before.
    let counted = answers.filter { answer in
      answer.step == address.step && answer.visit == address.visit && answer.at < until
    }
    let open = counted.first { !$0.isGiven } ?? counted.first { !approval.given.contains($0.login) }
    let now = parts.clock.now()
    if let open {
      return .performed(
        session.record(
          open.isGiven
            ? .approvalGiven(address, at: open.at, by: open.login)
            : .approvalRefused(address, at: open.at, by: open.login)))
    }
    guard now.millisecondsSinceEpoch >= until.millisecondsSinceEpoch else { return .parked(until: until) }
    return .performed(session.record(.waitElapsed(address, at: now)))
  }
}
