import AsyncHTTPClient
import NIOCore
import Synchronization

/// The bookkeeping of the client cache: which keys exist, how many calls are on each, which idle one goes first.
/// Pure: it decides, the cache acts.
struct ClientLedger<Key: Hashable & Sendable>: Sendable {
  private struct Entry {
    var calls: Int
    var lastUse: UInt64
  }

  private var entries: [Key: Entry] = [:]
  private var uses: UInt64 = 0
  private let maximumIdle: Int

  init(maximumIdle: Int) { self.maximumIdle = maximumIdle }

  var count: Int { entries.count }
  func contains(_ key: Key) -> Bool { entries[key] != nil }

  /// Begins a call. Whether the key is new, so that a client must be made for it.
  mutating func begin(_ key: Key) -> Bool {
    uses += 1
    let isNew = entries[key] == nil
    entries[key, default: Entry(calls: 0, lastUse: 0)].calls += 1
    entries[key]?.lastUse = uses
    return isNew
  }

  /// Ends a call. The keys whose clients must be shut down: the longest unused ones above the limit.
  mutating func end(_ key: Key) -> [Key] {
    entries[key]?.calls -= 1
    let idle = entries.filter { $0.value.calls == 0 }
    guard idle.count > maximumIdle else { return [] }
    let removed = idle.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(idle.count - maximumIdle).map(\.key)
    for key in removed { entries[key] = nil }
    return removed
  }

  mutating func removeAll() { entries = [:] }
}

/// One HTTP client for each checked destination, kept so that its connections are used again.
final class ClientCache: Sendable {
  /// A client and the one loop on which all of its connections and timers are: a call wakes no other one.
  private struct Client {
    let client: HTTPClient
    let loop: any EventLoop
  }

  private struct State {
    var ledger: ClientLedger<PinnedDial>
    var clients: [PinnedDial: Client] = [:]
    var isShutDown = false
  }

  private let state: Mutex<State>
  private let group: any EventLoopGroup
  private let limits: EgressLimits

  init(group: any EventLoopGroup, limits: EgressLimits) {
    state = Mutex(State(ledger: ClientLedger(maximumIdle: limits.idleClients)))
    self.group = group
    self.limits = limits
  }

  /// How many clients exist.
  var count: Int { state.withLock { $0.clients.count } }

  /// Whether a client, and perhaps an open connection, exists.
  func contains(_ dial: PinnedDial) -> Bool { state.withLock { $0.ledger.contains(dial) } }

  /// Begins a call; nil after shut-down. Each call that began must end.
  func begin(_ dial: PinnedDial) -> HTTPClient? {
    state.withLock { state in
      guard !state.isShutDown else { return nil }
      if !state.ledger.begin(dial), let kept = state.clients[dial] { return kept.client }
      let loop = group.next()
      let client = dial.makeClient(group: loop, limits: limits)
      state.clients[dial] = Client(client: client, loop: loop)
      return client
    }
  }

  /// The loop of a destination's client; any one where there is no client yet.
  func loop(of dial: PinnedDial) -> any EventLoop { state.withLock { $0.clients[dial]?.loop } ?? group.any() }

  func end(_ dial: PinnedDial) {
    let idle = state.withLock { state in state.ledger.end(dial).compactMap { state.clients.removeValue(forKey: $0) } }
    // Not waited for: a client whose only call was cancelled may still be connecting, and closes when that is over.
    // Nobody can use it any more, so there is nothing to do about an error.
    for kept in idle { kept.client.shutdown { _ in } }
  }

  /// Ends every call in flight and closes every connection.
  func shutDown() async {
    let clients = state.withLock { state in
      state.isShutDown = true
      defer { state.clients = [:] }
      state.ledger.removeAll()
      return Array(state.clients.values)
    }
    for kept in clients { try? await kept.client.shutdown() }
  }
}
