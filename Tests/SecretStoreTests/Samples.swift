import Access
import Cryptography
import Destinations
import Encodings
import Foundation
import Keyring
import Labels
import Synchronization
import TestSupport
import Testing

@testable import SecretStore

/// Values that several tests of this room start from.
enum Samples {
  static let now = Instant(millisecondsSinceEpoch: 1_764_000_000_000)
  static let secret = "s3cr3t-Kx92-vQ71-zzpL"

  static func hosts(_ texts: String...) throws -> HostClearance {
    try #require(HostClearance(texts: texts))
  }

  static func material(_ byte: UInt8) throws -> MaterialHash {
    try #require(MaterialHash(sha256: [UInt8](repeating: byte, count: 32)))
  }

  static func version(
    _ path: String = "kv/openai", hosts: HostClearance = .any, version: UInt64 = 1
  ) throws -> KVVersion {
    let fields = try KVFields(strings: [("token", Array(secret.utf8)), ("user", Array("me".utf8))])
    return try KVVersion(path: try KVPath(path), version: version, hosts: hosts, createdAt: now, fields: fields)
  }

  private static let hasher = TokenHasher(
    token: { Digest.sha256([1] + $0) }, accessor: { Digest.sha256([2] + $0) })

  /// The proof of a capability, of root.
  static func authorization(_ capability: Capability) throws -> Authorization {
    let issued = try TokenIssuance.root(now: now, hasher: hasher, from: random(3))
    let lookup = PresentedToken(Array(issued.secret.disclosedToHolder().utf8)).lookup(with: hasher)
    guard case .live(let live) = TokenCheck.check(lookup, found: issued.token, now: now) else {
      throw ValueFault.damaged
    }
    return try Authorizer.authorize(
      token: live, path: try AccessPath("api/runbooks/r1/grants"), capability: capability, policies: PolicyBook(),
      now: now
    ).get()
  }

  static func random(_ seed: UInt64) -> RandomSource {
    let state = SeededSource(seed)
    return RandomSource(insecureForTests: { state.fill($0) })
  }
}

/// A seeded generator behind a lock, because a random source may be asked from anywhere.
final class SeededSource: Sendable {
  private let generator: Mutex<SeededRandom>

  init(_ seed: UInt64) { generator = Mutex(SeededRandom(seed: seed)) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: generator.withLock { $0.bytes(buffer.count) })
  }
}

/// A keyring in a folder of its own, which goes away with it.
final class TestKeyring {
  let keyring: Keyring
  private let folder: URL

  init(_ name: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "secretstore-\(ProcessInfo.processInfo.processIdentifier)-\(name)")
    try? FileManager.default.removeItem(at: folder)
    keyring = try KeyringFolder(folder.path, random: Samples.random(7)).initialise(seal: .dev, at: Samples.now)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
