/// Every bound on what an entry, a head or an export may hold. `LedgerDraftTests` fills every field and compares with
/// `entryBytes`.
package enum LedgerLimits {
  /// Bytes of one entry.
  package static let entryBytes = 24 * 1024
  /// Bytes of an action, an outcome or another short word.
  package static let wordBytes = 128
  /// Bytes of a subject: what is acted on. As long as the longest path that policies decide on.
  package static let subjectBytes = 1024
  /// Bytes of an id or a name.
  package static let nameBytes = 256
  /// Bytes of the reason that a person gives.
  package static let reasonBytes = 512
  /// Members of a list in a detail (labels, hosts, policies, anchors); more are counted, not listed.
  package static let listed = 16
  /// Bytes of a signed head with all its signatures.
  package static let headBytes = 64 * 1024
  /// Bytes of the receipt of a run.
  package static let receiptBytes = 16 << 20
  /// Bytes of what opens one commitment of a receipt: its value in base 64.
  package static let openingBytes = 32 << 20
  /// Signature lines of a head; a reader of the format must accept at least 16.
  package static let signatures = 100
  /// Heads that one audit compares with.
  package static let auditedHeads = 10_000
}
