package import Encodings

/// Where a run stands. Legal exits, by event:
///
/// - `queued` → `deciding`, `ready`, `ended` by `started`; `ended` by `startFailed` or `cancelled`
/// - `deciding` → any but `queued` by `conditionDecided` or `conditionFailed`; `ended` by `cancelled`
/// - `ready` → `calling` by `callIntended`; any but `queued` by `callFailed` (refused before it left);
///   `ended` by `cancelled`
/// - `calling` → any but `queued` by `callAnswered` or `callFailed`; `calling` again by `callIntended` of the
///   same address (a repeat after a restart); `ended` by `cancelled`
/// - `waiting` → `ready` by `waitElapsed`; `ended` by `cancelled`
/// - `restarting` → any but `queued` by `restarted`; `ended` by `cancelled`
/// - `ended` → nothing
package enum RunState: Equatable, Sendable {
  case queued
  /// A condition is being evaluated (nothing leaves the process).
  case deciding(EffectAddress)
  /// A call is next; its intent is not recorded yet.
  case ready(EffectAddress)
  /// The intent is recorded: the request may be out.
  case calling(EffectAddress)
  /// Waiting before the attempt that the address names.
  case waiting(EffectAddress, until: Instant)
  /// Waiting before the run begins again; the number counts the restarts, this one included.
  case restarting(Int, until: Instant)
  case ended(RunOutcome)
}
