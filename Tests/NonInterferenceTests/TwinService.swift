import Access
import Cryptography
import Destinations
import Egress
import Encodings
import Foundation
import Keyring
import Labels
import Ledger
import NIOPosix
import RunEngine
import SQLiteStore
import Storage
import Testing
import Webhooks

@testable import Runner
@testable import Server

/// The whole service but its listener and its process, in a folder of its own: everything is asked for by requests, as
/// from outside. The clock stands still.
struct TwinService: Sendable {
  static let now = Instant(millisecondsSinceEpoch: 1_795_536_339_000)

  let parts: ServiceParts
  let library: DocumentLibrary
  let core: ServerCore
  let dispatch: Dispatch
  let endpoints: EndpointBook
  let token: String

  /// Runs the body with a new service, and removes its folder afterwards.
  static func with<Result: Sendable>(
    port: Int, _ body: @Sendable (TwinService) async throws -> Result
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "twin-\(UUID().uuidString)")
      .path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let keyring = try KeyringFolder(folder).initialise(seal: .dev, at: now)
    let store = try SQLiteStore(
      SQLiteStore.Configuration(
        folder: folder, now: { Self.now }, signHead: { state in "\(state.size)" },
        onFailedSync: { preconditionFailure("a sync failed in a test") }))
    let group = MultiThreadedEventLoopGroup.singleton
    let rules = EgressRules(allowed: [HostPort("127.0.0.1:\(port)")].compactMap { $0 })
    let resolver = SystemResolver(group: group, limits: EgressLimits())
    let client = EgressGuard(rules: rules, resolver: resolver, group: group)
    let parts = ServiceParts(
      store: store, keyring: keyring, client: client, rules: rules,
      clock: ServiceClock(now: { Self.now }, monotonicMilliseconds: { 0 }), publicURL: "https://twin.example.com")
    let library = DocumentLibrary(parts: parts)
    let runner = Runner(parts: parts, library: library)
    let core = ServerCore(
      parts: parts, library: library, endpoints: EndpointBook(library: library), runner: runner,
      admission: Admission(runner: runner), policies: PolicyShelf(parts: parts),
      verifier: WebhookVerifier(decoyKey: GuardedBytes(random: 32), isOwnToken: { PresentedToken.hasForm($0) }),
      isDevelopment: false)
    let issued = try TokenIssuance.root(now: now, hasher: core.tokens.hasher)
    try await core.tokens.store(issued, by: "test")
    try await core.awaken()
    let driving = Task { try await runner.run() }
    let service = TwinService(
      parts: parts, library: library, core: core, dispatch: Dispatch(core: core), endpoints: core.endpoints,
      token: issued.secret.disclosedToHolder())
    do {
      let result = try await body(service)
      await end(driving, store, client, resolver)
      return result
    } catch {
      await end(driving, store, client, resolver)
      throw error
    }
  }

  private static func end(
    _ driving: Task<Void, any Error>, _ store: SQLiteStore, _ client: EgressGuard, _ resolver: SystemResolver
  ) async {
    driving.cancel()
    _ = try? await driving.value
    await client.shutDown()
    await resolver.shutDown()
    await store.close()
  }

  /// An answer: status, and the whole body.
  struct Answer: Sendable {
    var status: Int
    var body: [UInt8]
  }

  func request(
    _ method: String, _ path: String, _ body: String = "", withToken: Bool = true, signature: String? = nil
  ) async -> Answer {
    let headers: [(name: String, value: [UInt8])] =
      (withToken ? [(name: "X-Vault-Token", value: Array(token.utf8))] : [])
      + [(name: "Content-Type", value: Array("application/json".utf8))]
      + (signature.map { [(name: "X-Hub-Signature-256", value: Array("sha256=\($0)".utf8))] } ?? [])
    let response = await dispatch.answer(
      RouteRequest(method: method, target: path, headers: headers, body: Array(body.utf8)))
    var bytes: [UInt8] = []
    switch response.body {
    case .bytes(let whole): bytes = whole
    case .stream(let pieces):
      do {
        for try await piece in pieces { bytes += piece }
      } catch {
        Issue.record("The stream of \(path) was cut: \(error)")
      }
    }
    return Answer(status: response.status, body: bytes)
  }

  /// As `request`, and the answer must be a success.
  func must(_ method: String, _ path: String, _ body: String = "", withToken: Bool = true) async throws -> [UInt8] {
    let answer = await request(method, path, body, withToken: withToken)
    try #require(
      (200...299).contains(answer.status),
      "\(method) \(path): \(String(decoding: answer.body.prefix(600), as: UTF8.self))")
    return answer.body
  }
}
