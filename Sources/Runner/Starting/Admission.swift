package import Access
import Cryptography
import Encodings
import Keyring
import Labels
import Ledger
package import RunEngine
import Runbooks
import Storage
import Synchronization
package import Webhooks

/// What became of a start.
package enum AdmissionResult: Equatable, Sendable {
  /// Durable: the run exists, whatever happens next.
  case started(RunID)
  /// The same delivery was accepted before and started this run.
  case duplicate(of: RunID)
  /// The `Idempotency-Key` is not 1 to 255 visible ASCII characters; nothing was recorded.
  case malformedIdempotencyKey
  /// The body cannot be read; nothing was recorded, and the same delivery may come again.
  case malformedBody(String)
  /// As many deliveries are kept as the endpoint may keep, and none may be forgotten; nothing was recorded.
  case replayCapReached
  /// This start of the schedule, or a later one, was dealt with already; nothing was recorded.
  case slotTaken
  /// The token that would let in has no use left; nothing was recorded.
  case tokenSpent
  /// Too much waits; nothing was recorded.
  case busy(retryAfterSeconds: Int)
}

/// Turns an accepted start into a durable run: labels and seals what came in and, where the run has its place at once, steps
/// the machine to its first effect; writes run, first events, replay row and ledger entries in one batch. A run that has to
/// wait for its turn begins when that has come.
package final class Admission: Sendable {
  private let runner: Runner
  /// Under the lock: bundles that are stored already.
  private let storedBundles: Mutex<Set<BundleID>> = Mutex([])
  /// Whether somebody makes run keys ahead already.
  private let isMakingKeys = Atomic(false)
  /// Runs that may wait before starts are turned away; a quarter of them of one runbook, so that one sender cannot starve
  /// the others.
  private let mostWaiting: Int

  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner, mostWaiting: Int = 100_000) {
    self.runner = runner
    self.mostWaiting = mostWaiting
  }

  /// A verified request at a public endpoint. `bearer` is the authorization of a bearer endpoint.
  package func start(
    _ request: VerifiedRequest, at endpoint: Endpoint, bearer: Authorization?
  ) async throws -> AdmissionResult {
    switch Self.order(request, at: endpoint, bearer: bearer, now: parts.clock.now()) {
    case .failure(let refusal): return .malformedBody(refusal.sentence)
    case .success(let order): return try await admit(order, readsValues: endpoint.needsStartingValues)
    }
  }

  /// The same for an event loop, which waits for nothing: `done` is told by the store's writer, once, and must not wait
  /// either. Nil where the start has to wait before it can be written (for a stored value, or for a key): then nothing
  /// was done, and `start` is to be called.
  package func startPromptly(
    _ request: VerifiedRequest, at endpoint: Endpoint,
    then done: @escaping @Sendable (Result<AdmissionResult, any Error>) -> Void
  ) -> Void? {
    if endpoint.needsStartingValues { return nil }
    switch Self.order(request, at: endpoint, bearer: nil, now: parts.clock.now()) {
    case .failure(let refusal): done(.success(.malformedBody(refusal.sentence)))
    case .success(let order):
      if let refused = refusal(order.bundle) { return done(.success(refused)) }
      do {
        guard let key = try parts.keyring.runKeys.allocateReady() else { return nil }
        makeKeysAhead()
        let prepared = try indexed(prepare(order, open(order, key: key), stored: .success([])))
        parts.store.submit(prepared.batch) { [self] receipt in
          done(Result { try finish(prepared, receipt) })
        }
      } catch {
        done(.failure(error))
      }
    }
    return ()
  }

  /// A start by somebody with a token. `payload` stands for the request's body.
  package func start(
    _ bundle: LoadedBundle, payload: [UInt8]?, idempotencyKey: [UInt8]? = nil, by authorization: Authorization
  ) async throws -> AdmissionResult {
    let reading = MaterialReading(parts: parts)
    let clearance = try await reading.clearance(of: bundle)
    let isEncrypted = bundle.runbook.start.publicStart?.encryptRequest ?? false
    let label = Label(
      origin: .trigger, rule: isEncrypted ? .removesRequest : .shown, hosts: isEncrypted ? clearance.ownHosts : .any)
    let roots = payload.map { [("request", LabeledText(body: $0, label: label))] } ?? []
    let now = parts.clock.now()
    var replay: ReplayClaim?
    if let idempotencyKey {
      guard
        let keys = ReplayKeys(
          runbook: bundle.runbook.id, entity: authorization.token.entity.text, idempotencyKey: idempotencyKey, now: now)
      else { return .malformedIdempotencyKey }
      replay = ReplayClaim(keys)
    }
    return try await admit(
      StartOrder(
        bundle: bundle, clearance: clearance, roots: roots,
        cause: RunOpening.Cause(trigger: .api, startedBy: authorization.token.entity.text), replay: replay, word: "",
        actor: .entity(authorization.token.entity.text), now: now),
      readsValues: true)
  }

  /// What an accepted start brings, labelled.
  private struct StartOrder {
    let bundle: LoadedBundle
    let clearance: RunClearance
    let roots: [(String, LabeledText)]
    let cause: RunOpening.Cause
    let replay: ReplayClaim?
    let word: String
    let actor: LedgerActor
    let now: Instant
    /// What is written together with the run.
    var also: [Intention] = []
  }

  /// A run that has its key and, perhaps, its place.
  private struct Opened {
    let session: RunSession
    let hasPlace: Bool
  }

  /// The same with the batch that makes it exist.
  private struct Prepared: Sendable {
    var session: RunSession
    /// Nil where it waits for its turn.
    let next: RunSession.Outside?
    let hasPlace: Bool
    var batch: WriteBatch
  }

  private static func order(
    _ request: VerifiedRequest, at endpoint: Endpoint, bearer: Authorization?, now: Instant
  ) -> Result<StartOrder, StartBody.Refusal> {
    let isEncrypted = endpoint.bundle.runbook.start.publicStart?.encryptRequest ?? false
    let label = Label(
      origin: .trigger, rule: isEncrypted ? .removesRequest : .shown,
      hosts: isEncrypted ? endpoint.clearance.ownHosts : .any)
    // Of an encrypted query, or form, not even the number of its fields shows.
    let fields = { (pairs: [(name: [UInt8], value: [UInt8])]) -> LabeledText in
      let text = LabeledHeaders.query(pairs, label: label)
      return isEncrypted ? text.labeled(also: label) : text
    }
    let body: StartBody
    do throws(StartBody.Refusal) {
      body = try StartBody.read(request.body, contentType: request.contentType)
    } catch {
      return .failure(error)
    }
    var roots: [(String, LabeledText)] = [
      (
        "request_headers",
        LabeledHeaders.object(
          request.headers.map { ($0.name, $0.value) }, label: label, isEncrypted: isEncrypted, holder: "request")
      ),
      ("request_query", fields(pairs(request.query))),
    ]
    switch body {
    case .none: break
    case .json(let bytes): roots.append(("request", LabeledText(body: bytes, label: label)))
    case .form(let pairs): roots.append(("request", fields(pairs)))
    }
    return .success(
      StartOrder(
        bundle: endpoint.bundle, clearance: endpoint.clearance, roots: roots,
        cause: RunOpening.Cause(trigger: .publicEndpoint, startedBy: bearer?.token.entity.text),
        replay: ReplayClaim(request, at: endpoint, token: bearer?.token.hash.bytes), word: word(of: request),
        actor: bearer.map { .entity($0.token.entity.text) } ?? .endpoint(endpoint.configuration.id), now: now,
        also: use(of: bearer)))
  }

  /// The use that a start takes of its token, in the commit that makes the run: whoever is not let in after all keeps it,
  /// and a repetition, which makes no run, takes none.
  private static func use(of bearer: Authorization?) -> [Intention] {
    guard let token = bearer?.token, token.grantedUses != nil else { return [] }
    return [.useToken(hash: token.hash.bytes)]
  }

  /// A start of a schedule. The slot is taken in the commit that makes the run, so that no slot starts twice.
  func start(_ bundle: LoadedBundle, slot: ScheduleSlot) async throws -> AdmissionResult {
    let missed = slot.missed == 0 ? "" : ", \(slot.missed) missed"
    return try await admit(
      StartOrder(
        bundle: bundle, clearance: try await MaterialReading(parts: parts).clearance(of: bundle), roots: [],
        cause: RunOpening.Cause(trigger: .schedule), replay: nil, word: ", slot \(slot.slot.rfc3339)\(missed)",
        actor: .service, now: parts.clock.now(), also: [.account(.takeSlot(slot))]),
      readsValues: true)
  }

  /// Which key let the request in, by name, and how far the sender's clock was off: for the ledger.
  private static func word(of request: VerifiedRequest) -> String {
    let key = request.keyName.map { ", key \($0)" } ?? ""
    return key + (request.skew.map { ", clock \($0)" } ?? "")
  }

  private static func pairs(_ query: [UInt8]?) -> [(name: [UInt8], value: [UInt8])] {
    query.flatMap { FormEncoding.decode($0) } ?? []
  }

  private func refusal(_ bundle: LoadedBundle) -> AdmissionResult? {
    let (all, own) = runner.waitingCounts(of: bundle.runbook.id)
    return all < mostWaiting && own < mostWaiting / 4 ? nil : .busy(retryAfterSeconds: 5)
  }

  private func admit(_ order: StartOrder, readsValues: Bool) async throws -> AdmissionResult {
    if let refused = refusal(order.bundle) { return refused }
    let key = try parts.keyring.runKeys.allocate()
    let opened = open(order, key: key)
    var stored: RunOpening.StoredValues = .success([])
    // With the place in hand: the run before it may have changed what is stored.
    if opened.hasPlace, readsValues {
      stored = await RunOpening(parts: parts).storedValues(for: order.bundle, clearance: order.clearance)
    }
    var prepared = try prepare(order, opened, stored: stored)
    let masks = await prepared.session.learnForEnd(by: parts)
    prepared.batch.intentions += prepared.session.indexing(by: parts, masks)
    let receipt: Result<CommitReceipt, any Error>
    do {
      receipt = .success(try await parts.store.commit(prepared.batch))
    } catch {
      receipt = .failure(error)
    }
    return try finish(prepared, receipt)
  }

  /// A run without anything, with its place where there is one.
  private func open(_ order: StartOrder, key: RunKey) -> Opened {
    let session = RunOpening(parts: parts).session(
      of: order.bundle, key: key, cause: order.cause, clearance: order.clearance, now: order.now)
    return Opened(session: session, hasPlace: runner.takePlace(session.id, of: order.bundle.runbook))
  }

  /// Makes the run in memory: labels, values, the machine's first steps where it has its place, and what is to be written
  /// but for what it is found by.
  private func prepare(
    _ order: StartOrder, _ opened: Opened, stored values: RunOpening.StoredValues
  ) throws -> Prepared {
    let bundle = order.bundle
    let opening = RunOpening(parts: parts)
    let hasPlace = opened.hasPlace
    let brought = RunOpening.Brought(roots: order.roots)
    func begun() -> (session: RunSession, next: RunSession.Outside?) {
      var session = opened.session
      let event = opening.firstEvent(
        of: &session, with: brought, stored: values, clearance: order.clearance, now: order.now)
      let next = session.open(event, now: order.now, tokens: TokenSight(parts: parts, bundle: bundle))
      return (session, next)
    }
    func admitted() -> (session: RunSession, next: RunSession.Outside?) {
      var session = opened.session
      let next = session.open(opening.admission(of: &session, with: brought, now: order.now), now: order.now)
      return (session, next)
    }
    var (session, next) = hasPlace ? begun() : (atOnce(bundle, begun) ?? admitted())
    let id = session.id
    do {
      let events = session.pendingEvents
      let stored = try session.takePending()
      var intentions: [Intention] = []
      if let bundleIntention = try bundleIntention(bundle) { intentions.append(bundleIntention) }
      intentions.append(.createRun(session.row, stored, replay: order.replay))
      intentions += session.accounts(of: events, stored) + order.also
      intentions += try KeptVariables(parts: parts).left(by: session).intentions
      let admitted = LedgerDraft(
        kind: .runEvent, actor: order.actor, action: "start", subject: bundle.runbook.id,
        outcome: "run \(id.text)\(order.word)")
      let batch = WriteBatch(
        intentions, ledger: [admitted] + LedgerWords.run(id, zip(events, stored).map { (event: $0, stored: $1) }))
      return Prepared(session: session, next: next, hasPlace: hasPlace, batch: batch)
    } catch {
      if hasPlace { runner.giveBack(id, of: bundle.runbook) }
      throw ServiceFault(error)
    }
  }

  /// With what it is found by where it is over with its first commit. Nothing is read for it here, because nobody may wait:
  /// its words are masked by label and by what it has met.
  private func indexed(_ prepared: Prepared) -> Prepared {
    guard prepared.session.row.state.isFinished else { return prepared }
    var prepared = prepared
    prepared.batch.intentions += prepared.session.indexing(by: parts, .own)
    return prepared
  }

  /// A run without a place that is over with its first commit: it is never under way. Only steps that ask nobody are tried.
  private func atOnce(
    _ bundle: LoadedBundle, _ begun: () -> (session: RunSession, next: RunSession.Outside?)
  ) -> (session: RunSession, next: RunSession.Outside?)? {
    switch bundle.runbook.startStep.flatMap({ bundle.runbook.step(named: $0) })?.kind {
    case .end, .condition: break
    default: return nil
    }
    guard runner.mayPass(bundle.runbook) else { return nil }
    let result = begun()
    guard case .ended? = result.next else { return nil }
    return result
  }

  /// What follows from the store's answer.
  private func finish(
    _ prepared: Prepared, _ receipt: Result<CommitReceipt, any Error>
  ) throws -> AdmissionResult {
    let id = prepared.session.id
    let bundle = prepared.session.bundle
    switch receipt {
    case .failure(let error) where UnknownRun.isUnknown(error):
      runner.lookAfter(prepared.session, next: prepared.next)
      throw ServiceFault(error)
    case .failure(let error):
      if prepared.hasPlace { runner.giveBack(id, of: bundle.runbook) }
      switch error {
      case CommitRefusal.duplicateDelivery(let first): return .duplicate(of: first)
      case CommitRefusal.slotTaken: return .slotTaken
      case CommitRefusal.tokenSpent: return .tokenSpent
      case CommitRefusal.replayCapReached: return .replayCapReached
      default: throw ServiceFault(error)
      }
    case .success(let receipt):
      runner.take(receipt.outbox)
      storedBundles.withLock { if !$0.contains(bundle.id) { $0.insert(bundle.id) } }
      // From here on a crash is harmless: the run is on disk.
      switch prepared.next {
      case .ended: if prepared.hasPlace { runner.giveBack(id, of: bundle.runbook) }
      case let next?: runner.begin(Runner.Handed(session: prepared.session, next: next))
      case nil: runner.enqueue(prepared.session, of: bundle.runbook)
      }
      return .started(id)
    }
  }

  /// Keys for runs to come, made where nobody waits for them.
  private func makeKeysAhead() {
    let keys = parts.keyring.runKeys
    guard keys.isLow,
      isMakingKeys.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    else { return }
    Task.detached { [self] in
      // A failure shows where a key is needed.
      try? keys.replenish()
      isMakingKeys.store(false, ordering: .releasing)
    }
  }

  private func bundleIntention(_ bundle: LoadedBundle) throws -> Intention? {
    if storedBundles.withLock({ $0.contains(bundle.id) }) { return nil }
    return .saveBundle(bundle.id, try parts.keyring.seal(bundle.text, in: RecordContexts.bundle(bundle.id)))
  }
}

/// The input variables of a start (R7), and variables that are set `from` something at the start.
enum StartInputs {
  /// An input whose path leads nowhere has no value: its use fails the step, with its name. Any other fault
  /// is one of the start.
  static func take(
    _ runbook: RunbookDocument, hosts: HostClearance, given: Set<String> = [], in scope: RunScope
  ) throws(ValueFault) -> [(name: String, value: LabeledText)] {
    var scope = scope
    var result: [(name: String, value: LabeledText)] = []
    let inputs = runbook.start.publicStart?.inputs ?? []
    let from = runbook.variables.compactMap { variable in
      variable.from.map { VariableBinding(name: variable.name, value: $0) }
    }
    // What a starting runbook handed over stands; its own roots are not here.
    for binding in inputs + from where !given.contains(binding.name) {
      do {
        for (name, value) in try VariableTaking.take(
          [binding], declared: runbook.variables, hosts: hosts, in: scope)
        {
          scope.taken[name] = value
          result.append((name, value))
        }
      } catch .pathMissing {
        continue
      }
    }
    return result
  }
}

extension ReplayClaim {
  /// What an order by name is remembered by; none of it for longer than it says.
  init(_ keys: ReplayKeys) {
    var rows: [ReplayRow] = []
    for key in keys.all {
      if let end = key.keepUntil { rows.append(ReplayRow(key: key.digest, retention: .until(end))) }
    }
    self.init(rows, keptLimit: 0)
  }

  /// What a request is remembered by at an endpoint; nil where nothing names it. `token` is the hash of the token that let
  /// it in, if one did: then it counts for that token alone.
  init?(_ request: VerifiedRequest, at endpoint: Endpoint, token: [UInt8]?) {
    let keys = token.map { token in request.replayKeys.map { $0.own(to: token) } } ?? request.replayKeys
    let rows = keys.map { key in
      let retention: ReplayRow.Retention =
        switch key.retention {
        case .until(let end): .until(end)
        case .whileKeyStands(let epoch): .whileKeyStands(endpoint: endpoint.configuration.id, epoch: epoch)
        }
      return ReplayRow(key: key.digest, retention: retention)
    }
    guard !rows.isEmpty else { return nil }
    self.init(rows, keptLimit: endpoint.keptLimit)
  }
}
