import Encodings
import Labels
import RunEngine

/// The runner's part: one effect of one run at a time, each with its commit.
extension SimulatedService {
  mutating func drive(_ kills: Int) throws {
    active += queue.takeStartable()
    guard let index = active.indices.randomElement(using: &random) else { return }
    let id = active[index]
    guard let run = disk.runs[id], !run.isEnded else { return leave(id) }
    checkTurn(id, run)
    var state: Live
    if let known = live[id] { state = known } else { state = try load(id) }
    // Its first event ended it.
    if state.machine.hasEnded { return try record([], of: id, &state, kills) }
    let isCalling = if case .calling = state.machine.state { true } else { false }
    if run.isCancelRequested {
      return try record([.cancelled(at: tick())], of: id, &state, kills)
    }
    if isPaused(id, run), !isCalling {
      live[id] = nil
      active.removeAll { $0 == id }
      return queue.stepBack(id, runbook: runbooks[run.runbook].name, isSeries: runbooks[run.runbook].isSeries)
    }
    try step(id, run, &state, kills)
  }

  private func isPaused(_ id: RunID, _ run: SimulatedDisk.Run) -> Bool {
    disk.paused.contains(run.runbook) || disk.pausedRuns.contains(id)
  }

  /// In series mode nothing goes on beside, or before, an earlier run; but others pass one that was paused before it began.
  private mutating func checkTurn(_ id: RunID, _ run: SimulatedDisk.Run) {
    guard runbooks[run.runbook].isSeries, !run.isCancelRequested else { return }
    let others = disk.order.filter { other in
      guard other != id, let known = disk.runs[other] else { return false }
      return known.runbook == run.runbook && !known.isEnded && !known.isCancelRequested
    }
    if others.contains(where: { disk.runs[$0]?.hasBegun == true }) {
      broken.append("two runs of a series at once")
    }
    let first = others.filter { !disk.passed.contains($0) }.min()
    if !run.hasBegun, !disk.passed.contains(id), let first, first < id { broken.append("a series out of order") }
  }

  /// A run read from the disk: the labels must be those that its values had.
  private mutating func load(_ id: RunID) throws -> Live {
    guard let run = disk.runs[id], let history = disk.history(of: id) else {
      broken.append("the history of \(id) does not read")
      throw Killed()
    }
    var machine = RunMachine(plan: runbooks[run.runbook].plan)
    for event in history { _ = machine.step(event) }
    for (name, handle) in machine.variables where handle.label != Self.label(of: name) {
      broken.append("the variable \(name) lost its label")
    }
    var effects: [RunEffect] = []
    if case .perform(let wanted) = machine.resumption { effects = wanted }
    let isResumed = if case .calling = machine.state { true } else { false }
    return Live(machine: machine, effects: effects, isResumed: isResumed)
  }

  /// Every variable has a label of its own, so that one that goes astray shows.
  static func label(of name: String) -> Label {
    Label(origin: .variable(name: name), rule: .masked, hosts: .nowhere)
  }

  private func value(_ name: String, in run: SimulatedDisk.Run, _ number: Int = 0) -> ValueHandle {
    let newest = run.labels.keys.max().map { Int($0.raw) } ?? -1
    return ValueHandle(id: ValueID(raw: UInt32(newest + 1 + number)), label: Self.label(of: name))
  }

  private mutating func step(
    _ id: RunID, _ run: SimulatedDisk.Run, _ state: inout Live, _ kills: Int
  ) throws {
    if case .calling(let address) = state.machine.state {
      if state.isResumed, case .interrupted = state.machine.resumption {
        return try record(
          [.callFailed(address, at: tick(), reason: .interrupted, request: nil, response: nil)], of: id, &state, kills)
      }
      return try record([try call(address, id, run, kills)], of: id, &state, kills)
    }
    guard let effect = state.effects.first else {
      broken.append("a run waits for nothing")
      return leave(id)
    }
    switch effect {
    case .finish: leave(id)
    case .call(let address):
      if isPaused(id, run) { broken.append("a call began while it, or its runbook, was paused") }
      try record([.callIntended(address, at: tick())], of: id, &state, kills)
    case .wait(let address, let until):
      try wait(id, run, &state, until, .waitElapsed(address, at: now), kills)
    case .waitToRestart(let until): try wait(id, run, &state, until, .restarted(at: now), kills)
    case .startRunbook(let address): try hand(address, id, run, &state, kills)
    case .decideCondition, .perform, .beginIteration, .advance, .askApproval, .awaitApproval:
      try record([inside(effect, run)], of: id, &state, kills)
    }
  }

  private mutating func call(
    _ address: EffectAddress, _ id: RunID, _ run: SimulatedDisk.Run, _ kills: Int
  ) throws -> RunEvent {
    try boundary(kills)
    sent[id, default: [:]][address, default: 0] += 1
    try boundary(kills)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .callFailed(address, at: tick(), reason: .timeout, request: nil, response: nil)
    case 1, 2: return .callFailed(address, at: tick(), reason: .status(503), request: nil, response: nil)
    default:
      let body = value("body", in: run)
      let response = ResponseRecord(status: 200, headers: body, body: body, durationMilliseconds: 1)
      return .callAnswered(
        address, at: tick(), request: nil, response: response, variables: ["last": value("last", in: run, 1)])
    }
  }

  private mutating func inside(_ effect: RunEffect, _ run: SimulatedDisk.Run) -> RunEvent {
    let item = value("item", in: run)
    switch effect {
    case .decideCondition(let address):
      return .conditionDecided(address, at: tick(), met: random.happens(percent: 50))
    case .perform(let address):
      return .performed(address, at: tick(), variables: ["item": item])
    case .beginIteration(let address):
      let count = Int.random(in: 0...3, using: &random)
      return .iterationBegan(
        address, at: tick(), count: count, items: item, element: count == 0 ? nil : item,
        variables: count == 0 ? [:] : ["item": item])
    case .advance(let address, let place):
      let element = place.first < place.count ? item : nil
      return .iterationAdvanced(
        address, at: tick(), element: element, variables: element.map { ["item": $0] } ?? [:])
    case .askApproval(let address):
      return .approvalAsked(
        address, at: tick(), request: RequestRecord(method: "POST", url: item, headers: item, body: nil),
        commitment: "c")
    case .awaitApproval(let address, _):
      return random.happens(percent: 20)
        ? .approvalRefused(address, at: tick(), by: "eve")
        : .approvalGiven(address, at: tick(), by: ["ada", "bob", "cleo"].randomElement(using: &random) ?? "ada")
    case .call, .startRunbook, .wait, .waitToRestart, .finish: return .cancelled(at: tick())
    }
  }

  /// Parked until its time; when that has come, the wait is over.
  private mutating func wait(
    _ id: RunID, _ run: SimulatedDisk.Run, _ state: inout Live, _ until: Instant, _ event: RunEvent, _ kills: Int
  ) throws {
    guard until <= now else {
      try record([], of: id, &state, kills)
      live[id] = nil
      active.removeAll { $0 == id }
      timers[id] = until
      return queue.park(id, runbook: runbooks[run.runbook].name, isSeries: runbooks[run.runbook].isSeries)
    }
    try record([event], of: id, &state, kills)
  }

  /// The run ends and another one begins, in one commit.
  private mutating func hand(
    _ address: EffectAddress, _ id: RunID, _ run: SimulatedDisk.Run, _ state: inout Live, _ kills: Int
  ) throws {
    guard disk.order.count < 40 else {
      return try record([.stepFailed(address, at: tick(), reason: .limit(.depth))], of: id, &state, kills)
    }
    let target = Int.random(in: 0..<runbooks.count, using: &random)
    let child = freshID(&random, at: tick())
    let given = ValueHandle(id: ValueID(raw: 0), label: Self.label(of: "given"))
    let first = RunEvent.started(at: now, roots: [:], variables: ["given": given])
    try record([.handedOver(address, at: now, to: child)], of: id, &state, kills) { disk in
      var new = SimulatedDisk.Run(runbook: target)
      new.events = [RunHistory.encode(first)]
      new.labels[given.id] = given.label
      new.parent = id
      disk.runs[child] = new
      disk.order.append(child)
      disk.begun[target, default: 0] += 1
    }
    queue.enqueue(child, runbook: runbooks[target].name, isSeries: runbooks[target].isSeries)
  }

  /// Steps the machine and writes what came of it, with what the end of a run changes around it.
  private mutating func record(
    _ events: [RunEvent], of id: RunID, _ state: inout Live, _ kills: Int,
    also: (inout SimulatedDisk) -> Void = { _ in }
  ) throws {
    guard let runbook = disk.runs[id]?.runbook else { return }
    for event in events { state.effects = state.machine.step(event) }
    state.isResumed = false
    let machine = state.machine
    try commit(kills) { disk in
      disk.runs[id]?.hasBegun = true
      for event in events {
        disk.runs[id]?.events.append(RunHistory.encode(event))
        for (_, handle) in event.values { disk.runs[id]?.labels[handle.id] = handle.label }
      }
      also(&disk)
      guard case .ended(let outcome) = machine.state else { return }
      disk.runs[id]?.isEnded = true
      disk.pausedRuns.remove(id)
      disk.ended[runbook, default: 0] += 1
      disk.outcomes[runbook, default: []].append(outcome)
      let asked = disk.streaks[runbook, default: FailureStreak()].take(outcome, Self.rules)
      disk.asked[runbook, default: []] += asked
      if outcome != .cancelled, let last = machine.variables["last"] { disk.kept[runbook] = (id, last.label) }
    }
    live[id] = state
    if machine.hasEnded { leave(id) }
  }

  private mutating func leave(_ id: RunID) {
    live[id] = nil
    active.removeAll { $0 == id }
    queue.finish(id, runbook: name(of: id))
  }
}
