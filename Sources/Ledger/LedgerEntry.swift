package import Encodings

/// A stored entry, read back for showing: the fields that every entry has, and its text.
package struct LedgerEntry: Equatable, Sendable {
  package let sequence: UInt64
  package let time: Instant
  /// The leaf hash of the entry before.
  package let previous: MerkleHash
  package let kind: LedgerKind
  package let action: String
  package let subject: String
  package let outcome: String
  /// The actor, as JSON text.
  package let actor: String
  /// The detail, as JSON text.
  package let detail: String?

  /// Reads an entry. Nil unless the bytes are what `LedgerDraft` writes: canonical JSON, the keys in their order, a
  /// kind of this version. (An audit does not need this; it goes by hashes, so that entries of later kinds verify
  /// too.)
  package init?(_ bytes: [UInt8]) {
    guard bytes.count <= LedgerLimits.entryBytes, let tape = try? JSONTape(bytes), tape.kind(tape.root) == .object,
      tape.canonicalText(tape.root) == bytes
    else { return nil }
    let keys = tape.children(tape.root).compactMap { tape.key($0) }
    let further = Array(keys.dropFirst(Self.required.count))
    guard keys.starts(with: Self.required), Self.optional.filter(further.contains) == further else { return nil }
    func text(_ key: String) -> String? { tape.member(tape.root, key).flatMap { tape.string($0) } }
    func json(_ key: String) -> String? {
      tape.member(tape.root, key).map { String(decoding: tape.text($0), as: UTF8.self) }
    }
    guard let header = LedgerEntryHeader(bytes), let time = text("time").flatMap(Instant.init(rfc3339:)),
      let kind = text("kind").flatMap(LedgerKind.init), let action = text("action"), let subject = text("subject"),
      let outcome = text("outcome"), let actor = json("actor")
    else { return nil }
    sequence = header.sequence
    previous = header.previous
    self.time = time
    self.kind = kind
    self.action = action
    self.subject = subject
    self.outcome = outcome
    self.actor = actor
    detail = json("detail")
  }

  private static let required = ["seq", "time", "prev", "kind", "actor", "action", "subject", "outcome"]
  private static let optional = ["commitment", "join", "detail"]
}

/// The fixed start of every entry, which is all that an audit reads of it:
/// `{"seq":N,"time":"YYYY-MM-DDTHH:MM:SS.mmmZ","prev":"44 characters of base64",`
struct LedgerEntryHeader {
  let sequence: UInt64
  let previous: MerkleHash
  /// Where the 44 characters of `prev` stand.
  let previousRange: Range<Int>

  /// A hash as `prev` has it.
  static func text(of hash: MerkleHash) -> [UInt8] {
    Array(Base64.encode(hash.bytes).utf8)
  }

  init?(_ bytes: [UInt8]) {
    let start = Array(#"{"seq":"#.utf8)
    let time = Array(#","time":""#.utf8)
    let previous = Array(#"","prev":""#.utf8)
    guard bytes.count <= LedgerLimits.entryBytes, bytes.starts(with: start) else { return nil }
    let digits = bytes[start.count...].prefix { (0x30...0x39).contains($0) }
    guard let sequence = UInt64(String(decoding: digits, as: UTF8.self)), digits.first != 0x30 || digits.count == 1,
      bytes[digits.endIndex...].starts(with: time)
    else { return nil }
    let previousStart = digits.endIndex + time.count + 24
    guard bytes.count > previousStart, bytes[previousStart...].starts(with: previous) else { return nil }
    let range = previousStart + previous.count..<previousStart + previous.count + 44
    guard bytes.count > range.upperBound + 1, bytes[range.upperBound] == 0x22, bytes[range.upperBound + 1] == 0x2C,
      let hash = Base64.decode(bytes[range]).flatMap({ MerkleHash($0) })
    else { return nil }
    self.sequence = sequence
    self.previous = hash
    self.previousRange = range
  }
}
