import Cryptography
import Encodings
import Foundation
import Keyring
import NamedKeys
import RunEngine
import Storage
import Testing
import Webhooks

@testable import Runner

/// Deliveries that carry no time, on the whole service, with its keys from everywhere: they stay known as long as a key can
/// let them in.
@Suite("Deliveries that are kept for their key")
struct KeptDeliveriesTests {
  private static let text = "sekret-material-123456"
  private static let other = "other-material-1234567"

  private static func service(_ body: @Sendable (TwinService) async throws -> Void) async throws {
    try await TwinService.with(port: 1, body)
  }

  private static func importing(_ service: TwinService, _ key: String, limit: Int = 1_000) async throws {
    let text = """
      runbook: hook
      start:
        public: { auth: signature, replay_limit: \(limit), \(key) }
      steps: { a: { end: success } }
      """
    let known = await service.request("GET", "/api/runbooks/hook").status == 200
    _ = try await service.must(
      "POST", "/api/import",
      "{\"files\":[{\"name\":\"hook.yaml\",\"text\":\(JSONText.quoted(text))}]\(known ? ",\"into\":\"hook\"" : "")}")
  }

  private static func put(_ service: TwinService, _ secret: String, _ other: String) async throws {
    _ = try await service.must("POST", "/v1/kv/data/gh", "{\"data\":{\"secret\":\"\(secret)\",\"other\":\"\(other)\"}}")
    try await service.endpoints.renew()
  }

  private static func enter(_ service: TwinService, _ text: String) async throws {
    _ = try await service.must("PUT", "/api/runbooks/hook/auth/key", "{\"value\":\"\(text)\"}")
  }

  /// Sends one delivery, and says whether it started a run: nil where it was refused.
  private static func starts(_ service: TwinService, _ body: String, key: String = text) async throws -> Bool? {
    try await starts(
      service, body,
      signature: HMAC.authenticate(Array(body.utf8), key: GuardedBytes(copying: Array(key.utf8)), hash: .sha256))
  }

  private static func starts(_ service: TwinService, _ body: String, signature: [UInt8]) async throws -> Bool? {
    let answer = await service.request(
      "POST", "/api/automation/hook", body, withToken: false, signature: Hex.encode(signature))
    guard answer.status == 202 else { return nil }
    let tape = try JSONTape(answer.body)
    return tape.member(tape.root, "duplicate") == nil
  }

  private static func tidy(_ service: TwinService) async {
    await KeptDeliveries(store: service.parts.store, endpoints: service.endpoints).tidy()
  }

  @Test("A new version of a secret with the same key in it forgets nothing, and one with another key does")
  func secret() async throws {
    try await Self.service { service in
      try await Self.put(service, Self.text, "a")
      try await Self.importing(service, "scheme: github, key: { secret: kv/gh#secret }")
      _ = try await service.must("POST", "/api/runbooks/hook/grants")
      let first = try await Self.starts(service, "[1]")
      try await Self.put(service, Self.text, "b")
      await Self.tidy(service)
      let again = try await Self.starts(service, "[1]")
      #expect(first == true && again == false)
      try await Self.put(service, Self.other, "b")
      await Self.tidy(service)
      let kept = try await service.parts.store.keptReplays()
      #expect(kept == [:])
      let old = try await Self.starts(service, "[1]")
      let new = try await Self.starts(service, "[1]", key: Self.other)
      #expect(old == nil && new == true)
    }
  }

  @Test("The same key entered again forgets nothing, also where it moves into a secret, and another one does")
  func entered() async throws {
    try await Self.service { service in
      try await Self.importing(service, "scheme: github, key: { sealed: true }")
      try await Self.enter(service, Self.text)
      let first = try await Self.starts(service, "[1]")
      try await Self.enter(service, Self.text)
      await Self.tidy(service)
      let again = try await Self.starts(service, "[1]")
      #expect(first == true && again == false)
      try await Self.put(service, Self.text, "a")
      try await Self.importing(service, "scheme: github, key: { secret: kv/gh#secret }")
      // Not granted: it is not known which key stands.
      await Self.tidy(service)
      let kept = try await service.parts.store.keptReplays()
      #expect(kept == ["hook": 1])
      _ = try await service.must("POST", "/api/runbooks/hook/grants")
      await Self.tidy(service)
      let moved = try await Self.starts(service, "[1]")
      #expect(moved == false)
      let epochs = try await service.parts.store.keptEpochs(endpoint: "hook")
      #expect(epochs.count == 1)
      #expect(epochs.allSatisfy { KeyEpochs.isOne($0) && $0.count == 23 && !$0.contains("key") })
      try await Self.importing(service, "scheme: github, key: { sealed: true }")
      try await Self.enter(service, Self.other)
      await Self.tidy(service)
      let none = try await service.parts.store.keptReplays()
      #expect(none == [:])
    }
  }

  @Test("The same key has another name at another endpoint and under another keyring")
  func names() throws {
    let folders = (0..<2).map { _ in
      FileManager.default.temporaryDirectory.appending(path: "epochs-\(UUID().uuidString)").path(percentEncoded: false)
    }
    defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
    let rings = try folders.map { try KeyringFolder($0).initialise(seal: .dev, at: TwinService.now) }
    let key = GuardedBytes(copying: Array(Self.text.utf8))
    func name(_ ring: Int, _ endpoint: String, _ identity: KeyIdentity) throws -> String {
      try KeyEpochs(keyring: rings[ring], endpointID: endpoint).name(identity)
    }
    let bytes = Array(Self.text.utf8)
    let all = try [
      name(0, "a", .secret(key)), name(0, "b", .secret(key)), name(1, "a", .secret(key)),
      name(0, "a", .publicKey(bytes)),
      name(0, "a", .version(id: "k", 1)), name(0, "a", .version(id: "k", 2)), name(0, "a", .version(id: "l", 1)),
    ]
    #expect(Set(all).count == all.count)
    #expect(try name(0, "a", .secret(GuardedBytes(copying: bytes))) == all[0])
    // A rotation of the keyring forgets nothing.
    _ = try rings[0].rotate(at: TwinService.now)
    #expect(try name(0, "a", .secret(key)) == all[0])
  }

  @Test("A named key goes on with nine versions, and at its limit has room once a version is destroyed")
  func named() async throws {
    try await Self.service { service in
      let book = KeyBook(parts: service.parts)
      let name = try KeyName("mac")
      _ = try await service.must("POST", "/api/keys/mac", #"{"type":"hmac","purpose":"messages"}"#)
      try await Self.importing(service, "scheme: github, key: { named: mac }", limit: 3)
      _ = try await service.must("POST", "/api/runbooks/hook/grants")
      @Sendable func starts(_ body: String, _ version: UInt32) async throws -> Bool? {
        let made = try await book.signMessage(
          Array(body.utf8), with: name, as: .hmac(.sha256), version: version, context: nil, by: .service)
        return try await Self.starts(service, body, signature: made.result)
      }
      let one = try await starts("[1]", 1)
      let two = try await starts("[2]", 1)
      for _ in 0..<8 { _ = try await service.must("POST", "/api/keys/mac/rotate") }
      let nine = try await starts("[9]", 9)
      let second = try await starts("[2]", 2)
      #expect(one == true && two == true && nine == true)
      // Signed by a version that counts, what another one let in already: the signed bytes name a delivery.
      #expect(second == false)
      let notes = service.endpoints.snapshot["hook"]?.notes ?? []
      #expect(notes.count == 1 && notes.allSatisfy { $0.contains("9 versions of `mac`") })
      let oldest = try await starts("[3]", 1)
      #expect(oldest == nil)
      let full = try await starts("[4]", 9)
      #expect(full == nil)
      // Retired, it can be taken back: nothing is forgotten.
      _ = try await service.must("POST", "/api/keys/mac/config", #"{"min_decryption_version":2}"#)
      await Self.tidy(service)
      let kept = try await service.parts.store.keptReplays()
      #expect(kept == ["hook": 3])
      _ = try await service.must("POST", "/api/keys/mac/trim", #"{"min_available_version":2}"#)
      await Self.tidy(service)
      let left = try await service.parts.store.keptReplays()
      #expect(left == ["hook": 1])
      let free = try await starts("[4]", 9)
      let again = try await starts("[9]", 9)
      #expect(free == true && again == false)
    }
  }

  @Test("A derived key is refused where an endpoint names it")
  func derived() async throws {
    try await Self.service { service in
      _ = try await service.must("POST", "/api/keys/mac", #"{"type":"hmac","purpose":"messages","derived":true}"#)
      let text = """
        runbook: hook
        start: { public: { auth: signature, scheme: github, key: { named: mac } } }
        steps: { a: { end: success } }
        """
      let answer = await service.request(
        "POST", "/api/import", "{\"files\":[{\"name\":\"hook.yaml\",\"text\":\(JSONText.quoted(text))}]}")
      #expect(answer.status == 409)
      #expect(String(decoding: answer.body, as: UTF8.self).contains("is derived by context"))
    }
  }

  @Test("A key that could never fit is refused where it is entered, and one that is too short is named")
  func entering() async throws {
    try await Self.service { service in
      try await Self.importing(service, "scheme: standard-webhooks, key: { sealed: true }")
      func enter(_ text: String) async -> TwinService.Answer {
        await service.request("PUT", "/api/runbooks/hook/auth/key", "{\"value\":\"\(text)\"}")
      }
      func notes() -> [String] { service.endpoints.snapshot["hook"]?.notes ?? [] }
      let malformed = await enter("whsec_not base64")
      #expect(malformed.status == 400)
      let said = String(decoding: malformed.body, as: UTF8.self)
      #expect(said.contains("Nothing was entered") && !said.contains("not base64"))
      let short = await enter("whsec_\(Base64.encode([UInt8](repeating: 1, count: 5)))")
      #expect(short.status == 204)
      #expect(notes().count == 1 && notes().allSatisfy { $0.contains("24 to 64") })
      let right = await enter("whsec_\(Base64.encode([UInt8](repeating: 1, count: 24)))")
      #expect(right.status == 204 && notes() == [])
    }
  }

  @Test("Names of before are made anew, and nothing is forgotten by that")
  func before() async throws {
    try await Self.service { service in
      try await Self.importing(service, "scheme: github, key: { sealed: true }")
      try await Self.enter(service, Self.text)
      _ = try await Self.starts(service, "[1]")
      _ = try await Self.starts(service, "[2]")
      let store = service.parts.store
      let now = try await store.keptEpochs(endpoint: "hook")
      let generation = try await store.sealedRows(owner: SealedOwner.runbook("hook")).first?.generation ?? 0
      // As the release before wrote them: one of the key that stands, one of it before it was entered again.
      for (count, epoch) in [(1, "entered/key/\(generation)"), (1, "entered/key/1"), (0, "fetched")] {
        _ = try await store.commit(
          WriteBatch([.renameKeptReplays(endpoint: "hook", epoch: now[0], to: epoch, limit: count)]))
      }
      let old = try await store.keptEpochs(endpoint: "hook")
      #expect(old.count == 2 && !old.contains { KeyEpochs.isOne($0) })
      await Self.tidy(service)
      let renamed = try await store.keptEpochs(endpoint: "hook")
      #expect(renamed == now)
      let first = try await Self.starts(service, "[1]")
      let second = try await Self.starts(service, "[2]")
      #expect(first == false && second == false)
      try await Self.enter(service, Self.other)
      await Self.tidy(service)
      let kept = try await store.keptReplays()
      #expect(kept == [:])
    }
  }

  @Test("Nothing is forgotten while certificates are fetched: a sender may publish any of them again")
  func fetched() async throws {
    try await Self.service { service in
      _ = try await service.must(
        "POST", "/api/import",
        "{\"files\":[{\"name\":\"own.yaml\",\"text\":\(JSONText.quoted(Self.ownScheme))}]}")
      try await Self.importing(service, "scheme: own, fetch_keys: true")
      let endpoint = try #require(service.endpoints.snapshot["hook"])
      #expect(endpoint.configuration.keepsDeliveries && endpoint.keptEpochs == nil)
      #expect(KeptDeliveries.steps(["fetched", "#AAAAAAAAAAAAAAAAAAAAAA"], at: endpoint) == [])
    }
  }

  private static let ownScheme = """
    scheme: own
    definition:
      signature: {in: header, name: X-Sig, encoding: base64}
      algorithm: rsa-pkcs1-sha256
      key: {encoding: x509-pem}
      message: "{body}"
      key_url: {in: header, name: X-Cert, pattern: 'https://certs\\.example/[0-9]{1,9}'}
    """
}
