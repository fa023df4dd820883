import Access
import Encodings
import Testing

@Suite("Authorizer, DisclosurePermit and UniformRefusal")
struct AuthorizerTests {
  private func authorize(
    _ issued: IssuedToken, _ path: String, _ capability: Capability, privilege: Authorizer.Privilege = .ordinary,
    policies: [Policy] = [], now: Instant = Samples.now
  ) throws -> Result<Authorization, AccessDenial> {
    Authorizer.authorize(
      token: try Samples.live(issued), path: try AccessPath(path), capability: capability, privilege: privilege,
      policies: PolicyBook(policies), now: now)
  }

  private func isDenied(_ result: Result<Authorization, AccessDenial>) -> Bool {
    if case .failure(.policy) = result { true } else { false }
  }

  @Test("An authorization says who may do what where, and when that was decided")
  func allowed() throws {
    let policy = try Samples.policy("ops", [("api/runbooks/+", [.start])])
    let issued = try Samples.child(policies: ["ops"], entity: "ana")
    let authorization = try authorize(issued, "api/runbooks/ask", .start, policies: [policy]).get()
    #expect(authorization.path.text == "api/runbooks/ask" && authorization.capability == .start)
    #expect(authorization.token.entity.text == "ana" && authorization.decidedAt == Samples.now)
    #expect(!authorization.isPrivileged && authorization.explanation.isAllowed)
  }

  @Test("Only the policies that the token names count")
  func namedPolicies() throws {
    let policies = [
      try Samples.policy("ops", [("api/*", [.read])]), try Samples.policy("other", [("api/*", [.delete])]),
    ]
    let issued = try Samples.child(policies: ["ops"])
    #expect(try isDenied(authorize(issued, "api/x", .delete, policies: policies)))
    #expect(throws: Never.self) { try authorize(issued, "api/x", .read, policies: policies).get() }
  }

  @Test("A privileged route needs its capability and sudo, both")
  func privileged() throws {
    let both = try Samples.policy("both", [("v1/sys/seal", [.update, .sudo])])
    let sudo = try Samples.policy("sudo", [("v1/sys/seal", [.sudo])])
    let update = try Samples.policy("update", [("v1/sys/seal", [.update])])
    for (policy, expected) in [(both, true), (sudo, false), (update, false)] {
      let issued = try Samples.child(policies: [policy.name.text])
      let result = try authorize(issued, "v1/sys/seal", .update, privilege: .sudo, policies: [policy])
      #expect(isDenied(result) != expected)
      if expected { #expect(try result.get().isPrivileged) }
    }
  }

  @Test("Root is allowed everything that is a request, until it expires", arguments: Capability.allCases)
  func root(_ capability: Capability) throws {
    let issued = try Samples.root()
    let result = try authorize(issued, "v1/sys/seal", capability, privilege: .sudo)
    #expect(isDenied(result) == (capability == .deny))
    let late = try authorize(issued, "v1/sys/seal", capability, now: try #require(issued.token.state.expiresAt))
    guard case .failure(.expired) = late else {
      Issue.record("an expired root was let through")
      return
    }
  }

  @Test(
    "A permit for a program needs read or update, one for a person reveal and a reason", arguments: Capability.allCases)
  func permits(_ capability: Capability) throws {
    guard capability != .deny else { return }
    let authorization = try authorize(try Samples.root(), "v1/kv/data/app", capability).get()
    let machine = DisclosurePermit.machine(authorization)
    let reason = try DisclosureReason("incident 42")
    let human = DisclosurePermit.human(authorization, reason: reason)
    switch machine {
    case .success(let permit):
      #expect(capability == .read || capability == .update)
      #expect(permit.disclosure == .machine && permit.path.text == "v1/kv/data/app")
    case .failure(let refusal): #expect(refusal == .wrongCapability(capability))
    }
    switch human {
    case .success(let permit):
      #expect(capability == .reveal)
      #expect(permit.kind == .human(reason) && permit.disclosure == .human)
    case .failure(let refusal): #expect(refusal == .wrongCapability(capability))
    }
    #expect((try? machine.get()) != nil || ![.read, .update].contains(capability))
    #expect((try? human.get()) != nil || capability != .reveal)
  }

  @Test(
    "A reason is one plain line of 1 to 512 bytes that is not blank",
    arguments: ["", " ", "\u{A0}", "a\nb", "a\u{1B}[2J", "a\u{2028}b", String(repeating: "a", count: 513)])
  func reasons(_ text: String) {
    #expect(throws: AccessError.reason) { try DisclosureReason(text) }
  }

  @Test("A reason of 512 bytes is kept as it is")
  func longestReason() throws {
    let text = String(repeating: "é", count: 256)
    #expect(try DisclosureReason(text).text == text)
  }

  @Test("At each door all reasons get the same status, headers and bytes", arguments: UniformRefusal.Door.allCases)
  func uniform(_ door: UniformRefusal.Door) throws {
    let answers = RefusalReason.allCases.map { UniformRefusal(at: door, because: $0) }
    let first = try #require(answers.first)
    for answer in answers {
      #expect(answer.status == first.status && answer.body == first.body)
      #expect(answer.headers.map(\.name) == first.headers.map(\.name))
      #expect(answer.headers.map(\.value) == first.headers.map(\.value))
      #expect(throws: Never.self) { try JSONTape(answer.body) }
    }
    #expect(first.status == (door == .api ? 403 : 401))
    #expect(first.headers.contains { $0.name == "Content-Type" && $0.value == "application/json" })
  }

  @Test("Every refusal of a token has a reason of its own for the counts")
  func reasonsOfTokens() {
    #expect(Set(TokenRefusal.allCases.map { RefusalReason($0) }).count == TokenRefusal.allCases.count)
  }
}
