import Cryptography
import Encodings
import Testing

@testable import Access

@Suite("Logins")
struct LoginTests {
  /// As little work as Argon2id does: the cost is a number here, and measured elsewhere.
  private static let cheap = PasswordHash.Cost(passes: 1, memoryBytes: 8 << 10)

  private func guarded(_ text: String) -> GuardedBytes { GuardedBytes(copying: Array(text.utf8)) }

  private func login(_ password: String = "correct horse battery") throws -> Login {
    try Login(
      name: try UserName("ann"), policies: [try PolicyName("b"), try PolicyName("a"), try PolicyName("a")],
      lifetimeMilliseconds: 60_000, createdAt: Samples.now,
      verifier: try PasswordVerifier.make(of: guarded(password), cost: Self.cheap))
  }

  @Test("The password of a login opens it, and no other does")
  func passwords() throws {
    let login = try login()
    #expect(try LoginCheck.check(guarded("correct horse battery"), of: login) != nil)
    for wrong in ["correct horse batterz", "correct horse battery ", "", "Correct horse battery"] {
      #expect(try LoginCheck.check(guarded(wrong), of: login) == nil)
    }
  }

  @Test("Nobody logs in where there is no login, whatever the password; that costs a derivation of the full cost")
  func nobody() throws {
    #expect(try LoginCheck.check(guarded("correct horse battery"), of: nil) == nil)
  }

  @Test("A token of a login is for the person's own entity, with the login's policies, lifetime and no parent")
  func tokens() throws {
    let verified = try #require(try LoginCheck.check(guarded("correct horse battery"), of: try login()))
    let token = try TokenIssuance.login(verified, now: Samples.now, hasher: Samples.hasher).token
    #expect(token.entity.text == "user.ann")
    #expect(token.policies.map(\.text) == ["a", "b"])
    #expect(token.parent == nil && !token.isRoot && token.grantedUses == nil)
    #expect(token.state.expiresAt == Samples.now.advanced(byMilliseconds: 60_000))
    // No entity that a caller can name is written like that of a person called root.
    #expect(token.entity != .root)
  }

  @Test("A record reads back as what was written, and one with anything else in it does not read")
  func records() throws {
    let login = try login()
    #expect(try Login(record: login.record) == login)
    #expect(throws: AccessError.record) { try Login(record: login.record + [0x20]) }
    let text = String(decoding: login.record, as: UTF8.self)
    for (part, other) in [
      ("\"name\":\"ann\"", "\"name\":\"Ann\""), ("\"a\",\"b\"", "\"b\",\"a\""), ("\"hash\":\"", "\"hash\":\"00"),
    ] {
      #expect(text.contains(part))
      #expect(throws: AccessError.record) { try Login(record: Array(text.replacing(part, with: other).utf8)) }
    }
  }

  @Test("Two verifiers of one password differ, and neither prints what it holds")
  func salts() throws {
    let one = try PasswordVerifier.make(of: guarded("correct horse battery"), cost: Self.cheap)
    let two = try PasswordVerifier.make(of: guarded("correct horse battery"), cost: Self.cheap)
    #expect(one != two)
    #expect("\(one)\(String(reflecting: one))" == "PasswordVerifier(masked)PasswordVerifier(masked)")
  }

  @Test("What a login cannot be is refused with its reason")
  func refusals() throws {
    for name in ["", "root", "Ann", "a b", "a/b", "ä", String(repeating: "a", count: 57)] {
      #expect(throws: AccessError.login(.name)) { try UserName(name) }
    }
    for password in ["", "short", String(repeating: "a", count: 1025)] {
      #expect(throws: AccessError.login(.password)) {
        try PasswordVerifier.make(of: guarded(password), cost: Self.cheap)
      }
    }
    let verifier = try PasswordVerifier.make(of: guarded("correct horse battery"), cost: Self.cheap)
    let name = try UserName("ann")
    #expect(throws: AccessError.login(.policies)) {
      try Login(name: name, policies: [], lifetimeMilliseconds: nil, createdAt: Samples.now, verifier: verifier)
    }
    let policies = [try PolicyName("a")]
    for lifetime in [0, -1, AccessLimits.tokenLifetimeMilliseconds + 1] {
      #expect(throws: AccessError.login(.lifetime)) {
        try Login(
          name: name, policies: policies, lifetimeMilliseconds: lifetime, createdAt: Samples.now, verifier: verifier)
      }
    }
  }
}
