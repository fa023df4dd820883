import Cryptography
import Encodings
import Testing

@testable import Keyring

/// Makes the vectors from a seed: the same bytes each time.
struct VectorWriter {
  private var json = JSONWriter()
  private let rig = Rig(seed: 2026)
  private let keyring: Keyring

  init() throws { keyring = try rig.initialised() }

  consuming func finished() throws -> [UInt8] {
    let old = try keyring.seal(Array("sealed before the rotation".utf8), in: .kv)
    try keyring.rotate(at: Rig.now.advanced(byMilliseconds: 1))
    let runs = try (0..<3).map { _ in try keyring.runKeys.allocate() }
    let shredded = try runs[1].seal(Array("gone".utf8), in: .event)
    try keyring.runKeys.destroy([runs[1].slot])
    let reused = try keyring.runKeys.allocate()
    let event = try runs[2].seal(Array("event".utf8), in: .event)
    let later = try reused.seal(Array("later".utf8), in: .event)

    json.beginObject()
    field("format", "chancery envelope vectors 1")
    field("key_file", String(decoding: rig.disk.bytes(of: "/operator/key") ?? [], as: UTF8.self))
    field("seal", file { $0.hasSuffix(".seal") })
    field("keyring", file { $0.hasSuffix("keyring") })
    field("run_keys", file { $0.hasSuffix("run-keys") })
    json.key("values")
    json.beginArray()
    value("an old term", old, .kv, "sealed before the rotation")
    try openings()
    value("under a run key", event, .event, "event", run: runs[2])
    value("under a slot's second key", later, .event, "later", run: reused)
    value("a destroyed run", shredded, .event, refusal: "run-key-destroyed", run: runs[1])
    value("a slot past the end", event, .event, refusal: "unknown-run-key", slot: 256, generation: 1)
    value("another run's key", event, .event, refusal: "commitment-mismatch", run: runs[0])
    value("a run's value under the keyring", event, .kv, refusal: "unknown-term")
    try refusals()
    json.endArray()
    json.key("hashes")
    json.beginArray()
    for purpose in [Purpose.tokenHash, .accessorHash, .auditHash, .maskPseudonym] {
      json.beginObject()
      field("purpose", purpose.rawValue)
      field("message", Hex.encode("hvs.example".utf8))
      field("hash", Hex.encode(try keyring.mac(purpose, message: "hvs.example".utf8)))
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return Self.broken(json.finish()) + [0x0A]
  }

  private mutating func openings() throws {
    for text in ["", "a", String(repeating: "p", count: 63), String(repeating: "q", count: 64)] {
      value("\(text.utf8.count) bytes", try keyring.seal(text.utf8, in: .kv), .kv, text)
    }
    let parameter = EnvelopeContext(
      purpose: .parameter, table: "parameters", row: "9", column: "value",
      context: ["m1", "query", "key", "GET", "system", "https://api.example.com/v1/{id}", "3"].map { Array($0.utf8) },
      version: 1)
    value("seven context fields", try keyring.seal("k3y".utf8, in: parameter), parameter, "k3y")
    let record = EnvelopeContext(purpose: .tokenRecord, table: "tokens", row: "é", column: "", version: .max >> 1)
    value("no context field", try keyring.seal("{}".utf8, in: record), record, "{}")
  }

  private mutating func refusals() throws {
    let envelope = try keyring.seal("moved".utf8, in: .kv)
    var moved = EnvelopeContext.kv
    moved.row = "18"
    value("another row", envelope, moved, refusal: "tag-mismatch")
    moved = .kv
    moved.version += 1
    value("another version", envelope, moved, refusal: "tag-mismatch")
    moved = .kv
    moved.context[1] = []
    value("another context", envelope, moved, refusal: "commitment-mismatch")
    let changes: [(String, Int, String)] = [
      ("magic", 0, "not-an-envelope"), ("version", 3, "unknown-version"), ("suite", 4, "unknown-suite"),
      ("term", 5, "unknown-term"), ("commitment", 9, "commitment-mismatch"), ("tag", 130, "tag-mismatch"),
    ]
    for (name, index, reason) in changes {
      var bytes = envelope.bytes
      bytes[index] ^= 1
      value("\(name) changed", bytes, .kv, refusal: reason)
    }
  }

  private mutating func value(
    _ name: String, _ envelope: Envelope, _ context: EnvelopeContext, _ plaintext: String? = nil,
    refusal: String? = nil, run: RunKey? = nil, slot: UInt32? = nil, generation: UInt32? = nil
  ) {
    value(
      name, envelope.bytes, context, plaintext, refusal: refusal, slot: run?.slot ?? slot,
      generation: run?.generation ?? generation)
  }

  private mutating func value(
    _ name: String, _ envelope: [UInt8], _ context: EnvelopeContext, _ plaintext: String? = nil,
    refusal: String? = nil, slot: UInt32? = nil, generation: UInt32? = nil
  ) {
    json.beginObject()
    field("name", name)
    if let slot, let generation {
      json.key("slot")
      json.integer(Int64(slot))
      json.key("generation")
      json.integer(Int64(generation))
    }
    field("purpose", context.purpose.rawValue)
    field("table", context.table)
    field("row", context.row)
    field("column", context.column)
    json.key("context")
    json.beginArray()
    for bytes in context.context { json.string(Hex.encode(bytes)) }
    json.endArray()
    json.key("version")
    json.integer(Int64(clamping: context.version))
    field("envelope", Hex.encode(envelope))
    if let plaintext { field("plaintext", Hex.encode(plaintext.utf8)) }
    if let refusal { field("refusal", refusal) }
    json.endObject()
  }

  private mutating func field(_ key: String, _ text: String) {
    json.key(key)
    json.string(text)
  }

  private func file(_ isWanted: (String) -> Bool) -> String {
    Hex.encode(rig.disk.paths.first(where: isWanted).flatMap { rig.disk.bytes(of: $0) } ?? [])
  }

  /// A line for each value, so that a difference can be read. No text in the vectors holds `},{`.
  private static func broken(_ json: [UInt8]) -> [UInt8] {
    var lines: [UInt8] = []
    for (index, byte) in json.enumerated() {
      lines.append(byte)
      if byte == UInt8(ascii: ","), index > 0, json[index - 1] == UInt8(ascii: "}") { lines.append(0x0A) }
    }
    return lines
  }
}
