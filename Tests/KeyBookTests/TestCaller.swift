import Access
import Cryptography
import Encodings
import Runbooks
import Storage

@testable import Runner

/// Somebody who may do everything: a root token, checked as a request's is.
struct TestCaller: Sendable {
  private let live: LiveToken
  private let now: Instant

  init(_ parts: ServiceParts) throws {
    let hasher = TokenHasher(token: { Digest.sha256([1] + $0) }, accessor: { Digest.sha256([2] + $0) })
    now = parts.clock.now()
    let issued = try TokenIssuance.root(now: now, hasher: hasher)
    let lookup = PresentedToken(Array(issued.secret.disclosedToHolder().utf8)).lookup(with: hasher)
    guard case .live(let live) = TokenCheck.check(lookup, found: issued.token, now: now) else {
      throw AccessError.rootMustExpire
    }
    self.live = live
  }

  func allowed(_ capability: Capability, _ path: String) throws -> Authorization {
    try Authorizer.authorize(
      token: live, path: try AccessPath(path), capability: capability, policies: PolicyBook([]), now: now
    ).get()
  }

  /// Imports a text of documents.
  func take(_ text: String, with documents: DocumentImport) async throws {
    _ = try await documents.run(
      [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], into: nil, by: try allowed(.update, "api/import"),
      also: { capability, path in try? allowed(capability, path) })
  }
}
