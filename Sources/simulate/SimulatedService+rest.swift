import RunEngine

/// What an observer says where nothing is under way: every run that is not over stands for a reason that somebody can see.
extension SimulatedService {
  /// Nothing goes on by itself before somebody resumes what is paused, or a time has come; false where a run stands for
  /// no reason.
  mutating func goOn() -> Bool {
    takeStartable()
    guard active.isEmpty else { return true }
    guard judgeStanding() else { return false }
    let runs = disk.unfinished.filter { disk.runs[$0]?.isPauseRequested == true }.map { Pause.Subject.run($0) }
    let paused = runs + disk.paused.sorted().map { Pause.Subject.runbook($0) }
    if let subject = paused.randomElement(using: &random), timers.isEmpty || random.happens(percent: 50) {
      alter { _ = Pause(subject: subject, isPaused: false).write(to: &$0) }
      follow(subject)
    } else if let next = timers.map(\.until).min() {
      clock.reach(next)
      rouseDue()
    }
    return true
  }

  private mutating func judgeStanding() -> Bool {
    let before = broken.count
    for id in disk.unfinished {
      guard let run = disk.runs[id] else { continue }
      if queue.isPaused(id, runbook: runbooks[run.runbook].name) != disk.isPaused(id) {
        broken.append("\(id) is paused on disk, or in the queue, but not in both")
      }
      if !isSeenWaiting(id), !isBehindOther(id, run) { broken.append("\(id) stands still, and waits for nothing") }
      if let history = disk.history(of: id) {
        var machine = RunMachine(plan: runbooks[run.runbook].plan)
        for event in history.events { _ = machine.step(event) }
        if !run.row.saysWait(of: machine.state) { broken.append("the list says that \(id) waits for something else") }
      }
    }
    return broken.count == before
  }

  /// Whether it is paused, or sleeps until the time that the list says.
  private func isSeenWaiting(_ id: RunID) -> Bool {
    if disk.isPaused(id) { return true }
    guard let until = disk.runs[id]?.row.waiting?.until else { return false }
    return timers.contains { $0.run == id && $0.until == until }
  }

  /// Whether another run holds its series' line for such a reason.
  private func isBehindOther(_ id: RunID, _ run: SimulatedDisk.Run) -> Bool {
    guard runbooks[run.runbook].isSeries, !run.row.hasBegun else { return false }
    return disk.unfinished.contains { other in
      guard other != id, let known = disk.runs[other], known.runbook == run.runbook else { return false }
      return known.row.hasBegun && isSeenWaiting(other)
    }
  }
}

extension SimulatedDisk.Row {
  /// Whether the list says of a wait what the machine says.
  func saysWait(of state: RunState) -> Bool {
    switch state {
    case .waiting(_, let until), .restarting(_, let until):
      return waiting.map { $0.until == until && !$0.isForPeople } ?? false
    case .awaiting(_, let approval): return waiting.map { $0.until == approval.until && $0.isForPeople } ?? false
    case .queued, .deciding, .performing, .asking, .ready, .calling, .ended: return waiting == nil
    }
  }
}
