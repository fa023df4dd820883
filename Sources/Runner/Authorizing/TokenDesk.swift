import Encodings
import RunEngine
import Synchronization

/// Where calls meet that need a token of an authorisation server: one fetches, the others wait. Also the authorisations
/// that a person has begun and not finished. Nothing in it outlives the process; tokens are in the store.
package final class TokenDesk: Sendable {
  private struct State {
    var flights = TokenFlights()
    var waiting: [UInt64: CheckedContinuation<Turn, Never>] = [:]
    var begun = BegunAuthorizations()
  }

  /// Under the lock: all of it, stepped by the pure machines.
  private let state = Mutex(State())

  package init() {}

  /// What somebody who needs a token is told.
  enum Turn: Equatable, Sendable {
    case lead
    /// Somebody has fetched it, or given up: look again.
    case landed
    /// There is none, and nobody asks again before this time of the monotonic clock; nil: it says nothing of the next try.
    case refused(TokenFault, until: Int64?)
  }

  /// Leads, or waits for the one who does. Whoever leads calls `land`, whatever happens.
  ///
  /// - Parameters:
  ///   - read: what the token would be asked for with.
  ///   - now: the monotonic clock in milliseconds.
  func enter(_ key: String, _ read: CredentialsRead, now: Int64) async -> Turn {
    await withCheckedContinuation { continuation in
      let turn: Turn? = state.withLock { state in
        switch state.flights.enter(key, read, now: now) {
        case .lead: return .lead
        case .refused(let fault): return .refused(fault, until: state.flights.restEnd(key))
        case .wait(let number):
          state.waiting[number] = continuation
          return nil
        }
      }
      if let turn { continuation.resume(returning: turn) }
    }
  }

  /// Tells everybody who waits how the fetch ended, or to look again. The answer is until when nobody asks after a failure;
  /// nil after anything else.
  @discardableResult
  func land(_ key: String, _ landing: TokenFlights.Landing, now: Int64) -> Int64? {
    typealias Woken = [CheckedContinuation<Turn, Never>]
    let (told, lookingAgain, until) = state.withLock { state -> (Woken, Woken, Int64?) in
      let landed = state.flights.land(key, landing, now: now)
      return (
        landed.told.compactMap { state.waiting.removeValue(forKey: $0) },
        landed.lookingAgain.compactMap { state.waiting.removeValue(forKey: $0) }, landed.until
      )
    }
    let turn: Turn
    switch landing {
    case .fetched, .abandoned: turn = .landed
    case .failed(let fault): turn = .refused(fault, until: until)
    }
    for continuation in told { continuation.resume(returning: turn) }
    for continuation in lookingAgain { continuation.resume(returning: .landed) }
    return until
  }

  /// Those who wait, over all keys.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// To be called before credentials are read from these sources, so that it is known later whether they have changed since.
  func reading(_ sources: Set<ChangedCredential>) -> CredentialsRead {
    state.withLock { $0.flights.reading(sources) }
  }

  /// A credential of the integration was entered or granted: it is tried at once, and a fetch with the one of before that is
  /// under way keeps nobody from that.
  func credentialChanged(of integration: String) {
    state.withLock { $0.flights.changed(.integration(integration)) }
  }

  /// The same of a secret of the store, for all integrations that have it.
  ///
  /// - Parameter path: as references name it, such as `kv/partner`.
  func secretChanged(at path: String) {
    state.withLock { $0.flights.changed(.secret(path)) }
  }

  // MARK: Authorisations by a person

  func begin(_ authorization: BegunAuthorizations.Begun, of integration: String, now: Instant) {
    state.withLock { $0.begun.begin(authorization, of: integration, now: now) }
  }

  /// The one that has this state, which is over with it; nil where there is none.
  func take(_ integration: String, state given: [UInt8], now: Instant) -> BegunAuthorizations.Begun? {
    state.withLock { $0.begun.take(integration, state: given, now: now) }
  }

  /// With a seal: what a person has begun is to be begun again.
  func forget() {
    state.withLock { $0.begun = BegunAuthorizations() }
  }
}
