import Encodings
import Keyring
import Labels
import Ledger
import RunEngine
import Runbooks
import Storage

/// One run in the hands of a node: its machine, its values, and the events that are not on disk yet.
/// A value: whoever drives the run owns it, and nothing is shared.
struct RunSession: Sendable {
  /// What has to happen outside before the run can go on.
  enum Outside: Equatable, Sendable {
    case call(EffectAddress)
    /// A step inside the service that needs the store or keys.
    case perform(EffectAddress)
    case startRunbook(EffectAddress)
    case askApproval(EffectAddress)
    case awaitApproval(EffectAddress, until: Instant)
    /// More conditions: after what is decided so far has been written.
    case decide([RunEffect])
    case wait(EffectAddress, until: Instant)
    case waitToRestart(until: Instant)
    case ended(RunOutcome)
  }

  let bundle: LoadedBundle
  let key: RunKey
  private(set) var row: StoredRun
  private(set) var machine: RunMachine
  private(set) var values = ValueTable()
  var bits = DisclosedBits()
  /// Secrets that this run has met: answers and logs are searched for them.
  var registry: SecretRegistry
  /// Where values of encrypted variables may go that an iteration sets.
  var ownHosts = HostClearance.nowhere
  /// Arrays of open iterations, read once.
  private var arrays: [ValueID: LabeledArray] = [:]
  /// Kept variables that a step of this repetition set otherwise than by appending to what it took over.
  private var replaced: Set<String> = []
  /// How many steps had been taken when a value last made one fail; below zero where that was in a run before this one.
  var stepsAtFailure = 0
  /// `halo_url`: the configured public URL; nil where none is configured.
  private let publicURL: String?
  /// Whether the run has had a place: until then it is queued, whatever its machine waits to do.
  private var hasBegun: Bool
  private var pending: [RunEvent] = []
  /// The events that were read from the disk, for viewers.
  private(set) var history: [RunEvent] = []
  /// All events that were read or recorded, but for the end of a very long run: what it is found by.
  private(set) var recorded: [RunEvent] = []
  static let mostRecorded = 2_000
  /// The first value that is not on disk yet.
  private var firstPendingValue = ValueID(raw: 0)
  private var storedSequence = 0

  /// A run that is not stored yet.
  init(bundle: LoadedBundle, row: StoredRun, key: RunKey, registry: SecretRegistry, publicURL: String? = nil) {
    self.publicURL = publicURL
    self.bundle = bundle
    self.row = row
    self.key = key
    self.registry = registry
    machine = RunMachine(plan: bundle.plan)
    hasBegun = row.state == .running
  }

  /// A run as it is stored: replays its history.
  init(
    bundle: LoadedBundle, row: StoredRun, key: RunKey, registry: SecretRegistry, events: [StoredEvent],
    publicURL: String? = nil
  ) throws(RunFault) {
    self.init(bundle: bundle, row: row, key: key, registry: registry, publicURL: publicURL)
    for stored in events {
      guard stored.sequence == storedSequence + 1 else { throw .history(sequence: storedSequence + 1) }
      let opened = try RunRecord.open(stored, into: &values, run: row.id, key: key)
      for handle in opened.handles {
        handles[handle.id] = handle
        if let text = try? values.text(handle) { self.registry.learn(text) }
      }
      let event: RunEvent
      do {
        let known = handles
        event = try RunHistory.decode(opened.event) { id in known[id] }
      } catch {
        throw .history(sequence: stored.sequence)
      }
      recount(event)
      _ = machine.step(event)
      noteSetting(by: event)
      history.append(event)
      remember(event)
      storedSequence = stored.sequence
    }
    firstPendingValue = values.nextID
  }

  /// Handles of all values, by id: what a recorded event's ids stand for.
  private(set) var handles: [ValueID: ValueHandle] = [:]

  /// What a replayed condition, or a failure that a value decided, let out counts again: a restart gives no new bits.
  private mutating func recount(_ event: RunEvent) {
    switch event {
    case .started(_, _, _, let spent): begin(with: spent)
    case .conditionDecided(let address, _, _), .conditionFailed(let address, _, _): _ = decide(address)
    case .iterationBegan(_, _, let count, let items, _, _):
      guard let text = try? values.text(items), let array = try? LabeledArray(reading: text) else { return }
      try? bits.chargeIteration(count: count, label: array.countLabel)
    case .performed(let address, _, _): countVerification(address)
    case .stepFailed(let address, _, .notVerified) where countVerification(address): break
    case .stepFailed(let address, _, let reason): _ = counted(reason, also: keyLabel(address))
    case .callFailed(let address, _, let reason, _, let response):
      // Where there is an answer, its outputs could not be taken: it counts as well.
      if let body = response.flatMap({ try? values.text($0.body).label }) {
        _ = counted(reason, also: body)
      } else {
        _ = countedStatement(reason, at: address)
      }
    default: return
    }
  }

  /// A run that another one started has what is left of that one's bits.
  private mutating func begin(with spent: SpentBits) {
    bits.begin(with: spent)
    stepsAtFailure = machine.stepsExecuted - spent.steps
  }

  /// What a run that this one starts now begins with; nil where it is too much to be handed on.
  var spent: SpentBits? { bits.spent(steps: max(0, machine.stepsExecuted - stepsAtFailure)) }

  // MARK: Taking over

  /// Takes the first events of another run over: their values are sealed anew under this run's key. Nothing else may
  /// have happened in this run yet. The events are given back as they are to be stored.
  ///
  /// - Parameter restricted: gives a value as it may be used now: the same with fewer hosts.
  mutating func takeOver(
    _ events: some Sequence<StoredEvent>, of other: RunID, key otherKey: RunKey,
    restricted: (LabeledText) -> LabeledText
  ) throws(RunFault) -> [(event: RunEvent, stored: StoredEvent)] {
    var taken: [(event: RunEvent, stored: StoredEvent)] = []
    for stored in events {
      let opened = try RunRecord.open(stored, into: &values, run: other, key: otherKey)
      for handle in opened.handles {
        do throws(ValueFault) {
          let text = restricted(try values.text(handle))
          handles[handle.id] = try values.insert(text, at: handle.id)
          registry.learn(text)
        } catch {
          throw .value(error)
        }
      }
      let event: RunEvent
      do {
        let known = handles
        event = try RunHistory.decode(opened.event) { id in known[id] }
      } catch {
        throw .history(sequence: stored.sequence)
      }
      recount(event)
      _ = machine.step(event)
      noteSetting(by: event)
      storedSequence += 1
      let sealed = try RunRecord.seal(
        event, bringing: opened.handles.map(\.id), of: values, sequence: storedSequence, run: row.id, key: key)
      taken.append((event, sealed))
    }
    firstPendingValue = values.nextID
    return taken
  }

  // MARK: Going on

  /// Keeps a value for the run; it reaches the disk with the next event.
  mutating func insert(_ text: LabeledText) throws(ValueFault) -> ValueHandle {
    let handle = try values.insert(text)
    handles[handle.id] = handle
    registry.learn(text)
    return handle
  }

  /// Records an event and gives what the machine asks for.
  mutating func record(_ event: RunEvent) -> [RunEffect] {
    pending.append(event)
    remember(event)
    if case .started(_, _, _, let spent) = event { begin(with: spent) }
    let effects = machine.step(event)
    noteSetting(by: event)
    return effects
  }

  // MARK: What is kept

  /// Whether all that the steps of a repetition did to a variable that is kept was to put elements behind those that it
  /// took over.
  func onlyAppended(_ variable: String) -> Bool { machine.retryOf != nil && !replaced.contains(variable) }

  /// Called with every event, read or recorded, once the machine has taken it: so a run that is rebuilt comes to the same.
  private mutating func noteSetting(by event: RunEvent) {
    switch event {
    case .retried, .restarted: replaced = []
    default:
      guard machine.retryOf != nil, let step = event.address?.step else { return }
      let set = event.variables
      for variable in bundle.runbook.variables where variable.persist && set[variable.name] != nil {
        if !bundle.onlyAppends(to: variable.name, in: step) { replaced.insert(variable.name) }
      }
    }
  }

  /// Records the event with which a run is opened, and gives what happens next; nil where it waits for its turn.
  mutating func open(_ event: RunEvent, now: Instant, tokens: TokenSight? = nil) -> Outside? {
    let effects = record(event)
    return machine.waitsForTurn ? nil : settle(effects, begins: true, now: now, tokens: tokens)
  }

  private mutating func remember(_ event: RunEvent) {
    if recorded.count < Self.mostRecorded { recorded.append(event) }
  }

  /// Conditions that are decided at most before what they brought is written, and others have their turn.
  static let conditionsAtOnce = 64

  /// Performs what needs nothing outside (conditions), until something does. With `begins`, the intent of a
  /// call is recorded, so that it is on disk before the call leaves.
  ///
  /// - Parameters:
  ///   - most: so many conditions are decided at most before others have their turn.
  ///   - tokens: which calls wait for a token first; their intent is not recorded here. Nil: none does.
  mutating func settle(
    _ effects: [RunEffect], begins: Bool, now: Instant, most: Int = Self.conditionsAtOnce, tokens: TokenSight? = nil
  ) -> Outside {
    if begins { hasBegun = true }
    var effects = effects
    var decided = 0
    while let effect = effects.first {
      switch effect {
      case .decideCondition(let address):
        if decided == most { return .decide(effects) }
        decided += 1
        switch decide(address) {
        case .success(let met): effects = record(.conditionDecided(address, at: now, met: met))
        case .failure(let reason): effects = record(.conditionFailed(address, at: now, reason: reason))
        }
      case .beginIteration(let address):
        if decided == most { return .decide(effects) }
        decided += 1
        effects = record(beginIteration(address, now: now))
      case .advance(let address, let place):
        if decided == most { return .decide(effects) }
        decided += 1
        effects = record(advance(address, place, now: now))
      case .perform(let address): return .perform(address)
      case .startRunbook(let address): return .startRunbook(address)
      case .askApproval(let address): return .askApproval(address)
      case .awaitApproval(let address, let until): return .awaitApproval(address, until: until)
      case .call(let address):
        guard begins else { return .call(address) }
        // Nothing leaves that could not be waited for.
        if let left = machine.timeLeft(at: now), left < 0 {
          let reason = FailureReason.limit(.runTime)
          effects = record(.callFailed(address, at: now, reason: reason, request: nil, response: nil))
          continue
        }
        if let tokens, tokens.mustFetch(address) { return .call(address) }
        _ = record(.callIntended(address, at: now))
        return .call(address)
      case .wait(let address, let until): return .wait(address, until: until)
      case .waitToRestart(let until): return .waitToRestart(until: until)
      case .finish(let outcome): return .ended(outcome)
      }
    }
    if case .ended(let outcome) = machine.state { return .ended(outcome) }
    return .ended(.failed(.history))
  }

  // MARK: Iterations

  private mutating func beginIteration(_ address: EffectAddress, now: Instant) -> RunEvent {
    guard case .iterate(let iteration)? = bundle.runbook.step(named: address.step)?.kind else {
      return .stepFailed(address, at: now, reason: .history)
    }
    do {
      let items = try scope.value(iteration.items)
      let array = try Self.array(items, named: iteration.items.text)
      guard array.count <= RunLimit.mostElements else {
        return .stepFailed(address, at: now, reason: counted(.limit(.elements), also: array.countLabel))
      }
      try bits.chargeIteration(count: array.count, label: array.countLabel)
      let handle = try insert(items)
      if arrays.count >= 8 { arrays = [:] }
      arrays[handle.id] = array
      let place = IterationPlace(
        step: address.step, items: handle, first: 0, batch: iteration.batch ?? 1, count: array.count)
      let (element, variables) = try take(place, of: iteration, from: array)
      return .iterationBegan(
        address, at: now, count: array.count, items: handle, element: element, variables: variables)
    } catch {
      return .stepFailed(address, at: now, reason: counted(FailureReason(call: error)))
    }
  }

  /// What is no array is told as such: nothing of it is an answer that could not be read.
  private static func array(_ items: LabeledText, named name: String) throws(ValueFault) -> LabeledArray {
    do throws(ValueFault) {
      return try LabeledArray(reading: items)
    } catch {
      switch error {
      case .notJSON, .notConvertible: throw .notIterable(name: name)
      default: throw error
      }
    }
  }

  private mutating func advance(_ address: EffectAddress, _ place: IterationPlace, now: Instant) -> RunEvent {
    guard case .iterate(let iteration)? = bundle.runbook.step(named: place.step)?.kind else {
      return .stepFailed(address, at: now, reason: .history)
    }
    do {
      let array = try arrays[place.items.id] ?? LabeledArray(reading: try values.text(place.items))
      if arrays.count >= 8 { arrays = [:] }
      arrays[place.items.id] = array
      let (element, variables) = try take(place, of: iteration, from: array)
      return .iterationAdvanced(address, at: now, element: element, variables: variables)
    } catch {
      return .stepFailed(address, at: now, reason: counted(FailureReason(call: error)))
    }
  }

  /// The element or batch at a place, kept, and the variables that the step sets from it.
  private mutating func take(
    _ place: IterationPlace, of iteration: IterationStep, from array: LabeledArray
  ) throws -> (ValueHandle?, [String: ValueHandle]) {
    let found =
      iteration.batch == nil ? array.element(place.first) : array.batch(from: place.first, count: place.batch)
    guard let found else { return (nil, [:]) }
    let element = try insert(found)
    var handles: [String: ValueHandle] = [:]
    for (name, value) in try taken(from: element, by: iteration) { handles[name] = try insert(value) }
    return (element, handles)
  }

  /// By itself, so that the scope is gone before anything is inserted: beside it the table of all values would be copied
  /// for each element.
  private func taken(
    from element: ValueHandle, by iteration: IterationStep
  ) throws -> [(name: String, value: LabeledText)] {
    var scope = scope
    scope.element = element
    return try VariableTaking.take(
      iteration.outputs, declared: bundle.runbook.variables, hosts: ownHosts, in: scope)
  }

  private mutating func decide(_ address: EffectAddress) -> Result<Bool, FailureReason> {
    guard case .condition(let condition)? = bundle.runbook.step(named: address.step)?.kind else {
      return .failure(.history)
    }
    return ConditionDecision.decide(condition, in: scope, bits: &bits)
  }

  /// The label of every value that a step may name.
  var heldLabel: Label {
    let handles = Array(machine.variables.values) + machine.roots.values + [machine.element].compactMap { $0 }
    return Label.join(handles.compactMap { try? values.text($0).label })
  }

  /// What the present step may name.
  var scope: RunScope {
    RunScope(
      values: values, roots: machine.roots, variables: machine.variables, lastFailure: machine.lastFailure,
      trigger: row.trigger, publicURL: publicURL, element: machine.element, runbook: bundle.runbook)
  }

  // MARK: To the disk

  /// The stored run's id and what the list shows of it.
  var id: RunID { row.id }

  /// Seals the events that are not on disk yet and brings the row up to date. After this the caller must
  /// commit them, or give the session up.
  mutating func takePending() throws(RunFault) -> [StoredEvent] {
    var stored: [StoredEvent] = []
    for (offset, event) in pending.enumerated() {
      // The values of a batch stand with its first event: a later one may name them, an earlier one may not.
      let ids = offset == 0 ? (firstPendingValue.raw..<values.nextID.raw).map { ValueID(raw: $0) } : []
      storedSequence += 1
      stored.append(
        try RunRecord.seal(event, bringing: ids, of: values, sequence: storedSequence, run: row.id, key: key))
    }
    firstPendingValue = values.nextID
    pending = []
    bringRowUpToDate()
    return stored
  }

  /// Whether a call may be out: its intent is recorded.
  var isCalling: Bool { if case .calling = machine.state { true } else { false } }

  /// The event with which the run began, as it was read; nil where it has not, or could not.
  var started: RunEvent? {
    // It is the first one, or the one after the run was taken in.
    history.prefix(2).first { if case .started = $0 { true } else { false } }
  }

  /// Events that wait for the disk, for the ledger.
  var pendingEvents: [RunEvent] { pending }

  private mutating func bringRowUpToDate() {
    // What a run took over from another one is not its own, least of all before it has begun.
    row.stepsExecuted = machine.waitsForTurn ? 0 : machine.stepsExecuted - machine.stepsTakenOver
    row.startedAt = machine.waitsForTurn ? nil : machine.startedAt
    row.endedAt = machine.endedAt
    row.waiting =
      switch machine.state {
      case .waiting(let address, let until):
        RunWait(reason: machine.isSleeping(in: address.step) ? .sleep : .retry, until: until)
      case .awaiting(_, let approval): RunWait(reason: .approval, until: approval.until)
      case .restarting(_, let until): RunWait(reason: .restart, until: until)
      default: nil
      }
    switch machine.state {
    case .queued: row.state = .queued
    case .deciding, .performing, .ready, .asking, .awaiting, .calling, .waiting, .restarting:
      row.state = hasBegun ? .running : .queued
    case .ended(.succeeded): row.state = .succeeded
    case .ended(.cancelled): row.state = .cancelled
    case .ended(.failed(let reason)):
      row.state = .failed
      row.failureWord = reason.word
    }
  }
}
