import Destinations
import Encodings
import Keyring
import Testing

@testable import Labels

/// A door with a keyring of its own, and dials to hosts that the tests allow.
struct DoorRig {
  let test: TestKeyring
  let parameters: BoundParameters
  let door: SendDoor

  init(_ name: String) throws {
    test = try TestKeyring(name)
    parameters = BoundParameters(test.keyring)
    door = SendDoor(parameters)
  }

  static func template(_ resource: String, base: String = "https://api.example.com/v1") throws -> URLTemplate {
    try URLTemplate(base: base, resource: resource, segments: .whole, allowingPlainHTTP: { _ in true })
  }

  static func dial(_ url: String = "https://api.example.com/") throws -> AllowedDial {
    let canonical = try CanonicalURL(url, allowingPlainHTTP: { _ in true })
    let rules = EgressRules(allowed: [canonical.origin])
    let address = try #require(IPAddress("93.184.216.34"))
    return try rules.check(url: canonical, resolved: canonical.origin.name.literal ?? address).get()
  }

  static func place(
    _ kind: ParameterKind, _ name: String, method: String = "POST", id: String = "m1", generation: UInt64 = 1
  ) -> ParameterPlace {
    ParameterPlace(methodID: id, kind: kind, name: name, httpMethod: method, generation: generation)
  }

  func bound(
    _ value: String, _ place: ParameterPlace, _ template: URLTemplate, as reading: BoundParameters.Reading = .literal
  ) throws -> BoundParameter {
    BoundParameter(
      place: place, envelope: try parameters.seal(Array(value.utf8), as: reading, at: place, template: template))
  }

  func open(_ request: RenderedRequest, _ dial: AllowedDial? = nil) throws -> Result<SendableRequest, DoorRefusal> {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    return door.open(request, for: try dial ?? Self.dial(), registry: &registry)
  }
}

@Suite("SendDoor")
struct SendDoorTests {
  private func refusal(_ result: Result<SendableRequest, DoorRefusal>) -> DoorRefusal? {
    if case .failure(let refusal) = result { return refusal }
    return nil
  }

  @Test("A request goes out with its bound parameters opened where they belong, and the log keeps masks in their place")
  func opensInPlace() throws {
    let rig = try DoorRig("send-opens")
    let template = try DoorRig.template("/items/<<id>>?fixed=a%20b")
    let request = try RenderedRequest(
      method: "POST", template: template, values: ["id": Samples.text("7 x")],
      query: [RequestField(try rig.bound("q&1", DoorRig.place(.query, "key"), template))],
      headers: [RequestField(try rig.bound("h-value", DoorRig.place(.header, "X-Key"), template))],
      body: .form([
        RequestField("plain", RenderedText(clear: "p")),
        RequestField(try rig.bound("f value", DoorRig.place(.form, "pin"), template)),
      ]))
    let sent = try rig.open(request).get()
    #expect(sent.url == "https://api.example.com/v1/items/7%20x?fixed=a%20b&key=q%261")
    #expect(sent.headers.map(\.name) == ["X-Key", "Content-Type"])
    #expect(sent.headers[0].value == Array("h-value".utf8))
    #expect(String(decoding: sent.body, as: UTF8.self) == "plain=p&pin=f+value")
    #expect(sent.carriesSecrets)
    let record = sent.record
    #expect(Samples.string(record.url) == "https://api.example.com/v1/items/7%20x?fixed=a%20b&key=")
    #expect(record.url.label.rule == .masked)
    let view = Samples.view()
    let shown = DiscloseDoor.request(record, view: view)
    let mask = Samples.mask([.parameter(method: "m1", kind: "query", name: "key")])
    #expect(shown.url.text == "https://api.example.com/v1/items/7%20x?fixed=a%20b&key=\(mask)")
    guard case .shown(let body)? = shown.body else {
      Issue.record("a masked parameter leaves the body shown")
      return
    }
    #expect(body.text == "plain=p&pin=\(Samples.mask([.parameter(method: "m1", kind: "form", name: "pin")]))")
  }

  @Test("Everything that is opened here is known to the registry afterwards")
  func registers() throws {
    let rig = try DoorRig("send-registers")
    let template = try DoorRig.template("/x")
    let request = try RenderedRequest(
      method: "POST", template: template, values: [:],
      headers: [RequestField(try rig.bound(Samples.secret, DoorRig.place(.header, "X-Key"), template))])
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    _ = try rig.door.open(request, for: try DoorRig.dial(), registry: &registry).get()
    let echoed = ReflectionCheck.mark(Samples.text("you sent \(Samples.secret)"), view: registry.view())
    #expect(echoed.label.rule == .masked)
  }

  @Test(
    "A dial for another host, port or scheme opens nothing",
    arguments: [
      "https://other.example.com/", "https://api.example.com:8443/", "http://api.example.com/",
      "http://api.example.com:443/",
    ])
  func otherDial(url: String) throws {
    let rig = try DoorRig("send-dial-\(url.utf8.count)-\(url.hasPrefix("https"))")
    let request = try RenderedRequest(method: "GET", template: try DoorRig.template("/x"), values: [:])
    let refused = refusal(try rig.open(request, try DoorRig.dial(url)))
    #expect(refused == .otherDestination)
  }

  @Test("Nothing is opened before the destination is known to be the one that was checked")
  func destinationFirst() throws {
    let rig = try DoorRig("send-first")
    let template = try DoorRig.template("/x")
    let request = try RenderedRequest(
      method: "POST", template: template, values: [:],
      headers: [RequestField(try rig.bound("v", DoorRig.place(.header, "X-Key"), template))])
    rig.test.keyring.wipe()
    #expect(refusal(try rig.open(request, try DoorRig.dial("https://b.example.com/"))) == .otherDestination)
    #expect(refusal(try rig.open(request)) == .cannotOpen(.sealed))
  }

  @Test("A value goes to the hosts of its label only, wherever it stands in the request")
  func clearance() throws {
    let rig = try DoorRig("send-clearance")
    let elsewhere = Label(
      origin: .secret(path: "kv/x", version: 1), rule: .masked, hosts: Samples.hosts("b.example.com"))
    let value = Samples.text("abc", elsewhere)
    let template = try DoorRig.template("/<<p>>")
    let clear = Samples.text("p")
    let host = Samples.host("api.example.com")
    let refused = DoorRefusal.notGranted(origins: [.secret(path: "kv/x", version: 1)], host: host)
    let requests = [
      try RenderedRequest(method: "GET", template: template, values: ["p": value]),
      try RenderedRequest(
        method: "GET", template: template, values: ["p": clear], query: [RequestField("q", RenderedText(value))]),
      try RenderedRequest(
        method: "GET", template: template, values: ["p": clear], headers: [RequestField("h", RenderedText(value))]),
      try RenderedRequest(
        method: "POST", template: template, values: ["p": clear], body: .content(RenderedText(value), type: "t")),
      try RenderedRequest(
        method: "POST", template: template, values: ["p": clear], body: .form([RequestField("f", RenderedText(value))])),
      try RenderedRequest(
        method: "POST", template: template, values: ["p": clear],
        body: .content(RenderedText(Samples.text("empty").noting(elsewhere)), type: "t")),
    ]
    for request in requests { #expect(refusal(try rig.open(request)) == refused) }
  }

  @Test("Two values whose hosts have nothing in common cannot go anywhere together")
  func intersection() throws {
    let rig = try DoorRig("send-intersection")
    let here = Label(origin: .variable(name: "a"), rule: .masked, hosts: Samples.hosts("api.example.com"))
    let there = Label(origin: .variable(name: "b"), rule: .masked, hosts: Samples.hosts("b.example.com"))
    let request = try RenderedRequest(
      method: "GET", template: try DoorRig.template("/x"), values: [:],
      query: [
        RequestField("a", RenderedText(Samples.text("1", here))),
        RequestField("b", RenderedText(Samples.text("2", there))),
      ])
    #expect(
      refusal(try rig.open(request))
        == .notGranted(origins: [.variable(name: "b")], host: Samples.host("api.example.com")))
  }

  @Test("A value that may go to the host does")
  func allowed() throws {
    let rig = try DoorRig("send-allowed")
    let request = try RenderedRequest(
      method: "GET", template: try DoorRig.template("/x"), values: [:],
      headers: [RequestField("X", RenderedText(Samples.text("v", Samples.response)))])
    let sent = try rig.open(request).get()
    #expect(sent.headers[0].value == Array("v".utf8))
    #expect(sent.dial.hostPort == Samples.host("api.example.com"))
  }

  @Test("A sealed name that stands a second time is refused, in headers whatever the case")
  func duplicates() throws {
    let rig = try DoorRig("send-duplicates")
    let template = try DoorRig.template("/x?key=1")
    let query = try RenderedRequest(
      method: "POST", template: template, values: [:],
      query: [RequestField(try rig.bound("v", DoorRig.place(.query, "key"), template))])
    #expect(refusal(try rig.open(query)) == .duplicateName(kind: .query, name: "key"))
    let header = try RenderedRequest(
      method: "POST", template: template, values: [:],
      headers: [
        RequestField(try rig.bound("v", DoorRig.place(.header, "X-Key"), template)),
        RequestField("x-key", RenderedText(clear: "w")),
      ])
    #expect(refusal(try rig.open(header)) == .duplicateName(kind: .header, name: "X-Key"))
  }

  @Test(
    "Headers that frame the message or are none are refused",
    arguments: [
      "Host", "content-length", "Transfer-Encoding", "Connection", "", "X Y", "X:Y", "é",
    ])
  func headers(name: String) throws {
    let rig = try DoorRig("send-headers-\(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })")
    let request = try RenderedRequest(
      method: "GET", template: try DoorRig.template("/x"), values: [:],
      headers: [RequestField(name, RenderedText(clear: "v"))])
    #expect(refusal(try rig.open(request)) == .headerNotAllowed(name: name))
  }

  @Test("A line break in a header value is refused even when no template rendered it")
  func headerValue() throws {
    let rig = try DoorRig("send-header-value")
    let request = try RenderedRequest(
      method: "GET", template: try DoorRig.template("/x"), values: [:],
      headers: [RequestField("X", RenderedText(clear: "a\r\nHost: evil"))])
    #expect(refusal(try rig.open(request)) == .value(.headerControlByte(name: "X")))
  }

  @Test("A placeholder without a value and a value that is no segment are refused when the request is built")
  func building() throws {
    let template = try DoorRig.template("/<<a>>")
    #expect(throws: ValueFault.pathMissing(path: "a", available: nil)) {
      try RenderedRequest(method: "GET", template: template, values: [:])
    }
    #expect(throws: ValueFault.notOnePathSegment(name: "a")) {
      try RenderedRequest(method: "GET", template: template, values: ["a": Samples.text("..")])
    }
  }

  @Test("The URL for the egress check names scheme, host and port, and nothing that a value could have filled")
  func checkedURL() throws {
    let template = try DoorRig.template("/<<a>>", base: "http://127.0.0.1:9000/deep")
    let request = try RenderedRequest(
      method: "GET", template: template, values: ["a": Samples.text(Samples.secret, Samples.stored)])
    #expect(try request.checkedURL(allowingPlainHTTP: { _ in true }).text == "http://127.0.0.1:9000/")
    #expect(throws: URLFault.self) { try request.checkedURL(allowingPlainHTTP: { _ in false }) }
  }

  @Test("People agree to one request in one visit; a question of an earlier release covers its request")
  func approval() throws {
    let rig = try DoorRig("send-approval")
    let key = try rig.test.keyring.runKeys.allocate()
    let template = try DoorRig.template("/pay")
    func request(_ amount: String) throws -> SendableRequest {
      try rig.open(
        try RenderedRequest(
          method: "POST", template: template, values: [:],
          body: .content(RenderedText(clear: amount), type: "application/json"))
      ).get()
    }
    let (pay, other) = (try request("100"), try request("1000"))
    let asked = try pay.commitment(step: "pay", visit: 1, run: "r", key: key)
    let others = [
      try pay.commitment(step: "pay", visit: 2, run: "r", key: key),
      try pay.commitment(step: "paying", visit: 1, run: "r", key: key),
      try pay.commitment(step: "pay", visit: 1, run: "s", key: key),
      try other.commitment(step: "pay", visit: 1, run: "r", key: key),
      try pay.formerCommitment(run: "r", key: key),
    ]
    #expect(try pay.commitment(step: "pay", visit: 1, run: "r", key: key) == asked)
    #expect(Set(others + [asked]).count == others.count + 1)
    func covers(_ approved: String, _ request: SendableRequest, visit: Int = 1) throws -> Bool {
      try request.isCommitted(to: approved, step: "pay", visit: visit, run: "r", key: key)
    }
    #expect(try covers(asked, pay))
    #expect(try !covers(asked, pay, visit: 2))
    #expect(try !covers(asked, other))
    let former = try pay.formerCommitment(run: "r", key: key)
    #expect(try covers(former, pay))
    #expect(try !covers(former, other))
  }

  @Test("A content type of the document's own stays, and there is one")
  func contentType() throws {
    let rig = try DoorRig("send-content-type")
    let request = try RenderedRequest(
      method: "POST", template: try DoorRig.template("/x"), values: [:],
      headers: [RequestField("content-type", RenderedText(clear: "application/vnd.x+json"))],
      body: .content(RenderedText(clear: "{}"), type: "application/json"))
    #expect(try rig.open(request).get().headers.map(\.name) == ["content-type"])
  }
}
