import Destinations
import Keyring
import Testing

@testable import Labels

@Suite("BoundParameters")
struct BoundParametersTests {
  private func openOne(
    _ rig: DoorRig, _ parameter: BoundParameter, template: URLTemplate, method: String = "POST",
    values: [String: LabeledText] = [:], scope: ValueScope = ValueScope(), dial: AllowedDial? = nil
  ) throws -> Result<SendableRequest, DoorRefusal> {
    let field = RequestField(parameter)
    let request = try RenderedRequest(
      method: method, template: template, values: values, query: parameter.place.kind == .query ? [field] : [],
      headers: parameter.place.kind == .header ? [field] : [],
      body: parameter.place.kind == .form ? .form([field]) : .none, scope: scope)
    return try rig.open(request, dial)
  }

  private func refusal(_ result: Result<SendableRequest, DoorRefusal>) -> DoorRefusal? {
    if case .failure(let refusal) = result { return refusal }
    return nil
  }

  @Test("A parameter opens for its own method, kind, name, HTTP method, generation and URL")
  func opens() throws {
    let rig = try DoorRig("bound-opens")
    let template = try DoorRig.template("/items/<<id>>")
    for kind in ParameterKind.allCases {
      let parameter = try rig.bound("v", DoorRig.place(kind, "X-Key"), template)
      #expect(throws: Never.self) {
        try openOne(rig, parameter, template: template, values: ["id": Samples.text("1")]).get()
      }
    }
  }

  @Test("Row and context of the envelope are those of docs/spec/url-binding.md")
  func specifiedContext() throws {
    let template = try DoorRig.template("/x")
    let context = BoundParameters.context(DoorRig.place(.query, "key", method: "PUT", generation: 12), template)
    #expect(
      context
        == EnvelopeContext(
          purpose: .parameter, table: "sealed_row", row: "method:m1", column: "query/key",
          context: ["m1", "query", "key", "PUT", "system-roots", template.canonicalText, "12"].map { Array($0.utf8) },
          version: 12))
  }

  @Test("Moved to another method, kind, name, HTTP method or generation, it does not open")
  func moved() throws {
    let rig = try DoorRig("bound-moved")
    let template = try DoorRig.template("/x")
    let sealed = try rig.bound("v", DoorRig.place(.header, "X-Key"), template).envelope
    let others: [(ParameterPlace, String)] = [
      (DoorRig.place(.header, "X-Key", id: "m2"), "POST"), (DoorRig.place(.query, "X-Key"), "POST"),
      (DoorRig.place(.form, "X-Key"), "POST"), (DoorRig.place(.header, "X-Other"), "POST"),
      (DoorRig.place(.header, "x-key"), "POST"), (DoorRig.place(.header, "X-Key", method: "PUT"), "PUT"),
      (DoorRig.place(.header, "X-Key", generation: 2), "POST"),
    ]
    for (place, method) in others {
      let parameter = BoundParameter(place: place, envelope: sealed)
      let refused = refusal(try openOne(rig, parameter, template: template, method: method))
      #expect(refused == .urlChanged(kind: place.kind, name: place.name), "\(place)")
    }
  }

  @Test(
    "Under any other URL template it does not open",
    arguments: [
      ("/x", "https://api.example.com/v2"), ("/x", "https://evil.example.com/v1"),
      ("/x", "https://api.example.com:444/v1"),
      ("/x", "http://api.example.com/v1"), ("/x/", "https://api.example.com/v1"), ("/X", "https://api.example.com/v1"),
      ("/<<x>>", "https://api.example.com/v1"), ("", "https://api.example.com/v1"),
    ])
  func otherURL(resource: String, base: String) throws {
    let rig = try DoorRig("bound-url-\(resource.utf8.count)-\(base.utf8.reduce(0) { $0 &* 31 &+ Int($1) })")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound("v", DoorRig.place(.header, "X-Key"), template)
    let changed = try DoorRig.template(resource, base: base)
    let result = try openOne(
      rig, parameter, template: changed, values: ["x": Samples.text("x")],
      dial: try DoorRig.dial("\(changed.scheme.rawValue)://\(changed.origin)/"))
    #expect(refusal(result) == .urlChanged(kind: .header, name: "X-Key"))
  }

  @Test("The template's key alone is not enough: the URL about to be written must match it")
  func urlMustMatch() throws {
    let rig = try DoorRig("bound-match")
    let template = try DoorRig.template("/items/<<id>>")
    let parameter = try rig.bound("v", DoorRig.place(.header, "X-Key"), template)
    for text in [
      "https://api.example.com/v1/other/7", "https://api.example.com/v1/items", "https://evil.example.com/v1/items/7",
    ] {
      let url = try CanonicalURL(text, allowingPlainHTTP: { _ in false })
      #expect(throws: DoorRefusal.urlChanged(kind: .header, name: "X-Key")) {
        try rig.parameters.open(parameter, for: url, template: template, scope: ValueScope())
      }
    }
  }

  @Test("It stands only where its kind says, with the method that it was sealed for")
  func otherPlace() throws {
    let rig = try DoorRig("bound-place")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound("v", DoorRig.place(.header, "X-Key"), template)
    let inQuery = try RenderedRequest(method: "POST", template: template, values: [:], query: [RequestField(parameter)])
    #expect(refusal(try rig.open(inQuery)) == .otherPlace(kind: .query, name: "X-Key"))
    let otherMethod = try RenderedRequest(
      method: "GET", template: template, values: [:], headers: [RequestField(parameter)])
    #expect(refusal(try rig.open(otherMethod)) == .otherPlace(kind: .header, name: "X-Key"))
  }

  @Test("It is not sealed for a URL where a segment mixes literal and placeholder")
  func mixedSegments() throws {
    let rig = try DoorRig("bound-mixed")
    let mixed = try URLTemplate(
      base: "https://api.example.com", resource: "/a-<<x>>", segments: .mixed, allowingPlainHTTP: { _ in false })
    #expect(throws: DoorRefusal.urlChanged(kind: .header, name: "X")) {
      try rig.parameters.seal([1], as: .literal, at: DoorRig.place(.header, "X"), template: mixed)
    }
  }

  @Test("An opened value may go to its URL's host only and is masked in logs")
  func label() throws {
    let rig = try DoorRig("bound-label")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound("v", DoorRig.place(.header, "X-Key"), template)
    let url = try CanonicalURL("https://api.example.com/v1/x", allowingPlainHTTP: { _ in false })
    let opened = try rig.parameters.open(parameter, for: url, template: template, scope: ValueScope())
    #expect(opened.label.hosts == Samples.hosts("api.example.com"))
    #expect(opened.label.rule == .masked)
  }

  @Test("A sealed keyring and a damaged envelope say only that the value cannot be opened")
  func cannotOpen() throws {
    let rig = try DoorRig("bound-cannot")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound("v", DoorRig.place(.header, "X-Key"), template)
    rig.test.keyring.wipe()
    #expect(refusal(try openOne(rig, parameter, template: template)) == .cannotOpen(.sealed))
  }

  @Test("A sealed template is filled after opening, and the result carries all labels")
  func template() throws {
    let rig = try DoorRig("bound-template")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound(
      "Token <<api_token^value!>> \\<<x", DoorRig.place(.header, "X-Key"), template, as: .template)
    let scope = ValueScope(["api_token": try Samples.json("{\"value\":\"abc\"}", Samples.response)])
    let sent = try openOne(rig, parameter, template: template, scope: scope).get()
    #expect(sent.headers[0].value == Array("Token abc <<x".utf8))
    let shown = DiscloseDoor.request(sent.record, view: Samples.view())
    guard case .removed(let reason) = shown.headers else {
      Issue.record("headers with an encrypted response in them are removed")
      return
    }
    #expect(reason.text.contains("an encrypted response of step \"Get token\""))
  }

  @Test("A literal value with brackets in it is sent as it is")
  func literal() throws {
    let rig = try DoorRig("bound-literal")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound("pa<<ss>>", DoorRig.place(.header, "X-Key"), template)
    #expect(try openOne(rig, parameter, template: template).get().headers[0].value == Array("pa<<ss>>".utf8))
  }

  @Test(
    "A template inside a sealed value that cannot be filled is refused without its names",
    arguments: [
      "<<nothing>>", "<<open", "<<a^b>>", "<<a[>>", "<<>>",
    ])
  func badTemplate(text: String) throws {
    let rig = try DoorRig("bound-bad-\(text.utf8.count)")
    let template = try DoorRig.template("/x")
    let parameter = try rig.bound(text, DoorRig.place(.header, "X-Key"), template, as: .template)
    let scope = ValueScope(["a": Samples.text("1")])
    #expect(refusal(try openOne(rig, parameter, template: template, scope: scope)) == .value(.badTemplate))
  }
}

@Suite("SealedTemplate")
struct SealedTemplateTests {
  @Test("The text between the placeholders of a sealed template is searched for in logs, as a literal is")
  func searchable() throws {
    let rig = try DoorRig("bound-searchable")
    let template = try DoorRig.template("/x")
    let sealed = try rig.bound(
      "Key \(Samples.secret) <<v>>", DoorRig.place(.header, "X-Key"), template, as: .template)
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(sealed, template: template, with: rig.parameters)
    let echoed = Samples.text("got Key \(Samples.secret)!")
    #expect(ReflectionCheck.mark(echoed, view: registry.view()).label.rule == .masked)
    var other = SecretRegistry(pseudonyms: Samples.pseudonyms)
    other.learn(sealed, template: try DoorRig.template("/y"), with: rig.parameters)
    #expect(other.count == 0)
  }

  @Test(
    "Stretches of a template are apart where a placeholder stands",
    arguments: [
      ("ab<<v>>cd", ["ab", "cd"]), ("<<v>>", []), ("a\\<<b", ["a<<b"]), ("a<<b", ["a<<b"]), ("", []),
    ])
  func literals(template: String, expected: [String]) {
    #expect(SealedTemplate.literals(Array(template.utf8)) == expected.map { Array($0.utf8) })
  }

  @Test(
    "Backslashes before brackets escape by pairs",
    arguments: [
      ("a", "a"), ("\\<<v>>", "<<v>>"), ("\\\\<<v>>", "\\1"), ("\\\\\\<<v>>", "\\<<v>>"), ("\\x<<v>>", "\\x1"),
      ("<<v>><<v>>", "11"),
      ("<", "<"), ("", ""), ("a<<v>>", "a1"),
    ])
  func escapes(template: String, expected: String) throws {
    let scope = ValueScope(["v": Samples.text("1", Samples.variable)])
    let text = try SealedTemplate.fill(Array(template.utf8), label: Samples.parameter, scope: scope)
    #expect(Samples.string(text) == expected)
    #expect(text.label.covers(Samples.parameter))
  }
}
