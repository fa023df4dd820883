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

  /// The runs of one runbook that wait: every step takes the same time however long the line is. A run that left it from
  /// the middle stays in `order` until its turn comes.
  private struct Waiting: Equatable {
    private var order: [(run: RunID, ticket: UInt64)] = []
    /// Those before it have had their turn.
    private var next = 0
    private var tickets: [RunID: UInt64] = [:]
    private var lastTicket: UInt64 = 0

    var count: Int { tickets.count }
    var isEmpty: Bool { tickets.isEmpty }

    func contains(_ run: RunID) -> Bool { tickets[run] != nil }

    mutating func append(_ run: RunID) {
      lastTicket += 1
      tickets[run] = lastTicket
      order.append((run, lastTicket))
    }

    /// False where it does not wait.
    mutating func remove(_ run: RunID) -> Bool {
      guard tickets.removeValue(forKey: run) != nil else { return false }
      if tickets.isEmpty { self = Waiting() }
      return true
    }

    mutating func popFirst() -> RunID? {
      while next < order.count {
        let (run, ticket) = order[next]
        next += 1
        guard tickets[run] == ticket else { continue }
        tickets[run] = nil
        if tickets.isEmpty {
          self = Waiting()
        } else if next > 1_024, next * 2 > order.count {
          order.removeFirst(next)
          next = 0
        }
        return run
      }
      return nil
    }

    static func == (left: Waiting, right: Waiting) -> Bool { left.inOrder == right.inOrder }

    private var inOrder: [RunID] { order[next...].filter { tickets[$0.run] == $0.ticket }.map(\.run) }
  }

  private struct Line: Equatable {
    var waiting = Waiting()
    var active: Set<RunID> = []
    var isSeries = false
    /// Held: queued runs stay queued (the runbook was disabled).
    var isHeld = false

    /// Runs that may be active at once.
    func cap(_ caps: Caps) -> Int { isSeries ? 1 : caps.perRunbook }
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
  package private(set) var waitingCount = 0

  /// Runs of one runbook that wait for their turn.
  package func waitingCount(of runbook: String) -> Int { lines[runbook]?.waiting.count ?? 0 }

  /// Puts a run at the end of its runbook's line. A run that is known already is left where it is.
  package mutating func enqueue(_ run: RunID, runbook: String, isSeries: Bool) {
    var line = take(runbook)
    line.isSeries = isSeries
    if !line.active.contains(run) && !line.waiting.contains(run) {
      if line.waiting.isEmpty { turns.append(runbook) }
      line.waiting.append(run)
      waitingCount += 1
    }
    put(line, runbook)
  }

  /// Takes a place for a run that would begin at once: nothing of its runbook waits, and the caps allow it.
  /// Whoever took a place and does not use it gives it back with `finish`.
  package mutating func takePlace(_ run: RunID, runbook: String, isSeries: Bool) -> Bool {
    guard activeCount < caps.service else { return false }
    var line = take(runbook)
    line.isSeries = isSeries
    let hasPlace = line.waiting.isEmpty && !line.isHeld && line.active.count < line.cap(caps)
    if hasPlace {
      line.active.insert(run)
      activeCount += 1
    }
    put(line, runbook)
    return hasPlace
  }

  /// Keeps a runbook's queued runs queued, or lets them go on.
  package mutating func hold(_ isHeld: Bool, runbook: String) {
    var line = take(runbook)
    line.isHeld = isHeld
    put(line, runbook)
  }

  /// The runs that may begin now; they count as active from here on.
  package mutating func takeStartable() -> [RunID] {
    var startable: [RunID] = []
    var idleTurns = 0
    while activeCount < caps.service, idleTurns < turns.count {
      let runbook = turns.removeFirst()
      var line = take(runbook)
      if line.isHeld || line.active.count >= line.cap(caps) {
        turns.append(runbook)
        idleTurns += 1
      } else if let run = line.waiting.popFirst() {
        idleTurns = 0
        waitingCount -= 1
        line.active.insert(run)
        activeCount += 1
        startable.append(run)
        if !line.waiting.isEmpty { turns.append(runbook) }
      }
      put(line, runbook)
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
    var line = take(runbook)
    if line.active.remove(run) != nil { activeCount -= 1 }
    if line.waiting.remove(run) {
      waitingCount -= 1
      if line.waiting.isEmpty { turns.removeAll { $0 == runbook } }
    }
    put(line, runbook)
  }

  /// Forgets everything, as when the service is sealed.
  package mutating func removeAll() {
    lines = [:]
    turns = []
    waitingCount = 0
    activeCount = 0
  }

  /// A line is taken out while it is changed, so that nothing of it is copied.
  private mutating func take(_ runbook: String) -> Line { lines.removeValue(forKey: runbook) ?? Line() }

  /// Puts a line back where there is anything to know of it.
  private mutating func put(_ line: Line, _ runbook: String) {
    if !line.active.isEmpty || !line.waiting.isEmpty || line.isHeld { lines[runbook] = line }
  }
}
