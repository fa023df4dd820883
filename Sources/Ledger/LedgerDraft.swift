internal import Encodings

/// An entry before it has its place: who did what to what, with which outcome.
///
/// Texts are bounded and made safe to show when the entry is written (`LedgerLimits`). They are names, ids and words;
/// to put a secret into one is a caller's bug that no check here can notice.
package struct LedgerDraft: Equatable, Sendable {
  package let kind: LedgerKind
  package var actor: LedgerActor
  /// What was done: a word or a capability.
  package var action: String
  /// What it was done to: a path, an id, a name.
  package var subject: String
  /// How it ended: `ok`, a status, the word of a reason.
  package var outcome: String
  /// For values: 32 bytes that say nothing without what they commit to.
  package var commitment: [UInt8]?
  /// The id that joins an intent with its outcome.
  package var join: String?
  package let detail: LedgerDetail?

  /// An entry without a detail.
  package init(
    kind: LedgerKind, actor: LedgerActor, action: String, subject: String, outcome: String,
    commitment: [UInt8]? = nil, join: String? = nil
  ) {
    self.kind = kind
    self.actor = actor
    self.action = action
    self.subject = subject
    self.outcome = outcome
    self.commitment = commitment
    self.join = join
    self.detail = nil
  }

  /// An entry with a detail, which is also its kind.
  package init(
    _ detail: LedgerDetail, actor: LedgerActor, action: String, subject: String, outcome: String,
    commitment: [UInt8]? = nil, join: String? = nil
  ) {
    self.kind = detail.kind
    self.actor = actor
    self.action = action
    self.subject = subject
    self.outcome = outcome
    self.commitment = commitment
    self.join = join
    self.detail = detail
  }

  private static let latest = Instant(millisecondsSinceEpoch: 253_402_300_799_999)

  /// The entry's bytes: canonical JSON with a fixed order of keys (docs/spec/ledger.md §2). A commitment or hash of
  /// another length than 32 bytes is a caller's bug.
  func entry(sequence: UInt64, at time: Instant, previous: MerkleHash) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("seq", sequence)
    // A clock outside the years 0 to 9999 is broken, and its text would have another length.
    writer.field("time", at: min(max(time, Instant(millisecondsSinceEpoch: 0)), Self.latest))
    writer.key("prev")
    writer.stringBytes(LedgerEntryHeader.text(of: previous))
    writer.field("kind", kind.rawValue)
    writer.key("actor")
    actor.write(to: &writer)
    writer.field("action", action, limit: LedgerLimits.wordBytes)
    writer.field("subject", subject, limit: LedgerLimits.subjectBytes)
    writer.field("outcome", outcome, limit: LedgerLimits.wordBytes)
    if let commitment { writer.field("commitment", hash: commitment) }
    if let join { writer.field("join", join, limit: LedgerLimits.wordBytes) }
    if let detail {
      writer.key("detail")
      detail.write(to: &writer)
    }
    writer.endObject()
    return writer.finish()
  }
}
