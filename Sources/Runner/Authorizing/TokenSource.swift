import Destinations
import Egress
import Encodings
import Keyring
import Labels
import Ledger
import MessageSignatures
import RunEngine
import Runbooks
import Storage
import Synchronization

/// The token of one integration: from the store while it is fresh, else from the authorisation server, fetched once for
/// all who want it at that time.
struct TokenSource: Sendable {
  let parts: ServiceParts
  let settings: TokenSettings
  /// The integration's credentials, by field: whoever has no right to them does not come this far.
  let credentials: [String: LabeledText]
  /// Where they come from, as of before they were read.
  let read: CredentialsRead

  /// A token, and the number by which it is known if a host refuses it.
  struct Found: Sendable {
    let access: LabeledText
    let generation: UInt64
  }

  /// The longest that a token request may take, and the largest answer.
  private static let timeout = Duration.seconds(30)
  private static let maximumAnswerBytes = 64 << 10
  /// Milliseconds by which the two clocks may be apart at the end of a rest.
  private static let clockMargin: Int64 = 20

  /// - Parameter refused: a token that a host did not take (401): another one is wanted.
  ///
  /// Throws `FailureReason`, `interrupted` where the task is cancelled. Nothing of the method has been sent then. A fetch that
  /// the task has begun goes on without it.
  func token(insteadOf refused: UInt64? = nil) async throws -> Found {
    let led = LedFlight()
    while true {
      if let found = try await atHand(insteadOf: refused) { return found }
      let turn = await parts.tokens.enter(
        settings.key, read, now: parts.clock.monotonicMilliseconds(),
        carrying: { _ = try? await lead(insteadOf: refused, led) })
      switch turn {
      case .refused(let fault, let until): throw reason(fault, until: until)
      case .landed: if let result = led.result { return try result.get() }
      case .left: throw FailureReason.authorization(.interrupted)
      case .lead: return try await lead(insteadOf: refused, led)
      }
    }
  }

  /// How a fetch ended, for the one who leads it and has it carried.
  private final class LedFlight: Sendable {
    private let kept = Mutex<Result<Found, any Error>?>(nil)

    var result: Result<Found, any Error>? { kept.withLock { $0 } }

    func keep(_ result: Result<Found, any Error>) { kept.withLock { $0 = result } }
  }

  /// What the run is told: the fault, and the time before which the server is not asked again, so that a method's `retry`
  /// waits for it.
  private func reason(_ fault: TokenFault, until: Int64?) -> FailureReason {
    guard let until, fault.isOfServer else { return .authorization(fault) }
    let left = max(0, until - parts.clock.monotonicMilliseconds())
    return .authorizationRests(fault, until: parts.clock.now().advanced(byMilliseconds: left + Self.clockMargin))
  }

  /// The stored token, where it may be used: nobody is asked for it.
  ///
  /// - Parameter refused: as of `token`.
  func atHand(insteadOf refused: UInt64? = nil) async throws -> Found? {
    guard let (held, generation) = try await open() else {
      parts.tokens.noteMissing(settings.key)
      return nil
    }
    parts.tokens.noteAtHand(settings.key, until: held.freshUntil)
    guard generation != refused, held.isFresh(at: parts.clock.now()) else { return nil }
    return Found(access: held.access, generation: generation)
  }

  /// Nil where there is none of these settings.
  private func open() async throws -> (held: HeldToken, generation: UInt64)? {
    guard let row = try await parts.store.integrationToken(settings.integration.id), row.settings == settings.digest
    else { return nil }
    let held = try SealDoor.openToken(row.record, with: parts.keyring, in: Self.context(row))
    return (held, row.generation)
  }

  static func context(_ row: StoredIntegrationToken) -> EnvelopeContext {
    TokenSettings.context(integration: row.integrationID, settings: row.settings, generation: row.generation)
  }

  /// A token that comes for a credential that has been changed meanwhile is kept like one that was there at the change: the
  /// server has given it, and takes it back if it wants to; a host that refuses it is sent another one.
  private func lead(insteadOf refused: UInt64?, _ led: LedFlight) async throws -> Found {
    let landing: TokenFlights.Landing
    let result: Result<Found, any Error>
    do {
      // Whoever led before may have landed between our look and our turn.
      if let found = try await atHand(insteadOf: refused) {
        result = .success(found)
      } else {
        result = .success(try await renew())
      }
      landing = .fetched
    } catch FailureReason.authorization(.interrupted) where Task.isCancelled {
      // Whoever led has left, or the service ends: that says nothing of the server.
      landing = .abandoned
      result = .failure(FailureReason.authorization(.interrupted))
    } catch FailureReason.authorization(let fault) {
      landing = .failed(fault)
      result = .failure(FailureReason.authorization(fault))
    } catch {
      landing = .abandoned
      result = .failure(error)
    }
    led.keep(result)
    let until = parts.tokens.land(settings.key, landing, now: parts.clock.monotonicMilliseconds())
    if case .failed(let fault) = landing { throw reason(fault, until: until) }
    return try result.get()
  }

  /// With the refresh token where there is one, else with the grant of the document.
  private func renew() async throws -> Found {
    if let refresh = try await open()?.held.refresh {
      do {
        return try await fetch(.refresh(refresh), keeping: refresh)
      } catch FailureReason.authorization(let fault) where fault.isOfGrant {
        // It was used up or withdrawn: never tried again.
        try await commit([.deleteIntegrationToken(integrationID: settings.integration.id)], outcome: fault.rawValue)
        parts.tokens.noteMissing(settings.key)
      } catch FailureReason.authorization(let fault) where fault.mayPassWithGrant {
        // It may be good still: it stays until the grant brings another token.
        do {
          return try await fetch(.own, keeping: nil)
        } catch FailureReason.authorization(.notAuthorized) {
          throw FailureReason.authorization(fault)
        }
      }
    }
    return try await fetch(.own, keeping: nil)
  }

  /// One request, and the token stored. Throws `FailureReason`.
  ///
  /// - Parameter keeping: the refresh token that stays where the answer brings no other one (RFC 6749 §6).
  func fetch(_ grant: TokenRequest.Grant, keeping: LabeledText?) async throws -> Found {
    let now = parts.clock.now()
    let began = parts.clock.monotonicMilliseconds()
    func called(_ outcome: String, received: Int? = nil) -> Intention {
      .account(
        .logRequests([
          RequestEntry(
            method: "\(settings.integration.id)/\(RequestEntry.tokenMethod)", at: now,
            run: parts.runIDs.make(at: now), sequence: 1, step: "", outcome: outcome,
            milliseconds: parts.clock.monotonicMilliseconds() - began, sentBytes: nil,
            receivedBytes: received.map { Int64(LabeledText.sizeClass(of: $0)) }, origin: .token)
        ]))
    }
    let built = try TokenRequest(settings: settings, credentials: credentials, now: now).build(grant)
    let answer: InboundResponse
    do {
      let trust = try settings.integration.trustedRoots()
      let url = try built.request.checkedURL { parts.rules.allowsPlainHTTP($0) }
      let destination = try await parts.client.resolve(url, trust: trust)
      var registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: nil, keyring: parts.keyring))
      let sendable = try SendDoor(BoundParameters(parts.keyring)).open(
        built.request, for: destination.first, registry: &registry
      ).get()
      answer = try await parts.client.send(
        sendable, to: destination,
        options: CallOptions(
          timeout: Self.timeout, maximumResponseBytes: Self.maximumAnswerBytes, redirects: .never, trust: trust))
    } catch {
      let reason = FailureReason(call: error)
      guard let fault = TokenFault(transport: reason) else { throw reason }
      try await commit([called(fault.rawValue)], outcome: fault.rawValue)
      throw FailureReason.authorization(fault)
    }
    let call = called("status \(answer.status)", received: answer.body.count)
    let body = AnswerText.json(answer.body, headers: answer.headers)
    switch TokenAnswer.read(status: answer.status, body: body, as: built.reading) {
    case .granted(let granted): return try await store(granted, built, keeping: keeping, at: now, call)
    case .refused(let code):
      let fault = TokenFault(rawValue: code.rawValue) ?? .unreadable
      try await commit([call], outcome: fault.rawValue)
      throw FailureReason.authorization(fault)
    case .unreadable(let cause):
      let fault =
        (200...299).contains(answer.status)
        ? TokenFault(rawValue: cause.rawValue) ?? .unreadable : .status(answer.status)
      try await commit([call], outcome: fault.rawValue)
      throw FailureReason.authorization(fault)
    }
  }

  /// After this a crash loses nothing; before it, the token, which is fetched again then. A refresh token that the server
  /// has taken back meanwhile is lost with it.
  private func store(
    _ granted: TokenAnswer.Granted, _ built: TokenRequest.Built, keeping: LabeledText?, at now: Instant,
    _ call: Intention
  ) async throws -> Found {
    let life = granted.lifetimeSeconds ?? built.expires?.components.seconds
    let held = HeldToken(
      access: granted.access, refresh: granted.refresh ?? keeping, obtainedAt: now,
      expiresAt: life.map { now.advanced(byMilliseconds: $0 * 1_000) })
    let older = try await parts.store.integrationToken(settings.integration.id)?.generation ?? 0
    // The time keeps it growing past a token that was deleted.
    let generation = max(older + 1, UInt64(clamping: now.millisecondsSinceEpoch))
    let record = try SealDoor.seal(
      held, with: parts.keyring,
      in: TokenSettings.context(
        integration: settings.integration.id, settings: settings.digest, generation: generation))
    let row = StoredIntegrationToken(
      integrationID: settings.integration.id, settings: settings.digest, generation: generation, updatedAt: now,
      record: record)
    try await commit([.saveIntegrationToken(row), call], outcome: "ok")
    parts.tokens.noteAtHand(settings.key, until: held.freshUntil)
    return Found(access: held.access, generation: generation)
  }

  private func commit(_ intentions: [Intention], outcome: String) async throws {
    let draft = LedgerDraft(
      kind: .secret, actor: .service, action: "fetch-token",
      subject: "\(SealedOwner.integration(settings.integration.id))/token", outcome: outcome)
    _ = try await parts.store.commit(WriteBatch(intentions, ledger: [draft]))
  }
}

extension TokenFault {
  /// Why the server could not be asked; nil for what concerns the values in the request.
  init?(transport reason: FailureReason) {
    switch reason {
    case .timeout: self = .timeout
    case .dns: self = .dns
    case .connect, .disconnected: self = .connect
    case .tls: self = .tls
    case .blocked: self = .blocked
    case .tooLarge: self = .tooLarge
    case .parse: self = .unreadable
    case .interrupted: self = .interrupted
    case .status, .unresolved, .sealed, .urlChanged, .notGranted, .declassificationLimit, .limit, .missingEdge,
      .unreadable, .valueTooLarge, .conversion, .reachedFailure, .authorization, .authorizationRests, .notStartable,
      .notApproved, .source, .notVerified, .dryRun, .history:
      return nil
    }
  }

  /// Whether the server was asked, or could not be reached: all but what is known without it, and the end of the service.
  var isOfServer: Bool { ![.notAuthorized, .interrupted, .busy].contains(self) }

  /// Whether the server refused what the token was asked for with, rather than the client or the request.
  var isOfGrant: Bool { self == .invalidGrant }

  /// Whether the grant itself may work where a refresh did not: the server was reached, and answered neither that it is
  /// busy nor that it does not know the client.
  var mayPassWithGrant: Bool {
    switch self {
    case .invalidRequest, .unauthorizedClient, .unsupportedGrantType, .invalidScope, .accessDenied, .unreadable,
      .tokenType, .tokenLifetime, .tokenForm, .tooLarge:
      true
    // Some answer a refresh that they do not offer by a page of HTML, whatever its status; these two say that they are busy.
    case .status(let code): ![429, 503].contains(code)
    case .invalidClient, .invalidGrant, .unsupportedResponseType, .serverError, .temporarilyUnavailable, .notAuthorized,
      .timeout, .dns, .connect, .tls, .blocked, .interrupted, .busy:
      false
    }
  }
}

extension IntegrationDocument {
  /// What its token is asked for with comes from these.
  var credentialSources: Set<ChangedCredential> {
    Set(authorizingReferences.map { ChangedCredential.secret($0.path) }).union([.integration(id)])
  }

  /// Whom its calls trust; nil for the roots of the service. Throws `FailureReason.tls` for a text that is no certificate.
  func trustedRoots() throws -> TrustedRoots? {
    guard !trust.isEmpty else { return nil }
    do {
      return try TrustedRoots(extraRootsPEM: Array(trust.utf8))
    } catch {
      throw FailureReason.tls
    }
  }
}
