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
      let call = try await methodCall(address, in: session)
      let (request, commitment) = try await call.call.describe(with: call.material, in: &session)
      return .approvalAsked(address, at: parts.clock.now(), request: request, commitment: commitment)
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
    let open = answers.first { answer in
      answer.step == address.step && answer.visit == address.visit && !approval.given.contains(answer.login)
    }
    let now = parts.clock.now()
    if let open {
      return .performed(
        session.record(
          open.isGiven
            ? .approvalGiven(address, at: now, by: open.login) : .approvalRefused(address, at: now, by: open.login)))
    }
    guard now.millisecondsSinceEpoch >= until.millisecondsSinceEpoch else { return .parked(until: until) }
    return .performed(session.record(.waitElapsed(address, at: now)))
  }
}
