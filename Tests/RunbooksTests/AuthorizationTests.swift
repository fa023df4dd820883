import Encodings
import MessageSignatures
import Testing

@testable import Runbooks

@Suite("How calls of an integration are authorised, in documents")
struct AuthorizationTests {
  private static func read(
    _ auth: String, extra: String = ""
  ) -> (authorization: IntegrationAuthorization?, document: IntegrationDocument?, errors: [String]) {
    let read = Documents.read(
      """
      integration: i
      base_url: https://api.example.com
      auth: \(auth)
      \(extra)
      methods:
        m: { request: POST /x, headers: { X-A: b } }
      """)
    let document = read.integrations.first?.document
    return (document?.authorization, document, read.faults.filter { $0.severity == .error }.map(\.rendered))
  }

  private static func settings(_ auth: String) throws -> OAuth2Settings {
    let read = read(auth)
    #expect(read.errors == [])
    guard case .oauth2(let settings)? = read.authorization else { throw VendorDocuments.NotThere() }
    return settings
  }

  @Test("OAuth 2 without further settings is client credentials with basic authentication and a bearer token")
  func defaults() throws {
    let settings = try Self.settings("{ type: oauth2, token_url: https://t.example/token, client_id: c }")
    #expect(settings.grant == .clientCredentials)
    #expect(settings.clientAuthentication == .basic)
    #expect(settings.clientSecret == .entered)
    #expect(settings.tokenName == "access_token")
    #expect(settings.place.header == "Authorization")
    #expect(settings.place.prefix == "Bearer ")
    #expect(settings.expires == nil)
  }

  @Test("What must be entered follows from grant and client")
  func required() throws {
    func fields(_ keys: String) -> [String] {
      let read = Self.read("{ type: oauth2, token_url: https://t.example/token, client_id: c, \(keys) }")
      #expect(read.errors == [])
      return read.authorization?.credentials.map(\.field) ?? []
    }
    #expect(fields("scope: a") == ["client_secret"])
    #expect(fields("grant: password, username: u") == ["client_secret", "password"])
    #expect(fields("grant: password, username: u, client_auth: none") == ["password"])
    let code = "grant: authorization_code, authorization_url: https://t.example/yes, redirect_uri: app:/x"
    #expect(fields(code) == ["client_secret"])
    #expect(fields(code + ", client_auth: none") == [])
  }

  @Test(
    "Settings that do not fit together are refused",
    arguments: [
      "{ type: oauth2, client_id: c }",
      "{ type: oauth2, token_url: https://t.example/token }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, client_auth: none }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, username: u }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, pkce: true }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, grant: jwt_bearer }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, grant: password }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, parameters: { scope: x } }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, token: x }",
      "{ type: oauth2, token_url: 'https://t.example/<<x>>', client_id: c }",
      "{ type: oauth2, token_url: ftp://t.example/, client_id: c }",
      "{ type: oauth2, token_url: 'https://u:p@t.example/', client_id: c }",
      "{ type: oauth2, token_url: 'https://t.example/#x', client_id: c }",
      "{ type: oauth2, token_url: https://t.example/token, client_id: c, header: Host }",
      "{ type: jwt, lifetime: 2h }",
      "{ type: jwt, issuer: a, claims: '{\"iss\": 1}' }",
      "{ type: jwt, claims: '[1]' }",
      "{ type: jwt, encoding: utf8 }",
      "{ type: jwt, algorithm: hmac-sha256, encoding: pem }",
      "{ type: jwt, algorithm: hmac-sha512 }",
      "{ type: jwt, scope: a }",
      "{ type: jwt, grant: jwt_bearer }",
      "{ type: jwt, grant: jwt_bearer, token_url: https://t.example/x, subject: <<who>> }",
      "{ type: signature }",
      "{ type: mtls, certificate: { sealed: true } }",
      "{ type: mtls, certificate: '-----BEGIN EC PRIVATE KEY-----' }",
      "{ type: mtls, token: x }",
    ])
  func refused(auth: String) {
    #expect(!Self.read(auth).errors.isEmpty)
  }

  @Test(
    "A header that the authorisation writes cannot be a row as well",
    arguments: [
      ("{ type: oauth2, token_url: https://t.example/token, client_id: c, header: x-a }", true),
      ("{ type: oauth2, token_url: https://t.example/token, client_id: c }", false),
      ("{ type: jwt, header: x-a, prefix: '' }", true),
      ("{ type: signature, signing: { type: recipe, key: kv/a#k, header: X-A } }", true),
      ("{ type: signature, signing: { type: recipe, key: kv/a#k, header: X-B } }", false),
      ("{ type: mtls }", false),
    ])
  func twice(auth: String, isRefused: Bool) {
    #expect(Self.read(auth).errors.contains { $0.contains("[D146]") } == isRefused)
  }

  @Test("Named claims stand before the further ones, and may name variables where the token is the run's own")
  func claims() {
    let read = Self.read("{ type: jwt, issuer: me, subject: <<who>>, claims: ' { \"n\": 5 } ' }")
    #expect(read.errors == [])
    guard case .jwt(let settings)? = read.authorization else {
      Issue.record("no jwt")
      return
    }
    #expect(settings.allClaims?.source == #"{"iss":"me","sub":"<<who>>", "n": 5 } "#)
    #expect(settings.allClaims?.placeholders.map(\.path.text) == ["who"])
  }

  @Test("Secrets of the store that an authorisation reads are named, the chain of a certificate too")
  func references() {
    let read = Self.read("{ type: mtls, certificate: { secret: kv/tls#crt }, key: { secret: kv/tls#key } }")
    #expect(read.errors == [])
    #expect(read.document?.secretReferences.map(\.text) == ["kv/tls#crt", "kv/tls#key"])
    let signed = Self.read("{ type: signature, signing: { type: standard-webhooks, key: kv/a#k } }")
    #expect(signed.document?.secretReferences.map(\.text) == ["kv/a#k"])
  }

  @Test("A change of the authorisation's settings or of the trusted roots changes what a grant is bound to")
  func material() throws {
    let runbook = try #require(
      Documents.read("runbook: r\nsteps: { a: { method: i/m, then: b, else: b }, b: { end: success } }").runbooks.first?
        .document)
    func bytes(_ auth: String, _ extra: String = "") -> [UInt8] {
      let document = Self.read(auth, extra: extra).document
      return GrantedMaterial.bytes(of: runbook) { _ in document }
    }
    let auth = "{ type: oauth2, token_url: https://t.example/token, client_id: c }"
    #expect(bytes(auth) == bytes(auth))
    #expect(bytes(auth) != bytes(auth.replacing("t.example", with: "u.example")))
    #expect(bytes(auth) != bytes(auth, "trust: '-----BEGIN CERTIFICATE-----'"))
  }

  @Test(
    "A certificate of the document is warned about thirty days before its end, and after it",
    arguments: [(-1, "has ended on"), (29, "ends on"), (31, "")])
  func ends(days: Int64, words: String) {
    let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
    let options = CheckOptions(
      now: now, certificateEnd: { $0.contains("BEGIN") ? now.advanced(byMilliseconds: days * 86_400_000) : nil })
    for (auth, trust) in [
      (IntegrationAuthorization.none, "-----BEGIN"),
      (.clientCertificate(ClientCertificateSettings(chain: .document("-----BEGIN"))), ""),
    ] {
      let document = IntegrationDocument(id: "i", baseURL: "https://h", authorization: auth, trust: trust)
      var found: [String] = []
      CertificateCheck.check(document, options: options) { found.append($0.message) }
      #expect(found.count == (words.isEmpty ? 0 : 1))
      #expect(found.allSatisfy { $0.contains(words) })
    }
    var faults = 0
    CertificateCheck.check(
      IntegrationDocument(id: "i", baseURL: "https://h", trust: "hello"), options: options
    ) { faults += $0.severity == .error ? 1 : 0 }
    #expect(faults == 1)
  }

  @Test("Roots that are no certificates are refused")
  func trust() {
    #expect(Self.read("none", extra: "trust: hello").errors.contains { $0.contains("`trust`") })
  }
}
