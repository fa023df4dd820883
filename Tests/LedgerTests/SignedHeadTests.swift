import Cryptography
import Encodings
import Ledger
import TestSupport
import Testing

@Suite("SignedHead and VerifierKey")
struct SignedHeadTests {
  private func sample() throws -> SignedHead {
    try LedgerSamples.head(try #require(LedgerSamples.ledger().states.last))
  }

  @Test("A head is a checkpoint in a signed note, byte for byte")
  func form() throws {
    let state = try #require(LedgerSamples.ledger().states.last)
    let head = try sample()
    let lines = head.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6 && lines[3].isEmpty && lines[5].isEmpty)
    #expect(lines[0] == "chancery.example/ledger" && lines[1] == "21" && lines[2] == Base64.encode(state.root.bytes))
    let parts = lines[4].split(separator: " ")
    #expect(parts.count == 3 && parts[0] == "\u{2014}" && parts[1] == lines[0])
    let blob = try #require(Base64.decode(String(parts[2])))
    let key = try LedgerSamples.verifierKey()
    #expect(Array(blob.prefix(4)) == key.id && blob.count == 68)
    let body = lines[0..<3].joined(separator: "\n") + "\n"
    #expect(Ed25519.verify(blob.dropFirst(4), message: Array(body.utf8), publicKey: key.publicKey))
  }

  @Test("A head verifies with its key, alone or among others, and reads back as it was signed")
  func verifies() throws {
    let head = try sample()
    let other = try LedgerSamples.verifierKey([UInt8](repeating: 9, count: 32))
    #expect(try SignedHead.verify(head.text, keys: [try LedgerSamples.verifierKey()]) == head)
    #expect(try SignedHead.verify(head.text, keys: [other, try LedgerSamples.verifierKey()]) == head)
    let empty = try LedgerSamples.head(LedgerState())
    #expect(try SignedHead.verify(empty.text, keys: [try LedgerSamples.verifierKey()]).size == 0)
  }

  @Test("Signatures of witnesses are kept, and not needed")
  func witnesses() throws {
    let witness = "\u{2014} witness.example/w1 \(Base64.encode([UInt8](repeating: 7, count: 76)))\n"
    let many = try sample().text + (0..<20).map { witness.replacing("w1", with: "w\($0)") }.joined()
    #expect(try SignedHead.verify(many, keys: [try LedgerSamples.verifierKey()]).text == many)
    let tooMany = try sample().text + String(repeating: witness, count: 100)
    #expect(throws: LedgerFault.malformedHead(step: "too many signatures")) {
      try SignedHead.verify(tooMany, keys: [try LedgerSamples.verifierKey()])
    }
  }

  @Test("A head by an unknown key, of another ledger, or with a wrong signature is refused as such")
  func keys() throws {
    let head = try sample()
    #expect(throws: LedgerFault.otherOrigin) { try SignedHead.verify(head.text, keys: []) }
    #expect(throws: LedgerFault.otherOrigin) {
      try SignedHead.verify(head.text, keys: [try LedgerSamples.verifierKey(origin: "other.example")])
    }
    #expect(throws: LedgerFault.unknownKey) {
      try SignedHead.verify(head.text, keys: [try LedgerSamples.verifierKey([UInt8](repeating: 9, count: 32))])
    }
    let line = head.text.split(separator: "\n", omittingEmptySubsequences: true)[3]
    let blob = try #require(Base64.decode(String(line.split(separator: " ")[2])))
    var wrong = blob
    wrong[40] ^= 1
    let forged = head.text.replacing(Base64.encode(blob), with: Base64.encode(wrong))
    #expect(throws: LedgerFault.wrongSignature) {
      try SignedHead.verify(forged, keys: [try LedgerSamples.verifierKey()])
    }
    // One good signature does not excuse a bad one by the same key.
    let both = head.text + "\u{2014} chancery.example/ledger \(Base64.encode(wrong))\n"
    #expect(throws: LedgerFault.wrongSignature) { try SignedHead.verify(both, keys: [try LedgerSamples.verifierKey()]) }
  }

  @Test("Every single-bit change of a head is refused")
  func bits() throws {
    let head = try sample()
    let keys = [try LedgerSamples.verifierKey()]
    let bytes = Array(head.text.utf8)
    for place in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= 1 << UInt8(bit)
        guard let text = String(validating: changed, as: UTF8.self) else { continue }
        #expect(throws: LedgerFault.self, "byte \(place), bit \(bit)") { try SignedHead.verify(text, keys: keys) }
      }
    }
  }

  /// A head whose body is as given, signed with the right key.
  private func signed(_ body: String) throws -> String {
    let key = try LedgerSamples.verifierKey()
    let signature = LedgerSamples.key().sign(Array(body.utf8))
    return "\(body)\n\u{2014} \(key.origin.text) \(Base64.encode(key.id + signature))\n"
  }

  @Test("A body of another form is refused although the signature is right")
  func strictBody() throws {
    let keys = [try LedgerSamples.verifierKey()]
    let root = Base64.encode(try #require(LedgerSamples.ledger().states.last).root.bytes)
    let origin = "chancery.example/ledger"
    #expect(throws: Never.self) { try SignedHead.verify(try signed("\(origin)\n21\n\(root)\n"), keys: keys) }
    let bodies: [(String, StaticString)] = [
      ("\(origin)\n021\n\(root)\n", "the size"), ("\(origin)\n+21\n\(root)\n", "the size"),
      ("\(origin)\n-1\n\(root)\n", "the size"), ("\(origin)\n\n\(root)\n", "the size"),
      ("\(origin)\n18446744073709551616\n\(root)\n", "the size"), ("\(origin)\n21 \n\(root)\n", "the size"),
      ("\(origin)\n٢١\n\(root)\n", "the size"),
      ("\(origin)\n21\n\(root)\nextension\n", "it has not three lines"), ("\(origin)\n21\n", "it has not three lines"),
      ("\(origin)\n21\n\(root.dropLast())\n", "the root hash"), ("\(origin)\n21\nAAAA\n", "the root hash"),
      ("\(origin)\n21\n\(root.dropLast(2))/=\n", "the root hash"), ("\n21\n\(root)\n", "the origin"),
      ("a b\n21\n\(root)\n", "the origin"), ("\(origin)\n0\n\(root)\n", "the root hash of the empty ledger"),
    ]
    for (body, step) in bodies {
      #expect(throws: LedgerFault.malformedHead(step: step), "\(body)") {
        try SignedHead.verify(try signed(body), keys: keys)
      }
    }
  }

  @Test("A note of another form is refused")
  func strictNote() throws {
    let keys = [try LedgerSamples.verifierKey()]
    let text = try sample().text
    let notes = [
      "", "\n", "\n\n", text.replacing("\n\n", with: "\n"), String(text.dropLast()), text + "\n", text + "x",
      text.replacing("\n", with: "\r\n"), text.replacing("\u{2014}", with: "-"),
      text.replacing("\u{2014} ", with: "\u{2014}"),
      text.replacing("\u{2014} ", with: "\u{2014}  "), "\u{FEFF}" + text, text + "\u{2014} a+b AAAAAAAA\n",
      text + "\u{2014} a AAAA\n", text + "\u{2014} a AAAAAAB=\n", text + "\u{2014} a\u{A0}b AAAAAAAA\n",
      text + "\u{2014}  AAAAAAAA\n",
      text + "\u{0}", text + "\u{2014} a\u{1}b AAAAAAAA\n", String(repeating: "a", count: 70_000),
    ]
    for note in notes {
      #expect(throws: LedgerFault.self) { try SignedHead.verify(note, keys: keys) }
    }
  }

  @Test("Mutated heads never trap, and none verifies as another head", arguments: 0..<10)
  func mutations(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let head = try sample()
    let keys = [try LedgerSamples.verifierKey()]
    for _ in 0..<200 {
      var bytes = Array(head.text.utf8)
      for _ in 0..<random.number(in: 1...4) {
        let place = random.number(in: 0...bytes.count - 1)
        switch random.number(in: 0...2) {
        case 0: bytes[place] = random.element(of: Array("\n —+0AZ=".utf8)) ?? 0
        case 1 where bytes.count > 1: bytes.remove(at: place)
        default: bytes.insert(random.element(of: Array("\n 0A=".utf8)) ?? 0, at: place)
        }
      }
      guard let read = try? SignedHead.verify(String(decoding: bytes, as: UTF8.self), keys: keys) else { continue }
      #expect(read.size == head.size && read.root == head.root, "seed \(seed)")
    }
  }

  @Test("A key's text reads back, and no other text is a key")
  func keyText() throws {
    let key = try LedgerSamples.verifierKey()
    #expect(try VerifierKey(key.text) == key)
    let id = Hex.encode(key.id)
    let texts = [
      "", "a", "a+b", "a+b+c", key.text + "=", key.text.replacing(id, with: "00000000"),
      key.text.replacing(id, with: id.uppercased() + "0"),
      key.text.replacing("chancery", with: "Chancery"), " " + key.text, String(key.text.dropLast()),
      "chancery.example/ledger+\(id)+\(Base64.encode([0x02] + key.publicKey))",
      "chancery.example/ledger+\(id)+\(Base64.encode([0x01] + key.publicKey + [0]))",
    ]
    for text in texts { #expect(throws: LedgerFault.malformedKey, "\(text)") { try VerifierKey(text) } }
    #expect(VerifierKey(origin: key.origin, publicKey: [1, 2, 3]) == nil)
  }

  @Test(
    "An origin is 1 to 128 visible ASCII characters without plus",
    arguments: ["", "a b", "a+b", "é", "a\n", String(repeating: "a", count: 129)])
  func origins(_ text: String) {
    #expect(throws: LedgerFault.malformedKey) { try LedgerOrigin(text) }
  }

  @Test("The key id of C2SP's own example comes out")
  func publishedKey() throws {
    // The verifier key of the Go checksum database, as published with its source.
    let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    #expect(try VerifierKey(text).text == text)
  }
}
