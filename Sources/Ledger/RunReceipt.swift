package import Cryptography
package import Encodings

/// A signed statement of a finished run: which documents it followed, what started it, which steps it took, how it ended,
/// and commitments to the values that it had, none of the values themselves. A signed note (C2SP signed-note) by the key
/// of the ledger: the title, the ledger's origin, and one line of JSON (docs/spec/receipts.md).
///
/// A value of this type has been signed here or verified; a text from elsewhere is nothing before that.
package struct RunReceipt: Hashable, Sendable {
  /// One event of the run.
  package struct Event: Hashable, Sendable {
    package var kind: String
    package var at: Instant
    package var step: String?
    package var visit: Int?
    package var attempt: Int?
    /// Of a condition.
    package var met: Bool?
    /// One word, of what failed.
    package var reason: String?
    /// Of an answer: its status.
    package var status: Int?
    /// Names and commitments of the values that the event brought, in the order of their names.
    package var values: [Value]

    package init(kind: String, at: Instant) {
      self.kind = kind
      self.at = at
      values = []
    }
  }

  package struct Value: Hashable, Sendable {
    package var name: String
    /// 32 bytes.
    package var commitment: [UInt8]

    package init(name: String, commitment: [UInt8]) {
      self.name = name
      self.commitment = commitment
    }
  }

  /// What is stated.
  package struct Statement: Hashable, Sendable {
    package var run: String
    package var runbook: String
    /// SHA-256 of the documents that the run is pinned to, in hexadecimal.
    package var documents: String
    package var trigger: String
    /// The run that this one repeats, whose answers it may have taken over.
    package var retryOf: String?
    package var createdAt: Instant
    package var startedAt: Instant?
    package var endedAt: Instant
    /// `succeeded`, `failed` or `cancelled`.
    package var outcome: String
    package var reason: String?
    package var events: [Event]

    package init(
      run: String, runbook: String, documents: String, trigger: String, retryOf: String? = nil,
      createdAt: Instant, startedAt: Instant?, endedAt: Instant, outcome: String, reason: String?, events: [Event]
    ) {
      self.run = run
      self.runbook = runbook
      self.documents = documents
      self.trigger = trigger
      self.retryOf = retryOf
      self.createdAt = createdAt
      self.startedAt = startedAt
      self.endedAt = endedAt
      self.outcome = outcome
      self.reason = reason
      self.events = events
    }
  }

  package static let title = "chancery run receipt v1"

  package let origin: LedgerOrigin
  /// The statement as it was signed: one JSON object without line breaks.
  package let statement: String
  /// The whole note.
  package let text: String

  /// Signs a statement. Who calls it vouches that the run has ended.
  package static func sign(_ statement: Statement, as origin: LedgerOrigin, with key: Ed25519.SigningKey) -> RunReceipt
  {
    let json = String(decoding: Self.json(statement), as: UTF8.self)
    let body = "\(title)\n\(origin.text)\n\(json)\n"
    return RunReceipt(origin: origin, statement: json, text: SignedNote.sign(body, as: origin, with: key))
  }

  /// Reads and verifies a receipt: at least one signature line must be by one of `keys`, and every line that claims to be
  /// must verify. Throws `malformedReceipt`, `otherOrigin`, `unknownKey` or `wrongSignature`.
  package static func verify(_ text: String, keys: [VerifierKey]) throws(LedgerFault) -> RunReceipt {
    let (note, receipt) = try read(text)
    try note.verify(origin: receipt.origin, keys: keys)
    return receipt
  }

  /// The parts of a text, none of them verified.
  static func read(_ text: String) throws(LedgerFault) -> (note: SignedNote, receipt: RunReceipt) {
    let note = try note(text)
    let lines = note.body.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty else { throw .malformedReceipt(step: "it has not three lines") }
    guard lines[0] == title else { throw .malformedReceipt(step: "the title") }
    guard let origin = try? LedgerOrigin(String(lines[1])) else { throw .malformedReceipt(step: "the origin") }
    return (note, RunReceipt(origin: origin, statement: String(lines[2]), text: text))
  }

  /// The note that a receipt is: what is wrong with it is wrong with the receipt.
  static func note(_ text: String) throws(LedgerFault) -> SignedNote {
    do throws(LedgerFault) {
      return try SignedNote(text, limit: LedgerLimits.receiptBytes)
    } catch {
      guard case .malformedHead(let step) = error else { throw error }
      throw .malformedReceipt(step: step)
    }
  }

  init(origin: LedgerOrigin, statement: String, text: String) {
    self.origin = origin
    self.statement = statement
    self.text = text
  }

  private static func json(_ statement: Statement) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, value) in [
      ("run", statement.run), ("runbook", statement.runbook), ("documents", statement.documents),
      ("trigger", statement.trigger),
    ] {
      writer.key(key)
      writer.string(value)
    }
    if let retryOf = statement.retryOf {
      writer.key("retry_of")
      writer.string(retryOf)
    }
    writer.key("created_at")
    writer.string(statement.createdAt.rfc3339)
    writer.key("started_at")
    if let startedAt = statement.startedAt { writer.string(startedAt.rfc3339) } else { writer.null() }
    writer.key("ended_at")
    writer.string(statement.endedAt.rfc3339)
    writer.key("outcome")
    writer.string(statement.outcome)
    if let reason = statement.reason {
      writer.key("reason")
      writer.string(reason)
    }
    writer.key("events")
    writer.beginArray()
    for (index, event) in statement.events.enumerated() { write(event, sequence: index + 1, to: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  private static func write(_ event: Event, sequence: Int, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("seq")
    writer.integer(Int64(sequence))
    writer.key("event")
    writer.string(event.kind)
    writer.key("at")
    writer.string(event.at.rfc3339)
    if let step = event.step {
      writer.key("step")
      writer.string(step)
    }
    for (key, number) in [("visit", event.visit), ("attempt", event.attempt), ("status", event.status)] {
      guard let number else { continue }
      writer.key(key)
      writer.integer(Int64(number))
    }
    if let met = event.met {
      writer.key("met")
      writer.bool(met)
    }
    if let reason = event.reason {
      writer.key("reason")
      writer.string(reason)
    }
    if !event.values.isEmpty {
      writer.key("values")
      writer.beginObject()
      for value in event.values {
        writer.key(value.name)
        writer.string(Hex.encode(value.commitment))
      }
      writer.endObject()
    }
    writer.endObject()
  }
}
