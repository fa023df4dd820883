import Access
import Cryptography
import Encodings
import Keyring
import Redaction
import Testing

@testable import Labels

@Suite("DiscloseDoor")
struct DiscloseDoorTests {
  private static let hasher = TokenHasher(
    token: { Digest.sha256([1] + $0) }, accessor: { Digest.sha256([2] + $0) })

  private func authorization(_ path: String, _ capability: Capability) throws -> Authorization {
    let issued = try TokenIssuance.root(now: Samples.now, hasher: Self.hasher, from: Samples.random(3))
    let lookup = PresentedToken(Array(issued.secret.disclosedToHolder().utf8)).lookup(with: Self.hasher)
    guard case .live(let live) = TokenCheck.check(lookup, found: issued.token, now: Samples.now) else {
      throw ValueFault.damaged
    }
    return try Authorizer.authorize(
      token: live, path: try AccessPath(path), capability: capability, policies: PolicyBook(), now: Samples.now
    ).get()
  }

  @Test("Exactly the labelled bytes are replaced, and pieces of one value side by side are one mask")
  func bySpan() {
    let text = Samples.pieces([
      ("Bearer ", .clear), ("abc", Samples.stored), ("def", Samples.stored.restricted(to: Samples.hosts("a.example"))),
      (" and ", .clear), ("xyz", Samples.variable),
    ])
    let shown = DiscloseDoor.viewerText(text, view: Samples.view())
    #expect(shown.text == "Bearer \(Samples.mask(Samples.stored)) and \(Samples.mask(Samples.variable))")
  }

  @Test("A value with a label of the whole is one mask, whatever its size")
  func whole() throws {
    for content in ["\"\"", "{\"a\":1}", "\"" + String(repeating: "x", count: 500) + "\""] {
      let shown = DiscloseDoor.viewerText(try Samples.json(content, Samples.response), view: Samples.view())
      #expect(shown.text == Samples.mask(Samples.response))
    }
  }

  @Test("An empty secret shows a mask like any other")
  func emptySecret() throws {
    let empty = Transforms.concatenate([Samples.text("key="), Samples.text("", Samples.stored)])
    let full = Transforms.concatenate([Samples.text("key="), Samples.text("value", Samples.stored)])
    let view = Samples.view()
    #expect(DiscloseDoor.viewerText(empty, view: view) == DiscloseDoor.viewerText(full, view: view))
    func json(_ text: String) throws -> LabeledText {
      let value = Samples.pieces([(text, Samples.stored)])
      return try Rendering.json([
        .literal("{\"k\":"), .value(value, name: "v", isBare: false, context: .jsonValue), .literal("}"),
      ]).text
    }
    #expect(DiscloseDoor.viewerText(try json(""), view: view).text == "{\"k\":\"\(Samples.mask(Samples.stored))\"}")
    #expect(DiscloseDoor.viewerText(try json(""), view: view) == DiscloseDoor.viewerText(try json("abc"), view: view))
  }

  @Test("A masked JSON text is still JSON")
  func maskedJSON() throws {
    let body = try Samples.json("{\"access_token\":\"abc\",\"n\":1}")
    let marked = SensitiveDefaults.mark(body, holder: "s", hosts: .any)
    let shown = DiscloseDoor.viewerText(marked, view: Samples.view())
    let mask = Samples.mask([.credential(holder: "s", field: "access_token")])
    #expect(shown.text == "{\"access_token\":\"\(mask)\",\"n\":1}")
  }

  @Test(
    "A hidden leaf of a JSON text is one mask, a string, whatever it was",
    arguments: ["\"x\"", "\"\"", "\"a\\\"b\\\\\"", "null", "7", "true", "[1,2]", "{\"k\":null}"])
  func leaf(content: String) throws {
    let text = Samples.pieces(
      [("{\"q\\\"\":\"\\\\\",\"a\":", .clear), (content, Samples.stored), (",\"b\":1}", .clear)], form: .json)
    let shown = DiscloseDoor.viewerText(text, view: Samples.view()).text
    #expect(shown == "{\"q\\\"\":\"\\\\\",\"a\":\"\(Samples.mask(Samples.stored))\",\"b\":1}")
  }

  @Test("A hidden piece of a JSON string stands between the quotes that are there")
  func piece() throws {
    let mask = Samples.mask(Samples.stored)
    func shown(_ pieces: [(String, Label)]) -> String {
      DiscloseDoor.viewerText(Samples.pieces(pieces, form: .json), view: Samples.view()).text
    }
    #expect(shown([("{\"a\":\"x ", .clear), ("7", Samples.stored), (" y\"}", .clear)]) == "{\"a\":\"x \(mask) y\"}")
    #expect(shown([("{\"a\":\"", .clear), ("7", Samples.stored), ("\"}", .clear)]) == "{\"a\":\"\(mask)\"}")
    #expect(shown([("{\"a\":", .clear), ("\"7", Samples.stored), (" y\"}", .clear)]) == "{\"a\":\"\(mask) y\"}")
    #expect(shown([("{\"a\":\"x ", .clear), ("7\"", Samples.stored), ("}", .clear)]) == "{\"a\":\"x \(mask)\"}")
  }

  @Test(
    "What no label covers is searched for known secrets in their usual forms",
    arguments: [
      Samples.secret, Hex.encode(Samples.secret.utf8), Base64.encode(Array(Samples.secret.utf8)),
      Base64.encode(Array("user:\(Samples.secret)".utf8)), Samples.secret.uppercased(),
    ])
  func byContent(form: String) {
    let view = Samples.view(Samples.text(Samples.secret, Samples.stored))
    let shown = DiscloseDoor.viewerText(Samples.text("before \(form) after"), view: view)
    #expect(!shown.text.contains(form))
    #expect(shown.text.contains(Samples.mask(Samples.stored)))
    #expect(shown.text.hasPrefix("before ") && shown.text.hasSuffix(" after"))
  }

  @Test("A known secret that straddles a labelled range is masked whole")
  func straddling() {
    let view = Samples.view(Samples.text(Samples.secret, Samples.stored))
    let head = String(Samples.secret.prefix(12))
    let tail = String(Samples.secret.dropFirst(12))
    let text = Samples.pieces([("x ", .clear), (head, .clear), (tail, Samples.variable), (" y", .clear)])
    let shown = DiscloseDoor.viewerText(text, view: view).text
    #expect(!shown.contains(head) && !shown.contains(tail))
    #expect(shown.hasPrefix("x ") && shown.hasSuffix(" y"))
  }

  @Test("Where more secrets are known than can be searched for, unlabelled text is withheld")
  func incomplete() {
    let complete = Samples.view()
    let view = DisclosureView(
      matcher: complete.matcher, labels: [:], pseudonyms: Samples.pseudonyms, isComplete: false)
    #expect(DiscloseDoor.viewerText(Samples.text("harmless"), view: view).text.hasPrefix("[withheld"))
  }

  @Test("A starter's own input that names many secrets is withheld, and reported as guessing")
  func oracle() {
    let secrets = (0..<5).map { index in
      Samples.text(
        "\(Samples.secret)-\(index)-Zq81xK",
        Label(origin: .secret(path: "kv/s\(index)", version: 1), rule: .masked, hosts: .any))
    }
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    for secret in secrets { registry.learn(secret) }
    let guesses = Samples.text(secrets.map(Samples.string).joined(separator: " "), Samples.trigger)
    let view = registry.view()
    #expect(DiscloseDoor.viewerText(guesses, view: view).text == "[withheld: the input names many secrets]")
    #expect(DiscloseDoor.looksLikeGuessing(guesses, view: view))
    let few = Samples.text("one " + Samples.string(secrets[0]), Samples.trigger)
    #expect(!DiscloseDoor.looksLikeGuessing(few, view: view))
    #expect(!DiscloseDoor.viewerText(few, view: view).text.contains(Samples.secret))
    // The same text from elsewhere is masked in place.
    let other = DiscloseDoor.viewerText(Samples.text(Samples.string(guesses)), view: view).text
    #expect(!other.contains("withheld") && !other.contains(Samples.secret))
  }

  @Test("A program gets a value under a permit for exactly its path, a person under another kind of permit")
  func permits() throws {
    let text = Samples.text(Samples.secret, Samples.stored)
    let path = try AccessPath("v1/kv/data/openai")
    let other = try AccessPath("v1/kv/data/other")
    let machine = try DisclosurePermit.machine(try authorization(path.text, .read)).get()
    let human = try DisclosurePermit.human(
      try authorization(path.text, .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    #expect(try DiscloseDoor.machine(text, readAt: path, permit: machine).get() == Array(Samples.secret.utf8))
    #expect(try DiscloseDoor.reveal(text, readAt: path, permit: human).get().text == Samples.secret)
    for result in [
      DiscloseDoor.machine(text, readAt: other, permit: machine),
      DiscloseDoor.machine(text, readAt: path, permit: human),
    ] {
      #expect(result == .failure(.otherPermit))
    }
    for result in [
      DiscloseDoor.reveal(text, readAt: other, permit: human), DiscloseDoor.reveal(text, readAt: path, permit: machine),
    ] {
      #expect(result == .failure(.otherPermit))
    }
    let bytes = LabeledText(text: [0xFF, 0x00], label: Samples.stored)
    #expect(try DiscloseDoor.reveal(bytes, readAt: path, permit: human).get().text == "ff00")
  }

  @Test(
    "A permit for a secret opens nothing that is write-only, or came into a run",
    arguments: [
      Origin.parameter(method: "m", kind: "header", name: "n"), .variable(name: "v"),
      .credential(holder: "h", field: "f"), .namedKey(name: "k", version: 1), .response(step: "s"), .trigger,
    ])
  func writeOnly(origin: Origin) throws {
    let path = try AccessPath("v1/kv/data/openai")
    let permit = try DisclosurePermit.human(
      try authorization(path.text, .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    let label = Label(origin: origin, rule: .masked, hosts: .any)
    let both = Samples.stored.joined(with: label)
    for text in [Samples.text(Samples.secret, label), Samples.text(Samples.secret, both)] {
      #expect(DiscloseDoor.reveal(text, readAt: path, permit: permit) == .failure(.writeOnly(origin)))
    }
  }

  @Test("A permit for a run opens answers and the starting request, and nothing that is write-only")
  func run() throws {
    let path = try AccessPath("api/runs/1")
    let permit = try DisclosurePermit.human(
      try authorization(path.text, .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    let answer = Label(origin: .response(step: "get"), rule: .removesRequest, hosts: .any)
    let closed = [
      Label(origin: .parameter(method: "m", kind: "header", name: "n"), rule: .masked, hosts: .any),
      Label(origin: .variable(name: "v"), rule: .removesRequest, hosts: .any),
      Label(origin: .credential(holder: "h", field: "f"), rule: .masked, hosts: .any), Samples.stored,
    ]
    func shown(_ text: LabeledText, _ view: DisclosureView) throws -> String {
      try DiscloseDoor.reveal(ofRun: text, readAt: path, view: view, permit: permit).get().text
    }
    #expect(try shown(Samples.text("the answer", answer), Samples.view()) == "the answer")
    for label in closed {
      // As a whole, as a part, joined with the answer, and echoed in the answer without a span.
      let whole = try shown(Samples.text(Samples.secret, label), Samples.view())
      #expect(!whole.contains(Samples.secret) && whole.contains("\u{2039}"))
      let joined = Samples.text(Samples.secret, answer.joined(with: label))
      #expect(!(try shown(joined, Samples.view()).contains(Samples.secret)))
      var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
      registry.learn(Samples.text(Samples.secret, label))
      registry.learn(Samples.text("Answer-leaf-7f31kqpz", answer))
      let echo = Samples.text("before \(Samples.secret) Answer-leaf-7f31kqpz", answer)
      let output = try shown(echo, registry.view())
      #expect(output.hasPrefix("before \u{2039}") && output.hasSuffix(" Answer-leaf-7f31kqpz"))
    }
    let other = try AccessPath("api/runs/2")
    #expect(
      DiscloseDoor.reveal(ofRun: Samples.text("x", answer), readAt: other, view: Samples.view(), permit: permit)
        == .failure(.otherPermit))
  }

  @Test("Bytes come out whole or not at all: not where anything write-only, or a known secret, is in them")
  func bytes() throws {
    let path = try AccessPath("api/runs/1")
    let permit = try DisclosurePermit.human(
      try authorization(path.text, .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    func given(_ text: LabeledText, _ view: DisclosureView) -> Result<[UInt8], DoorRefusal> {
      DiscloseDoor.reveal(bytesOfRun: text, readAt: path, view: view, permit: permit)
    }
    let answer = Label(origin: .response(step: "get"), rule: .removesRequest, hosts: .any)
    let file = LabeledText(text: [0, 0xFF, 0x0D], label: answer)
    #expect(given(file, Samples.view()) == .success([0, 0xFF, 0x0D]))
    let variable = Origin.variable(name: "v")
    let closed = Label(origin: variable, rule: .removesRequest, hosts: .any)
    #expect(given(Samples.text("x", closed), Samples.view()) == .failure(.writeOnly(variable)))
    #expect(given(Samples.text("x", answer.joined(with: closed)), Samples.view()) == .failure(.writeOnly(variable)))
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(Samples.text(Samples.secret, closed))
    registry.learn(Samples.text("Answer-leaf-7f31kqpz", answer))
    #expect(
      given(Samples.text("before \(Samples.secret)", answer), registry.view()) == .failure(.writeOnly(variable)))
    #expect(
      given(Samples.text("Answer-leaf-7f31kqpz", answer), registry.view())
        == .success(Array("Answer-leaf-7f31kqpz".utf8))
    )
    let other = try DisclosurePermit.human(
      try authorization("api/runs/2", .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    #expect(
      DiscloseDoor.reveal(bytesOfRun: file, readAt: path, view: Samples.view(), permit: other)
        == .failure(.otherPermit))
  }

  @Test("What opens a commitment comes out where the bytes may, with a salt of its own for each place")
  func opening() throws {
    let test = try TestKeyring("disclose-opening")
    let key = try test.keyring.runKeys.allocate()
    let permit = try DisclosurePermit.human(
      try authorization("api/runs/1", .reveal), reason: try DisclosureReason("incident 7")
    ).get()
    func opened(
      _ text: LabeledText, event: Int = 3, name: String = "response.body", at place: String = "api/runs/1"
    ) throws -> ValueOpening {
      try DiscloseDoor.reveal(
        openingOfRun: text, event: event, name: name, run: "r1", key: key,
        readAt: try AccessPath(place), view: Samples.view(), permit: permit
      ).get()
    }
    let text = Samples.text("the answer", Label(origin: .response(step: "get"), rule: .removesRequest, hosts: .any))
    let opening = try opened(text)
    #expect(opening.value == Array("the answer".utf8))
    let commitment = KeyDerivation.keyedBLAKE2b(
      key: GuardedBytes(copying: opening.salt), message: opening.value, count: 32
    ).withBytes { Array($0) }
    #expect(try commitment == ValueCommitment(to: text, event: 3, name: "response.body", run: "r1", key: key).bytes)
    #expect(try opened(text, event: 4).salt != opening.salt)
    #expect(try opened(text, name: "response.headers").salt != opening.salt)
    #expect(!"\(opening)".contains("115") && !String(reflecting: opening).contains("salt"))
    let variable = Origin.variable(name: "v")
    let closed = Samples.text("x", Label(origin: variable, rule: .removesRequest, hosts: .any))
    #expect(throws: DoorRefusal.writeOnly(variable)) { try opened(closed) }
    #expect(throws: DoorRefusal.otherPermit) { try opened(text, at: "api/runs/2") }
  }

  @Test("Bytes that are no UTF-8 are shown as replacement characters")
  func notUTF8() {
    let shown = DiscloseDoor.viewerText(LabeledText(text: [0x61, 0xFF], label: .clear), view: Samples.view())
    #expect(shown.text == "a\u{FFFD}")
  }

  @Test("The shape of a value has names and types and no leaf")
  func shape() throws {
    let text = try Samples.json(
      "{\"a\":\"secret\",\"b\":[1,2],\"c\":{\"d\":null,\"e\":true},\"f\":[]}", Samples.response)
    #expect(
      DiscloseDoor.shape(text).text
        == "{\"a\": string, \"b\": [number, …], \"c\": {\"d\": null, \"e\": boolean}, \"f\": []}")
    #expect(DiscloseDoor.shape(Samples.text("plain", Samples.response)).text == "text")
  }
}

@Suite("The log's rule by origin")
struct DisclosedRequestTests {
  private func texts(_ url: LabeledText, header: LabeledText, body: LabeledText?, uses: [ValueUse]) -> RequestTexts {
    RequestTexts(
      url: url,
      headers: RequestHeaders.encode([LabeledHeader(name: Samples.text("X-Token"), value: header)], uses: uses),
      body: body)
  }

  @Test("A secret or a parameter is masked, and the rest of the request is shown")
  func masked() {
    let header = Transforms.concatenate([Samples.text("Bearer "), Samples.text("abc", Samples.stored)])
    let shown = DiscloseDoor.request(
      texts(Samples.text("https://h/x"), header: header, body: Samples.text("{}"), uses: []), view: Samples.view())
    guard case .shown(let headers) = shown.headers, case .shown(let body)? = shown.body else {
      Issue.record("it is shown")
      return
    }
    #expect(headers.map(\.name.text) == ["X-Token"])
    #expect(headers.map(\.value.text) == ["Bearer \(Samples.mask(Samples.stored))"])
    #expect(body.text == "{}")
  }

  @Test(
    "An encrypted response, trigger or variable anywhere removes headers and body, and the URL is masked by span",
    arguments: [
      Samples.response, Samples.encryptedTrigger, Samples.variable,
    ])
  func removed(label: Label) {
    let value = Samples.text("v", label)
    let clear = Samples.text("c")
    let use = [ValueUse(name: "api_token", label: label)]
    let url = Transforms.concatenate([Samples.text("https://h/?q="), value])
    for texts in [
      texts(url, header: clear, body: clear, uses: use), texts(clear, header: value, body: clear, uses: use),
      texts(clear, header: clear, body: value, uses: use),
    ] {
      let shown = DiscloseDoor.request(texts, view: Samples.view())
      guard case .removed(let reason) = shown.headers, shown.body == .removed(reason) else {
        Issue.record("headers and body are removed")
        continue
      }
      #expect(reason.text.hasPrefix("[removed: uses api_token, "))
    }
    let shown = DiscloseDoor.request(texts(url, header: clear, body: nil, uses: use), view: Samples.view())
    #expect(shown.url.text == "https://h/?q=\(Samples.mask(label))")
    #expect(shown.body == nil)
  }

  @Test("The labels decide even where no use was noted, and the reason is then the origin's")
  func withoutUses() {
    let shown = DiscloseDoor.request(
      texts(Samples.text("u"), header: Samples.text("c"), body: Samples.text("v", Samples.response), uses: []),
      view: Samples.view())
    let reason = Disclosed(vouched: "[removed: uses an encrypted response of step \"Get token\"]")
    #expect(shown.headers == .removed(reason))
    #expect(shown.body == .removed(reason))
  }

  @Test("The reason names the variable, and the step whose response it came from")
  func reason() {
    let value = Samples.text("v", Samples.response)
    let shown = DiscloseDoor.request(
      texts(Samples.text("u"), header: value, body: nil, uses: [ValueUse(name: "api_token", label: Samples.response)]),
      view: Samples.view())
    guard case .removed(let reason) = shown.headers else {
      Issue.record("headers are removed")
      return
    }
    #expect(reason.text == "[removed: uses api_token, an encrypted response of step \"Get token\"]")
    #expect(ValueUse(name: "note", label: Samples.variable).sentence == "note, an encrypted variable")
  }

  @Test("Headers that cannot be read back remove everything")
  func unreadable() {
    let shown = DiscloseDoor.request(
      url: Samples.text("u"), headers: Samples.text("no JSON"), body: Samples.text("b"), view: Samples.view())
    #expect(shown.headers == .removed(Disclosed(fact: "[removed: it cannot be read]")))
    #expect(shown.body == .removed(Disclosed(fact: "[removed: it cannot be read]")))
  }

  @Test("An encrypted answer is removed with the reason; its headers show what may be read")
  func answer() {
    let headers = LabeledHeaders.object(
      [(name: "Content-Type", value: Array("a/b".utf8)), (name: "X-Id", value: Array("7".utf8))],
      label: Samples.response, isEncrypted: true, holder: "s")
    let body = LabeledText(body: Array("{\"a\":1}".utf8), label: Samples.response)
    let shown = DiscloseDoor.message(headers: headers, body: body, view: Samples.view())
    #expect(shown.body == .removed(Disclosed(vouched: "[removed: an encrypted response of step \"Get token\"]")))
    guard case .shown(let list) = shown.headers else {
      Issue.record("headers are a list")
      return
    }
    let mask = Samples.mask(Samples.response)
    #expect(list.map(\.name.text) == ["Content-Type", mask])
    #expect(list.map(\.value.text) == ["a/b", mask])
    // Neither how many there were, nor which came several times.
    let more = LabeledHeaders.object(
      [
        (name: "X-Id", value: Array("7".utf8)), (name: "Set-Cookie", value: Array("a=1".utf8)),
        (name: "Set-Cookie", value: Array("b=2".utf8)), (name: "Content-Type", value: Array("a/b".utf8)),
      ], label: Samples.response, isEncrypted: true, holder: "s")
    #expect(DiscloseDoor.message(headers: more, body: body, view: Samples.view()).headers == shown.headers)
  }

  @Test("A header of any bytes survives being kept for the log")
  func latin() {
    let value = LabeledText(text: [0x61, 0xE9], label: .clear)
    let shown = DiscloseDoor.request(texts(Samples.text("u"), header: value, body: nil, uses: []), view: Samples.view())
    guard case .shown(let headers) = shown.headers else {
      Issue.record("it is shown")
      return
    }
    #expect(headers.map(\.value.text) == ["aé"])
  }
}
