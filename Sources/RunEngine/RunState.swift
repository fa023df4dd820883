package import Encodings

/// Where a run stands. Legal exits, by event:
///
/// - `queued` → `queued` by `admitted`; any but `queued` by `started`; `ended` by `startFailed` or `cancelled`
/// - `deciding` → any but `queued` by `conditionDecided` or `conditionFailed`; `ended` by `cancelled`
/// - `ready` → `calling` by `callIntended`; any but `queued` by `callFailed` (refused before it left);
///   `ended` by `cancelled`
/// - `calling` → any but `queued` by `callAnswered` or `callFailed`; `calling` again by `callIntended` of the
///   same address (a repeat after a restart); `ended` by `cancelled`
/// - `waiting` → `ready` by `waitElapsed`, any but `queued` where it ends a sleep; `ended` by `cancelled`
/// - `performing` → any but `queued` by the step's own event or `stepFailed`; `ended` by `handedOver` or `cancelled`
/// - `asking` → `awaiting` by `approvalAsked`; any but `queued` by `callFailed`; `ended` by `cancelled`
/// - `awaiting` → `ready` by the last `approvalGiven`; any but `queued` by `approvalRefused`, by an
///   answer that comes when its time is over, or, when its time has come, `waitElapsed`; `ended` by `cancelled`
/// - `restarting` → any but `queued` by `restarted`; `ended` by `cancelled`
/// - `ended` → nothing
///
/// `admitted` and `retried` leave `deciding`, `performing`, `ready`, `asking`, `waiting` and `restarting` as they are. After
/// `admitted` nothing but `started`, `startFailed`, `retried` or `cancelled` may follow.
package enum RunState: Equatable, Sendable {
  case queued
  /// A condition is being evaluated (nothing leaves the process).
  case deciding(EffectAddress)
  /// A step inside the service is being done (nothing leaves the process).
  case performing(EffectAddress)
  /// The request of a call is about to be shown to those who approve it.
  case asking(EffectAddress)
  /// Waiting for people.
  case awaiting(EffectAddress, Approval)
  /// A call is next; its intent is not recorded yet.
  case ready(EffectAddress)
  /// The intent is recorded: the request may be out.
  case calling(EffectAddress)
  /// Waiting before the attempt that the address names.
  case waiting(EffectAddress, until: Instant)
  /// Waiting before the run begins again; the number counts the restarts, this one included.
  case restarting(Int, until: Instant)
  case ended(RunOutcome)

  /// The visit in which the run stands; nil where it stands in none.
  package var address: EffectAddress? {
    switch self {
    case .deciding(let address), .performing(let address), .asking(let address), .awaiting(let address, _),
      .ready(let address), .calling(let address), .waiting(let address, _):
      address
    case .queued, .restarting, .ended: nil
    }
  }

  /// A request that people are asked about.
  package struct Approval: Equatable, Sendable {
    /// Commits to the request as it was shown.
    package let commitment: String
    package let until: Instant
    /// How often the request may leave under this approval, at least once.
    package var attempts = 1
    /// Who has agreed.
    package var given: Set<String> = []
  }
}
