import Encodings
import RunEngine

/// One run under faults, with virtual time: the machine, a driver like the real one, a disk that may lose a write or keep it
/// although it reported failure, a process that may be killed at every boundary and in the middle of a commit, and a clock
/// that somebody sets back and forward.
struct SimulatedRun {
  /// What an observer outside would see, and what the rules are checked against.
  struct Observation {
    /// Requests that left, in order.
    var sent: [EffectAddress] = []
    /// Requests that left without their intent on disk.
    var sentWithoutIntent: [EffectAddress] = []
    /// Requests that left after their outcome was on disk.
    var sentAfterOutcome: [EffectAddress] = []
    var kills = 0
    /// Commits that reported failure, and leaps of the clock.
    var failures = 0
    var leaps = 0
    /// Runs that other runbooks were started with, by their id: each must exist exactly as often as it was committed.
    var children: [RunID] = []
    /// Requests that left without as many approvals as their step asks for.
    var sentUnapproved: [EffectAddress] = []
    var outcome: RunOutcome?
    /// Whether one life of the process had more to do than all limits together allow.
    var isEndless = false
  }

  /// Why a life of the driver ended early: the process was killed, or nobody knows whether a commit was written.
  private enum Stopped: Error {
    case killed
    case gaveUp
    /// It had to do more and more.
    case endless
  }

  let plan: RunPlan
  /// Kills in a thousand boundaries.
  let killsPerMille: Int
  private(set) var observation = Observation()
  private(set) var disk: [RunEvent] = []
  private var random: SimulationRandom
  private var world: SimulationRandom
  private var clock = SimulationClock()
  private let faults: SimulatedFaults

  /// The world's answers come from their own stream, so that runs with and without kills see the same
  /// other side as far as they go the same way.
  init(seed: UInt64, killsPerMille: Int) {
    var random = SimulationRandom(seed: seed)
    plan = RandomPlan.make(using: &random)
    world = SimulationRandom(seed: random.next())
    faults = SimulatedFaults(killsPerMille: killsPerMille, using: &random)
    self.random = random
    self.killsPerMille = killsPerMille
  }

  /// Runs to the end, through as many restarts as the kills make necessary.
  mutating func runToEnd() {
    for _ in 0..<10_000 {
      do {
        try runOnce()
        return
      } catch Stopped.endless {
        observation.isEndless = true
        return
      } catch Stopped.gaveUp {
        observation.failures += 1
      } catch {
        observation.kills += 1
      }
    }
  }

  private mutating func boundary() throws {
    if happens(killsPerMille) { throw Stopped.killed }
  }

  private mutating func happens(_ perMille: Int) -> Bool { Int.random(in: 0..<1_000, using: &random) < perMille }

  /// A durable write with its fates: done; lost or done with a kill in its midst; lost or done with a report of failure, after
  /// which the same batch is tried again, or the run is taken up from its history; done with a kill before the answer.
  private mutating func commit(_ events: [RunEvent]) throws {
    try boundary()
    let before = disk.count
    while true {
      let isKilled = happens(killsPerMille)
      let hasFailed = happens(faults.failuresPerMille)
      let isWritten = !(isKilled || hasFailed) || happens(500)
      // One that was written after all is refused the next time: the history has moved.
      if disk.count != before { throw Stopped.gaveUp }
      if isWritten { disk += events }
      if isKilled { throw Stopped.killed }
      if !hasFailed { break }
      if happens(500) { throw Stopped.gaveUp }
      observation.failures += 1
    }
    try boundary()
  }

  private mutating func tick(_ milliseconds: Int64 = 3) -> Instant {
    // One run has few steps: a service sees as many leaps with fewer chances for each.
    if happens(3 * faults.leapsPerMille) {
      _ = clock.leap(using: &random)
      observation.leaps += 1
    }
    return clock.tick(milliseconds)
  }

  /// One life of the process: rebuild from the disk, resume, go on.
  private mutating func runOnce() throws {
    var machine = RunMachine(plan: plan)
    var effects: [RunEffect] = []
    for event in disk { effects = machine.step(event) }
    var pending: [RunEvent] = []
    switch machine.resumption {
    case .perform(let resumed): effects = resumed
    case .repeatCall(let address):
      effects = []
      try call(address, machine: &machine, pending: &pending, effects: &effects)
    case .interrupted(let address):
      effects = apply(
        .callFailed(address, at: tick(), reason: .interrupted, request: nil, response: nil), to: &machine,
        pending: &pending)
    case .begin:
      effects = apply(.started(at: tick(), roots: [:], variables: [:]), to: &machine, pending: &pending)
    case .ended(let outcome):
      observation.outcome = outcome
      return
    }
    var performed = 0
    while let effect = effects.first {
      performed += 1
      if performed > 10 * plan.limits.maximumSteps { throw Stopped.endless }
      guard try perform(effect, machine: &machine, pending: &pending, effects: &effects) else { return }
    }
  }

  /// False where the run is over.
  private mutating func perform(
    _ effect: RunEffect, machine: inout RunMachine, pending: inout [RunEvent], effects: inout [RunEffect]
  ) throws -> Bool {
    switch effect {
    case .decideCondition(let address):
      effects = apply(
        .conditionDecided(address, at: tick(), met: world.happens(percent: 50)), to: &machine, pending: &pending)
    case .wait(let address, let until):
      try flush(&pending)
      clock.reach(until)
      try boundary()
      effects = apply(.waitElapsed(address, at: tick()), to: &machine, pending: &pending)
    case .waitToRestart(let until):
      try flush(&pending)
      clock.reach(until)
      try boundary()
      effects = apply(.restarted(at: tick()), to: &machine, pending: &pending)
    case .perform, .beginIteration, .advance, .startRunbook, .askApproval:
      let event = inside(effect)
      effects = apply(event, to: &machine, pending: &pending)
      if case .handedOver(_, _, let child) = event {
        // The child is written in the same batch.
        try flush(&pending)
        observation.children.append(child)
      }
    case .awaitApproval(let address, let until):
      try flush(&pending)
      try boundary()
      effects = apply(answer(address, until: until), to: &machine, pending: &pending)
    case .call(let address):
      let now = tick()
      if let left = machine.timeLeft(at: now), left < 0 {
        effects = apply(outOfTime(address, now), to: &machine, pending: &pending)
      } else {
        _ = apply(.callIntended(address, at: now), to: &machine, pending: &pending)
        try flush(&pending)
        try call(address, machine: &machine, pending: &pending, effects: &effects)
      }
    case .finish(let outcome):
      try flush(&pending)
      observation.outcome = outcome
      return false
    }
    return true
  }

  /// Nothing leaves that could not be waited for.
  private func outOfTime(_ address: EffectAddress, _ at: Instant) -> RunEvent {
    .callFailed(address, at: at, reason: .limit(.runTime), request: nil, response: nil)
  }

  /// What is done inside the service.
  private mutating func inside(_ effect: RunEffect) -> RunEvent {
    let handle = Answers.handle
    switch effect {
    case .perform(let address):
      return world.happens(percent: 80)
        ? .performed(address, at: tick(), variables: ["made": handle])
        : .stepFailed(address, at: tick(), reason: .notGranted("a key"))
    case .beginIteration(let address):
      if world.happens(percent: 5) { return .stepFailed(address, at: tick(), reason: .parse) }
      let count = Int.random(in: 0...5, using: &world)
      return .iterationBegan(
        address, at: tick(), count: count, items: handle, element: count == 0 ? nil : handle, variables: [:])
    case .advance(let address, let place):
      return .iterationAdvanced(
        address, at: tick(), element: place.first < place.count ? handle : nil, variables: ["element": handle])
    case .startRunbook(let address):
      if world.happens(percent: 30) { return .stepFailed(address, at: tick(), reason: .notStartable("disabled")) }
      let bytes = (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) }
      return .handedOver(address, at: tick(), to: RunID(at: clock.now, random: bytes))
    case .askApproval(let address):
      return .approvalAsked(address, at: tick(), request: Answers.request, commitment: "c")
    case .decideCondition, .call, .awaitApproval, .wait, .waitToRestart, .finish:
      return .cancelled(at: tick())
    }
  }

  private mutating func answer(_ address: EffectAddress, until: Instant) -> RunEvent {
    switch Int.random(in: 0..<8, using: &world) {
    case 0: return .approvalRefused(address, at: tick(), by: "eve")
    case 1:
      clock.reach(until)
      return .waitElapsed(address, at: tick())
    case 2:
      // Too late: it does not count.
      clock.reach(until)
      return .approvalGiven(address, at: tick(), by: "dan")
    default:
      return .approvalGiven(address, at: tick(), by: ["ada", "bob", "cleo"].randomElement(using: &world) ?? "ada")
    }
  }

  private mutating func flush(_ pending: inout [RunEvent]) throws {
    if pending.isEmpty { return }
    try commit(pending)
    pending = []
  }

  private mutating func apply(
    _ event: RunEvent, to machine: inout RunMachine, pending: inout [RunEvent]
  ) -> [RunEffect] {
    pending.append(event)
    return machine.step(event)
  }

  private mutating func call(
    _ address: EffectAddress, machine: inout RunMachine, pending: inout [RunEvent], effects: inout [RunEffect]
  ) throws {
    let now = tick()
    if let left = machine.timeLeft(at: now), left < 0 {
      effects = apply(outOfTime(address, now), to: &machine, pending: &pending)
      return
    }
    try boundary()
    send(address)
    try boundary()
    let outcome: RunEvent
    switch Int.random(in: 0..<10, using: &world) {
    case 0: outcome = .callFailed(address, at: tick(30_000), reason: .timeout, request: nil, response: nil)
    case 1: outcome = .callFailed(address, at: tick(), reason: .status(503), request: nil, response: nil)
    case 2: outcome = .callFailed(address, at: tick(), reason: .status(404), request: nil, response: nil)
    default:
      outcome = .callFailed(address, at: tick(), reason: .parse, request: nil, response: nil)
      if world.happens(percent: 80) {
        effects = apply(Answers.success(address, at: tick()), to: &machine, pending: &pending)
        return
      }
    }
    effects = apply(outcome, to: &machine, pending: &pending)
  }

  private mutating func send(_ address: EffectAddress) {
    observation.sent.append(address)
    let recorded = disk.filter { $0.address == address }
    let isIntended = recorded.contains { if case .callIntended = $0 { true } else { false } }
    let isSettled = lastIsOutcome(recorded)
    if case .call(let rules)? = plan.steps[address.step]?.action, let approval = rules.approval {
      var names: Set<String> = []
      for case .approvalGiven(let given, _, let name) in disk where given == address { names.insert(name) }
      if names.count < approval.required { observation.sentUnapproved.append(address) }
    }
    if !isIntended { observation.sentWithoutIntent.append(address) }
    if isSettled { observation.sentAfterOutcome.append(address) }
  }

  /// Visits count anew after a restart of the run, so only what was recorded last about an address counts.
  private func lastIsOutcome(_ recorded: [RunEvent]) -> Bool {
    switch recorded.last {
    case .callAnswered, .callFailed: true
    default: false
    }
  }
}
