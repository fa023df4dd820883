import Encodings
import Testing
import Webhooks

@testable import Runbooks

@Suite("Starts from outside")
struct StartCheckTests {
  private func read(_ settings: String, schemes: Set<String>? = nil) -> (PublicStart?, [String], [SealAtImport]) {
    let text = "runbook: r\nstart: { public: { \(settings) } }\nsteps: { a: { end: success } }"
    let read = Documents.read([("a.yaml", text)], options: CheckOptions(schemes: schemes))
    return (read.runbooks.first?.document.start.publicStart, read.faults.map(\.rendered), read.sealed)
  }

  @Test(
    "Every authentication is read with its settings",
    arguments: [
      ("auth: bearer", .bearer),
      ("auth: basic, username: u", .basic(username: "u", password: .entered)),
      (
        "auth: basic, username: u, password: { secret: kv/a#b }",
        .basic(username: "u", password: .secret(SecretReference(path: "kv/a", field: "b")))
      ),
      ("auth: header_secret, header: X-Token", .headerSecret(header: "X-Token", secret: .entered)),
      ("auth: signature, scheme: github", .signature(SignatureSettings(method: .scheme("github")))),
      (
        "auth: signature, recipe: { header: X-Sig, algorithm: sha512, digest: base64, prefix: 'v1=', "
          + "signed_headers: [Date], patterns: { Date: '.{29}' }, framing: lengths }",
        .signature(
          SignatureSettings(
            method: .recipe(
              SignatureRecipeSettings(
                header: "X-Sig", algorithm: .sha512, digest: .base64, prefix: "v1=", signedHeaders: ["Date"],
                patterns: ["Date": ".{29}"], framing: .lengths))))
      ),
      (
        "auth: signature, scheme: paypal, settings: { webhook_id: 8AB }, keys: [{ name: old, "
          + "key: { secret: kv/a#b }, encoding: x509-pem, url: 'https://a/', not_after: '2027-01-31T00:00:00Z' }, "
          + "{ name: new, not_before: '2027-01-30T00:00:00Z', encoding: x509-pem, url: 'https://b/' }]",
        .signature(
          SignatureSettings(
            method: .scheme("paypal"),
            keys: [
              SignatureKey(
                name: "old", source: .secret(SecretReference(path: "kv/a", field: "b")), encoding: .x509PEM,
                url: "https://a/", notAfter: Instant(rfc3339: "2027-01-31T00:00:00Z")),
              SignatureKey(
                name: "new", encoding: .x509PEM, url: "https://b/", notBefore: Instant(rfc3339: "2027-01-30T00:00:00Z")),
            ], settings: ["webhook_id": "8AB"]))
      ),
      (
        "auth: signature, scheme: github, keys: [{ name: key }]",
        .signature(SignatureSettings(method: .scheme("github")))
      ),
    ] as [(String, StartAuthentication)])
  func kinds(settings: String, authentication: StartAuthentication) {
    let (start, faults, _) = read(settings)
    #expect(start?.authentication == authentication)
    #expect(faults == [])
    #expect(start?.answer == .accepted)
  }

  @Test(
    "Settings that do not belong to the authentication, or are missing, are errors",
    arguments: [
      ("auth: bearer, username: u", FaultCode.conflictingKeys), ("auth: none, key: { sealed: true }", .conflictingKeys),
      ("auth: basic", .missingKey), ("auth: header_secret", .missingKey), ("auth: uri_secret", .missingKey),
      ("auth: signature", .missingKey), ("answer: 200", .missingKey), ("auth: bearer, answer: 418", .badValue),
      ("auth: bearer, answer: 203", .badValue), ("auth: magic", .badValue),
      ("auth: bearer, timestamp_header: 'a b'", .badHeader),
      ("auth: signature, scheme: a, recipe: { header: b }", .conflictingKeys),
      ("auth: signature, recipe: { header: X, signed_headers: [a, A] }", .conflictingKeys),
      ("auth: signature, recipe: { header: X, signed_headers: [x] }", .conflictingKeys),
      ("auth: signature, recipe: { algorithm: md5, header: X }", .badValue),
      ("auth: signature, recipe: { header: X, framing: names }", .badValue),
      ("auth: signature, recipe: { header: X, patterns: { Y: a } }", .badValue),
      ("auth: signature, recipe: { header: X, signed_headers: [Y], patterns: { Y: '(' } }", .badValue),
      ("auth: signature, recipe: { header: X, signed_headers: [Y], patterns: { Y: 1 } }", .wrongType),
      ("auth: signature, scheme: a, key: { sealed: true }, keys: [{ name: b }]", .conflictingKeys),
      ("auth: signature, scheme: a, keys: []", .wrongType), ("auth: signature, scheme: a, keys: b", .wrongType),
      ("auth: signature, scheme: a, keys: [{ key: { sealed: true } }]", .missingKey),
      ("auth: signature, scheme: a, keys: [{ name: 'a b' }]", .badName),
      ("auth: signature, scheme: a, keys: [{ name: b }, { name: b }]", .duplicateName),
      ("auth: signature, scheme: a, keys: [{ name: b, encoding: base32 }]", .badValue),
      ("auth: signature, scheme: a, keys: [{ name: b, not_after: 2027-01-31 }]", .badValue),
      (
        "auth: signature, scheme: a, keys: [{ name: b, not_before: '2027-01-31T00:00:00Z', "
          + "not_after: '2027-01-30T00:00:00Z' }]", .badValue
      ),
      ("auth: signature, scheme: a, keys: [\((0..<9).map { "{ name: k\($0) }" }.joined(separator: ", "))]", .badValue),
      ("auth: signature, scheme: a, settings: { b: 1 }", .wrongType),
      ("auth: bearer, settings: { b: c }", .conflictingKeys),
      ("auth: bearer, replay: maybe", .badValue), ("auth: bearer, replay_limit: 0", .wrongType),
    ])
  func wrongSettings(settings: String, code: FaultCode) {
    let text = "runbook: r\nstart: { public: { \(settings) } }\nsteps: { a: { end: success } }"
    let codes = Documents.read(text).faults.filter { $0.severity == .error }.map(\.code)
    #expect(codes.contains(code), "\(codes)")
  }

  @Test("A faulty authentication never becomes none")
  func neverNone() {
    for settings in ["auth: magic", "answer: 200", "auth: 0", "auth: [none]"] {
      #expect(read(settings).0?.authentication != StartAuthentication.none)
    }
  }

  @Test("None and a secret in the URI are warned about")
  func warnings() {
    #expect(
      read("auth: none").1 == [
        "a.yaml:2:26: warning: anyone who knows the start URL can start this runbook [D151]"
      ])
    #expect(read("auth: uri_secret, parameter: t").1.first?.contains("[D152]") == true)
  }

  @Test("A timestamp that nothing signs is warned about")
  func timestamps() {
    let unsigned = read("auth: signature, recipe: { header: X-Sig }, timestamp_header: Date")
    #expect(unsigned.1.count == 1)
    #expect(unsigned.1.first?.contains("[D153]") == true)
    #expect(read("auth: signature, recipe: { header: X-Sig, signed_headers: [date] }, timestamp_header: Date").1 == [])
    #expect(read("auth: bearer, timestamp_header: Date").1.count == 1)
  }

  @Test("A header that carries the credential cannot hold the time, and nobody is told to sign it")
  func timestampInCredential() {
    for settings in [
      "auth: signature, recipe: { header: X-Sig }, timestamp_header: x-sig",
      "auth: signature, scheme: github, timestamp_header: X-Hub-Signature-256",
      "auth: header_secret, header: X-Token, timestamp_header: X-Token",
      "auth: basic, username: u, timestamp_header: Authorization",
      "auth: http_signature, timestamp_header: Signature-Input, http_signature: { keys: [{ name: a, "
        + "algorithm: hmac-sha256, key: { sealed: true } }] }",
    ] {
      let faults = read(settings).1
      #expect(faults.count == 1, "\(faults)")
      #expect(faults.first?.contains("error: the header") == true, "\(settings): \(faults)")
      #expect(faults.first?.contains("carries the credential") == true, "\(settings): \(faults)")
    }
  }

  @Test("Whether a time is signed is asked of the scheme and of the message signature, with the remedy that is there")
  func timestampRemedies() {
    func message(_ components: String) -> [String] {
      read(
        "auth: http_signature, timestamp_header: Date, http_signature: { required_components: [\(components)], "
          + "keys: [{ name: a, algorithm: hmac-sha256, key: { sealed: true } }] }"
      ).1.filter { $0.contains("[D153]") }
    }
    #expect(message("'@method', '@target-uri', content-digest, date") == [])
    for components in ["'@method', '@target-uri', content-digest", "content-digest, '\"date\";key=\"a\"'"] {
      let faults = message(components)
      #expect(faults.count == 1, "\(components)")
      #expect(faults.first?.contains("add `date` to required_components") == true, "\(faults)")
    }
    #expect(read("auth: signature, scheme: slack, timestamp_header: X-Slack-Request-Timestamp").1 == [])
    #expect(
      read("auth: signature, scheme: github, timestamp_header: Date").1.first?.contains("or use a recipe") == true)
    #expect(read("auth: bearer, timestamp_header: Date").1.first?.contains("only a signature protects") == true)
  }

  @Test("What the service would make no endpoint of is an error at the import, with the form that is wanted")
  func judgement() {
    let names = Set(SchemeCatalogue.builtIn.names)
    let paypal = "auth: signature, scheme: paypal, fetch_keys: true"
    let wrong = read("\(paypal), settings: { webhook_id: 'a b' }", schemes: names).1.filter { $0.contains("error") }
    #expect(wrong.count == 1)
    #expect(wrong.first?.contains("`[0-9A-Z]+`") == true, "\(wrong)")
    #expect(!read("\(paypal), settings: { webhook_id: AB12 }", schemes: names).1.contains { $0.contains("error") })
    #expect(read("auth: basic, username: 'a:b'").1.first?.contains("holds no colon") == true)
    #expect(read("auth: signature, recipe: { header: X-Sig, prefix: ' v1' }").1.first?.contains("white space") == true)
    #expect(read("auth: uri_secret, parameter: 'a b'").1.contains { $0.contains("visible ASCII") })
  }

  @Test("A setting that the signature does not read is an error that lists those that it reads")
  func unknownSettings() {
    let names = Set(SchemeCatalogue.builtIn.names)
    let paypal = "auth: signature, scheme: paypal, fetch_keys: true, settings: { webhook_id: AB12, webhok_id: AB13 }"
    let faults = read(paypal, schemes: names).1.filter { $0.contains("error") }
    #expect(faults.count == 1)
    #expect(faults.first?.contains("no setting `webhok_id`; the settings are webhook_id") == true, "\(faults)")
    for settings in ["scheme: github", "recipe: { header: X-Sig }"] {
      let found = read("auth: signature, \(settings), settings: { a: b }", schemes: names).1
      #expect(found.contains { $0.contains("it reads none") }, "\(found)")
    }
  }

  @Test("One setting of the scheme and the handshake has one value")
  func sharedSettings() {
    let names = Set(SchemeCatalogue.builtIn.names)
    func faults(_ own: String, _ other: String) -> [String] {
      read(
        "auth: signature, scheme: aws-sns-v2, fetch_keys: true, settings: { topic_arn: \"\(own)\" }, "
          + "initial_verification: { challenge: aws-sns, settings: { topic_arn: \"\(other)\" } }", schemes: names
      ).1
    }
    let topic = "arn:aws:sns:eu-central-1:123456789012:ours"
    #expect(faults(topic, topic) == [])
    let found = faults(topic, "arn:aws:sns:eu-central-1:123456789012:theirs")
    #expect(found.count == 1)
    #expect(found.first?.contains("another value here than under start.public.settings") == true, "\(found)")
  }

  @Test("A key of a scheme whose certificates have addresses needs one that the scheme allows")
  func keyAddresses() {
    let names = Set(SchemeCatalogue.builtIn.names)
    func faults(_ keys: String) -> [String] {
      read(
        "auth: signature, scheme: aws-sns-v2, settings: { topic_arn: \"arn:aws:sns:eu-central-1:123456789012:ours\" }"
          + keys, schemes: names
      ).1
    }
    let file = "SimpleNotificationService-\(String(repeating: "ab", count: 16)).pem"
    let address = "https://sns.eu-central-1.amazonaws.com/\(file)"
    #expect(faults(", keys: [{ name: a, url: '\(address)' }]") == [])
    for keys in ["", ", key: { sealed: true }", ", keys: [{ name: a }]", ", key: { named: a }"] {
      let found = faults(keys)
      #expect(found.count == 1, "\(keys): \(found)")
      #expect(found.first?.contains("together with its URL") == true, "\(found)")
      #expect(found.first?.contains("fetch_keys: true") == true, "\(found)")
    }
    let other = faults(", keys: [{ name: a, url: 'https://sns.evil.example/a.pem' }]")
    #expect(other.count == 1)
    #expect(other.first?.contains("not one that the scheme allows; its form is the pattern") == true, "\(other)")
  }

  @Test("A scheme that the service does not have is an error where schemes are known")
  func schemes() {
    #expect(
      read("auth: signature, scheme: gihtub", schemes: ["github"]).1.first?.contains("did you mean `github`?") == true)
    #expect(read("auth: signature, scheme: github", schemes: ["github"]).1 == [])
  }

  @Test("A built-in scheme's warnings, settings and keys are checked where schemes are known")
  func builtIn() {
    let names = Set(SchemeCatalogue.builtIn.names)
    #expect(read("auth: signature, scheme: mailgun", schemes: names).1.first?.contains("[D181]") == true)
    #expect(read("auth: signature, scheme: slack", schemes: names).1 == [])
    let paypal = "auth: signature, scheme: paypal, keys: [{ name: a, url: 'https://b/' }]"
    #expect(read(paypal, schemes: names).1.contains { $0.contains("needs the setting `webhook_id`") })
    let discord = "auth: signature, scheme: discord, keys: [{ name: a, encoding: utf8 }]"
    #expect(read(discord, schemes: names).1.contains { $0.contains("cannot be used with ed25519") })
    #expect(read("auth: signature, scheme: discord", schemes: names).1 == [])
  }

  @Test("An endpoint of SNS that does not say its topic is refused with what to add, and the handshake's topic will do")
  func topic() {
    let names = Set(SchemeCatalogue.builtIn.names)
    let sns = "auth: signature, scheme: aws-sns-v2, fetch_keys: true"
    let open = read(sns, schemes: names).1
    #expect(open.count == 1)
    #expect(open.first?.contains("error") == true && open.first?.contains("everybody's topics") == true)
    #expect(open.first?.contains("settings: { topic_arn:") == true)
    let topic = #"{ topic_arn: "arn:aws:sns:eu-central-1:123456789012:ours" }"#
    #expect(read("\(sns), settings: \(topic)", schemes: names).1 == [])
    #expect(
      read("\(sns), initial_verification: { challenge: aws-sns, settings: \(topic) }", schemes: names).1 == [])
  }

  @Test("A header of the connection cannot be looked for in requests, and is not called ours")
  func connectionHeaders() {
    let faults = read("auth: bearer, timestamp_header: Content-Length").1
    #expect(faults.contains { $0.contains("belongs to the connection") })
    #expect(!faults.contains { $0.contains("by the service itself") })
  }

  @Test("Dates in the wrong order are one fault")
  func dateOrder() {
    let text = """
      runbook: r
      start:
        public:
          auth: signature
          scheme: github
          keys: [{ name: old, not_before: "2027-01-31T00:00:00Z", not_after: "2026-01-31T00:00:00Z" }]
      steps: { a: { end: success } }
      """
    let options = CheckOptions(now: Instant(rfc3339: "2027-06-01T00:00:00Z"))
    #expect(Documents.read([("a.yaml", text)], options: options).faults.count == 1)
  }

  @Test("A recipe with values that nothing separates is warned about, and lengths are recommended")
  func touching() {
    let loose = read("auth: signature, recipe: { header: X-Sig, signed_headers: [X-A] }").1
    #expect(loose.count == 1)
    #expect(loose.first?.contains("framing: lengths") == true)
    for fixed in ["framing: lengths", "patterns: { X-A: '[0-9]{4}' }"] {
      #expect(read("auth: signature, recipe: { header: X-Sig, signed_headers: [X-A], \(fixed) }").1 == [])
    }
  }

  @Test("A key that has ended, or ends within thirty days, is warned about; one that ends later is not")
  func keyEnds() {
    func faults(_ now: String) -> [String] {
      let text = """
        runbook: r
        start:
          public: { auth: signature, scheme: github, keys: [{ name: old, not_after: "2027-01-31T00:00:00Z" }] }
        steps: { a: { end: success } }
        """
      return Documents.read([("a.yaml", text)], options: CheckOptions(now: Instant(rfc3339: now))).faults
        .map(\.message)
    }
    #expect(faults("2027-01-01T00:00:00Z") == ["the key `old` ends in 30 days"])
    #expect(faults("2026-12-31T23:59:59Z") == [])
    #expect(faults("2027-01-30T00:00:00Z") == ["the key `old` ends in one day"])
    #expect(faults("2027-01-31T00:00:00Z") == ["the key `old` ends in less than a day"])
    #expect(faults("2027-01-31T00:00:01Z") == ["the key `old` has ended; nothing that it signs is let in"])
    let keys = [SignatureKey(notAfter: Instant(rfc3339: "2027-01-31T00:00:00Z")), SignatureKey(name: "other")]
    #expect(
      KeyEnds.sentences(of: keys, now: Instant(secondsSinceEpoch: 1_800_000_000)) == ["The key `key` ends in 15 days."])
  }

  @Test("An endpoint that does not recognise a repeated delivery is warned about")
  func replayOff() {
    let (start, faults, _) = read("auth: signature, scheme: github, replay: off, replay_limit: 7")
    #expect(start?.remembersDeliveries == false)
    #expect(start?.rememberedLimit == 7)
    #expect(faults.count == 1)
    #expect(faults.first?.contains("[D184]") == true)
    #expect(read("auth: bearer, replay: on").0?.remembersDeliveries == true)
  }

  @Test("Inputs come from the request")
  func inputs() {
    let text = """
      runbook: r
      start:
        public: { auth: bearer }
        encrypt_request: true
        inputs:
          a: request^x[0]
          b: { from: "<<request_headers^X-Id>>/<<request_query^q!>>", type: string, value_mappings: { "1": one } }
          c: ticket^id
      steps: { s: { end: success } }
      """
    let read = Documents.read(text)
    #expect(read.faults.map(\.code) == [.badOutput])
    let inputs = read.runbooks.first?.document.start.publicStart?.inputs ?? []
    #expect(inputs.map(\.name) == ["a", "b", "c"])
    #expect(inputs[1].type == .string)
    #expect(inputs[1].valueMappings == [ValueMapping(input: "1", output: "one")])
    #expect(inputs[1].value.paths.map(\.text) == ["request_headers^X-Id", "request_query^q!"])
  }
}
