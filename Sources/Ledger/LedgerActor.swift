internal import Encodings

/// Who did what an entry tells.
package enum LedgerActor: Hashable, Sendable {
  /// A person or program with a token: the entity behind it, and the keyed hash (`audit-hash`, 32 bytes) of the token's
  /// accessor where that is to be told.
  case entity(String, accessor: [UInt8]? = nil)
  /// A run.
  case run(String)
  /// A runbook, as a principal of its own.
  case runbook(String)
  /// A public endpoint, for whoever sent it something.
  case endpoint(String)
  /// Whoever proved that he has a seal, by the seal's kind.
  case seal(String)
  /// The service itself.
  case service

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .entity(let id, let accessor):
      writer.field("type", "entity")
      writer.field("id", id, limit: LedgerLimits.nameBytes)
      if let accessor { writer.field("accessor", hash: accessor) }
    case .run(let id): write("run", id, to: &writer)
    case .runbook(let id): write("runbook", id, to: &writer)
    case .endpoint(let id): write("endpoint", id, to: &writer)
    case .seal(let kind): write("seal", kind, to: &writer)
    case .service: writer.field("type", "service")
    }
    writer.endObject()
  }

  private func write(_ type: String, _ id: String, to writer: inout JSONWriter) {
    writer.field("type", type)
    writer.field("id", id, limit: LedgerLimits.nameBytes)
  }
}

extension JSONWriter {
  /// A word of ours.
  mutating func field(_ key: String, _ word: String) {
    self.key(key)
    string(word)
  }

  /// A text from elsewhere: bounded and safe to show.
  mutating func field(_ key: String, _ text: String, limit: Int) {
    self.key(key)
    string(LedgerText(text, limit: limit).text)
  }

  mutating func field(_ key: String, _ number: UInt64) {
    self.key(key)
    raw(String(number).utf8)
  }

  mutating func field(_ key: String, at instant: Instant) {
    self.key(key)
    string(instant.rfc3339)
  }

  /// A hash or commitment of 32 bytes, in hex. Another length is a caller's bug.
  mutating func field(_ key: String, hash: [UInt8]) {
    precondition(hash.count == 32, "a hash in the ledger has 32 bytes")
    self.key(key)
    string(Hex.encode(hash))
  }

  /// A list of texts from elsewhere, in their order; those beyond the bound are only counted, in a last member `+n`.
  mutating func field(_ key: String, _ texts: [String]) {
    self.key(key)
    beginArray()
    for text in texts.prefix(LedgerLimits.listed) { string(LedgerText(text, limit: LedgerLimits.nameBytes).text) }
    if texts.count > LedgerLimits.listed { string("+\(texts.count - LedgerLimits.listed)") }
    endArray()
  }
}
