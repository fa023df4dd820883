import Testing

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
          + "signed_headers: [Date] }",
        .signature(
          SignatureSettings(
            method: .recipe(
              SignatureRecipeSettings(
                header: "X-Sig", algorithm: .sha512, digest: .base64, prefix: "v1=", signedHeaders: ["Date"]))))
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

  @Test("A scheme that the service does not have is an error where schemes are known")
  func schemes() {
    #expect(
      read("auth: signature, scheme: gihtub", schemes: ["github"]).1.first?.contains("did you mean `github`?") == true)
    #expect(read("auth: signature, scheme: github", schemes: ["github"]).1 == [])
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
