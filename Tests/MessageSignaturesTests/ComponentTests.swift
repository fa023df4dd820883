import Testing

@testable import MessageSignatures

@Suite("Components of a signature")
struct ComponentTests {
  private static func value(
    _ identifier: String, _ message: HTTPMessage, answering request: HTTPMessage? = nil
  ) throws -> String {
    Fixture.text(try SignatureBase.value(of: try ComponentIdentifier(identifier), in: message, answering: request))
  }

  @Test("Names and parameters that RFC 9421 does not have are refused")
  func identifiers() {
    let faults: [(String, ComponentFault)] = [
      ("Content-Type", .notAName), ("", .notAName), ("a b", .notAName), ("@signature-params", .unknownComponent),
      ("@Method", .unknownComponent), ("@query-params", .unknownComponent), ("\"@query-param\"", .notAName),
      ("\"@method\";sf", .unknownParameter), ("\"@method\";name=\"a\"", .unknownParameter),
      ("\"@path\";tr", .unknownParameter), ("\"a\";name=\"b\"", .unknownParameter), ("\"a\";x", .unknownParameter),
      ("\"a\";sf=1", .unknownParameter), ("\"a\";sf=?0", .unknownParameter), ("\"a\";key=b", .unknownParameter),
      ("\"a\";bs;sf", .incompatibleParameters), ("\"a\";key=\"b\";bs", .incompatibleParameters), ("\"a", .notAName),
      ("\"a\";sf;sf", .notAName), ("\"@query-param\";name=b", .unknownParameter),
    ]
    for (text, fault) in faults { #expect(throws: fault, "\(text)") { try ComponentIdentifier(text) } }
  }

  @Test("Two identifiers are one where only the order of their parameters differs")
  func sameness() throws {
    let one = try ComponentIdentifier("\"a\";key=\"k\";req")
    #expect(one == (try ComponentIdentifier("\"a\";req;key=\"k\"")))
    #expect(one != (try ComponentIdentifier("\"a\";req;key=\"l\"")))
    #expect(one != (try ComponentIdentifier("\"a\";key=\"k\"")))
    #expect(throws: SignatureInput.Fault.repeatedComponent) {
      try SignatureInput(components: [one, try ComponentIdentifier("\"a\";req;key=\"k\"")])
    }
  }

  @Test("The authority loses its default port and its capitals; another port stays")
  func authority() throws {
    for (scheme, authority, expected) in [
      ("https", "API.Example.COM:443", "api.example.com"), ("http", "a.example:80", "a.example"),
      ("https", "a.example:80", "a.example:80"), ("http", "a.example:443", "a.example:443"),
      ("https", "a.example:8443", "a.example:8443"), ("https", "[::1]:443", "[::1]"), ("https", ":443", ":443"),
    ] {
      let message = HTTPMessage(
        .request(
          HTTPMessage.RequestLine(
            method: "GET", target: Fixture.bytes("/"), scheme: scheme, authority: Fixture.bytes(authority))),
        fields: [], body: [])
      #expect(try Self.value("@authority", message) == expected)
    }
  }

  @Test("Each form of the request target has its path, query and URI")
  func targets() throws {
    func message(_ target: String, method: String = "GET") -> HTTPMessage {
      Fixture.request(method: method, target: target)
    }
    for (target, path, query, uri) in [
      ("/a/%2e?x", "/a/%2e", "?x", "https://hooks.example.net/a/%2e?x"), ("/", "/", "?", "https://hooks.example.net/"),
      ("/?", "/", "?", "https://hooks.example.net/?"), ("*", "/", "?", "https://hooks.example.net"),
      ("https://o.example?q", "/", "?q", "https://o.example?q"),
      ("http://O.example/p?q", "/p", "?q", "http://O.example/p?q"),
    ] {
      #expect(try Self.value("@path", message(target)) == path)
      #expect(try Self.value("@query", message(target)) == query)
      #expect(try Self.value("@target-uri", message(target)) == uri)
      #expect(try Self.value("@request-target", message(target)) == target)
    }
    #expect(try Self.value("@authority", message("http://O.example/p")) == "o.example")
    #expect(try Self.value("@authority", message("o.example:80", method: "CONNECT")) == "o.example:80")
  }

  @Test("A parameter of the query must be there once, be well-formed and be named in its one spelling")
  func queryParameters() throws {
    let message = Fixture.request(target: "/?a=1&b=x+y%7e&b%20=&c=1&%63=2&d=%zz&e=%ff&f&&=v")
    #expect(try Self.value("\"@query-param\";name=\"a\"", message) == "1")
    #expect(try Self.value("\"@query-param\";name=\"b\"", message) == "x%20y%7E")
    #expect(try Self.value("\"@query-param\";name=\"b%20\"", message) == "")
    #expect(try Self.value("\"@query-param\";name=\"f\"", message) == "")
    #expect(try Self.value("\"@query-param\";name=\"\"", message) == "v")
    let faults: [(String, ComponentFault)] = [
      ("c", .repeated), ("g", .missing), ("d", .malformed), ("e", .malformed), ("b+", .malformed), ("%61", .malformed),
      ("%", .malformed),
    ]
    for (name, fault) in faults {
      #expect(throws: fault, "\(name)") { try Self.value("\"@query-param\";name=\"\(name)\"", message) }
    }
    let many = Fixture.request(
      target: "/?" + String(repeating: "a&", count: MessageSignatureLimits.queryParameters + 1))
    #expect(throws: ComponentFault.tooMany) { try Self.value("\"@query-param\";name=\"b\"", many) }
  }

  @Test(
    "A component of requests has no value in a response, nor the reverse; req reaches the request only from a response")
  func wrongMessages() throws {
    let request = Fixture.request()
    let response = HTTPMessage(.response(status: 204), fields: [], body: [])
    for name in ["@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"] {
      #expect(throws: ComponentFault.wrongMessage) { try Self.value(name, response) }
      _ = try Self.value("\"\(name)\";req", response, answering: request)
      #expect(throws: ComponentFault.wrongMessage) { try Self.value("\"\(name)\";req", request, answering: request) }
    }
    #expect(throws: ComponentFault.wrongMessage) { try Self.value("@status", request) }
    #expect(throws: ComponentFault.wrongMessage) { try Self.value("\"@status\";req", response, answering: request) }
    #expect(throws: ComponentFault.wrongMessage) { try Self.value("\"@method\";req", response) }
    #expect(throws: ComponentFault.wrongMessage) { try Self.value("\"@method\";req", response, answering: response) }
    #expect(try Self.value("@status", response) == "204")
  }

  @Test("Fields: lines in order, white space off, folds undone; a line end never stays")
  func fields() throws {
    let message = Fixture.request(fields: [
      HTTPField("X-List", " a "), HTTPField("x-list", "\tb\t"), HTTPField("X-Fold", "one \r\n \t two"),
      HTTPField("X-Bare", "one\ntwo"), HTTPField("X-Dict", "a=1,  b=(x   y);p=1"), HTTPField("Priority", "u=1 ,  i"),
      HTTPField("Date", "Tue"),
    ])
    #expect(try Self.value("x-list", message) == "a, b")
    #expect(try Self.value("\"x-list\";bs", message) == ":YQ==:, :Yg==:")
    #expect(try Self.value("x-fold", message) == "one two")
    #expect(try Self.value("\"x-bare\";bs", message) == ":b25lCnR3bw==:")
    #expect(try Self.value("\"x-dict\";key=\"b\"", message) == "(x y);p=1")
    #expect(try Self.value("\"priority\";sf", message) == "u=1, i")
    let faults: [(String, ComponentFault)] = [
      ("x-none", .missing), ("x-bare", .malformed), ("\"x-dict\";key=\"c\"", .missing),
      ("\"x-dict\";sf", .unknownFieldType), ("\"x-list\";tr", .missing), ("\"x-fold\";key=\"a\"", .malformed),
      ("\"date\";sf", .unknownFieldType),
    ]
    for (name, fault) in faults { #expect(throws: fault, "\(name)") { try Self.value(name, message) } }
  }

  @Test("A base with a component that is missing says so, and covers the parameters anyway")
  func incompleteBase() throws {
    let input = try SignatureInput(components: [ComponentIdentifier("x-none"), ComponentIdentifier("@method")])
    let base = SignatureBase(input, of: Fixture.request())
    #expect(base.fault == .missing)
    #expect(
      Fixture.text(base.bytes) == "\"x-none\": \n\"@method\": POST\n\"@signature-params\": (\"x-none\" \"@method\")")
  }
}
