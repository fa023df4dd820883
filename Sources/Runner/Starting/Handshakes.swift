package import Access
package import Cryptography
import Destinations
import Egress
package import Encodings
import Ledger
import Runbooks
import Storage
import Synchronization
package import Webhooks

/// What happens around the handshakes of endpoints: how often they are answered, which endpoint waits for its key, and
/// the calls that some of them make. What is remembered here is memory only: a restart closes every wait.
package final class Handshakes: Sendable {
  private let library: DocumentLibrary
  private let endpoints: EndpointBook
  private var parts: ServiceParts { library.parts }
  /// Under the lock: which endpoints wait, and how often each was answered.
  private let state: Mutex<State>

  private struct State: Sendable {
    /// By runbook id: until when by the monotonic clock, in milliseconds.
    var waits: [String: Int64] = [:]
    /// By runbook id: every answer.
    var answers = RateLimit<String>(capacity: 60, refillPerSecond: 1, maximumKeys: 65_536)
    /// By profile, since the start.
    var counts: [String: UInt64] = [:]
  }

  /// How long an endpoint waits for its key after somebody said so.
  package static let waitMilliseconds: Int64 = 600_000

  /// The most that a called address may answer, and the longest that it may take.
  private static let callOptions = CallOptions(
    timeout: .seconds(8), maximumResponseBytes: 65_536, redirects: .never)

  package init(library: DocumentLibrary, endpoints: EndpointBook) {
    self.library = library
    self.endpoints = endpoints
    state = Mutex(State())
  }

  // MARK: Waiting for a key

  /// Lets an endpoint wait for the key that its sender's handshake brings.
  ///
  /// - Returns: when it stops waiting.
  /// - Throws: `ServiceFault.conflict` where the handshake brings none, has no place for one, or there is a key already,
  ///   which nothing that arrives may replace; each with what helps.
  package func await(_ id: String, by authorization: Authorization) async throws -> Instant {
    if let obstacle = obstacle(of: id) { throw ServiceFault.conflict(obstacle) }
    if case .closed(let obstacle) = try await slot(of: id) { throw ServiceFault.conflict(obstacle) }
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(authorization.token.entity.text), action: "await",
      subject: "\(SealedOwner.runbook(id))/auth/key", outcome: "ok")
    do {
      _ = try await parts.store.commit(WriteBatch(ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    let end = parts.clock.monotonicMilliseconds() + Self.waitMilliseconds
    state.withLock { $0.waits[id] = end }
    return parts.clock.now().advanced(byMilliseconds: Self.waitMilliseconds)
  }

  /// Whether the endpoint waits for its key now.
  package func isAwaiting(_ id: String) -> Bool {
    let now = parts.clock.monotonicMilliseconds()
    return state.withLock { ($0.waits[id] ?? .min) > now }
  }

  /// Forgets every wait: with a seal.
  package func forget() { state.withLock { $0.waits = [:] } }

  /// Makes what the handshake brought the endpoint's key: sealed, once, and only while it is waited for. The wait ends
  /// with the first attempt, whatever becomes of it.
  ///
  /// - Returns: whether the key is stored. When this returns true a crash is harmless.
  package func pin(_ key: GuardedBytes, at id: String) async throws -> Bool {
    let now = parts.clock.monotonicMilliseconds()
    let isAwaited = state.withLock { state in (state.waits.removeValue(forKey: id) ?? .min) > now }
    guard isAwaited, case .empty(let inventory) = try await slot(of: id) else { return false }
    let row = try inventory.seal(key.withBytes { Array($0) }, for: .startCredential(runbook: id, name: "key"))
    let draft = LedgerDraft(
      kind: .secret, actor: .endpoint(id), action: "pin",
      subject: "\(row.place.owner)/\(row.place.kind.rawValue)/\(row.place.name)", outcome: "ok",
      commitment: row.value?.digest)
    do {
      _ = try await parts.store.commit(WriteBatch([.saveSealedRow(row)], ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    try await endpoints.renew()
    return true
  }

  /// Why no handshake of this runbook brings a key, and what helps; nil where one may.
  private func obstacle(of id: String) -> String? {
    let snapshot = endpoints.snapshot
    guard let endpoint = snapshot[id] else {
      let reason = snapshot.faults[id] ?? "it is not known any more"
      return "The endpoint cannot be used, so that it waits for nothing: \(reason)"
    }
    guard endpoint.configuration.access == .internalAndPublic else {
      return "The runbook has no public endpoint, so that no handshake comes; give it one under start.public."
    }
    guard let profile = endpoint.configuration.challenge else {
      return "The runbook answers no handshake; name one under initial_verification, or enter its credential: "
        + "chancery set \(id) auth NAME."
    }
    guard profile.pinsKey else {
      return "The handshake `\(profile.name)` brings no key; enter it: chancery set \(id) auth NAME."
    }
    return nil
  }

  /// The place of the key that a handshake may bring.
  private enum KeySlot {
    /// It is there, and nothing is in it; with what is sealed otherwise.
    case empty(SealedInventory)
    /// One sentence: what stands in the way, and what helps.
    case closed(String)
  }

  private func slot(of id: String) async throws -> KeySlot {
    let credentials = try await library.runbook(id)?.document.start.publicStart?.authentication.credentials ?? []
    let remedy = "write `key: { sealed: true }` and no `keys`, and import it again: chancery import --into \(id) FILE."
    guard let credential = credentials.first else {
      return .closed("The endpoint takes no key, so that a handshake can bring none; \(remedy)")
    }
    guard credentials.count == 1, credential.name == SignatureKey.onlyName else {
      return .closed("The endpoint has a list of `keys`, and a handshake brings the only one, named `key`; \(remedy)")
    }
    switch credential.source {
    case .secret:
      return .closed("The endpoint reads its key from a secret, which no handshake writes; \(remedy)")
    case .named: return .closed("The endpoint's key is a named key, which no handshake replaces; \(remedy)")
    case .entered: break
    }
    let inventory = try await SealedInventory(parts: parts, library: library)
    let entry = SealedSlot.startCredential(runbook: id, name: SignatureKey.onlyName)
    guard let place = inventory.place(of: entry) else {
      return .closed("The runbook is changing; try again in a moment.")
    }
    guard inventory.rows[place]?.value == nil else {
      return .closed(
        "The endpoint has a key, which no handshake replaces; remove it first: chancery set \(id) auth key --clear.")
    }
    return .empty(inventory)
  }

  // MARK: Answering

  /// Takes one answer of an endpoint's share: an unauthenticated sender must neither fill the ledger nor have tokens
  /// signed without end.
  package func takeAnswer(_ id: String) -> Bool {
    let now = parts.clock.monotonicMilliseconds()
    return state.withLock { $0.answers.take(id, now: now) == .allowed }
  }

  /// Records an answer before it is given.
  package func record(_ answer: ChallengeAnswer, at id: String) async throws {
    let word = answer.keyName.map { "\(answer.profile) under \($0)" } ?? answer.profile
    let draft = LedgerDraft(
      kind: .request, actor: .endpoint(id), action: "handshake", subject: "runbook/\(id)", outcome: word)
    do {
      _ = try await parts.store.commit(WriteBatch(ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    state.withLock { $0.counts[answer.profile, default: 0] += 1 }
  }

  /// Answers since the start, by profile.
  package var counts: [(profile: String, number: UInt64)] {
    state.withLock { $0.counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  /// Calls the address that a signed handshake named, through the guard and without following anything: whether it
  /// answered with success. Nothing of ours is sent, and nothing of the answer is kept.
  package func follow(_ link: [UInt8]) async -> Bool {
    guard let url = try? CanonicalURL(wire: link, allowingPlainHTTP: { _ in false }),
      let response = try? await parts.client.fetch(url, options: Self.callOptions)
    else { return false }
    return (200...299).contains(response.status)
  }
}
