import Encodings
import Keyring
import Labels
import RunEngine
import Runbooks
import Storage

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

  /// The event with which the run begins; or that it cannot, with the reason, so that its log says so.
  ///
  /// `given` are variables that a starting runbook hands over: they come after everything else, and convert to what the
  /// variable declares. `spent` is what the runs that led here have let out of their secrets.
  func firstEvent(
    of session: inout RunSession, roots: [(String, LabeledText)], given: [(name: String, value: LabeledText)] = [],
    spent: SpentBits = .none, clearance: RunClearance, readsValues: Bool, now: Instant
  ) async -> RunEvent {
    var stored = StoredValues.success([])
    if readsValues {
      do {
        stored = .success(
          try await MaterialReading(parts: parts).startingVariables(of: session.bundle, clearance: clearance))
      } catch {
        stored = .failure(error)
      }
    }
    return firstEvent(
      of: &session, roots: roots, stored: stored, given: given, spent: spent, clearance: clearance, now: now)
  }

  /// Values that variables begin with, as they were read; or why they could not be.
  typealias StoredValues = Result<[(name: String, value: LabeledText)], any Error>

  /// The same where what is stored has been read already: nothing waits here.
  func firstEvent(
    of session: inout RunSession, roots: [(String, LabeledText)], stored: StoredValues,
    given: [(name: String, value: LabeledText)] = [], spent: SpentBits = .none, clearance: RunClearance, now: Instant
  ) -> RunEvent {
    do {
      var rootHandles: [String: ValueHandle] = [:]
      for (name, text) in roots { rootHandles[name] = try session.insert(text) }
      var variables: [String: ValueHandle] = [:]
      for (name, value) in try stored.get() { variables[name] = try session.insert(value) }
      let runbook = session.bundle.runbook
      for (name, value) in given {
        let value = try VariableTaking.settled(value, name: name, of: runbook.variables, hosts: clearance.ownHosts)
        variables[name] = try session.insert(value)
      }
      let scope = RunScope(
        values: session.values, roots: rootHandles, variables: variables, trigger: session.row.trigger,
        publicURL: parts.publicURL)
      let inputs = try StartInputs.take(runbook, hosts: clearance.ownHosts, given: Set(given.map(\.name)), in: scope)
      for (name, value) in inputs { variables[name] = try session.insert(value) }
      return .started(at: now, roots: rootHandles, variables: variables, spent: spent)
    } catch {
      return .startFailed(at: now, reason: FailureReason(call: error))
    }
  }
}
