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

  /// The entry's bytes: canonical JSON with a fixed order of keys (docs/spec/ledger.md §2). `time` is a text of
  /// `timeText`. A commitment or hash of another length than 32 bytes is a caller's bug.
  func entry(sequence: UInt64, at time: [UInt8], previous: MerkleHash) -> [UInt8] {
    var writer = EntryWriter()
    writer.beginObject()
    writer.field("seq", sequence)
    writer.field("time", plain: time)
    writer.field("prev", plain: LedgerEntryHeader.text(of: previous))
    writer.field("kind", kind.rawValue, limit: LedgerLimits.wordBytes)
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
    return writer.bytes
  }

  /// An entry's time, which always has 24 characters: a clock outside the years 1970 to 9999 is broken, and its text
  /// would have another length.
  static func timeText(_ time: Instant) -> [UInt8] {
    Array(min(max(time, Instant(millisecondsSinceEpoch: 0)), latest).rfc3339.utf8)
  }

  private static let latest = Instant(millisecondsSinceEpoch: 253_402_300_799_999)
}
