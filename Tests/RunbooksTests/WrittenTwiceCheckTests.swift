import Testing

@testable import Runbooks

@Suite("What the service writes into a request, and nothing else may")
struct WrittenTwiceCheckTests {
  /// The codes of errors, with what is said of them.
  private func errors(_ method: String, auth: String = "none") -> [String] {
    Documents.read(
      "integration: i\nbase_url: https://api.example.com\nauth: \(auth)\nmethods:\n  m: { \(method) }\n"
    ).faults.filter { $0.severity == .error }.map(\.rendered)
  }

  @Test(
    "The key of repetitions has a header of its own",
    arguments: [
      ("request: POST /x, headers: { x-once: mine }", "none", "a row of `headers` writes"),
      ("request: POST /x", "{ type: api_key, header: x-once }", "the integration's authorisation writes"),
      (
        "request: POST /x", "{ type: signature, signing: { type: recipe, key: kv/a#b, header: X-ONCE } }",
        "the integration's authorisation writes"
      ),
    ])
  func idempotency(method: String, auth: String, who: String) {
    let found = errors("\(method), idempotency: header X-Once", auth: auth)
    #expect(found.count == 1)
    #expect(found.first?.contains("would go into the header `X-Once`, which \(who)") == true, "\(found)")
    #expect(found.first?.hasSuffix("[D146]") == true, "\(found)")
    #expect(errors("\(method), idempotency: header X-Other", auth: auth) == [])
  }

  @Test("The key of repetitions may stand where the integration's authorisation does not")
  func withoutAuthorization() {
    let auth = "{ type: api_key, header: X-Once }"
    #expect(errors("request: POST /x, idempotency: header X-Once, auth: none", auth: auth) == [])
  }

  @Test("The key of repetitions does not stand in the place of what says what the body is")
  func bodyHeaders() {
    for header in ["Content-Type", "content-encoding", "Content-Digest"] {
      let method = "request: POST /x, idempotency: header \(header)"
      #expect(errors("\(method), body: { text: x }").first?.contains("says what the body is") == true)
      #expect(errors(method) == [])
    }
  }

  @Test("A credential goes into no header that says what the body is")
  func credentialInBodyHeader() {
    let found = errors("request: POST /x", auth: "{ type: api_key, header: Content-Type }")
    #expect(found.count == 1)
    #expect(found.first?.contains("`Content-Type` says what the body of a request is") == true, "\(found)")
    #expect(errors("request: POST /x", auth: "{ type: api_key, header: Content-Key }") == [])
  }

  @Test("A key in the query does not stand in the method's URL as well, unless the method does without it")
  func query() {
    let auth = "{ type: api_key, query: key }"
    let found = errors("request: \"GET /x?key=1\"", auth: auth)
    #expect(found.count == 1)
    #expect(found.first?.contains("`key` in the URL of the request is written by the integ") == true, "\(found)")
    #expect(errors("request: \"GET /x?keys=1\"", auth: auth) == [])
    #expect(errors("request: \"GET /x?key=1\", auth: none", auth: auth) == [])
  }

  @Test("A user name of Basic with a colon would end there, and is refused")
  func userName() {
    let found = errors("request: GET /x", auth: "{ type: basic, username: \"a:b\" }")
    #expect(found.count == 1)
    #expect(found.first?.contains("a user name of `basic` holds no colon") == true, "\(found)")
    #expect(found.first?.hasSuffix("[D105]") == true, "\(found)")
    #expect(errors("request: GET /x", auth: "{ type: basic, username: ab }") == [])
  }
}
