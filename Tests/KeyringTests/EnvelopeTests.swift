import Cryptography
import Encodings
import TestSupport
import Testing

@testable import Keyring

@Suite("Envelopes")
struct EnvelopeTests {
  private let keyring: Keyring

  init() throws { keyring = try Rig().initialised() }

  @Test("Values of every length open to what they were, in ordinary and in secret memory")
  func roundTrip() throws {
    var random = SeededRandom(seed: 10)
    for count in [0, 1, 62, 63, 64, 65, 79, 80, 200, 1024, 5000, 70_000] {
      let value = random.bytes(count)
      let envelope = try keyring.seal(value, in: .kv)
      #expect(try keyring.open(envelope, in: .kv) == value)
      #expect(try keyring.openGuarded(envelope, in: .kv).exposedForTests == value)
      #expect(try keyring.open(Envelope(parsing: envelope.bytes), in: .kv) == value)
    }
    // Values that look like padding.
    for value: [UInt8] in [[0x80], [0], [0x80, 0, 0], [UInt8](repeating: 0, count: 63)] {
      #expect(try keyring.open(keyring.seal(value, in: .kv), in: .kv) == value)
    }
  }

  @Test("Two seals of one value have nothing in common behind the header")
  func fresh() throws {
    let first = try keyring.seal([1, 2, 3], in: .kv)
    let second = try keyring.seal([1, 2, 3], in: .kv)
    #expect(first.bytes[..<9] == second.bytes[..<9])
    #expect(first.bytes[9..<41] != second.bytes[9..<41])
    #expect(first.bytes[41..<65] != second.bytes[41..<65])
    #expect(first.bytes[65...] != second.bytes[65...])
    #expect(first.digest != second.digest)
    #expect(first.digest == Digest.sha256(first.bytes))
  }

  @Test("Every bit flipped, in every byte, refuses, and for the reason that belongs to the byte")
  func everyBit() throws {
    let envelope = try keyring.seal(Array("hunter2 hunter2".utf8), in: .kv)
    for index in envelope.bytes.indices {
      for bit in 0..<8 {
        var bytes = envelope.bytes
        bytes[index] ^= 1 << UInt8(bit)
        let error = #expect(throws: KeyringError.self) { try keyring.open(Envelope(parsing: bytes), in: .kv) }
        let expected: KeyringError =
          switch index {
          case 0..<3: .notAnEnvelope
          case 3: .unknownVersion(bytes[3])
          case 4: .unknownSuite(bytes[4])
          case 5..<9: .unknownTerm(bytes[5..<9].reduce(0) { $0 << 8 | UInt32($1) })
          case 9..<65: .commitmentMismatch
          default: .cannotOpen
          }
        #expect(error == expected, "byte \(index), bit \(bit)")
        #expect(error?.callerMessage == "cannot be opened")
      }
    }
  }

  @Test("Every truncation and every added byte refuses")
  func lengths() throws {
    let envelope = try keyring.seal([UInt8](repeating: 7, count: 100), in: .kv)
    for count in envelope.bytes.indices {
      let error = #expect(throws: KeyringError.self) {
        try keyring.open(Envelope(parsing: Array(envelope.bytes[..<count])), in: .kv)
      }
      // What is cut to another size class is as long as an envelope may be; its tag is wrong.
      let padded = count - 9 - 72
      let isClass = padded >= 64 && SizeClass.containing(padded) == padded
      let expected: KeyringError =
        count < 3 ? .notAnEnvelope : isClass ? .cannotOpen : .wrongLength(count: count)
      #expect(error == expected, "\(count) bytes")
    }
    #expect(throws: KeyringError.wrongLength(count: envelope.bytes.count + 1)) {
      try Envelope(parsing: envelope.bytes + [0])
    }
    #expect(throws: KeyringError.notAnEnvelope) { try Envelope(parsing: []) }
  }

  @Test("A value moved to another table, row, column or version does not open: the tag says so")
  func moved() throws {
    let envelope = try keyring.seal([1, 2, 3], in: .kv)
    let moves: [(String, (inout EnvelopeContext) -> Void)] = [
      ("table", { $0.table = "kv_version" }), ("row", { $0.row = "18" }), ("column", { $0.column = "values" }),
      ("version", { $0.version = 4 }), ("older version", { $0.version = 2 }),
      ("field borders", { ($0.table, $0.row) = ("kv_versions1", "7") }),
    ]
    for (name, move) in moves {
      var context = EnvelopeContext.kv
      move(&context)
      #expect(throws: KeyringError.cannotOpen, "\(name)") { try keyring.open(envelope, in: context) }
      #expect(throws: KeyringError.cannotOpen, "\(name)") { try keyring.openGuarded(envelope, in: context) }
    }
  }

  @Test("A value under another purpose or context has another key: the commitment says so")
  func otherKey() throws {
    let envelope = try keyring.seal([1, 2, 3], in: .kv)
    var context = EnvelopeContext.kv
    context.context[1] = [0, 0, 0, 2]
    #expect(throws: KeyringError.commitmentMismatch) { try keyring.open(envelope, in: context) }
    // The same bytes, cut into fields elsewhere.
    context.context = [Array("secret/ap".utf8), Array("p".utf8) + [0, 0, 0, 1]]
    #expect(throws: KeyringError.commitmentMismatch) { try keyring.open(envelope, in: context) }
    context = .kv
    context.purpose = .persistedVariable
    #expect(throws: KeyringError.commitmentMismatch) { try keyring.open(envelope, in: context) }
    let elsewhere = try Rig(seed: 2).initialised()
    #expect(throws: KeyringError.commitmentMismatch) { try elsewhere.open(envelope, in: .kv) }
  }

  @Test("Each field of a parameter's context, when it changes, makes the value unreadable")
  func parameterContext() throws {
    let fields = ["m1", "query", "key", "GET", "tls=system;proxy=none", "https://api.example.com/v1/{id}", "3"]
    var context = EnvelopeContext(
      purpose: .parameter, table: "parameters", row: "1", column: "value", context: fields.map { Array($0.utf8) },
      version: 1)
    let envelope = try keyring.seal([1], in: context)
    #expect(try keyring.open(envelope, in: context) == [1])
    for index in fields.indices {
      let right = context.context[index]
      context.context[index] += [UInt8(ascii: "x")]
      #expect(throws: KeyringError.commitmentMismatch, "\(index)") { try keyring.open(envelope, in: context) }
      context.context[index] = right
    }
  }

  @Test(
    "The stored size tells the size class only", arguments: [(0, 63), (64, 79), (80, 95), (896, 1023), (1024, 1279)])
  func sizes(smallest: Int, largest: Int) throws {
    let counts = try [smallest, largest].map { count in
      try keyring.seal([UInt8](repeating: 1, count: count), in: .kv).bytes.count
    }
    #expect(counts[0] == counts[1])
    #expect(try keyring.seal([UInt8](repeating: 1, count: largest + 1), in: .kv).bytes.count > counts[0])
  }

  @Test("Wrong numbers of context fields, and purposes of another algorithm or under run keys, are refused")
  func misuse() throws {
    var context = EnvelopeContext.kv
    context.context = []
    #expect(throws: KeyringError.wrongContext(.kvSecret, expected: 2, given: 0)) { try keyring.seal([], in: context) }
    for purpose in Purpose.allCases where purpose.algorithm != .envelope || purpose.rotation == .run {
      context = .kv
      context.purpose = purpose
      context.context = purpose.contextFields.map { _ in [] }
      #expect(throws: KeyringError.wrongPurpose(purpose)) { try keyring.seal([], in: context) }
    }
  }

  @Test("A plaintext past the limit is refused with its size")
  func tooLarge() throws {
    let huge = repeatElement(UInt8(0), count: Envelope.maximumPlaintextCount + 1)
    #expect(throws: KeyringError.tooLarge(count: huge.count)) { try keyring.seal(huge, in: .kv) }
  }

  @Test("An authenticated value with padding that is not ours is refused")
  func malformedPadding() throws {
    // Made by hand: the right keys around a content without a mark, with the wrong class, and with nothing but zeros.
    let contents: [[UInt8]] = [
      [UInt8](repeating: 1, count: 64), [UInt8](repeating: 0, count: 64),
      [0x80] + [UInt8](repeating: 0, count: 79),
    ]
    let key = [UInt8](repeating: 9, count: 32)
    for content in contents {
      let header = Array("CHE".utf8) + [1, 1, 0, 0, 0, 1]
      var box = [UInt8](repeating: 5, count: 32 + 24) + content + [UInt8](repeating: 0, count: 16)
      let data = BoxByHand.dataHash(of: .kv)
      box.withUnsafeMutableBytes { box in
        key.withRawBytes { key in
          header.withRawBytes { header in
            data.withRawBytes { data in
              CommittedBox.sealInPlace(box, label: "chancery envelope v1", key: key, header: header, data: data)
            }
          }
        }
      }
      let envelope = try Envelope(parsing: header + box)
      #expect(throws: KeyringError.malformedPadding) {
        try key.withRawBytes { (key) throws(KeyringError) in try envelope.open(in: .kv, contextKey: key) }
      }
    }
  }
}

/// Parts of the format, written a second time from the specification.
enum BoxByHand {
  static func dataHash(of context: EnvelopeContext) -> [UInt8] {
    var fields = LengthPrefixed()
    for text in ["chancery data v1", context.purpose.rawValue, context.table, context.row, context.column] {
      fields.append(text)
    }
    for field in context.context { fields.append(field) }
    fields.append(context.version)
    return Digest.blake2b(fields.bytes)
  }
}

extension BoxByHand {
  static func keyFileFields(id: [UInt8], key: [UInt8]) -> [UInt8] {
    var fields = LengthPrefixed()
    fields.append("chancery key file v1")
    fields.append(id)
    fields.append(key)
    return fields.bytes
  }
}
