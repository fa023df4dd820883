import Access
import Destinations
import Synchronization

/// Holds back who was refused too often: at one place, and everywhere. A caller whose address nobody
/// can say is not held back: he would share his bucket with every other.
final class RefusalLimit: Sendable {
  /// Where somebody is refused.
  enum Place: Hashable, Sendable {
    case start(runbook: String)
    case unseal
    case login(user: String)

    /// How many refusals one counts as: a person who mistypes needs a few attempts, a webhook's sender may have many in
    /// flight. Of logins ten at once, and then one in six seconds.
    var weight: Int {
      switch self {
      case .start, .unseal: 1
      case .login: 6
      }
    }
  }

  private enum Key: Hashable, Sendable {
    case everywhere(IPNetwork)
    case at(IPNetwork, Place)
  }

  /// Under the lock: what each may still be refused, and how much work may still be done for nothing.
  private let state: Mutex<(one: RateLimit<Key>, all: RateLimit<Key>, work: RateLimit<IPNetwork>)>

  private static let mostKeys = 65_536
  private static let bytesOfWork = 64 << 10

  init() {
    state = Mutex(
      (
        RateLimit(capacity: 60, refillPerSecond: 1, maximumKeys: Self.mostKeys),
        RateLimit(capacity: 600, refillPerSecond: 10, maximumKeys: Self.mostKeys),
        // The address may be a service's whose customers sign alike, one of them somebody else's endpoint: more than one
        // customer can make it send, and little enough that a core is hardly busy with it.
        RateLimit(capacity: 2_000, refillPerSecond: 500, maximumKeys: Self.mostKeys)
      ))
  }

  /// Seconds after which something will be verified for the caller again; nil where it is now.
  func waitForWork(of caller: IPAddress?, now: Int64) -> Int? {
    guard let caller else { return nil }
    return state.withLock { state in
      guard case .limited(let milliseconds) = state.work.verdict(Self.network(caller), now: now) else { return nil }
      return Int((milliseconds + 999) / 1_000)
    }
  }

  /// A request of the caller was verified and refused; a large body counts as several.
  func worked(for caller: IPAddress?, bytes: Int, now: Int64) {
    guard let caller else { return }
    let network = Self.network(caller)
    state.withLock { state in
      for _ in 0...(bytes / Self.bytesOfWork) { _ = state.work.take(network, now: now) }
    }
  }

  /// Seconds after which the caller may try again; nil where he may now. Takes nothing.
  func wait(of caller: IPAddress?, at place: Place, now: Int64) -> Int? {
    guard let caller else { return nil }
    let network = Self.network(caller)
    return state.withLock { state in
      for verdict in [
        state.one.verdict(.at(network, place), now: now), state.all.verdict(.everywhere(network), now: now),
      ] {
        if case .limited(let milliseconds) = verdict { return Int((milliseconds + 999) / 1_000) }
      }
      return nil
    }
  }

  /// The caller was refused.
  func refused(_ caller: IPAddress?, at place: Place, now: Int64) {
    guard let caller else { return }
    let network = Self.network(caller)
    state.withLock { state in
      for _ in 0..<place.weight { _ = state.one.take(.at(network, place), now: now) }
      _ = state.all.take(.everywhere(network), now: now)
    }
  }

  /// Whoever has one IPv6 address has 2⁶⁴.
  private static func network(_ address: IPAddress) -> IPNetwork {
    IPNetwork(around: address, v4Prefix: 32, v6Prefix: 64)
  }
}
