import RunEngine

/// What people ask of runs and runbooks: durable first, then told to whoever drives them.
extension SimulatedService {
  private mutating func anyUnfinished() -> RunID? { disk.unfinished.randomElement(using: &random) }

  mutating func pause(_ runbook: Int) {
    if random.happens(percent: 60) { return pauseRun() }
    figures.pauses += 1
    submit { disk in
      disk.paused.insert(runbook)
      return true
    } then: { service, receipt in
      guard receipt == .written else { return }
      service.queue.pause(true, runbook: service.runbooks[runbook].name)
    }
  }

  private mutating func pauseRun() {
    guard let id = anyUnfinished() else { return }
    figures.runPauses += 1
    passed.insert(id)
    submit { disk in
      disk.ask(id) { $0.isPauseRequested = true }
    } then: { service, receipt in
      guard receipt == .written else { return }
      service.queue.pause(true, run: id, runbook: service.name(of: id))
      // The mark of a run that ended, or was let go on, while it was set would stay for ever.
      guard service.disk.runs[id]?.isPaused != true else { return }
      service.queue.pause(false, run: id, runbook: service.name(of: id))
    }
  }

  mutating func resume() {
    let runs = disk.unfinished.filter { disk.runs[$0]?.isPauseRequested == true }
    if random.happens(percent: 60), let id = runs.randomElement(using: &random) {
      return submit { disk in
        disk.ask(id) { $0.isPauseRequested = false }
      } then: { service, receipt in
        guard receipt == .written else { return }
        service.queue.pause(false, run: id, runbook: service.name(of: id))
      }
    }
    guard let runbook = disk.paused.sorted().randomElement(using: &random) else { return }
    submit { disk in
      disk.paused.remove(runbook)
      return true
    } then: { service, receipt in
      guard receipt == .written else { return }
      service.queue.pause(false, runbook: service.runbooks[runbook].name)
    }
  }

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
    let session = SimulatedSession(id, plan: runbooks[run.runbook].plan, row: run.row, history: history)
    guard case .awaiting(let address, let approval) = session.machine.state,
      let login = Self.people.randomElement(using: &random)
    else { return }
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
