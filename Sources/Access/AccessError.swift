/// What this room throws. Refusals of a request are results with reasons, not errors: see `AccessDenial`,
/// `TokenRefusal` and `UniformRefusal`.
package enum AccessError: Error, Equatable, Sendable {
  /// A path, name or text breaks a rule; the fault names it.
  case path(PathFault)
  /// A policy name is empty, too long, has a character outside `a-z 0-9 . _ -`, or is reserved.
  case policyName
  /// An entity id is empty, too long or has a character outside `A-Z a-z 0-9 . _ -`.
  case entityID
  /// A display name is empty, too long or holds a control character.
  case displayName
  /// The stated reason is empty, too long or holds a control character.
  case reason
  /// The sealed record of a reveal request or a login cannot be read.
  case record
  /// A user's name, password or lifetime breaks a rule.
  case login(LoginFault)
  /// The sealed record of a token cannot be read, or disagrees with the row's clear columns.
  case tokenRecord(TokenRecordFault)
  /// A root token that never expires exists under `--dev` alone.
  case rootMustExpire
  /// The random generator or the locked memory behind a new token failed.
  case tokenGeneration
}
