package import Encodings

/// What an entry tells beyond who, what and with which outcome: typed by kind, names and numbers only. Nothing here has
/// room for a value, a header or a body.
package enum LedgerDetail: Equatable, Sendable {
  /// A request: HTTP method, the status that was answered, the policy and line that allowed it.
  case request(method: String, status: Int, rule: LedgerRule?)
  /// A denial: the word of its reason, the policy and line that denied it.
  case denial(reason: String, rule: LedgerRule?)
  /// A ceremony: the kinds of the seals concerned, the term from now on.
  case ceremony(seals: [String], term: UInt32?)
  /// A disclosure: to a program or a person, the version, the stated reason, and the origins in the value's label.
  case disclosure(to: Recipient, version: UInt64?, reason: String?, labels: [String])
  /// Refusals of one reason at one endpoint from one network within a time.
  case refusalSummary(
    reason: String, endpoint: String, network: String, count: UInt64, from: Instant, until: Instant)
  /// A document: its revision, the SHA-256 of its text, the number of warnings.
  case document(revision: UInt64, digest: [UInt8], warnings: Int)
  /// A secret: its version from now on, and the hosts it may be sent to (nil: none named).
  case secret(version: UInt64, hosts: [String]?)
  /// A grant: of which secret, bound to which SHA-256 of the runbook's steps and methods, pinned to which hosts.
  case grant(secret: String, material: [UInt8], hosts: [String])
  /// A policy: its revision and the SHA-256 of its text.
  case policy(revision: UInt64, digest: [UInt8])
  /// A token: the keyed hash of its accessor, its policies, its end, its uses.
  case token(accessor: [UInt8], policies: [String], expiresAt: Instant?, uses: Int?)
  /// A key: its version or term from now on.
  case key(version: UInt64)
  /// The wall clock: what was read last, what is read now.
  case clock(last: Instant, now: Instant)
  /// Stored rows: at most `LedgerLimits.listed` in one entry; more are a caller's bug.
  case anchor([LedgerAnchor])

  package enum Recipient: String, Sendable {
    case machine
    case human
  }

  /// The kind of entry that has this detail.
  package var kind: LedgerKind {
    switch self {
    case .request: .request
    case .denial: .denial
    case .ceremony: .ceremony
    case .disclosure: .disclosure
    case .refusalSummary: .refusalSummary
    case .document: .document
    case .secret: .secret
    case .grant: .grant
    case .policy: .policy
    case .token: .token
    case .key: .key
    case .clock: .clock
    case .anchor: .anchor
    }
  }
}

/// The rule behind a decision.
package struct LedgerRule: Hashable, Sendable {
  package var policy: String
  package var line: Int

  package init(policy: String, line: Int) {
    self.policy = policy
    self.line = line
  }
}

/// A stored row at a moment: where it stands, its version, and 32 bytes that stand for all that it says: the hash of the
/// row with its envelope (docs/spec/ledger.md §2.1).
package struct LedgerAnchor: Hashable, Sendable {
  package var table: String
  package var row: String
  package var version: UInt64
  package var envelope: [UInt8]

  package init(table: String, row: String, version: UInt64, envelope: [UInt8]) {
    self.table = table
    self.row = row
    self.version = version
    self.envelope = envelope
  }
}

extension LedgerDetail {
  /// Writes the detail as a JSON object. The order of keys is part of the format.
  func write(to writer: inout EntryWriter) {
    writer.beginObject()
    switch self {
    case .request(let method, let status, let rule):
      writer.field("method", method, limit: LedgerLimits.wordBytes)
      writer.field("status", UInt64(clamping: status))
      write(rule, to: &writer)
    case .denial(let reason, let rule):
      writer.field("reason", reason, limit: LedgerLimits.wordBytes)
      write(rule, to: &writer)
    case .ceremony(let seals, let term):
      writer.field("seals", seals)
      if let term { writer.field("term", UInt64(term)) }
    case .disclosure(let recipient, let version, let reason, let labels):
      writer.field("to", recipient.rawValue, limit: LedgerLimits.wordBytes)
      if let version { writer.field("version", version) }
      if let reason { writer.field("reason", reason, limit: LedgerLimits.reasonBytes) }
      writer.field("labels", labels)
    case .refusalSummary(let reason, let endpoint, let network, let count, let from, let until):
      writer.field("reason", reason, limit: LedgerLimits.wordBytes)
      writer.field("endpoint", endpoint, limit: LedgerLimits.nameBytes)
      writer.field("network", network, limit: LedgerLimits.wordBytes)
      writer.field("count", count)
      writer.field("from", at: from)
      writer.field("until", at: until)
    case .document(let revision, let digest, let warnings):
      writer.field("revision", revision)
      writer.field("digest", hash: digest)
      writer.field("warnings", UInt64(clamping: warnings))
    case .secret(let version, let hosts):
      writer.field("version", version)
      if let hosts { writer.field("hosts", hosts) }
    case .grant(let secret, let material, let hosts):
      writer.field("secret", secret, limit: LedgerLimits.subjectBytes)
      writer.field("material", hash: material)
      writer.field("hosts", hosts)
    case .policy(let revision, let digest):
      writer.field("revision", revision)
      writer.field("digest", hash: digest)
    case .token(let accessor, let policies, let expiresAt, let uses):
      writer.field("accessor", hash: accessor)
      writer.field("policies", policies)
      if let expiresAt { writer.field("expires", at: expiresAt) }
      if let uses { writer.field("uses", UInt64(clamping: uses)) }
    case .key(let version):
      writer.field("version", version)
    case .clock(let last, let now):
      writer.field("last", at: last)
      writer.field("now", at: now)
    case .anchor(let anchors):
      write(anchors, to: &writer)
    }
    writer.endObject()
  }

  private func write(_ rule: LedgerRule?, to writer: inout EntryWriter) {
    guard let rule else { return }
    writer.field("policy", rule.policy, limit: LedgerLimits.nameBytes)
    writer.field("line", UInt64(clamping: rule.line))
  }

  private func write(_ anchors: [LedgerAnchor], to writer: inout EntryWriter) {
    precondition(anchors.count <= LedgerLimits.listed, "more anchors than one entry holds")
    writer.key("rows")
    writer.beginArray()
    for anchor in anchors {
      writer.beginObject()
      writer.field("table", anchor.table, limit: LedgerLimits.wordBytes)
      writer.field("row", anchor.row, limit: LedgerLimits.nameBytes)
      writer.field("version", anchor.version)
      writer.field("envelope", hash: anchor.envelope)
      writer.endObject()
    }
    writer.endArray()
  }
}
