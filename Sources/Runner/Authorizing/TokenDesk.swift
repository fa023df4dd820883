import Encodings
import RunEngine
import Synchronization

/// Where calls meet that need a token of an authorisation server: one fetches, the others wait. Also the authorisations
/// that a person has begun and not finished. Nothing in it outlives the process; tokens are in the store.
///
/// While somebody carries the fetches (`carry`), none of them is the leader's own: he waits as the others do, and whoever
/// leaves, because his run is to end or its time is over, ends no fetch.
package final class TokenDesk: Sendable {
  /// A fetch, from its request to its landing.
  typealias Flight = @Sendable () async -> Void

  private struct State {
    var flights = TokenFlights()
    var waiting: [UInt64: CheckedContinuation<Turn, Never>] = [:]
    var begun = BegunAuthorizations()
    var atHand: [String: Freshness] = [:]
    /// Who makes the fetches; nil: whoever leads.
    var carrier: AsyncStream<Flight>.Continuation?
    var isClosed = false
  }

  /// Until when a token that was seen is used; nil: until it is refused.
  private struct Freshness {
    let until: Instant?
  }

  /// The number of somebody who waits, for the one who cancels him.
  private final class Seat: Sendable {
    let number = Mutex<UInt64?>(nil)
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
    /// The task was cancelled while it waited; the fetch goes on.
    case left
  }

  /// Leads, or waits for the one who does. Whoever leads calls `land`, whatever happens. A task that is cancelled waits no
  /// longer.
  ///
  /// - Parameters:
  ///   - read: what the token would be asked for with.
  ///   - now: the monotonic clock in milliseconds.
  ///   - flight: what the leader would do: it is done for him where somebody carries the fetches, and he waits for it.
  func enter(
    _ key: String, _ read: CredentialsRead, now: Int64, carrying flight: Flight? = nil
  ) async -> Turn {
    let seat = Seat()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let turn: Turn? = state.withLock { state in
          switch Self.entry(key, read, now: now, flight, &state) {
          case .lead: return .lead
          case .refused(let fault): return .refused(fault, until: state.flights.restEnd(key))
          case .wait(let number):
            if Task.isCancelled {
              state.flights.leave(key, number)
              return .left
            }
            seat.number.withLock { $0 = number }
            state.waiting[number] = continuation
            return nil
          }
        }
        if let turn { continuation.resume(returning: turn) }
      }
    } onCancel: {
      leave(key, seat)
    }
  }

  private static func entry(
    _ key: String, _ read: CredentialsRead, now: Int64, _ flight: Flight?, _ state: inout State
  ) -> TokenFlights.Entry {
    let entry = state.flights.enter(key, read, now: now)
    guard entry == .lead, let flight, let carrier = state.carrier,
      case .wait(let number) = state.flights.enter(key, read, now: now)
    else { return entry }
    if case .enqueued = carrier.yield(flight) { return .wait(number) }
    state.flights.leave(key, number)
    return .lead
  }

  private func leave(_ key: String, _ seat: Seat) {
    let waiting: CheckedContinuation<Turn, Never>? = state.withLock { state in
      guard let number = seat.number.withLock({ $0 }), let found = state.waiting.removeValue(forKey: number) else {
        return nil
      }
      state.flights.leave(key, number)
      return found
    }
    waiting?.resume(returning: .left)
  }

  /// Makes the fetches that are led from now on, each in a task of its own, until `close` or until the task is cancelled, and
  /// comes back when they have landed. From then on whoever leads fetches himself.
  func carry() async {
    let (flights, carrier) = AsyncStream.makeStream(of: Flight.self)
    let isClosed = state.withLock { state in
      if !state.isClosed { state.carrier = carrier }
      return state.isClosed
    }
    if isClosed { return }
    await withDiscardingTaskGroup { group in
      for await flight in flights { group.addTask { await flight() } }
      close()
    }
  }

  /// Whether somebody carries the fetches now.
  var isCarried: Bool { state.withLock { $0.carrier != nil } }

  /// Lets `carry` come back.
  func close() {
    let carrier = state.withLock { state in
      defer { state.carrier = nil }
      state.isClosed = true
      return state.carrier
    }
    carrier?.finish()
  }

  /// Settings whose token is known to be at hand, at most; then it begins anew.
  private static let mostAtHand = 4_096

  /// The token of these settings was seen: it is used until this time; nil: until it is refused.
  func noteAtHand(_ key: String, until: Instant?) {
    state.withLock { state in
      if state.atHand.count >= Self.mostAtHand { state.atHand = [:] }
      state.atHand[key] = Freshness(until: until)
    }
  }

  /// There is none of these settings, or not any more.
  func noteMissing(_ key: String) { state.withLock { $0.atHand[key] = nil } }

  /// Whether a token of these settings was there when it was last looked for, and is fresh still.
  func isAtHand(_ key: String, at now: Instant) -> Bool {
    state.withLock { state in
      guard let known = state.atHand[key] else { return false }
      return known.until.map { now < $0 } ?? true
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
