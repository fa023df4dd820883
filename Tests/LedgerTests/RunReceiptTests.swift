import Cryptography
import Encodings
import Ledger
import TestSupport
import Testing

@Suite("RunReceipt")
struct RunReceiptTests {
  private static let origin = "chancery.example/ledger"

  private static func key(_ byte: UInt8) -> Ed25519.SigningKey {
    Ed25519.SigningKey(seed: GuardedBytes(copying: [UInt8](repeating: byte, count: 32)))
  }

  private static func verifier(_ byte: UInt8, _ name: String = origin) throws -> VerifierKey {
    try #require(VerifierKey(origin: try LedgerOrigin(name), publicKey: key(byte).publicKey))
  }

  private static var statement: RunReceipt.Statement {
    let at = Instant(secondsSinceEpoch: 1_800_000_000)
    var call = RunReceipt.Event(kind: "call-answered", at: at)
    call.step = "get"
    call.visit = 1
    call.attempt = 2
    call.status = 200
    call.values = [RunReceipt.Value(name: "variables.token", commitment: [UInt8](repeating: 0xAB, count: 32))]
    var condition = RunReceipt.Event(kind: "condition-decided", at: at)
    condition.met = false
    return RunReceipt.Statement(
      run: "r1", runbook: "r\"b\n", documents: "00ff", trigger: "api", createdAt: at, startedAt: nil, endedAt: at,
      outcome: "failed", reason: "http-error", events: [call, condition])
  }

  private func receipt() throws -> RunReceipt {
    RunReceipt.sign(Self.statement, as: try LedgerOrigin(Self.origin), with: Self.key(1))
  }

  @Test("A receipt is a signed note of a title, an origin and a statement, byte for byte")
  func form() throws {
    let text = try receipt().text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6 && lines[3].isEmpty && lines[5].isEmpty)
    #expect(lines[0] == "chancery run receipt v1" && lines[1] == Self.origin)
    #expect(
      lines[2] == """
        {"run":"r1","runbook":"r\\"b\\n","documents":"00ff","trigger":"api","created_at":"2027-01-15T08:00:00.000Z",\
        "started_at":null,"ended_at":"2027-01-15T08:00:00.000Z","outcome":"failed","reason":"http-error","events":[\
        {"seq":1,"event":"call-answered","at":"2027-01-15T08:00:00.000Z","step":"get","visit":1,"attempt":2,\
        "status":200,"values":{"variables.token":"\(String(repeating: "ab", count: 32))"}},\
        {"seq":2,"event":"condition-decided","at":"2027-01-15T08:00:00.000Z","met":false}]}
        """)
    let parts = lines[4].split(separator: " ")
    let blob = try #require(Base64.decode(String(parts[2])))
    #expect(parts[0] == "\u{2014}" && parts[1] == lines[1])
    #expect(Array(blob.prefix(4)) == (try Self.verifier(1)).id)
    let body = lines[0..<3].joined(separator: "\n") + "\n"
    #expect(Ed25519.verify(blob.dropFirst(4), message: Array(body.utf8), publicKey: Self.key(1).publicKey))
  }

  @Test("A receipt of a repetition names the run that it repeats")
  func repetition() throws {
    var statement = Self.statement
    statement.retryOf = "r0"
    let receipt = RunReceipt.sign(statement, as: try LedgerOrigin(Self.origin), with: Self.key(1))
    #expect(receipt.statement.contains(#""trigger":"api","retry_of":"r0","created_at":"#))
    #expect(try RunReceipt.verify(receipt.text, keys: [try Self.verifier(1)]) == receipt)
  }

  @Test("A further signature stands beside the ledger's, and is checked by its own key only")
  func signers() throws {
    let receipt = try receipt()
    let other = Self.key(9)
    func noted(_ name: String = "keys/deploy:1", id: [UInt8] = [1, 2, 3, 4]) -> NoteVerifier {
      NoteVerifier(name: name, keyID: id) { Ed25519.verify($0, message: $1, publicKey: other.publicKey) }
    }
    let signature = other.sign(receipt.body)
    let both = try receipt.adding(name: "keys/deploy:1", keyID: [1, 2, 3, 4], signature: signature)
    #expect(try RunReceipt.unverifiedSigners(of: both.text) == [Self.origin, "keys/deploy:1"])
    #expect(try RunReceipt.verify(both.text, keys: [try Self.verifier(1)]).statement == receipt.statement)
    #expect(try RunReceipt.verify(both.text, by: noted()).statement == receipt.statement)
    for verifier in [noted("keys/deploy:2"), noted(id: [1, 2, 3, 5])] {
      #expect(throws: LedgerFault.unknownKey) { try RunReceipt.verify(both.text, by: verifier) }
    }
    #expect(throws: LedgerFault.unknownKey) { try RunReceipt.verify(receipt.text, by: noted()) }
    let changed = both.text.replacing("\"outcome\":\"failed\"", with: "\"outcome\":\"succeeded\"")
    #expect(changed != both.text)
    #expect(throws: LedgerFault.wrongSignature) { try RunReceipt.verify(changed, by: noted()) }
    // A line that claims the key and is not its spoils the receipt, beside one that is.
    let doubled = try both.adding(
      name: "keys/deploy:1", keyID: [1, 2, 3, 4], signature: Self.key(8).sign(receipt.body))
    #expect(throws: LedgerFault.wrongSignature) { try RunReceipt.verify(doubled.text, by: noted()) }
    for name in ["", "a b", "a+b", "a\nb"] {
      #expect(throws: LedgerFault.malformedReceipt(step: "the name of a signer")) {
        try receipt.adding(name: name, keyID: [1, 2, 3, 4], signature: signature)
      }
    }
    #expect(throws: LedgerFault.malformedReceipt(step: "the name of a signer")) {
      try receipt.adding(name: "a", keyID: [1], signature: signature)
    }
  }

  @Test("A receipt verifies with its key, and with no other, and not under another origin")
  func keys() throws {
    let receipt = try receipt()
    #expect(try RunReceipt.verify(receipt.text, keys: [Self.verifier(2), Self.verifier(1)]) == receipt)
    #expect(throws: LedgerFault.unknownKey) { try RunReceipt.verify(receipt.text, keys: [Self.verifier(2)]) }
    #expect(throws: LedgerFault.otherOrigin) {
      try RunReceipt.verify(receipt.text, keys: [Self.verifier(1, "other/ledger")])
    }
  }

  @Test("A receipt of which any byte was changed, or that lost one, does not verify")
  func changed() throws {
    let text = Array(try receipt().text.utf8)
    let key = try Self.verifier(1)
    for index in text.indices {
      for change in [{ (bytes: inout [UInt8]) in bytes[index] ^= 1 }, { bytes in bytes.remove(at: index) }] {
        var bytes = text
        change(&bytes)
        #expect(throws: LedgerFault.self) {
          try RunReceipt.verify(String(decoding: bytes, as: UTF8.self), keys: [key])
        }
      }
    }
  }

  @Test("What is wrong with a receipt is said of a receipt, and never of a head")
  func sentences() throws {
    let text = try receipt().text
    func fault(_ text: String, _ key: VerifierKey) -> LedgerFault? {
      do throws(LedgerFault) {
        _ = try RunReceipt.verify(text, keys: [key])
        return nil
      } catch {
        return error
      }
    }
    let unsigned = String(text.prefix { $0 != "\u{2014}" })
    let changed = text.replacing("\"outcome\":\"failed\"", with: "\"outcome\":\"succeeded\"")
    let faults = [
      fault("", try Self.verifier(1)), fault(unsigned, try Self.verifier(1)), fault(changed, try Self.verifier(1)),
      fault(text, try Self.verifier(2)), fault(text, try Self.verifier(1, "other/ledger")),
      fault(text.replacing("\n", with: "\r\n"), try Self.verifier(1)),
    ]
    for fault in faults {
      let sentence = try #require(fault).receiptMessage
      #expect(!sentence.contains("head"))
    }
    #expect(faults.last??.receiptMessage.contains("carriage return") == true)
    #expect(throws: LedgerFault.malformedReceipt(step: "there is no empty line before the signatures")) {
      try RunReceipt.unverifiedSigners(of: "")
    }
  }

  @Test("An opening shows that a run had a value, and shows it of no other value, salt, place or run")
  func openings() throws {
    let salt = [UInt8](repeating: 7, count: 32)
    let value = Array("the value".utf8)
    var statement = Self.statement
    let commitment = KeyDerivation.keyedBLAKE2b(key: GuardedBytes(copying: salt), message: value, count: 32)
    statement.events[0].values = [
      RunReceipt.Value(name: "variables.token", commitment: commitment.withBytes { Array($0) })
    ]
    let receipt = RunReceipt.sign(statement, as: try LedgerOrigin(Self.origin), with: Self.key(1))
    func verdict(
      run: String = "r1", sequence: Int = 1, name: String = "variables.token", salt other: UInt8 = 7,
      value text: String = "the value"
    ) throws -> RunReceipt.OpeningVerdict {
      let opening = ReceiptOpening(
        run: run, sequence: sequence, name: name, salt: [UInt8](repeating: other, count: 32), value: Array(text.utf8))
      return receipt.judge(try #require(ReceiptOpening(json: opening.json)))
    }
    #expect(try verdict() == .opens)
    #expect(try verdict(run: "r2") == .otherRun)
    #expect(try verdict(sequence: 2) == .noSuchValue)
    #expect(try verdict(sequence: 3) == .noSuchValue)
    #expect(try verdict(name: "variables.other") == .noSuchValue)
    #expect(try verdict(salt: 8) == .otherValue)
    #expect(try verdict(value: "the value ") == .otherValue)
    for text in ["", "[]", "{}", #"{"run":"r1","seq":1,"name":"n","salt":"07","base64":"AAAA"}"#] {
      #expect(ReceiptOpening(json: Array(text.utf8)) == nil)
    }
    let printed = ReceiptOpening(run: "r1", sequence: 1, name: "n", salt: salt, value: value)
    #expect("\(printed)" == "ReceiptOpening(masked)" && !String(reflecting: printed).contains("116"))
  }

  @Test("A head is no receipt, and a receipt no head")
  func confusion() throws {
    let state = LedgerState()
    let head = SignedHead.sign(state, as: try LedgerOrigin(Self.origin), with: Self.key(1))
    let key = try Self.verifier(1)
    #expect(throws: LedgerFault.malformedReceipt(step: "the title")) { try RunReceipt.verify(head.text, keys: [key]) }
    #expect(throws: LedgerFault.self) { try SignedHead.verify(try receipt().text, keys: [key]) }
  }
}
