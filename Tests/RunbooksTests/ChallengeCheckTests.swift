import Testing

@testable import Runbooks

@Suite("Handshakes in documents")
struct ChallengeCheckTests {
  private static let profiles = ChallengeProfiles(
    named: [
      "echo": ChallengeNeeds(),
      "slack": ChallengeNeeds(schemes: ["slack"], needsAuthentication: true),
      "meta": ChallengeNeeds(needsVerifyToken: true),
      "origin": ChallengeNeeds(settings: ["allowed_origin"]),
      "crc": ChallengeNeeds(schemes: ["x"], computesForAnybody: true, needsSharedKey: true),
      "pin": ChallengeNeeds(needsSharedKey: true, bringsKey: true),
      "call": ChallengeNeeds(needsAuthentication: true, callsOut: true),
    ],
    own: { json in
      json.contains("GET")
        ? .success(ChallengeNeeds()) : .failure(ChallengeProfiles.Refusal(message: "the method is missing"))
    })

  private func read(_ auth: String, _ verification: String) -> (InitialVerification?, [DocumentFault], [SealAtImport]) {
    let text = """
      runbook: r
      start: { public: { \(auth), initial_verification: \(verification) } }
      steps: { a: { end: success } }
      """
    let read = Documents.read([("a.yaml", text)], options: CheckOptions(challenges: Self.profiles))
    return (read.runbooks.first?.document.start.publicStart?.initialVerification, read.faults, read.sealed)
  }

  @Test("A handshake is read with its settings and its secret, and an active runbook may have one")
  func reading() {
    let (plain, faults, _) = read("auth: bearer", "{ challenge: echo }")
    #expect(plain == .challenge(ChallengeSettings(profile: .named("echo"))))
    #expect(faults.map(\.rendered) == [])
    #expect(read("auth: bearer", "none").0 == InitialVerification.none)
    let (meta, none, sealed) = read("auth: bearer", "{ challenge: meta, verify_token: { secret: kv/meta#token } }")
    let reference = SecretReference(path: "kv/meta", field: "token")
    #expect(meta == .challenge(ChallengeSettings(profile: .named("meta"), verifyToken: .secret(reference))))
    #expect(none.map(\.rendered) == [])
    #expect(sealed.isEmpty)
    let (origin, right, _) = read("auth: bearer", "{ challenge: origin, settings: { allowed_origin: a.example } }")
    #expect(origin?.settings?.settings == [ChallengeSettings.Setting(name: "allowed_origin", value: "a.example")])
    #expect(right.map(\.rendered) == [])
  }

  @Test("A verify token in clear is taken out of the document and sealed")
  func clearToken() {
    let (meta, faults, sealed) = read("auth: bearer", "{ challenge: meta, verify_token: in-clear }")
    #expect(meta?.settings?.verifyToken == .entered)
    #expect(sealed.map(\.slot) == [.startCredential(runbook: "r", name: "verify_token")])
    #expect(faults.map(\.code) == [.clearSecret])
  }

  @Test("A token that must be entered is listed with its command, and a referenced one must be granted")
  func required() throws {
    func document(_ token: String) throws -> RunbookDocument {
      let text = """
        runbook: r
        start: { public: { auth: bearer, initial_verification: { challenge: meta, verify_token: \(token) } } }
        steps: { a: { end: success } }
        """
      return try #require(Documents.read([("a.yaml", text)]).runbooks.first?.document)
    }
    let slots = RequiredSecrets.of(try document("{ sealed: true }")) { _ in nil }
    #expect(slots.map(\.command) == ["chancery set r auth verify_token"])
    #expect(RequiredSecrets.of(try document("{ secret: kv/a#b }")) { _ in nil }.isEmpty)
    #expect(try document("{ secret: kv/a#b }").secretReferences == [SecretReference(path: "kv/a", field: "b")])
  }

  @Test(
    "What does not fit together is an error",
    arguments: [
      ("auth: bearer", "{ challenge: slak }", FaultCode.unknownName, "did you mean `slack`?"),
      ("auth: bearer", "{ challenge: zzz }", .unknownName, "the profiles are call, crc"),
      ("auth: bearer", "{ challenge: slack }", .handshakeDoesNotFit, "scheme: slack"),
      ("auth: signature, scheme: github", "{ challenge: slack }", .handshakeDoesNotFit, "scheme: slack"),
      ("auth: signature, recipe: { header: X }", "{ challenge: slack }", .handshakeDoesNotFit, "scheme: slack"),
      ("auth: bearer", "{ challenge: pin }", .handshakeDoesNotFit, "auth: signature"),
      ("auth: none", "{ challenge: call }", .handshakeDoesNotFit, "nothing is signed"),
      (
        "auth: signature, scheme: x, keys: [{ name: main }]", "{ challenge: pin }", .handshakeDoesNotFit,
        "write `key: { sealed: true }`"
      ),
      (
        "auth: signature, scheme: x, key: { secret: kv/asana#k }", "{ challenge: pin }", .handshakeDoesNotFit,
        "write `key: { sealed: true }`"
      ),
      (
        "auth: signature, scheme: x, key: { named: hook }", "{ challenge: pin }", .handshakeDoesNotFit,
        "neither shown nor replaced"
      ),
      ("auth: bearer", "{ challenge: meta }", .missingKey, "verify_token"),
      ("auth: bearer", "{ challenge: echo, verify_token: { sealed: true } }", .conflictingKeys, "no `verify_token`"),
      ("auth: bearer", "{ challenge: origin }", .missingKey, "allowed_origin"),
      (
        "auth: bearer", "{ challenge: origin, settings: { allowed_origin: a, alowed_origin: b } }", .unknownKey,
        "did you mean `allowed_origin`?"
      ),
      ("auth: bearer", "{ settings: { a: b } }", .missingKey, "needs `challenge` or `profile`"),
      ("auth: bearer", "{ challenge: echo, profile: { method: GET } }", .conflictingKeys, "not both"),
      ("auth: bearer", "{ profile: { method: POST } }", .badValue, "the method is missing"),
      ("auth: bearer", "{ profile: GET }", .wrongType, "a mapping"),
      ("auth: bearer", "{ challenge: origin, settings: { allowed_origin: [a] } }", .wrongType, "must be text"),
      ("auth: bearer", "{ chalenge: echo }", .unknownKey, "did you mean `challenge`?"),
      ("auth: bearer", "slack", .badValue, "must be one of none"),
    ])
  func faults(auth: String, verification: String, code: FaultCode, words: String) throws {
    let (_, faults, _) = read(auth, verification)
    let fault = try #require(faults.first { $0.code == code && $0.severity == .error }, "\(faults.map(\.rendered))")
    #expect(fault.rendered.contains(words), "\(fault.rendered)")
  }

  @Test(
    "What its author should know is a warning",
    arguments: [
      ("auth: signature, scheme: x", "crc", FaultCode.handshakeComputesForAnybody),
      ("auth: signature, scheme: x", "pin", .handshakeBringsKey), ("auth: bearer", "call", .handshakeCallsOut),
      ("auth: signature, scheme: x, keys: [{ name: key }]", "pin", .handshakeBringsKey),
    ])
  func warnings(auth: String, profile: String, code: FaultCode) {
    let (_, faults, _) = read(auth, "{ challenge: \(profile) }")
    #expect(faults.filter { $0.severity == .warning }.map(\.code) == [code])
    #expect(!faults.hasErrors)
  }

  @Test("An own profile is kept as it was written")
  func own() {
    let (own, faults, _) = read("auth: bearer", "{ profile: { method: GET, token: { in: query, name: c }, n: 1 } }")
    let json = ##"{"method":"GET","token":{"in":"query","name":"c"},"n":1}"##
    #expect(own == .challenge(ChallengeSettings(profile: .own(json: json))))
    #expect(faults.map(\.rendered) == [])
  }
}
