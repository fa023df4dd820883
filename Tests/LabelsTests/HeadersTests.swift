import Testing

@testable import Labels

@Suite("LabeledHeaders and SensitiveDefaults")
struct HeadersTests {
  private func member(_ text: LabeledText, _ name: String) throws -> LabeledText {
    try LabeledJSON(reading: text).extract(ValuePath(steps: [.member(name)], isBare: false), name: name)
  }

  private func headers(_ list: [(String, String)], _ label: Label, isEncrypted: Bool) -> LabeledText {
    LabeledHeaders.object(
      list.map { (name: $0.0, value: Array($0.1.utf8)) }, label: label, isEncrypted: isEncrypted, holder: "step")
  }

  @Test(
    "Under an encrypted response every header carries its label but content type and date: its length tells something")
  func encrypted() throws {
    let text = headers(
      [("Content-Type", "a/b"), ("Content-Length", "3"), ("Date", "today"), ("X-Id", "7")], Samples.response,
      isEncrypted: true)
    for name in ["X-Id", "content-length"] { #expect(try member(text, name).label == Samples.response) }
    for name in ["Content-Type", "DATE"] { #expect(try !member(text, name).label.isSecret) }
    #expect(text.label.rule == .removesRequest)
    // Its name stands in every answer: as a secret it would hide that word in all of them.
    var registry = SecretRegistry(pseudonyms: Pseudonyms(run: "r") { _ in "aaaa" })
    registry.learn(text)
    let other = DiscloseDoor.viewerText(LabeledText(clear: "Content-Length: 7"), view: registry.view())
    #expect(other.text == "Content-Length: 7")
  }

  @Test(
    "Credentials in headers are labelled without being told", arguments: ["Authorization", "set-cookie", "X-API-Key"])
  func sensitive(name: String) throws {
    let text = headers([(name, "value"), ("X-Plain", "p")], Samples.trigger, isEncrypted: false)
    #expect(try member(text, name).label.rule == .masked)
    #expect(try !member(text, "X-Plain").label.isSecret)
  }

  @Test("A name that comes several times is one string, and cookies are a list")
  func repeated() throws {
    let text = headers(
      [("Via", "a"), ("Set-Cookie", "x=1"), ("via", "b"), ("set-cookie", "y=2")], .clear, isEncrypted: false)
    #expect(Samples.string(text) == "{\"Via\":\"a, b\",\"Set-Cookie\":[\"x=1\",\"y=2\"]}")
  }

  @Test("Query names are told apart by their bytes, and a repeated one is a list")
  func query() {
    let text = LabeledHeaders.query(
      [(Array("a".utf8), Array("1".utf8)), (Array("A".utf8), Array("2".utf8)), (Array("a".utf8), Array("3".utf8))],
      label: Samples.trigger)
    #expect(Samples.string(text) == "{\"a\":[\"1\",\"3\"],\"A\":\"2\"}")
    #expect(text.label == Samples.trigger)
  }

  @Test("A name that comes thousands of times is put behind the others in place: none of them is copied for the next")
  func manyOfOneName() {
    for foldsCase in [false, true] {
      var gathered = LabeledHeaders.Gathered(foldsCase: foldsCase)
      let header = LabeledHeader(name: Samples.text("a"), value: Samples.text(""))
      var moves = 0
      var last: UnsafePointer<LabeledHeader>?
      for _ in 0..<4_096 {
        gathered.append(header, named: "a")
        let place = gathered.fields[0].headers.withUnsafeBufferPointer { $0.baseAddress }
        if place != last { moves += 1 }
        last = place
      }
      #expect(gathered.fields.count == 1 && gathered.fields[0].headers.count == 4_096)
      // The room of a list is doubled each time that it is full.
      #expect(moves <= 20, "\(moves) moves")
    }
  }

  @Test("A sender makes no more labelled ranges by a query than of any other text, and all of it keeps its label")
  func manyPairs() {
    for (label, count) in [(Samples.trigger, 2), (Samples.trigger, 3_000), (Samples.encryptedTrigger, 3_000)] {
      let pairs = (0..<count).map { (name: Array("n\($0 % 7)".utf8), value: Array("\($0)".utf8)) }
      let query = LabeledHeaders.query(pairs, label: label)
      #expect(query.spans.count <= [LabelSpan].mostFound)
      #expect(Samples.labels(query).allSatisfy { $0.covers(label) })
      #expect(query.label == label)
    }
    #expect(LabeledHeaders.query([], label: Samples.encryptedTrigger).label == .clear)
  }

  @Test("A header value that is no UTF-8 is read as Latin 1")
  func latin() {
    let text = LabeledHeaders.object(
      [(name: "X", value: [0x61, 0xE9])], label: .clear, isEncrypted: false, holder: "s")
    #expect(Samples.string(text) == "{\"X\":\"aé\"}")
  }

  @Test("Members of a token response are labelled wherever they stand, and nothing else is")
  func tokens() throws {
    let body = try Samples.json("{\"Access_Token\":\"abc\",\"expires_in\":1,\"d\":[{\"refresh_token\":\"r\"}]}")
    let marked = SensitiveDefaults.mark(body, holder: "s", hosts: .any)
    #expect(try member(marked, "Access_Token").label.rule == .masked)
    #expect(try member(marked, "d").label.rule == .masked)
    #expect(try !member(marked, "expires_in").label.isSecret)
  }

  @Test(
    "Userinfo and signatures in URLs are labelled, and no byte beside them",
    arguments: [
      ("see https://me:pw@h.example/x?a=1 now", ["me:pw"]),
      ("https://h/x?X-Amz-Signature=abc&b=2", ["abc"]), ("https://h/x?b=2&sig=a%2Fb#f", ["a%2Fb"]),
      ("{\"u\":\"https://h/?x=1\\u0026Signature=zz\"}", ["zz"]), ("https://h/?design=plain", []),
      ("https://h/a@b", []), ("no url: sig=abc", []), ("http://a:b@h/ https://c:d@h/?token=t", ["a:b", "c:d", "t"]),
    ])
  func urls(text: String, expected: [String]) {
    let marked = SensitiveDefaults.mark(Samples.text(text), holder: "s", hosts: .any)
    let found = marked.spans.map { String(decoding: marked.bytes[$0.range], as: UTF8.self) }
    #expect(found == expected)
    #expect(marked.spans.allSatisfy { $0.label.rule == .masked })
  }
}
