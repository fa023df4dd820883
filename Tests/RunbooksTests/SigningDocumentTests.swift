import MessageSignatures
import NamedKeys
import Testing

@testable import Runbooks

@Suite("Outgoing signatures in documents")
struct SigningDocumentTests {
  private static func read(
    _ signing: String, auth: String = "none", headers: String = "{}"
  ) -> (signing: MethodSigning?, errors: [String]) {
    let read = Documents.read(
      """
      integration: i
      base_url: https://api.example.com
      auth: \(auth)
      methods:
        m:
          request: POST /x
          headers: \(headers)
          body: { text: hello }
          signing: \(signing)
      """)
    return (
      read.integrations.first?.document.methods.first?.signing,
      read.faults.filter { $0.severity == .error }.map(\.rendered)
    )
  }

  @Test("Each form is read, with the defaults that it says")
  func forms() throws {
    let standard = Self.read("{ type: standard-webhooks, key: kv/a#k }")
    #expect(standard.errors == [])
    #expect(standard.signing?.encoding == .base64)
    #expect(standard.signing?.algorithm == .hmacSHA256)
    #expect(standard.signing?.header == "webhook-signature")
    let message = Self.read("{ type: rfc9421, key: kv/a#k, algorithm: ed25519, keyid: k1 }")
    #expect(message.errors == [])
    #expect(message.signing?.encoding == .pem)
    guard case .messageSignature(let settings)? = message.signing?.form else {
      Issue.record("no message signature")
      return
    }
    #expect(settings.components == ["@method", "@target-uri", "content-digest"])
    let token = Self.read("{ type: jwt, key: kv/a#k, claims: '{\"sub\": \"<<user>>\"}' }")
    #expect(token.errors == [])
    #expect(token.signing?.header == "Authorization")
    let aws = Self.read(
      "{ type: sigv4, key: kv/a#k, access_key: AK, region: eu-1, service: s3, session_token: kv/a#t }")
    #expect(aws.errors == [])
    #expect(aws.signing?.secretReferences.map(\.text) == ["kv/a#k", "kv/a#t"])
    #expect(Self.read("{ type: recipe, key: kv/a#k }").errors == [])
  }

  @Test("A token of the integration stays where a method signs its requests itself; a signature goes")
  func both() throws {
    func uses(_ auth: String) throws -> (words: [String], keys: [String]) {
      let read = Documents.read(
        """
        integration: i
        base_url: https://api.example.com
        auth: \(auth)
        methods:
          m: { request: POST /x, signing: { type: recipe, header: X-Sig, key: { named: own } } }
          n: { request: POST /x }
          o: { request: POST /x, auth: none }
        """)
      #expect(read.faults.filter { $0.severity == .error }.map(\.rendered) == [])
      let document = try #require(read.integrations.first?.document)
      return (
        document.methods.map { $0.signings(under: document).map(\.form.word).joined(separator: " ") },
        document.keyUses.map(\.text)
      )
    }
    let named = try uses("{ type: jwt, algorithm: ed25519, key: { named: token }, claims: '{}' }")
    #expect(named.words == ["jwt recipe", "jwt", ""])
    #expect(named.keys == ["keys/own#hmac", "keys/token#sign"])
    #expect(try uses("{ type: jwt, claims: '{}' }").words == ["recipe", "", ""])
    let signature = try uses("{ type: signature, signing: { type: recipe, key: { named: hooks } } }")
    #expect(signature.words == ["recipe", "recipe", ""])
  }

  @Test("The key must be granted, like every secret that a method reads")
  func references() throws {
    let signing = try #require(Self.read("{ type: recipe, key: kv/a#k }").signing)
    let method = Method(id: "i/m", name: "m", httpMethod: .post, resource: Template(literal: "/x"), signing: signing)
    #expect(method.secretReferences.map(\.text) == ["kv/a#k"])
  }

  @Test("A named key signs in every form but the one that makes keys from a secret's text")
  func named() throws {
    let name = try KeyName("deploy")
    let cases: [(String, KeyReference, KeyOperation)] = [
      ("{ type: standard-webhooks, key: { named: deploy } }", KeyReference(name: name), .hmac),
      ("{ type: standard-webhooks, key: { named: deploy }, algorithm: ed25519 }", KeyReference(name: name), .sign),
      ("{ type: recipe, key: { named: deploy, version: latest } }", KeyReference(name: name), .hmac),
      (
        "{ type: rfc9421, key: { named: deploy, version: 7 }, algorithm: ecdsa-p256-sha256 }",
        KeyReference(name: name, version: 7), .sign
      ),
      (
        "{ type: jwt, key: { named: deploy }, algorithm: rsa-pss-sha256, claims: '{}' }", KeyReference(name: name),
        .sign
      ),
    ]
    for (text, reference, operation) in cases {
      let read = Self.read(text)
      #expect(read.errors == [], "\(text)")
      #expect(read.signing?.key == .named(reference), "\(text)")
      #expect(read.signing?.keyUse == KeyUse(name, operation), "\(text)")
      #expect(read.signing?.secretReferences == [])
    }
    #expect(Self.read("{ type: recipe, key: kv/a#k }").signing?.keyUse == nil)
  }

  @Test("An endpoint may check by a named key, and a credential is none")
  func endpoints() throws {
    func read(_ start: String) -> (runbook: RunbookDocument?, errors: [String]) {
      let read = Documents.read(
        "runbook: r\nstart: { public: \(start) }\nsteps: { done: { end: success } }")
      return (read.runbooks.first?.document, read.faults.filter { $0.severity == .error }.map(\.rendered))
    }
    let name = try KeyName("deploy")
    for start in [
      "{ auth: signature, scheme: github, key: { named: deploy } }",
      "{ auth: signature, scheme: github, keys: [{ name: a, key: { named: deploy, version: 2 } }] }",
      "{ auth: http_signature, http_signature: { keys: [{ name: a, keyid: k, algorithm: ed25519, key: { named: deploy } }] } }",
    ] {
      let (runbook, errors) = read(start)
      #expect(errors == [], "\(start)")
      #expect(runbook?.keyUses == [KeyUse(name, .verify)], "\(start)")
      #expect(runbook?.secretReferences == [])
    }
    for (start, sentence) in [
      ("{ auth: basic, username: a, password: { named: deploy } }", "no key"),
      ("{ auth: header_secret, header: X-A, secret: { named: deploy } }", "no key"),
      (
        "{ auth: signature, scheme: github, keys: [{ name: a, key: { named: deploy }, encoding: hex }] }",
        "a named key is not written anywhere"
      ),
    ] {
      let errors = read(start).errors
      #expect(errors.contains { $0.contains(sentence) }, "\(start): \(errors)")
    }
  }

  @Test("What would stop the first request is an error in the document")
  func errors() {
    let cases: [(String, String)] = [
      ("{ key: kv/a#k }", "`type` is missing"), ("{ type: recipe }", "`key` is missing"),
      ("{ type: sha256, key: kv/a#k }", "`type` must be"), ("{ type: recipe, key: secret }", "`key`"),
      ("{ type: recipe, key: kv/a#k, keyid: a }", "has no such setting"),
      ("{ type: recipe, key: kv/a#k, encoding: pem }", "cannot be used with hmac-sha256"),
      ("{ type: recipe, key: kv/a#k, algorithm: ed25519 }", "cannot use ed25519"),
      ("{ type: rfc9421, key: kv/a#k, algorithm: hmac-sha512 }", "cannot use hmac-sha512"),
      ("{ type: rfc9421, key: kv/a#k, encoding: utf8, algorithm: ed25519 }", "cannot be used with ed25519"),
      ("{ type: rfc9421, key: kv/a#k, components: [Date] }", "a component is written as"),
      ("{ type: rfc9421, key: kv/a#k, label: A }", "a label is"),
      ("{ type: recipe, key: kv/a#k, message: '{headers}' }", "one {body}"),
      ("{ type: recipe, key: kv/a#k, header: a b }", "header names"),
      ("{ type: jwt, key: kv/a#k }", "`claims` is missing"),
      ("{ type: jwt, key: kv/a#k, claims: '[1]' }", "JSON object"),
      ("{ type: jwt, key: kv/a#k, claims: '{', }", "claims"),
      ("{ type: jwt, key: kv/a#k, claims: '{}', lifetime: 2h }", "1s to 1h"),
      ("{ type: jwt, key: kv/a#k, claims: '{}', algorithm: hmac-sha1 }", "cannot use hmac-sha1"),
      ("{ type: sigv4, key: kv/a#k, region: a, service: b }", "`access_key` is missing"),
      ("{ type: sigv4, key: kv/a#k, access_key: a/b, region: a, service: b }", "letters, digits"),
      ("{ type: standard-webhooks, key: kv/a#k, algorithm: hmac-sha512 }", "cannot use hmac-sha512"),
      ("{ type: recipe, key: { named: Deploy } }", "a key's name has"),
      ("{ type: recipe, key: { version: 1 } }", "`named` is missing"),
      ("{ type: recipe, key: { named: deploy, version: 0 } }", "latest or a whole number from 1 to 4096"),
      ("{ type: recipe, key: { named: deploy, version: newest } }", "latest or a whole number from 1 to 4096"),
      ("{ type: recipe, key: { named: deploy }, encoding: hex }", "a named key is not written anywhere"),
      ("{ type: recipe, key: { named: deploy }, algorithm: ed25519 }", "cannot use ed25519"),
      (
        "{ type: sigv4, key: { named: deploy }, access_key: AK, region: a, service: b }",
        "a named key has none that it gives away"
      ),
    ]
    for (text, sentence) in cases {
      let errors = Self.read(text).errors
      #expect(errors.contains { $0.contains(sentence) }, "\(text): \(errors)")
    }
  }

  @Test("What is to be signed must be in the request, and is named where it is not")
  func notThere() {
    func errors(_ signing: String, headers: String = "{ X-A: a }") -> [String] {
      Documents.read(
        """
        integration: i
        base_url: https://api.example.com
        auth: { type: api_key, header: X-Key }
        methods:
          m:
            request: POST /x?id=1&b=<<b>>&b=2
            query: { page: "1" }
            headers: \(headers)
            body: { text: hello }
            signing: \(signing)
        """
      ).faults.filter { $0.severity == .error }.map(\.rendered)
    }
    func recipe(_ settings: String) -> [String] { errors("{ type: recipe, key: kv/a#k, \(settings) }") }
    func message(_ components: String) -> [String] {
      errors("{ type: rfc9421, key: kv/a#k, components: [\(components)] }")
    }
    for found in [
      recipe("signed_headers: [x-a, Content-Type, X-Key]"),
      recipe("signed_headers: [X-Time], timestamp_header: X-Time"),
      message("x-a, x-key, content-type, content-digest, '@method', '@query', '@authority'"),
      message("'\"@query-param\";name=\"id\"', '\"@query-param\";name=\"page\"'"),
      message("'\"x-a\";bs', '\"x-a\";key=\"m\"', '\"content-digest\";key=\"sha-256\"'"),
    ] {
      #expect(found == [])
    }
    for (found, sentence) in [
      (recipe("signed_headers: [X-None]"), "X-None` is to be signed, and the request has no such header"),
      (recipe("signed_headers: [Host]"), "Host` is to be signed"),
      (message("x-none"), "x-none` is to be signed"), (message("host"), "host` is to be signed"),
      (message("'@status'"), "and is none of a request"), (message("'\"@query-param\";name=\"no\"'"), "no such thing"),
      (message("'\"@query-param\";name=\"b\"'"), "more than once"), (message("'\"x-no\";key=\"m\"'"), "no such thing"),
      (message("'\"x-a\";tr'"), "no such thing"), (message("'\"x-a\";sf'"), "its type is not known"),
      (recipe("header: Host"), "is written by the service itself"),
      (recipe("header: Transfer-Encoding"), "is written by the service itself"),
      (recipe("timestamp_header: Content-Length"), "is written by the service itself"),
      (recipe("header: Content-Type"), "already has"), (recipe("timestamp_header: x-a"), "already has"),
      (recipe("timestamp_header: x-key"), "already has"),
      (errors("{ type: standard-webhooks, key: kv/a#k }", headers: "{ Webhook-Id: a }"), "`webhook-id`"),
      (errors("{ type: rfc9421, key: kv/a#k }", headers: "{ signature-input: a }"), "`signature-input`"),
      (
        errors("{ type: sigv4, key: kv/a#k, access_key: a, region: b, service: s3 }", headers: "{ x-amz-date: a }"),
        "`x-amz-date`"
      ),
      (errors("{ type: jwt, key: kv/a#k, claims: '{\"exp\": 1}' }"), "the claim `exp` is set by the service itself"),
      (errors("{ type: jwt, key: kv/a#k, claims: '{\"\\u006ati\": 1}' }"), "the claim `jti`"),
    ] {
      #expect(found.contains { $0.contains(sentence) }, "\(sentence): \(found)")
    }
  }

  @Test("A document that was stored with a claim that the service sets can still be read")
  func storedClaims() throws {
    for (auth, signing) in [
      ("{ type: jwt, claims: '{\"iat\": 1}' }", "{ type: recipe, key: kv/a#k }"),
      ("none", "{ type: jwt, key: kv/a#k, claims: '{\"exp\": 1}' }"),
    ] {
      let read = Documents.read(
        "integration: i\nbase_url: https://h\nauth: \(auth)\nmethods: { m: { request: POST /x, body: { text: a }, signing: \(signing) } }\n"
      )
      #expect(read.faults.hasErrors)
      let document = try #require(read.integrations.first?.document)
      #expect(IntegrationDocument(canonicalJSON: document.canonicalJSON) == document)
    }
  }

  @Test("A claim that the service sets, or a header that a method lacks, is named under `auth` too")
  func underAuth() {
    let claims = Self.read("{ type: recipe, key: kv/a#k }", auth: "{ type: jwt, claims: '{\"iat\": 1}' }").errors
    #expect(claims.contains { $0.contains("the claim `iat`") }, "\(claims)")
    let read = Documents.read(
      """
      integration: i
      base_url: https://api.example.com
      auth: { type: signature, signing: { type: recipe, key: kv/a#k, signed_headers: [X-A], timestamp_header: X-T } }
      methods:
        with: { request: POST /x, headers: { X-A: a } }
        lacks: { request: POST /x }
        twice: { request: POST /x, headers: { X-A: a, x-t: b } }
        none: { request: POST /x, auth: none }
      """)
    let rendered = read.faults.map { "\($0.severity) \($0.code.rawValue) \($0.message)" }
    #expect(rendered.count == 2, "\(rendered)")
    #expect(rendered.contains { $0.hasPrefix("warning D105") && $0.contains("X-A") }, "\(rendered)")
    #expect(rendered.contains { $0.hasPrefix("error D146") && $0.contains("x-t") }, "\(rendered)")
  }

  @Test("A signature does not stand beside another header of its name")
  func conflicts() {
    let token = "{ type: jwt, key: kv/a#k, claims: '{}' }"
    #expect(Self.read(token, auth: "{ type: bearer }").errors.contains { $0.contains("already has") })
    #expect(Self.read(token, headers: "{ authorization: x }").errors.contains { $0.contains("already has") })
    #expect(Self.read(token, auth: "{ type: api_key, query: k }").errors == [])
    let recipe = "{ type: recipe, key: kv/a#k, header: X-Key }"
    #expect(Self.read(recipe, auth: "{ type: api_key, header: x-key }").errors.contains { $0.contains("already has") })
  }
}
