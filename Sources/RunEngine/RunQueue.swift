/// Which run goes next: first in, first out within a runbook, one at a time in series mode, fair between
/// runbooks, under a cap for the service and one per runbook. Pure: the dispatcher asks and acts.
///
/// A run that waits (a back-off, a sleep) stays active: in series mode it holds the line (details.md).
package struct RunQueue: Equatable, Sendable {
  /// How many runs may be active.
  package struct Caps: Equatable, Sendable {
    package var service: Int
    package var perRunbook: Int

    package init(service: Int = 64, perRunbook: Int = 32) {
      self.service = max(1, service)
      self.perRunbook = max(1, perRunbook)
    }
  }

  private struct Line: Equatable {
    var waiting: [RunID] = []
    var active: Set<RunID> = []
    var isSeries = false
    /// Held: queued runs stay queued (the runbook was disabled).
    var isHeld = false
    /// Waiting runs that had begun before: they are first in line, and go on where it is held.
    var underWay: Set<RunID> = []
  }

  package let caps: Caps
  private var lines: [String: Line] = [:]
  /// Runbooks with something waiting, in the order in which they get their next turn.
  private var turns: [String] = []
  private(set) var activeCount = 0

  package init(caps: Caps = Caps()) {
    self.caps = caps
  }

  /// Runs that wait for their turn.
  package var waitingCount: Int { lines.values.reduce(0) { $0 + $1.waiting.count } }

  /// Runs of one runbook that wait for their turn.
  package func waitingCount(of runbook: String) -> Int { lines[runbook]?.waiting.count ?? 0 }

  /// Puts a run at the end of its runbook's line. A run that is known already is left where it is.
  /// One that is under way stands before those that have not begun.
  package mutating func enqueue(_ run: RunID, runbook: String, isSeries: Bool, isUnderWay: Bool = false) {
    var line = lines[runbook] ?? Line()
    line.isSeries = isSeries
    if !line.active.contains(run) && !line.waiting.contains(run) {
      if isUnderWay {
        line.waiting.insert(run, at: line.underWay.count)
        line.underWay.insert(run)
      } else {
        line.waiting.append(run)
      }
      if !turns.contains(runbook) { turns.append(runbook) }
    }
    lines[runbook] = line
  }

  /// Takes a place for a run that would begin at once: nothing of its runbook waits, and the caps allow it.
  /// Whoever took a place and does not use it gives it back with `finish`.
  package mutating func takePlace(_ run: RunID, runbook: String, isSeries: Bool) -> Bool {
    var line = lines[runbook] ?? Line()
    line.isSeries = isSeries
    let cap = isSeries ? 1 : caps.perRunbook
    guard activeCount < caps.service, line.waiting.isEmpty, !line.isHeld, line.active.count < cap else { return false }
    line.active.insert(run)
    activeCount += 1
    lines[runbook] = line
    return true
  }

  /// Keeps a runbook's queued runs queued, or lets them go on.
  package mutating func hold(_ isHeld: Bool, runbook: String) {
    var line = lines[runbook] ?? Line()
    line.isHeld = isHeld
    lines[runbook] = line.active.isEmpty && line.waiting.isEmpty && !isHeld ? nil : line
  }

  /// Whether queued runs of the runbook stay queued.
  package func isHeld(_ runbook: String) -> Bool { lines[runbook]?.isHeld ?? false }

  /// The runs that may begin now; they count as active from here on.
  package mutating func takeStartable() -> [RunID] {
    var startable: [RunID] = []
    var idleTurns = 0
    while activeCount < caps.service, idleTurns < turns.count {
      let runbook = turns.removeFirst()
      guard var line = lines[runbook], let run = line.waiting.first else { continue }
      let cap = line.isSeries ? 1 : caps.perRunbook
      guard !line.isHeld || line.underWay.contains(run), line.active.count < cap else {
        turns.append(runbook)
        idleTurns += 1
        continue
      }
      idleTurns = 0
      line.waiting.removeFirst()
      line.underWay.remove(run)
      line.active.insert(run)
      activeCount += 1
      startable.append(run)
      if !line.waiting.isEmpty { turns.append(runbook) }
      lines[runbook] = line
    }
    return startable
  }

  /// Takes a waiting run out of its line, to be ended at once; false where it does not wait.
  package mutating func withdraw(_ run: RunID, runbook: String) -> Bool {
    guard lines[runbook]?.waiting.contains(run) == true else { return false }
    finish(run, runbook: runbook)
    return true
  }

  /// The run is over, or was given back: its place is free.
  package mutating func finish(_ run: RunID, runbook: String) {
    guard var line = lines[runbook] else { return }
    if line.active.remove(run) != nil { activeCount -= 1 }
    line.waiting.removeAll { $0 == run }
    line.underWay.remove(run)
    if line.waiting.isEmpty { turns.removeAll { $0 == runbook } }
    lines[runbook] = line.active.isEmpty && line.waiting.isEmpty && !line.isHeld ? nil : line
  }

  /// Forgets everything, as when the service is sealed.
  package mutating func removeAll() {
    lines = [:]
    turns = []
    activeCount = 0
  }
}
