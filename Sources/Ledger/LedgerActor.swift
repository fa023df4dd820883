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

  func write(to writer: inout EntryWriter) {
    writer.beginObject()
    switch self {
    case .entity(let id, let accessor):
      writer.field("type", word: "entity")
      writer.field("id", id, limit: LedgerLimits.nameBytes)
      if let accessor { writer.field("accessor", hash: accessor) }
    case .run(let id): write("run", id, to: &writer)
    case .runbook(let id): write("runbook", id, to: &writer)
    case .endpoint(let id): write("endpoint", id, to: &writer)
    case .seal(let kind): write("seal", kind, to: &writer)
    case .service: writer.field("type", word: "service")
    }
    writer.endObject()
  }

  private func write(_ type: StaticString, _ id: String, to writer: inout EntryWriter) {
    writer.field("type", word: type)
    writer.field("id", id, limit: LedgerLimits.nameBytes)
  }
}
