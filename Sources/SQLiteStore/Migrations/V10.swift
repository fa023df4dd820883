/// What is still to be done is found by its kind and its runbook: thousands of items that wait for one runbook are leapt
/// over by one look-up. Nothing went by the index that this one replaces but the same look-ups.
enum V10 {
  static let statements = [
    "DROP INDEX outbox_by_due",
    "CREATE INDEX outbox_by_runbook ON outbox (kind, runbook, due_at, id) WHERE state = 'pending'",
  ]
}
