/// What an entry is about: the closed list of kinds. A reader that only verifies need not know them.
package enum LedgerKind: String, CaseIterable, Hashable, Sendable {
  /// An authenticated request that was let through.
  case request
  /// An authenticated request that the policies denied.
  case denial
  /// Something that happened in a run, its start included.
  case runEvent = "run-event"
  /// Init, unseal, seal, rekey, rotate.
  case ceremony
  /// A secret value left the service.
  case disclosure
  /// Unauthenticated refusals of a time, counted.
  case refusalSummary = "refusal-summary"
  /// A runbook, integration or other document was saved, deleted, imported, exported.
  case document
  /// A secret or a write-only value was written or deleted, or its hosts changed.
  case secret
  /// A runbook was given or lost the right to use a secret.
  case grant
  /// A policy was written or deleted.
  case policy
  /// A token was made, revoked, or used up.
  case token
  /// A named key or a term of the keyring was made, rotated, destroyed.
  case key
  /// The wall clock jumped.
  case clock
  /// The stored envelopes of rows, so that restoring an older row is noticed.
  case anchor
}
