internal import Cryptography
internal import Encodings

/// What opens one commitment of a receipt: the value, and the salt that the commitment is keyed with. Whoever has it and
/// the receipt sees that the run had this value, without the service (docs/spec/receipts.md). It holds the value: it
/// prints as a mask.
package struct ReceiptOpening: Sendable {
  /// The run's id.
  package let run: String
  /// The event that brought the value, from 1.
  package let sequence: Int
  /// What the receipt calls the value.
  package let name: String
  /// 32 bytes.
  package let salt: [UInt8]
  /// The value, byte for byte.
  package let value: [UInt8]

  private static let saltCount = 32

  /// A salt of another length than 32 bytes is a caller's bug.
  package init(run: String, sequence: Int, name: String, salt: [UInt8], value: [UInt8]) {
    precondition(salt.count == Self.saltCount, "a salt has 32 bytes")
    self.run = run
    self.sequence = sequence
    self.name = name
    self.salt = salt
    self.value = value
  }

  /// Reads what `json` writes; nil for anything else. Members that it does not know are passed by.
  package init?(json text: [UInt8]) {
    let limits = JSONLimits(maximumBytes: LedgerLimits.openingBytes, maximumDepth: 8, maximumNodes: 1_000)
    guard let tape = try? JSONTape(text, limits: limits), tape.kind(tape.root) == .object,
      let run = tape.member(tape.root, "run").flatMap({ tape.string($0) }),
      let sequence = tape.member(tape.root, "seq").flatMap({ tape.integer($0) }).flatMap({ Int(exactly: $0) }),
      let name = tape.member(tape.root, "name").flatMap({ tape.string($0) }),
      let saltText = tape.member(tape.root, "salt").flatMap({ tape.string($0) }),
      let salt = Hex.decode(saltText), salt.count == Self.saltCount,
      let valueText = tape.member(tape.root, "base64").flatMap({ tape.string($0) }),
      let value = Base64.decode(valueText)
    else { return nil }
    self.init(run: run, sequence: sequence, name: name, salt: salt, value: value)
  }

  /// One JSON object: `run`, `seq`, `name`, `salt` in hexadecimal, and the value as `base64`.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("run")
    writer.string(run)
    writer.key("seq")
    writer.integer(Int64(sequence))
    writer.key("name")
    writer.string(name)
    writer.key("salt")
    writer.string(Hex.encode(salt))
    writer.key("base64")
    writer.string(Base64.encode(value))
    writer.endObject()
    return writer.finish()
  }

  /// What the receipt holds for this value: BLAKE2b-256 of it, keyed with the salt.
  fileprivate var commitment: [UInt8] {
    KeyDerivation.keyedBLAKE2b(key: GuardedBytes(copying: salt), message: value, count: 32).withBytes { Array($0) }
  }
}

extension ReceiptOpening: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "ReceiptOpening(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension RunReceipt {
  /// What an opening shows.
  package enum OpeningVerdict: Hashable, Sendable {
    /// The value is the one that the run had there.
    case opens
    /// The opening is of another run.
    case otherRun
    /// The receipt has no value of this name at this event.
    case noSuchValue
    /// The value, or its salt, is another one.
    case otherValue
  }

  /// Holds an opening against this receipt, which was verified.
  package func judge(_ opening: ReceiptOpening) -> OpeningVerdict {
    let limits = JSONLimits(maximumBytes: LedgerLimits.receiptBytes, maximumDepth: 16, maximumNodes: 4_000_000)
    guard let tape = try? JSONTape(Array(statement.utf8), limits: limits),
      tape.member(tape.root, "run").flatMap({ tape.string($0) }) == opening.run
    else { return .otherRun }
    let events = tape.member(tape.root, "events").map { tape.children($0) } ?? []
    let found = events.first { event in
      tape.member(event, "seq").flatMap { tape.integer($0) } == Int64(opening.sequence)
    }
    guard let event = found, let values = tape.member(event, "values"),
      let stated = tape.member(values, opening.name).flatMap({ tape.string($0) })
    else { return .noSuchValue }
    return stated == Hex.encode(opening.commitment) ? .opens : .otherValue
  }
}
