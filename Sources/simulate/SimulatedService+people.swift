import RunEngine

/// What people ask of runs and runbooks: durable first, then told to whoever drives them.
extension SimulatedService {
  private mutating func anyUnfinished() -> RunID? { disk.unfinished.randomElement(using: &random) }

  // MARK: Pauses

  /// A pause, or its end.
  struct Pause {
    enum Subject {
      case runbook(Int)
      case run(RunID)
    }

    let subject: Subject
    let isPaused: Bool

    /// False where the run is over.
    func write(to disk: inout SimulatedDisk) -> Bool {
      switch subject {
      case .runbook(let runbook):
        if isPaused { disk.paused.insert(runbook) } else { disk.paused.remove(runbook) }
        return true
      case .run(let id): return disk.ask(id) { $0.isPauseRequested = isPaused }
      }
    }
  }

  mutating func pause(_ runbook: Int) {
    if random.happens(percent: 60) {
      // As often as not one whose turn has just come.
      let soon = active.filter { hasBegun[$0] == false }.randomElement(using: &random)
      guard let id = random.happens(percent: 50) ? soon ?? anyUnfinished() : anyUnfinished() else { return }
      figures.runPauses += 1
      ask(Pause(subject: .run(id), isPaused: true))
    } else {
      figures.pauses += 1
      ask(Pause(subject: .runbook(runbook), isPaused: true))
    }
  }

  mutating func resume() {
    let runs = disk.unfinished.filter { disk.runs[$0]?.isPauseRequested == true }
    if random.happens(percent: 60), let id = runs.randomElement(using: &random) {
      ask(Pause(subject: .run(id), isPaused: false))
    } else if let runbook = disk.paused.sorted().randomElement(using: &random) {
      ask(Pause(subject: .runbook(runbook), isPaused: false))
    }
  }

  private mutating func ask(_ pause: Pause) {
    pauses.append(pause)
    passTurn()
  }

  /// Whoever waits longest writes his pause, and lets the queue hold, before the next one does.
  private mutating func passTurn() {
    guard !isPausing, !pauses.isEmpty else { return }
    let pause = pauses.removeFirst()
    isPausing = true
    submit { disk in
      pause.write(to: &disk)
    } then: { service, receipt in
      switch receipt {
      case .written: service.apply(pause)
      case .failed: service.unknown.append(.pause(pause.subject))
      case .refused: break
      }
      service.isPausing = false
      service.passTurn()
    }
  }

  /// Lets the queue hold what is paused on disk, and no more.
  mutating func follow(_ subject: Pause.Subject) {
    switch subject {
    case .runbook(let runbook): apply(Pause(subject: subject, isPaused: disk.paused.contains(runbook)))
    case .run(let id): apply(Pause(subject: subject, isPaused: disk.runs[id]?.isPaused ?? false))
    }
  }

  mutating func apply(_ pause: Pause) {
    switch pause.subject {
    case .runbook(let runbook): queue.pause(pause.isPaused, runbook: runbooks[runbook].name)
    case .run(let id):
      queue.pause(pause.isPaused, run: id, runbook: name(of: id))
      guard pause.isPaused else { return }
      // The mark of a run that ended, or was let go on, while it was set would stay for ever. Where the disk cannot be read,
      // somebody looks later.
      guard canRead() else { return unknown.append(.pause(pause.subject)) }
      if disk.runs[id]?.isPaused != true { queue.pause(false, run: id, runbook: name(of: id)) }
    }
  }

  // MARK: Ends and answers

  mutating func cancel() {
    guard let id = anyUnfinished() else { return }
    submit { disk in
      disk.ask(id) { $0.isCancelRequested = true }
    } then: { service, receipt in
      guard receipt == .written else { return }
      service.requested.insert(id)
      guard service.hasBegun[id] != nil, service.queue.withdraw(id, runbook: service.name(of: id)) else { return }
      service.active.append(id)
    }
  }

  /// Somebody answers a question that a run waits with; one that comes too late is refused.
  mutating func answer() {
    let asking = disk.unfinished.filter { disk.runs[$0]?.row.waiting?.isForPeople == true }
    guard let id = asking.randomElement(using: &random), let run = disk.runs[id],
      let history = disk.history(of: id)
    else { return }
    let session = SimulatedSession(id, plan: runbooks[run.runbook].plan, run: run, history: history)
    guard case .awaiting(let address, let approval) = session.machine.state,
      let login = Self.people.randomElement(using: &random)
    else { return }
    // Somebody thinks about it until it is too late.
    if random.happens(percent: 15) {
      clock.reach(approval.until)
      rouseDue()
    }
    let now = clock.tick()
    guard now < approval.until else {
      figures.lateAnswers += 1
      return
    }
    let answer = SimulatedDisk.Answer(
      step: address.step, visit: address.visit, login: login, isGiven: random.happens(percent: 85), at: now)
    figures.approvals += 1
    submit { disk in
      disk.answer(id, answer)
    } then: { service, receipt in
      if receipt == .written { service.rouse(id) }
    }
  }

  /// Lets a parked run go on now: somebody has answered what it waits for.
  private mutating func rouse(_ id: RunID) {
    guard hasBegun[id] != nil else { return }
    if !queue.unpark(id, runbook: name(of: id)) { roused.insert(id) }
  }
}
