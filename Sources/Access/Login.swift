package import Cryptography
package import Encodings

/// What is wrong with a login that somebody wants to write.
package enum LoginFault: Equatable, Sendable {
  case name
  case password
  case policies
  case lifetime
  case mail

  /// One sentence; it shows nothing of a password.
  package var message: String {
    switch self {
    case .name: "a user's name has 1 to 56 characters of a-z 0-9 . _ - and is not root"
    case .password:
      "a password has \(AccessLimits.passwordBytes.lowerBound) to \(AccessLimits.passwordBytes.upperBound) bytes"
    case .policies: "a login names 1 to \(AccessLimits.tokenPolicies) policies"
    case .lifetime: "the lifetime must be positive and at most 768 hours"
    case .mail: "the mail address must be one such as name@example.org"
    }
  }
}

/// The name by which a person logs in. Upper case is refused, not folded: two names that differ in case alone are a trap.
package struct UserName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let text: String

  /// Throws `login(.name)`.
  package init(_ text: String) throws(AccessError) {
    guard (1...56).contains(text.utf8.count), text != "root",
      text.utf8.allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      })
    else { throw .login(.name) }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: UserName, right: UserName) -> Bool { left.text < right.text }
}

/// What a password is compared with: a salt and what Argon2id makes of both (RFC 9106), with its cost, so that a later
/// release can raise it.
package struct PasswordVerifier: Hashable, Sendable {
  let salt: [UInt8]
  let hash: [UInt8]
  let passes: UInt64
  let memoryBytes: Int

  /// 64 MiB and 3 passes, as RFC 9106 §4 recommends where 2 GiB are too much (here with one lane): a person waits a
  /// fifth of a second.
  package static let cost = PasswordHash.Cost(passes: 3, memoryBytes: 64 << 20)

  /// Derives a new one, which takes `cost`. Throws `login(.password)` for a password of the wrong length, and
  /// `tokenGeneration` where there is no memory for the derivation.
  package static func make(
    of password: GuardedBytes, cost: PasswordHash.Cost = cost
  ) throws(AccessError) -> PasswordVerifier {
    guard AccessLimits.passwordBytes.contains(password.count) else { throw .login(.password) }
    let salt = RandomBytes.make(PasswordHash.saltCount)
    do throws(CryptographyError) {
      let hash = try PasswordHash.argon2id(password: password, salt: salt, cost: cost)
      return PasswordVerifier(
        salt: salt, hash: hash.withBytes { Array($0) }, passes: cost.passes, memoryBytes: cost.memoryBytes)
    } catch {
      throw .tokenGeneration
    }
  }

  /// What the password of nobody is compared with: the same work, and no password fits.
  fileprivate static let decoy = PasswordVerifier(
    salt: [UInt8](repeating: 0, count: PasswordHash.saltCount), hash: [], passes: cost.passes,
    memoryBytes: cost.memoryBytes)

  fileprivate init(salt: [UInt8], hash: [UInt8], passes: UInt64, memoryBytes: Int) {
    self.salt = salt
    self.hash = hash
    self.passes = passes
    self.memoryBytes = memoryBytes
  }

  fileprivate func fits(_ password: GuardedBytes) throws(CryptographyError) -> Bool {
    let derived = try PasswordHash.argon2id(
      password: password, salt: salt, cost: PasswordHash.Cost(passes: passes, memoryBytes: memoryBytes))
    return derived.withBytes { hash.count == 32 && ConstantTime.areEqual(Array($0), hash) }
  }
}

extension PasswordVerifier: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "PasswordVerifier(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// A person who may log in with a password, and what the token may then do.
package struct Login: Hashable, Sendable {
  package let name: UserName
  /// Sorted, each once.
  package let policies: [PolicyName]
  /// How long a token of it lives.
  package let lifetimeMilliseconds: Int64
  package let createdAt: Instant
  package let verifier: PasswordVerifier
  package let preferences: Preferences

  /// What a person wants to be told.
  package struct Preferences: Hashable, Sendable {
    /// Whether failed runs are told to this login.
    package var errorNotifications: Bool
    /// Where mails to this login go; nil where no address is known.
    package var mail: String?

    package init(errorNotifications: Bool = false, mail: String? = nil) {
      self.errorNotifications = errorNotifications
      self.mail = mail
    }
  }

  /// 8 hours: a working day.
  package static let standardLifetimeMilliseconds: Int64 = 8 * 3_600_000

  /// Throws `login` for no or too many policies, and for a lifetime that no token may have.
  package init(
    name: UserName, policies: [PolicyName], lifetimeMilliseconds: Int64?, createdAt: Instant,
    verifier: PasswordVerifier, preferences: Preferences = Preferences()
  ) throws(AccessError) {
    let sorted = Set(policies).sorted()
    let lifetime = lifetimeMilliseconds ?? Self.standardLifetimeMilliseconds
    guard (1...AccessLimits.tokenPolicies).contains(sorted.count) else { throw .login(.policies) }
    guard (1...AccessLimits.tokenLifetimeMilliseconds).contains(lifetime) else { throw .login(.lifetime) }
    self.name = name
    self.policies = sorted
    self.lifetimeMilliseconds = lifetime
    self.createdAt = createdAt
    self.verifier = verifier
    self.preferences = preferences
  }

  /// The entity of this person's tokens: never that of a token that was made otherwise.
  package var entity: EntityID { EntityID(user: name) }
}

/// Proof that somebody gave the password of a login. `LoginCheck` alone makes it.
package struct VerifiedLogin: Sendable {
  package let login: Login

  fileprivate init(login: Login) { self.login = login }
}

/// Decides whether a password opens a login.
package enum LoginCheck {
  /// Takes the cost of one derivation, whether there is such a login or not. Nil: no. Throws `tokenGeneration` where there
  /// is no memory for it.
  package static func check(_ password: GuardedBytes, of login: Login?) throws(AccessError) -> VerifiedLogin? {
    do throws(CryptographyError) {
      let fits = try (login?.verifier ?? .decoy).fits(password)
      guard fits, let login else { return nil }
      return VerifiedLogin(login: login)
    } catch {
      throw .tokenGeneration
    }
  }
}

extension Login {
  /// The record to be sealed: canonical JSON with a fixed order of keys.
  package var record: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("format")
    writer.integer(1)
    writer.key("name")
    writer.string(name.text)
    writer.key("policies")
    writer.beginArray()
    for policy in policies { writer.string(policy.text) }
    writer.endArray()
    writer.key("lifetime_ms")
    writer.integer(lifetimeMilliseconds)
    writer.key("created_at")
    writer.integer(createdAt.millisecondsSinceEpoch)
    writer.key("salt")
    writer.string(Hex.encode(verifier.salt))
    writer.key("hash")
    writer.string(Hex.encode(verifier.hash))
    writer.key("passes")
    writer.integer(Int64(clamping: verifier.passes))
    writer.key("memory_bytes")
    writer.integer(Int64(verifier.memoryBytes))
    // Left out where they are the default: records of earlier releases have none.
    if preferences.errorNotifications {
      writer.key("error_notifications")
      writer.bool(true)
    }
    if let mail = preferences.mail {
      writer.key("mail")
      writer.string(mail)
    }
    writer.endObject()
    return writer.finish()
  }

  /// Reads a record back. Throws `record` for anything that `record` did not write.
  package init(record: [UInt8]) throws(AccessError) {
    guard let login = Self.read(record), login.record == record else { throw .record }
    self = login
  }

  private static func read(_ record: [UInt8]) -> Login? {
    guard let tape = try? JSONTape(record), tape.kind(tape.root) == .object else { return nil }
    func text(_ key: String) -> String? { tape.member(tape.root, key).flatMap(tape.string) }
    func number(_ key: String) -> Int64? { tape.member(tape.root, key).flatMap(tape.integer) }
    guard let name = text("name").flatMap({ try? UserName($0) }),
      let policies = tape.member(tape.root, "policies").map({ node in
        tape.children(node).compactMap { tape.string($0).flatMap { try? PolicyName($0) } }
      }),
      let lifetime = number("lifetime_ms"), let createdAt = number("created_at"),
      let salt = text("salt").flatMap({ Hex.decode($0) }), salt.count == PasswordHash.saltCount,
      let hash = text("hash").flatMap({ Hex.decode($0) }), hash.count == 32,
      let passes = number("passes").flatMap({ UInt64(exactly: $0) }),
      let memory = number("memory_bytes").flatMap({ Int(exactly: $0) })
    else { return nil }
    return try? Login(
      name: name, policies: policies, lifetimeMilliseconds: lifetime,
      createdAt: Instant(millisecondsSinceEpoch: createdAt),
      verifier: PasswordVerifier(salt: salt, hash: hash, passes: passes, memoryBytes: memory),
      preferences: Preferences(
        errorNotifications: tape.member(tape.root, "error_notifications").flatMap(tape.bool) ?? false,
        mail: text("mail")))
  }
}
