import Encodings
import Testing

@testable import Access

@Suite("Requests to have a value shown")
struct RevealRequestTests {
  private static let path = "v1/kv/data/vault/db"
  private static let text = """
    path "v1/kv/data/vault/*" { capabilities = ["reveal", "read"] second_person = true }
    path "v1/kv/data/vault/db" { capabilities = ["reveal", "update"] }
    path "api/reveals/*" { capabilities = ["update"] }
    """

  private func person(_ name: String, seed: UInt64) throws -> LiveToken {
    try Samples.live(try Samples.child(policies: ["two"], entity: name, seed: seed))
  }

  private func allowed(_ live: LiveToken, _ path: String, _ capability: Capability) throws -> Authorization {
    try Samples.authorization(live, path, capability, policies: [try Samples.policy("two", Self.text)])
  }

  private func asked() throws -> (RevealRequest, ann: LiveToken, bob: LiveToken) {
    let ann = try person("ann", seed: 5)
    let bob = try person("bob", seed: 6)
    let subject = RevealSubject(path: try AccessPath(Self.path), version: 3, part: "password")
    let request = try RevealRequest.ask(
      for: subject, by: try allowed(ann, Self.path, .reveal), reason: try DisclosureReason("incident 7"),
      now: Samples.now
    ).get()
    return (request, ann, bob)
  }

  private func consent(_ live: LiveToken, _ request: RevealRequest) throws -> Authorization {
    try allowed(live, "api/reveals/\(request.id.text)", .update)
  }

  @Test("Where a matching rule wants two persons, one gets no permit alone, however narrow another rule is")
  func alone() throws {
    let ann = try person("ann", seed: 5)
    let authorization = try allowed(ann, Self.path, .reveal)
    #expect(authorization.needsSecondPerson)
    let permit = DisclosurePermit.human(authorization, reason: try DisclosureReason("look"))
    guard case .failure(.needsSecondPerson) = permit else {
      Issue.record("a permit for one")
      return
    }
    // The rule is about reveals: what a program reads needs nobody else.
    #expect(!(try allowed(ann, "v1/kv/data/vault/other", .read).needsSecondPerson))
  }

  @Test("One asks, another consents, the first has it shown once")
  func way() throws {
    let (request, ann, bob) = try asked()
    let reveal = try allowed(ann, Self.path, .reveal)
    #expect(request.take(by: reveal, now: Samples.now).refusal == .state("waiting"))
    let consented = try request.consented(by: try consent(bob, request), now: Samples.now).get()
    #expect(consented.state.secondPerson == (try EntityID("bob")))
    let taken = try consented.take(by: reveal, now: Samples.now).get()
    let permit = DisclosurePermit.human(taken.proof)
    #expect(permit.path == (try AccessPath(Self.path)))
    #expect(permit.disclosure == .human)
    #expect(taken.after.take(by: reveal, now: Samples.now).refusal == .state("shown"))
    #expect(taken.after.consented(by: try consent(bob, request), now: Samples.now).refusal == .state("shown"))
  }

  @Test("Neither whoever asked nor root consents, and nobody but whoever asked has it shown")
  func others() throws {
    let (request, ann, bob) = try asked()
    #expect(request.consented(by: try consent(ann, request), now: Samples.now).refusal == .ownRequest)
    let root = try Samples.live(try Samples.root())
    #expect(request.consented(by: try consent(root, request), now: Samples.now).refusal == .rootConsent)
    // A child of root keeps its entity: it is nobody else.
    let child = try Samples.live(try Samples.child(policies: ["two"], seed: 9))
    #expect(request.consented(by: try consent(child, request), now: Samples.now).refusal == .rootConsent)
    let consented = try request.consented(by: try consent(bob, request), now: Samples.now).get()
    #expect(consented.take(by: try allowed(bob, Self.path, .reveal), now: Samples.now).refusal == .otherRequester)
    let read = try allowed(ann, Self.path, .update)
    #expect(consented.take(by: read, now: Samples.now).refusal == .wrongAuthorization)
    let elsewhere = try allowed(ann, "v1/kv/data/vault/other", .reveal)
    #expect(consented.take(by: elsewhere, now: Samples.now).refusal == .wrongAuthorization)
    #expect(
      RevealRequest.ask(for: request.subject, by: elsewhere, reason: request.reason, now: Samples.now).refusal
        == .wrongAuthorization)
  }

  @Test("After 15 minutes nothing goes on, at the moment itself already")
  func expiry() throws {
    let (request, ann, bob) = try asked()
    let last = Samples.now.advanced(byMilliseconds: AccessLimits.revealMilliseconds - 1)
    let end = Samples.now.advanced(byMilliseconds: AccessLimits.revealMilliseconds)
    let reveal = try allowed(ann, Self.path, .reveal)
    let consented = try request.consented(by: try consent(bob, request), now: last).get()
    #expect(consented.take(by: reveal, now: last).refusal == nil)
    #expect(request.consented(by: try consent(bob, request), now: end).refusal == .expired)
    #expect(consented.take(by: reveal, now: end).refusal == .expired)
    #expect(consented.declined(by: try consent(bob, request), now: end).refusal == .expired)
  }

  @Test("What was consented to can be declined until it is shown")
  func declining() throws {
    let (request, ann, bob) = try asked()
    let consented = try request.consented(by: try consent(bob, request), now: Samples.now).get()
    for open in [request, consented] {
      let declined = try open.declined(by: try consent(ann, request), now: Samples.now).get()
      #expect(declined.take(by: try allowed(ann, Self.path, .reveal), now: Samples.now).refusal == .state("declined"))
      #expect(declined.consented(by: try consent(bob, request), now: Samples.now).refusal == .state("declined"))
      #expect(declined.declined(by: try consent(bob, request), now: Samples.now).refusal == .state("declined"))
    }
  }

  @Test("A record reads back as what was written, and a record with any byte changed does not read")
  func records() throws {
    let (request, _, bob) = try asked()
    let consented = try request.consented(by: try consent(bob, request), now: Samples.now).get()
    for state in [request, consented] {
      #expect(try RevealRequest(record: state.record) == state)
      var record = state.record
      record.append(0x20)
      #expect(throws: AccessError.record) { try RevealRequest(record: record) }
      // A state without its person, and the reverse, are none.
      let text = String(decoding: state.record, as: UTF8.self)
      for (word, other) in [("\"waiting\"", "\"consented\""), ("\"consented\"", "\"waiting\"")]
      where text.contains(word) {
        #expect(throws: AccessError.record) { try RevealRequest(record: Array(text.replacing(word, with: other).utf8)) }
      }
    }
  }

  @Test(
    "second_person is read in both forms of a policy, and refused where it means nothing",
    arguments: [
      ("path \"v1/a\" { capabilities = [\"reveal\"] second_person = true }", true),
      ("path \"v1/a\" { second_person = false capabilities = [\"reveal\"] }", true),
      ("{\"path\": {\"v1/a\": {\"capabilities\": [\"reveal\"], \"second_person\": true}}}", true),
      ("path \"v1/a\" { capabilities = [\"read\"] second_person = true }", false),
      ("path \"v1/a\" { capabilities = [\"reveal\"] second_person = \"true\" }", false),
      ("path \"v1/a\" { capabilities = [\"reveal\"] second_person = true second_person = true }", false),
      ("path \"v1/a\" { capabilities = [\"reveal\"] second_person }", false),
      ("{\"path\": {\"v1/a\": {\"capabilities\": [\"reveal\"], \"second_person\": 1}}}", false),
    ])
  func policyText(text: String, isPolicy: Bool) throws {
    let policy = try? Samples.policy("p", text)
    #expect((policy != nil) == isPolicy)
    guard let policy else { return }
    #expect(policy.rules.allSatisfy { $0.needsSecondPerson == text.contains("true") })
  }
}

extension Result where Failure == RevealRefusal {
  var refusal: RevealRefusal? {
    guard case .failure(let refusal) = self else { return nil }
    return refusal
  }
}
