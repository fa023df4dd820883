import Access
import Destinations
import Synchronization

/// Holds back who was refused too often: at one address of a public start, and everywhere. A caller whose address nobody
/// can say is not held back: he would share his bucket with every other.
final class RefusalLimit: Sendable {
  private enum Key: Hashable, Sendable {
    case everywhere(IPNetwork)
    case at(IPNetwork, path: String)
  }

  /// Under the lock: what each may still be refused.
  private let state: Mutex<(one: RateLimit<Key>, all: RateLimit<Key>)>

  private static let mostKeys = 65_536

  init() {
    state = Mutex(
      (
        RateLimit(capacity: 60, refillPerSecond: 1, maximumKeys: Self.mostKeys),
        RateLimit(capacity: 600, refillPerSecond: 10, maximumKeys: Self.mostKeys)
      ))
  }

  /// Seconds after which the caller may try again; nil where he may now. Takes nothing.
  func wait(of caller: IPAddress?, at path: String, now: Int64) -> Int? {
    guard let caller else { return nil }
    let network = Self.network(caller)
    return state.withLock { state in
      for verdict in [
        state.one.verdict(.at(network, path: path), now: now), state.all.verdict(.everywhere(network), now: now),
      ] {
        if case .limited(let milliseconds) = verdict { return Int((milliseconds + 999) / 1_000) }
      }
      return nil
    }
  }

  /// The caller was refused.
  func refused(_ caller: IPAddress?, at path: String, now: Int64) {
    guard let caller else { return }
    let network = Self.network(caller)
    state.withLock { state in
      _ = state.one.take(.at(network, path: path), now: now)
      _ = state.all.take(.everywhere(network), now: now)
    }
  }

  /// Whoever has one IPv6 address has 2⁶⁴.
  private static func network(_ address: IPAddress) -> IPNetwork {
    IPNetwork(around: address, v4Prefix: 32, v6Prefix: 64)
  }
}
