import Encodings
import Ledger
import TestSupport
import Testing

@Suite("LedgerDraft, LedgerEntry and LedgerState")
struct LedgerDraftTests {
  private func text(_ draft: LedgerDraft) throws -> String {
    let row = try #require(
      LedgerAppend.append(state: LedgerState(), entries: [draft], at: LedgerSamples.start).rows.first)
    return String(decoding: row.bytes, as: UTF8.self)
  }

  @Test("An entry is canonical JSON with its keys in the order of the specification")
  func canonical() throws {
    let draft = LedgerDraft(
      .request(method: "POST", status: 202, rule: LedgerRule(policy: "operator", line: 4)),
      actor: .entity("ana", accessor: [UInt8](repeating: 0xA1, count: 32)), action: "start",
      subject: "api/runbooks/ask",
      outcome: "202", commitment: [UInt8](repeating: 2, count: 32), join: "r1")
    let zeros = String(repeating: "A", count: 43) + "="
    #expect(
      try text(draft) == """
        {"seq":0,"time":"2025-11-24T16:00:00.000Z","prev":"\(zeros)","kind":"request",\
        "actor":{"type":"entity","id":"ana","accessor":"\(String(repeating: "a1", count: 32))"},"action":"start",\
        "subject":"api/runbooks/ask","outcome":"202","commitment":"\(String(repeating: "02", count: 32))","join":"r1",\
        "detail":{"method":"POST","status":202,"policy":"operator","line":4}}
        """)
  }

  @Test("The samples hold every kind, and each entry reads back as it was written")
  func readBack() throws {
    let drafts = LedgerSamples.drafts
    #expect(Set(drafts.map(\.kind)) == Set(LedgerKind.allCases))
    let (rows, states) = LedgerSamples.ledger()
    for (index, row) in rows.enumerated() {
      let entry = try #require(LedgerEntry(row.bytes))
      #expect(
        entry.sequence == UInt64(index) && entry.kind == drafts[index].kind && entry.action == drafts[index].action)
      #expect(entry.time == LedgerSamples.start.advanced(byMilliseconds: Int64(index) * 1000))
      #expect(entry.previous == (index == 0 ? MerkleHash([UInt8](repeating: 0, count: 32)) : rows[index - 1].leaf))
      #expect((entry.detail != nil) == (drafts[index].detail != nil))
      #expect(row.index == UInt64(index) && states[index + 1].size == UInt64(index + 1))
      #expect(!row.bytes.contains(0x0A))
    }
  }

  @Test(
    "What is not what was written is no entry",
    arguments: [
      (#"{"seq""#, #"{ "seq""#), (#""seq":0"#, #""seq":00"#), (#""seq":0"#, #""seq":-1"#), (#""seq":0,"#, ""),
      (#""kind":"run-event""#, #""kind":"other""#), (#"Z","prev"#, #"X","prev"#),
      (#""outcome":"ok"}"#, #""outcome":"ok","x":1}"#),
      (#""outcome":"ok"}"#, #""outcome":"ok","detail":{},"join":"a"}"#), (#""subject":"s""#, #""subject":"\u0073""#),
      (#""action":"a","subject":"s""#, #""subject":"s","action":"a""#), (#"AAA=""#, #"AAB=""#),
      (#""action":"a""#, #""action":1"#),
      (#"{"seq""#, ""),
    ])
  func notCanonical(_ old: String, _ new: String) throws {
    let draft = LedgerDraft(kind: .runEvent, actor: .run("r"), action: "a", subject: "s", outcome: "ok")
    let text = try text(draft)
    let changed = text.replacing(old, with: new, maxReplacements: 1)
    #expect(LedgerEntry(Array(text.utf8)) != nil)
    #expect(changed != text)
    #expect(LedgerEntry(Array(changed.utf8)) == nil)
  }

  @Test("Long texts are cut and say by how much, control characters and turned text are made visible")
  func texts() throws {
    let draft = LedgerDraft(
      kind: .runEvent, actor: .run("r"), action: String(repeating: "é", count: 100),
      subject: "a\u{1B}[2J\u{202E}\n\u{85}b",
      outcome: String(repeating: "x", count: 128))
    let entry = try #require(LedgerEntry(Array(try text(draft).utf8)))
    #expect(entry.action == String(repeating: "é", count: 51) + "…(+98)")
    #expect(entry.subject == "a\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}b")
    #expect(entry.outcome == String(repeating: "x", count: 128))
    let longer = LedgerDraft(
      kind: .runEvent, actor: .run("r"), action: "a", subject: String(repeating: "p", count: 1025), outcome: "")
    let cut = try #require(LedgerEntry(Array(try text(longer).utf8)))
    #expect(cut.subject.utf8.count <= LedgerLimits.subjectBytes && cut.subject.hasSuffix("…(+27)"))
  }

  @Test("The longest subject that policies decide on stands whole")
  func wholeSubject() throws {
    let path = "v1/" + String(repeating: "a", count: 1021)
    let draft = LedgerDraft(kind: .denial, actor: .service, action: "read", subject: path, outcome: "denied")
    #expect(try #require(LedgerEntry(Array(try text(draft).utf8))).subject == path)
  }

  @Test("No entry is larger than its bound, whatever fills its fields")
  func bounds() throws {
    let worst = String(repeating: "\"", count: 5000)
    let hash = [UInt8](repeating: 0xFF, count: 32)
    let list = Array(repeating: worst, count: 100)
    let late = Instant(millisecondsSinceEpoch: 253_402_300_799_999)
    let details: [LedgerDetail] = [
      .request(method: worst, status: .max, rule: LedgerRule(policy: worst, line: .max)),
      .denial(reason: worst, rule: LedgerRule(policy: worst, line: .max)), .ceremony(seals: list, term: .max),
      .disclosure(to: .machine, version: .max, reason: worst, labels: list),
      .refusalSummary(reason: worst, endpoint: worst, network: worst, count: .max, from: late, until: late),
      .document(revision: .max, digest: hash, warnings: .max), .secret(version: .max, hosts: list),
      .grant(secret: worst, material: hash, hosts: list), .policy(revision: .max, digest: hash),
      .token(accessor: hash, policies: list, expiresAt: late, uses: .max), .key(version: .max),
      .clock(last: late, now: late),
      .anchor(Array(repeating: LedgerAnchor(table: worst, row: worst, version: .max, envelope: hash), count: 16)),
    ]
    #expect(Set(details.map(\.kind)).count == LedgerKind.allCases.count - 1)
    for detail in details {
      let draft = LedgerDraft(
        detail, actor: .entity(worst, accessor: hash), action: worst, subject: worst, outcome: worst, commitment: hash,
        join: worst)
      let bytes = Array(try text(draft).utf8)
      #expect(bytes.count <= LedgerLimits.entryBytes, "\(detail.kind): \(bytes.count)")
      #expect(LedgerEntry(bytes) != nil)
    }
  }

  @Test("A list is cut at its bound, and the rest is counted")
  func lists() throws {
    let hosts = (0..<20).map { "h\($0):443" }
    let draft = LedgerDraft(
      .secret(version: 1, hosts: hosts), actor: .service, action: "save", subject: "kv/x", outcome: "ok")
    let entry = try #require(LedgerEntry(Array(try text(draft).utf8)))
    let expected = (hosts.prefix(16) + ["+4"]).map { "\"\($0)\"" }.joined(separator: ",")
    #expect(entry.detail == "{\"version\":1,\"hosts\":[\(expected)]}")
  }

  @Test("Texts of every kind make entries that read back", arguments: 0..<10)
  func anyText(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<50 {
      let draft = LedgerDraft(
        .disclosure(
          to: .human, version: random.next(), reason: random.text(maximumCount: 600),
          labels: [random.text(maximumCount: 300)]),
        actor: .entity(random.text(maximumCount: 300)), action: random.text(maximumCount: 100),
        subject: random.text(maximumCount: 1200), outcome: random.text(maximumCount: 100))
      #expect(LedgerEntry(Array(try text(draft).utf8)) != nil, "seed \(seed)")
    }
  }

  @Test("A clock that is out of its mind gives a time of 24 characters all the same", arguments: [Int64.min, -1, .max])
  func clocks(_ milliseconds: Int64) throws {
    let draft = LedgerDraft(kind: .clock, actor: .service, action: "a", subject: "", outcome: "ok")
    let time = Instant(millisecondsSinceEpoch: milliseconds)
    let row = try #require(LedgerAppend.append(state: LedgerState(), entries: [draft], at: time).rows.first)
    let text = milliseconds < 0 ? "1970-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"
    #expect(try #require(LedgerEntry(row.bytes)).time.rfc3339 == text)
  }

  @Test("Appending together, one by one, or after storing the state in between is the same")
  func batches() throws {
    let drafts = LedgerSamples.drafts
    let whole = LedgerAppend.append(state: LedgerState(), entries: drafts, at: LedgerSamples.start)
    var state = LedgerState()
    var rows: [LedgerRow] = []
    for draft in drafts {
      let stored = try #require(LedgerState(serialised: state.serialised))
      #expect(stored == state)
      let appended = LedgerAppend.append(state: stored, entries: [draft], at: LedgerSamples.start)
      rows += appended.rows
      state = appended.state
    }
    #expect(rows == whole.rows && state == whole.state)
    #expect(LedgerAppend.append(state: state, entries: [], at: LedgerSamples.start).state == state)
  }

  @Test("The state has one hash for each one bit of the size, and its bytes are those of the specification")
  func serialisedState() throws {
    let (rows, states) = LedgerSamples.ledger()
    #expect(states[0].serialised == Array("CHL\u{1}".utf8) + [UInt8](repeating: 0, count: 40))
    for (size, state) in states.enumerated() {
      #expect(state.serialised.count == 44 + 32 * size.nonzeroBitCount)
      #expect(Array(state.serialised[4..<12]) == [0, 0, 0, 0, 0, 0, 0, UInt8(size)])
      if size > 0 { #expect(Array(state.serialised[12..<44]) == rows[size - 1].leaf.bytes) }
    }
  }

  @Test("A state of another form is refused")
  func malformedState() throws {
    let state = try #require(LedgerSamples.ledger().states.last)
    let bytes = state.serialised
    for count in 0..<bytes.count { #expect(LedgerState(serialised: Array(bytes.prefix(count))) == nil) }
    #expect(LedgerState(serialised: bytes + [0]) == nil)
    #expect(LedgerState(serialised: bytes + [UInt8](repeating: 0, count: 32)) == nil)
    for place in 0..<4 {
      var changed = bytes
      changed[place] ^= 1
      #expect(LedgerState(serialised: changed) == nil)
    }
    var empty = LedgerState().serialised
    empty[20] = 1
    #expect(LedgerState(serialised: empty) == nil)
  }
}
