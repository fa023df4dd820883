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
  /// The body cannot be read; nothing was recorded, and the same delivery may come again.
  case malformedBody(String)
  /// As many deliveries are kept as the endpoint may keep, and none may be forgotten; nothing was recorded.
  case replayCapReached
  /// This start of the schedule, or a later one, was dealt with already; nothing was recorded.
  case slotTaken
  /// Too much waits; nothing was recorded.
  case busy(retryAfterSeconds: Int)
}

/// Turns an accepted start into a durable run: labels and seals what came in, steps the machine to its first
/// effect, and writes run, first events, replay row and ledger entries in one batch.
package final class Admission: Sendable {
  private let runner: Runner
  /// Under the lock: bundles that are stored already.
  private let storedBundles: Mutex<Set<BundleID>> = Mutex([])
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
    let now = parts.clock.now()
    let isEncrypted = endpoint.bundle.runbook.start.publicStart?.encryptRequest ?? false
    let label = Label(
      origin: .trigger, rule: isEncrypted ? .removesRequest : .shown,
      hosts: isEncrypted ? endpoint.clearance.ownHosts : .any)
    let body: StartBody
    do throws(StartBody.Refusal) {
      body = try StartBody.read(request.body, contentType: request.contentType)
    } catch {
      return .malformedBody(error.sentence)
    }
    var roots: [(String, LabeledText)] = [
      (
        "request_headers",
        LabeledHeaders.object(
          request.headers.map { ($0.name, $0.value) }, label: label, isEncrypted: isEncrypted, holder: "request")
      ),
      ("request_query", LabeledHeaders.query(Self.pairs(request.query), label: label)),
    ]
    switch body {
    case .none: break
    case .json(let bytes): roots.append(("request", LabeledText(body: bytes, label: label)))
    case .form(let pairs): roots.append(("request", LabeledHeaders.query(pairs, label: label)))
    }
    let actor: LedgerActor =
      bearer.map { .entity($0.token.entity.text) } ?? .endpoint(endpoint.configuration.id)
    return try await admit(
      endpoint.bundle, clearance: endpoint.clearance, roots: roots,
      cause: RunOpening.Cause(trigger: .publicEndpoint, startedBy: bearer?.token.entity.text),
      replay: ReplayClaim(request, at: endpoint), word: Self.word(of: request), actor: actor,
      readsValues: endpoint.needsStartingValues, now: now)
  }

  /// A start by somebody with a token. `payload` stands for the request's body.
  package func start(
    _ bundle: LoadedBundle, payload: [UInt8]?, by authorization: Authorization
  ) async throws -> AdmissionResult {
    let reading = MaterialReading(parts: parts)
    let clearance = try await reading.clearance(of: bundle)
    let isEncrypted = bundle.runbook.start.publicStart?.encryptRequest ?? false
    let label = Label(
      origin: .trigger, rule: isEncrypted ? .removesRequest : .shown, hosts: isEncrypted ? clearance.ownHosts : .any)
    let roots = payload.map { [("request", LabeledText(body: $0, label: label))] } ?? []
    return try await admit(
      bundle, clearance: clearance, roots: roots,
      cause: RunOpening.Cause(trigger: .api, startedBy: authorization.token.entity.text), replay: nil, word: "",
      actor: .entity(authorization.token.entity.text), readsValues: true, now: parts.clock.now())
  }

  /// A start of a schedule. The slot is taken in the commit that makes the run, so that no slot starts twice.
  func start(_ bundle: LoadedBundle, slot: ScheduleSlot) async throws -> AdmissionResult {
    let missed = slot.missed == 0 ? "" : ", \(slot.missed) missed"
    return try await admit(
      bundle, clearance: try await MaterialReading(parts: parts).clearance(of: bundle), roots: [], 
      cause: RunOpening.Cause(trigger: .schedule),
      replay: nil, word: ", slot \(slot.slot.rfc3339)\(missed)", actor: .service, readsValues: true,
      now: parts.clock.now(), also: [.account(.takeSlot(slot))])
  }

  /// Which key let the request in, by name, and how far the sender's clock was off: for the ledger.
  private static func word(of request: VerifiedRequest) -> String {
    let key = request.keyName.map { ", key \($0)" } ?? ""
    return key + (request.skew.map { ", clock \($0)" } ?? "")
  }

  private static func pairs(_ query: [UInt8]?) -> [(name: [UInt8], value: [UInt8])] {
    query.flatMap { FormEncoding.decode($0) } ?? []
  }

  private func admit(
    _ bundle: LoadedBundle, clearance: RunClearance, roots: [(String, LabeledText)], cause: RunOpening.Cause,
    replay: ReplayClaim?, word: String, actor: LedgerActor, readsValues: Bool, now: Instant, also: [Intention] = []
  ) async throws -> AdmissionResult {
    guard runner.waitingCount < mostWaiting, runner.waitingCount(of: bundle.runbook.id) < mostWaiting / 4 else {
      return .busy(retryAfterSeconds: 5)
    }
    let opening = RunOpening(parts: parts)
    var session = try opening.session(of: bundle, cause: cause, clearance: clearance, now: now)
    let id = session.id
    let event = await opening.firstEvent(
      of: &session, roots: roots, clearance: clearance, readsValues: readsValues, now: now)

    let hasPlace = runner.takePlace(id, of: bundle.runbook)
    let next = session.settle(session.record(event), begins: hasPlace, now: now)
    let events = session.pendingEvents
    do {
      let stored = try session.takePending()
      var intentions: [Intention] = []
      if let bundleIntention = try bundleIntention(bundle) { intentions.append(bundleIntention) }
      intentions.append(.createRun(session.row, stored, replay: replay))
      intentions += session.accounts(of: events, stored) + also
      let admitted = LedgerDraft(
        kind: .runEvent, actor: actor, action: "start", subject: bundle.runbook.id, outcome: "run \(id.text)\(word)")
      let receipt = try await parts.store.commit(
        WriteBatch(
          intentions,
          ledger: [admitted] + LedgerWords.run(id, Array(zip(events, stored)).map { (event: $0, stored: $1) })))
      runner.aftermath.take(receipt.outbox)
    } catch CommitRefusal.duplicateDelivery(let first) {
      runner.giveBack(id, of: bundle.runbook)
      return .duplicate(of: first)
    } catch CommitRefusal.slotTaken {
      runner.giveBack(id, of: bundle.runbook)
      return .slotTaken
    } catch CommitRefusal.replayCapReached {
      runner.giveBack(id, of: bundle.runbook)
      return .replayCapReached
    } catch {
      runner.giveBack(id, of: bundle.runbook)
      throw ServiceFault(error)
    }
    _ = storedBundles.withLock { $0.insert(bundle.id) }
    // From here on a crash is harmless: the run is on disk.
    if hasPlace {
      runner.begin(Runner.Handed(session: session, next: next))
    } else {
      runner.enqueue(id, of: bundle.runbook)
    }
    return .started(id)
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
  /// What a request is remembered by at an endpoint; nil where nothing names it.
  init?(_ request: VerifiedRequest, at endpoint: Endpoint) {
    let rows = request.replayKeys.map { key in
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
