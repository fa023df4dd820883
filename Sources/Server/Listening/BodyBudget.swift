import Destinations
import Synchronization

/// Whose body it is.
struct BodyHolder: Hashable, Sendable {
  /// What the sender wants; each kind has bytes of its own, so that none can close another.
  enum Purpose: Hashable, Sendable {
    /// A public start, whether there is such a runbook or not.
    case start(id: String)
    /// A request with a token that lives.
    case token
    /// Everything else that needs no token: a login, an unseal key, an address that leads nowhere.
    case other
  }

  let purpose: Purpose
  /// Nil where nobody can say who calls.
  let caller: IPAddress?
}

/// One budget for the bodies that have come and are not answered yet. Bytes count when they are here, not when
/// they are announced: who only announces takes nothing from anybody. Public starts, holders of tokens, and all others
/// have separate parts; within them an endpoint and a caller have a bounded share each, so that no sender starves the
/// others.
final class BodyBudget: Sendable {
  struct Sizes: Sendable {
    var starts = Limits.bodiesOfStarts
    var tokens = Limits.bodiesOfTokens
    var others = Limits.bodiesOfOthers
    var endpoint = Limits.bodiesPerEndpoint
    var caller = Limits.bodiesPerCaller
  }

  fileprivate enum Share: Hashable, Sendable {
    case starts
    case tokens
    case others
    case endpoint(String)
    case caller(IPNetwork, of: Part)
  }

  fileprivate enum Part: Hashable, Sendable {
    case starts
    case tokens
    case others
  }

  private let sizes: Sizes
  /// Under the lock: bytes that are here, by share; none where there is no byte.
  private let taken: Mutex<[Share: Int]> = Mutex([:])

  init(_ sizes: Sizes = Sizes()) { self.sizes = sizes }

  func reservation(for holder: BodyHolder) -> BodyReservation {
    BodyReservation(budget: self, shares: shares(of: holder))
  }

  /// Bytes that are here, all together.
  var count: Int {
    taken.withLock { taken in [.starts, .tokens, .others].reduce(0) { $0 + taken[$1, default: 0] } }
  }

  /// Whether nothing is written down: no sender may leave a trace that grows.
  var isEmpty: Bool { taken.withLock { $0.isEmpty } }

  private func shares(of holder: BodyHolder) -> BodyShares {
    var shares: [Share]
    let part: Part
    switch holder.purpose {
    case .start(let id):
      shares = [.starts, .endpoint(id)]
      part = .starts
    case .token:
      shares = [.tokens]
      part = .tokens
    case .other:
      shares = [.others]
      part = .others
    }
    if let caller = holder.caller {
      shares.append(.caller(IPNetwork(around: caller, v4Prefix: 32, v6Prefix: 64), of: part))
    }
    return BodyShares(shares)
  }

  /// Shares of one holder, of which all must have room.
  struct BodyShares: Sendable {
    fileprivate let all: [Share]

    fileprivate init(_ all: [Share]) { self.all = all }
  }

  private func size(of share: Share) -> Int {
    switch share {
    case .starts: sizes.starts
    case .tokens: sizes.tokens
    case .others: sizes.others
    case .endpoint: sizes.endpoint
    case .caller: sizes.caller
    }
  }

  fileprivate func take(_ bytes: Int, _ shares: BodyShares) -> Bool {
    taken.withLock { taken in
      guard shares.all.allSatisfy({ taken[$0, default: 0] + bytes <= size(of: $0) }) else { return false }
      for share in shares.all { taken[share, default: 0] += bytes }
      return true
    }
  }

  fileprivate func give(_ bytes: Int, _ shares: BodyShares) {
    taken.withLock { taken in
      for share in shares.all {
        let left = taken[share, default: 0] - bytes
        taken[share] = left > 0 ? left : nil
      }
    }
  }
}

/// The bytes of one body that are here.
final class BodyReservation: Sendable {
  private let budget: BodyBudget
  private let shares: BodyBudget.BodyShares
  /// Under the lock: how many have been taken.
  private let bytes = Mutex(0)

  fileprivate init(budget: BodyBudget, shares: BodyBudget.BodyShares) {
    self.budget = budget
    self.shares = shares
  }

  deinit { giveBack() }

  /// How many bytes have come.
  var count: Int { bytes.withLock { $0 } }

  /// Takes room for bytes that have come; false where there is none, and then nothing is taken.
  func take(_ count: Int) -> Bool {
    guard count > 0 else { return true }
    return bytes.withLock { bytes in
      guard budget.take(count, shares) else { return false }
      bytes += count
      return true
    }
  }

  /// Gives everything back; a second time there is nothing to give.
  func giveBack() {
    bytes.withLock { bytes in
      if bytes > 0 { budget.give(bytes, shares) }
      bytes = 0
    }
  }
}

/// How long a body may take: a moment for whatever it is, and longer only as far as it comes.
enum BodyPace {
  /// The time from the head of a request within which its body must be whole, when so much of it has come: who sends a
  /// byte now and then gains nothing.
  static func allowance(received: Int) -> Duration {
    min(Limits.bodyTime, Limits.bodyGrace + .milliseconds(received * 1_000 / Limits.bodyBytesPerSecond))
  }
}
