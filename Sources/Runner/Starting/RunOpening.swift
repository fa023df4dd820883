import Encodings
import Keyring
import Labels
import RunEngine
import Runbooks
import Storage

extension RunbookDocument {
  /// Whether values are stored that its runs begin with: they are read when a run has its place.
  var hasStoredValues: Bool { variables.contains { $0.initialValue != .none || $0.persist } }
}

/// Makes the session of a run that is about to exist: its id, its key, its starting values, its first event. Nothing
/// is stored here.
struct RunOpening: Sendable {
  let parts: ServiceParts

  /// What started the run, besides its values.
  struct Cause: Sendable {
    var trigger: TriggerKind
    /// The entity that asked for it; nil where none did.
    var startedBy: String?
    /// The run that started it, and how many did so before.
    var parent: RunID?
    var depth = 0
    /// The run that it repeats.
    var retryOf: RunID?
    /// Whether nothing of it leaves the service.
    var isDry = false
  }

  /// A run without values, queued.
  func session(of bundle: LoadedBundle, cause: Cause, clearance: RunClearance, now: Instant) throws -> RunSession {
    session(
      of: bundle, key: try parts.keyring.runKeys.allocate(), cause: cause, clearance: clearance, now: now)
  }

  /// The same with a key that nobody else has.
  func session(
    of bundle: LoadedBundle, key: RunKey, cause: Cause, clearance: RunClearance, now: Instant
  ) -> RunSession {
    let id = parts.runIDs.make(at: now)
    let row = StoredRun(
      id: id, runbookID: bundle.runbook.id, bundle: bundle.id, state: .queued, trigger: cause.trigger, createdAt: now,
      runKeySlot: key.slot, runKeyGeneration: key.generation, parent: cause.parent, depth: cause.depth,
      startedBy: cause.startedBy, retryOf: cause.retryOf, isDry: cause.isDry)
    let registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: id, keyring: parts.keyring))
    var session = RunSession(
      bundle: bundle, row: row, key: key, registry: registry, publicURL: parts.publicURL)
    session.ownHosts = clearance.ownHosts
    return session
  }

  /// What a run is started with, besides what is stored for it.
  struct Brought: Sendable {
    /// What the trigger brought, by the root's name.
    var roots: [(String, LabeledText)] = []
    /// Variables that a starting runbook hands over: they come after everything else, and convert to what the variable
    /// declares.
    var given: [(name: String, value: LabeledText)] = []
    /// What the runs that led here have let out of their secrets.
    var spent = SpentBits.none
  }

  /// The event with which a run that has no place yet is taken in: it keeps what it is started with, and nothing else. What
  /// is stored for it is read when its turn comes. Where it cannot be kept, the event says that the run cannot begin.
  func admission(of session: inout RunSession, with brought: Brought, now: Instant) -> RunEvent {
    do {
      let roots = try keep(brought.roots, in: &session)
      var given: [String: ValueHandle] = [:]
      for (name, value) in brought.given { given[name] = try session.insert(value) }
      return .admitted(at: now, roots: roots, variables: given, spent: brought.spent)
    } catch {
      return .startFailed(at: now, reason: FailureReason(call: error))
    }
  }

  /// Values that variables begin with, as they were read; or why they could not be.
  typealias StoredValues = Result<[(name: String, value: LabeledText)], any Error>

  /// What is stored for the runbook's variables now.
  func storedValues(for bundle: LoadedBundle, clearance: RunClearance) async -> StoredValues {
    do {
      return .success(try await MaterialReading(parts: parts).startingVariables(of: bundle, clearance: clearance))
    } catch {
      return .failure(error)
    }
  }

  /// The event with which the run begins; or that it cannot, with the reason, so that its log says so. Nothing waits here.
  func firstEvent(
    of session: inout RunSession, with brought: Brought, stored: StoredValues, clearance: RunClearance, now: Instant
  ) -> RunEvent {
    do {
      let roots = try keep(brought.roots, in: &session)
      return try begun(
        &session, roots: roots, given: brought.given, spent: brought.spent, stored: stored, clearance: clearance,
        now: now)
    } catch {
      let label = Label.join(brought.roots.map(\.1.label) + brought.given.map(\.value.label))
      return failed(error, deciding: label, spent: brought.spent, in: &session, now: now)
    }
  }

  /// The same of a run that was taken in before, and kept what it was started with.
  func firstEvent(
    ofAdmitted session: inout RunSession, stored: StoredValues, clearance: RunClearance, now: Instant
  ) -> RunEvent {
    guard case .admitted(_, let roots, let handed, let spent)? = session.recorded.first else {
      return .startFailed(at: now, reason: FailureReason(call: RunFault.history(sequence: 1)))
    }
    do {
      let given = try handed.sorted { $0.key < $1.key }.map { (name: $0.key, value: try session.values.text($0.value)) }
      return try begun(
        &session, roots: roots, given: given, spent: spent, stored: stored, clearance: clearance, now: now)
    } catch {
      let handles = Array(roots.values) + Array(handed.values)
      let label = Label.join(handles.compactMap { try? session.values.text($0).label })
      return failed(error, deciding: label, spent: spent, in: &session, now: now)
    }
  }

  /// That the run cannot begin, for the reason that something in what it was started with has. It is counted: once the runs
  /// that led here have let out what they may, none that they start says any more.
  private func failed(
    _ error: any Error, deciding label: Label, spent: SpentBits, in session: inout RunSession, now: Instant
  ) -> RunEvent {
    session.bits.begin(with: spent)
    session.stepsAtFailure = -spent.steps
    return .startFailed(at: now, reason: session.counted(FailureReason(call: error), also: label))
  }

  private func keep(
    _ texts: [(String, LabeledText)], in session: inout RunSession
  ) throws(ValueFault) -> [String: ValueHandle] {
    var handles: [String: ValueHandle] = [:]
    for (name, text) in texts { handles[name] = try session.insert(text) }
    return handles
  }

  private func begun(
    _ session: inout RunSession, roots: [String: ValueHandle], given: [(name: String, value: LabeledText)],
    spent: SpentBits, stored: StoredValues, clearance: RunClearance, now: Instant
  ) throws -> RunEvent {
    var variables: [String: ValueHandle] = [:]
    for (name, value) in try stored.get() { variables[name] = try session.insert(value) }
    let runbook = session.bundle.runbook
    for (name, value) in given {
      let value = try VariableTaking.settled(value, name: name, of: runbook.variables, hosts: clearance.ownHosts)
      variables[name] = try session.insert(value)
    }
    let scope = RunScope(
      values: session.values, roots: roots, variables: variables, trigger: session.row.trigger,
      publicURL: parts.publicURL)
    let inputs = try StartInputs.take(runbook, hosts: clearance.ownHosts, given: Set(given.map(\.name)), in: scope)
    for (name, value) in inputs { variables[name] = try session.insert(value) }
    return .started(at: now, roots: roots, variables: variables, spent: spent)
  }
}
