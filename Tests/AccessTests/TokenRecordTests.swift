import Access
import Encodings
import TestSupport
import Testing

@Suite("A token's sealed record")
struct TokenRecordTests {
  private func read(_ token: Token, record: [UInt8]? = nil, createdAt: Instant? = nil, state: TokenState? = nil) throws
    -> Token
  {
    try Token(
      record: record ?? token.record, hash: token.hash, createdAt: createdAt ?? token.createdAt,
      state: state ?? token.state)
  }

  @Test("A record reads back as the same token, root and child, counted and not")
  func roundTrip() throws {
    let root = try Samples.root()
    let child = try Samples.child(of: root, policies: ["b", "a"], entity: "ana", uses: 3)
    let development = try TokenIssuance.root(
      lifetime: .unlimitedInDevelopment, now: Samples.now, hasher: Samples.hasher, from: Samples.random(3))
    for token in [root.token, child.token, development.token] { #expect(try read(token) == token) }
    #expect(child.token.policies.map(\.text) == ["a", "b"])
  }

  @Test("The text of a record is fixed")
  func text() throws {
    let child = try Samples.child(policies: ["ops"], entity: "ana", uses: 3, lifetime: 1000).token
    #expect(
      String(decoding: child.record, as: UTF8.self) == """
        {"format":1,"accessor":"\(child.accessor.text)","parent":"\(try #require(child.parent).text)",\
        "entity":"ana","display_name":"test","policies":["ops"],"root":false,"created_at":1764000000000,\
        "expires_at":1764000001000,"uses":3}
        """)
  }

  @Test("A clear column that disagrees with the record is noticed")
  func columns() throws {
    let token = try Samples.child(policies: ["ops"], uses: 3).token
    var later = token.state
    later.expiresAt = later.expiresAt?.advanced(byMilliseconds: 1)
    var never = token.state
    never.expiresAt = nil
    var uncounted = token.state
    uncounted.remainingUses = nil
    var more = token.state
    more.remainingUses = 4
    var negative = token.state
    negative.remainingUses = -1
    for state in [later, never] {
      #expect(throws: AccessError.tokenRecord(.disagrees(column: "expires_at"))) { try read(token, state: state) }
    }
    for state in [uncounted, more, negative] {
      #expect(throws: AccessError.tokenRecord(.disagrees(column: "remaining_uses"))) { try read(token, state: state) }
    }
    #expect(throws: AccessError.tokenRecord(.disagrees(column: "created_at"))) {
      try read(token, createdAt: Instant(millisecondsSinceEpoch: 0))
    }
    var fewer = token.state
    fewer.remainingUses = 0
    fewer.isRevoked = true
    #expect(try read(token, state: fewer).state == fewer)
  }

  @Test("Uncounted uses cannot be given a count afterwards")
  func uncounted() throws {
    let token = try Samples.child(policies: ["ops"]).token
    var counted = token.state
    counted.remainingUses = 1
    #expect(throws: AccessError.tokenRecord(.disagrees(column: "remaining_uses"))) { try read(token, state: counted) }
  }

  @Test("Any changed byte of a record is noticed or changes the token: none reads as the same", arguments: 0..<8)
  func mutations(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let token = try Samples.child(policies: ["ops"], uses: 3).token
    for _ in 0..<200 {
      var record = token.record
      record[random.number(in: 0...record.count - 1)] ^= UInt8(1 << random.number(in: 0...7))
      guard let read = try? read(token, record: record) else { continue }
      #expect(read != token)
      #expect(read.record == record)
      #expect(!read.isRoot)
    }
  }

  @Test(
    "A record with another format, a policy twice, or an impossible field is refused",
    arguments: [
      (#""format":1"#, #""format":2"#), (#"["ops"]"#, #"["ops","ops"]"#), (#"["ops"]"#, #"["z","a"]"#),
      (#"["ops"]"#, #"["root"]"#), (#""uses":3"#, #""uses":0"#), (#""root":false"#, #""root":true"#),
      (#""entity":"root""#, #""entity":"""#), (#"{"format""#, #"{ "format""#), (#""uses":3}"#, #""uses":3,"x":1}"#),
      (#"{"#, ""),
    ])
  func malformed(_ old: String, _ new: String) throws {
    let token = try Samples.child(policies: ["ops"], uses: 3).token
    let text = String(decoding: token.record, as: UTF8.self)
    let record = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
    #expect(record != token.record)
    #expect(throws: AccessError.self) { try read(token, record: record) }
  }
}
