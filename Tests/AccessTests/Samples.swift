import Access
import Cryptography
import Encodings
import Synchronization
import TestSupport
import Testing

/// Values that several tests of this room start from.
enum Samples {
  static let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)

  static func name(_ text: String) throws -> PolicyName { try PolicyName(text) }

  static func policy(_ name: String, _ text: String) throws -> Policy {
    try PolicyParser.parse(text, name: try PolicyName(name)).get()
  }

  /// One policy of blocks, each a path and its capabilities.
  static func policy(_ name: String, _ blocks: [(String, [Capability])]) throws -> Policy {
    try policy(name, text(blocks))
  }

  static func text(_ blocks: [(String, [Capability])]) -> String {
    blocks.map { path, capabilities in
      let list = capabilities.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      return "path \"\(path)\" { capabilities = [\(list)] }\n"
    }.joined()
  }

  /// A fixed keyed hash: enough to tell texts apart.
  static let hasher = TokenHasher(
    token: { Digest.sha256([1] + $0) }, accessor: { Digest.sha256([2] + $0) })

  /// A random source with a fixed sequence.
  static func random(_ seed: UInt64) -> RandomSource {
    let state = SeededSource(seed)
    return RandomSource(insecureForTests: { state.fill($0) })
  }

  static func root(_ seed: UInt64 = 1) throws -> IssuedToken {
    try TokenIssuance.root(now: now, hasher: hasher, from: random(seed))
  }

  /// Presents a token's text and lets it in, taking a use where uses are counted.
  static func live(_ issued: IssuedToken, at time: Instant = now) throws -> LiveToken {
    let lookup = PresentedToken(Array(issued.secret.disclosedToHolder().utf8)).lookup(with: hasher)
    switch TokenCheck.check(lookup, found: issued.token, now: time) {
    case .live(let live): return live
    case .takesUse(let use): return use.afterStoreTookOneUse()
    case .spent: throw TokenRefusal.spent
    case .refused(let refusal): throw refusal
    }
  }

  static func authorization(
    _ live: LiveToken, _ path: String, _ capability: Capability, privilege: Authorizer.Privilege = .ordinary,
    policies: [Policy] = []
  ) throws -> Authorization {
    try Authorizer.authorize(
      token: live, path: try AccessPath(path), capability: capability, privilege: privilege,
      policies: PolicyBook(policies), now: now
    ).get()
  }

  /// A token made by root.
  static func child(
    of root: IssuedToken? = nil, policies: [String], entity: String? = nil, uses: Int? = nil,
    lifetime: Int64? = nil, isOrphan: Bool = false, seed: UInt64 = 2
  ) throws -> IssuedToken {
    let maker = try authorization(try live(try root ?? Self.root()), "v1/auth/token/create", .update)
    let order = TokenOrder(
      policies: try policies.map { try PolicyName($0) }, displayName: try DisplayName("test"),
      entity: try entity.map { try EntityID($0) }, lifetimeMilliseconds: lifetime, uses: uses, isOrphan: isOrphan)
    return try TokenIssuance.child(order, by: maker, now: now, hasher: hasher, from: random(seed)).get()
  }
}

/// A seeded generator behind a lock, because a random source may be asked from anywhere.
private final class SeededSource: Sendable {
  private let generator: Mutex<SeededRandom>

  init(_ seed: UInt64) {
    generator = Mutex(SeededRandom(seed: seed))
  }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: generator.withLock { $0.bytes(buffer.count) })
  }
}
