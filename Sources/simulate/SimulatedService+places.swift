import RunEngine

/// Whose turn it is, as the queue says, and what an observer says to that: caps, pauses, and the order of a series.
extension SimulatedService {
  /// Lets all go on whose turn has come.
  mutating func takeStartable() {
    for id in queue.takeStartable() {
      judgeTurn(id)
      places[id] = disk.runs[id]?.runbook
      active.append(id)
    }
    judgeWaiting()
  }

  /// Whoever waits for his turn now waits for somebody: no run that could begin is left.
  private mutating func judgeWaiting() {
    guard places.count < caps.service else { return }
    for id in disk.unfinished where hasBegun[id] == false && places[id] == nil && !requested.contains(id) {
      guard let run = disk.runs[id] else { continue }
      let runbook = runbooks[run.runbook]
      if run.isCancelRequested || queue.isPaused(id, runbook: runbook.name) { continue }
      let beside = places.values.filter { $0 == run.runbook }.count
      let isFree =
        runbook.isSeries
        ? beside == 0 && !disk.unfinished.contains { disk.runs[$0]?.runbook == run.runbook && hasBegunAnywhere($0) }
        : beside < min(caps.perRunbook, runbook.cap ?? caps.perRunbook)
      if isFree { broken.append("a run waits for its turn, and nobody is before it") }
    }
  }

  private func hasBegunAnywhere(_ id: RunID) -> Bool { disk.runs[id]?.row.hasBegun == true || hasBegun[id] == true }

  mutating func takePlace(_ id: RunID, of runbook: Int) -> Bool {
    queue.limit(runbooks[runbook].cap, runbook: runbooks[runbook].name)
    let takes = queue.takePlace(id, runbook: runbooks[runbook].name, isSeries: runbooks[runbook].isSeries)
    guard takes else { return false }
    if queue.isPaused(runbooks[runbook].name) { broken.append("a run of a paused runbook begins") }
    judgeCaps(of: runbook)
    judgeComing(id, of: runbook)
    judgeOrder(id, of: runbook, hasBegun: false)
    places[id] = runbook
    return true
  }

  /// A run that is taken from its line goes on or begins now: it was not paused, and none had to come before it.
  private mutating func judgeTurn(_ id: RunID) {
    guard let run = disk.runs[id] else { return broken.append("a run that is not on disk has its turn") }
    let hasBegun = run.row.hasBegun || self.hasBegun[id] == true
    if queue.isPaused(id, runbook: runbooks[run.runbook].name) { broken.append("a paused run has its turn") }
    judgeCaps(of: run.runbook)
    if !hasBegun { judgeComing(id, of: run.runbook) }
    judgeOrder(id, of: run.runbook, hasBegun: hasBegun)
  }

  /// No more runs are under way than the caps allow, whether they begin or go on.
  private mutating func judgeCaps(of runbook: Int) {
    if places.count >= caps.service { broken.append("more runs are under way than the service's cap allows") }
    guard !runbooks[runbook].isSeries else { return }
    let beside = places.values.filter { $0 == runbook }.count
    if beside >= min(caps.perRunbook, runbooks[runbook].cap ?? caps.perRunbook) {
      broken.append("more runs of a runbook are under way than its cap allows")
    }
  }

  /// Whoever goes on after a wait comes before those of his runbook that have not begun.
  private mutating func judgeComing(_ id: RunID, of runbook: Int) {
    let isPassing = others(than: id, of: runbook).contains { other in
      guard hasBegun[other] == true, places[other] == nil, let known = disk.runs[other], !known.row.isEnded else {
        return false
      }
      let waits = requested.contains(other) || active.contains(other) || timers.contains { $0.run == other }
      return !waits && !queue.isPaused(other, runbook: runbooks[runbook].name)
    }
    if isPassing { broken.append("a run begins before one of its runbook that would go on") }
  }

  /// In series mode a run begins, or goes on, beside no other one; and it begins before none that came earlier, unless that
  /// one is paused now.
  private mutating func judgeOrder(_ id: RunID, of runbook: Int, hasBegun: Bool) {
    guard runbooks[runbook].isSeries else { return }
    if places.contains(where: { $0.key != id && $0.value == runbook })
      || others(than: id, of: runbook).contains(where: { disk.runs[$0]?.row.hasBegun == true })
    {
      broken.append("two runs of a series at once")
    }
    if hasBegun { return }
    let isPassing = earlier(than: id, of: runbook).contains { !queue.isPaused($0, runbook: runbooks[runbook].name) }
    if isPassing { broken.append("a series out of order") }
  }

  /// In series mode nothing goes on beside another run.
  mutating func checkTurn(_ id: RunID) {
    guard let run = disk.runs[id], runbooks[run.runbook].isSeries, !run.isCancelRequested, !run.row.isEnded else {
      return
    }
    if others(than: id, of: run.runbook).contains(where: { disk.runs[$0]?.row.hasBegun == true }) {
      broken.append("two runs of a series at once")
    }
  }

  /// Runs of a runbook besides one, that are not over and were not cancelled.
  private func others(than id: RunID, of runbook: Int) -> [RunID] {
    disk.unfinished.filter { other in
      guard other != id, let known = disk.runs[other] else { return false }
      return known.runbook == runbook && !known.isCancelRequested
    }
  }

  /// Those of them that the service knew before this one was asked for: they come first.
  private func earlier(than id: RunID, of runbook: Int) -> [RunID] {
    others(than: id, of: runbook).filter { other in
      (known[other] ?? .max) < (asked[id] ?? 0) && hasBegun[other] != nil
    }
  }
}
