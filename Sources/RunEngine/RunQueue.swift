/// Which run goes next: first in, first out within a runbook, one at a time in series mode, fair between
/// runbooks, under a cap for the service and one per runbook. Pure: the dispatcher asks and acts.
///
/// A run that waits long (a sleep, a back-off, an approval) is *parked*: it takes no place, and what it holds in memory
/// is its id. When it goes on it needs a place like any other, and gets the next one, before those that have not begun.
/// In series mode it still holds its runbook's line (details.md).
package struct RunQueue: Equatable, Sendable {
  /// How many runs may be active.
  package struct Caps: Equatable, Sendable {
    /// Of the service, and where nothing is configured.
    package static let usual = (service: 64, perRunbook: 32)

    package var service: Int
    package var perRunbook: Int

    package init(service: Int = usual.service, perRunbook: Int = usual.perRunbook) {
      self.service = max(1, service)
      self.perRunbook = max(1, perRunbook)
    }
  }

  private struct Line: Equatable {
    var waiting = RunLine()
    /// Runs that were parked and go on: before any that have not begun.
    var returning = RunLine()
    var active: Set<RunID> = []
    var parked: Set<RunID> = []
    var isSeries = false
    /// How many runs of the runbook may be under way at once, where its document says so.
    var cap: Int?
    /// Held: queued runs stay queued (the runbook was disabled).
    var isHeld = false
    /// Paused: runs that have begun stay where they are too.
    var isPaused = false
    /// Runs that are paused by themselves, wherever they stand.
    var paused: Set<RunID> = []
    /// Those of them that have not begun, and those that would return: out of their lines, so that others pass.
    var withheld: Set<RunID> = []
    var halted: Set<RunID> = []

    var isEmpty: Bool {
      waiting.isEmpty && returning.isEmpty && active.isEmpty && parked.isEmpty && !isHeld && !isPaused
        && paused.isEmpty
    }

    /// Whether runs wait for their turn.
    var isAwaited: Bool { !waiting.isEmpty || !returning.isEmpty }

    func knows(_ run: RunID) -> Bool {
      active.contains(run) || parked.contains(run) || waiting.contains(run) || returning.contains(run)
        || withheld.contains(run) || halted.contains(run)
    }

    /// Whether a run that has not begun may begin, as far as its runbook is concerned: those that go on come first.
    func mayBegin(_ caps: Caps) -> Bool {
      guard !isHeld, returning.isEmpty else { return false }
      return isSeries ? mayGoOn(caps) && parked.isEmpty && halted.isEmpty : mayGoOn(caps)
    }

    /// Whether a run that has begun may go on, as far as its runbook is concerned.
    func mayGoOn(_ caps: Caps) -> Bool {
      guard !isPaused else { return false }
      return isSeries ? active.isEmpty : active.count < min(caps.perRunbook, cap ?? caps.perRunbook)
    }
  }

  package let caps: Caps
  private var lines: [String: Line] = [:]
  /// Whether the runs of a runbook go one by one, as its document says now; whoever is pinned to an older one changes nothing.
  private var modes: [String: Bool] = [:]
  /// How many runs of a runbook may be under way at once, as its document says now; the same holds.
  private var limits: [String: Int?] = [:]
  /// Runbooks with something waiting, in the order in which they get their next turn.
  private var turns: [String] = []
  private(set) var activeCount = 0
  /// Runs that wait for their turn.
  package private(set) var waitingCount = 0
  /// Runs that are parked.
  package private(set) var parkedCount = 0

  package init(caps: Caps = Caps()) {
    self.caps = caps
  }

  /// Runs of one runbook that wait for their turn.
  package func waitingCount(of runbook: String) -> Int { lines[runbook]?.waiting.count ?? 0 }

  /// Says whether the runs of a runbook go one by one from here on. Before that, whoever puts a run in says so (`isSeries`).
  package mutating func setMode(isSeries: Bool, runbook: String) {
    modes[runbook] = isSeries
    lines[runbook]?.isSeries = isSeries
  }

  /// The line of a runbook, taken out while it is changed, so that nothing of it is copied.
  private mutating func takeLine(_ runbook: String, isSeries: Bool) -> Line {
    var line = lines.removeValue(forKey: runbook) ?? Line()
    line.isSeries = modes[runbook] ?? isSeries
    if let limit = limits[runbook] { line.cap = limit }
    return line
  }

  /// Puts a run into its runbook's line, before all that came later, by their ids. One that is known already is left where
  /// it is. One that is under way stands before those that have not begun.
  package mutating func enqueue(_ run: RunID, runbook: String, isSeries: Bool, isUnderWay: Bool = false) {
    var line = takeLine(runbook, isSeries: isSeries)
    if !line.knows(run) { stand(run, in: &line, of: runbook, isUnderWay: isUnderWay) }
    lines[runbook] = line
  }

  /// Puts a run where it waits for its turn, or, where it is paused, beside it.
  private mutating func stand(_ run: RunID, in line: inout Line, of runbook: String, isUnderWay: Bool) {
    guard !line.paused.contains(run) else {
      if isUnderWay { line.halted.insert(run) } else { line.withheld.insert(run) }
      return
    }
    if isUnderWay { line.returning.append(run) } else { line.waiting.insert(run) }
    waitingCount += 1
    if !turns.contains(runbook) { turns.append(runbook) }
  }

  /// Takes a place for a run that would begin at once: nothing of its runbook waits, and the caps allow it.
  /// Whoever took a place and does not use it gives it back with `finish`.
  package mutating func takePlace(_ run: RunID, runbook: String, isSeries: Bool) -> Bool {
    var line = takeLine(runbook, isSeries: isSeries)
    let takes = activeCount < caps.service && line.waiting.isEmpty && line.mayBegin(caps)
    if takes {
      line.active.insert(run)
      activeCount += 1
    }
    lines[runbook] = line.isEmpty ? nil : line
    return takes
  }

  /// Whether a run that is over with its first commit needs no place: it is never under way, and holds nobody up. Not where
  /// the runbook has an order, a number of its own, or stands still.
  package func mayPass(runbook: String) -> Bool {
    guard let line = lines[runbook] else { return (limits[runbook] ?? nil) == nil && modes[runbook] != true }
    return !line.isSeries && !line.isHeld && !line.isPaused && (limits[runbook] ?? line.cap) == nil
  }

  /// Lets at most so many runs of a runbook be under way at once, whatever the caps allow; nil: as many as they allow.
  /// Holds from the next run on that begins. Said before a run is put into the line, or takes a place, by the documents
  /// that it is pinned to; what `setLimit` has said counts for more.
  package mutating func limit(_ cap: Int?, runbook: String) {
    guard limits[runbook] == nil else { return }
    guard let cap else {
      lines[runbook]?.cap = nil
      return
    }
    lines[runbook, default: Line()].cap = max(1, cap)
  }

  /// Says the same as the runbook's document says now.
  package mutating func setLimit(_ cap: Int?, runbook: String) {
    let cap = cap.map { max(1, $0) }
    limits[runbook] = .some(cap)
    lines[runbook]?.cap = cap
    if let line = lines[runbook], line.isAwaited, !turns.contains(runbook) { turns.append(runbook) }
  }

  /// Keeps a runbook's queued runs queued, or lets them go on.
  package mutating func hold(_ isHeld: Bool, runbook: String) {
    var line = lines[runbook] ?? Line()
    line.isHeld = isHeld
    lines[runbook] = line.isEmpty ? nil : line
    if !isHeld, !line.waiting.isEmpty, !turns.contains(runbook) { turns.append(runbook) }
  }

  /// Lets no run of a runbook begin or go on, or lets all go on in their order. Runs that are active stop when they ask.
  package mutating func pause(_ isPaused: Bool, runbook: String) {
    var line = lines[runbook] ?? Line()
    line.isPaused = isPaused
    lines[runbook] = line.isEmpty ? nil : line
    let isAwaited = !line.waiting.isEmpty || !line.returning.isEmpty
    if !isPaused, isAwaited, !turns.contains(runbook) { turns.append(runbook) }
  }

  /// Lets a run begin or go on no more, or lets it do so. In series mode one that has begun holds its runbook's line
  /// meanwhile; others pass one that has not, and it comes back to the place that its age gives it.
  /// A run that is active stops when it asks; one that is parked stays so, and goes no further when its time has come.
  package mutating func pause(_ isPaused: Bool, run: RunID, runbook: String) {
    var line = lines.removeValue(forKey: runbook) ?? Line()
    if isPaused {
      line.paused.insert(run)
      if line.waiting.remove(run) {
        line.withheld.insert(run)
        waitingCount -= 1
      } else if line.returning.remove(run) {
        line.halted.insert(run)
        waitingCount -= 1
      }
    } else {
      line.paused.remove(run)
      if line.withheld.remove(run) != nil {
        line.waiting.insert(run)
        waitingCount += 1
      } else if line.halted.remove(run) != nil {
        line.returning.insert(run)
        waitingCount += 1
      }
    }
    let isAwaited = !line.waiting.isEmpty || !line.returning.isEmpty
    if !isAwaited { turns.removeAll { $0 == runbook } } else if !turns.contains(runbook) { turns.append(runbook) }
    lines[runbook] = line.isEmpty ? nil : line
  }

  /// Whether the run is paused, by itself or with its runbook.
  package func isPaused(_ run: RunID, runbook: String) -> Bool {
    lines[runbook].map { $0.isPaused || $0.paused.contains(run) } ?? false
  }

  /// Runs of a runbook that are paused by themselves.
  package func pausedCount(of runbook: String) -> Int { lines[runbook]?.paused.count ?? 0 }

  /// The same of all runbooks.
  package var pausedCount: Int { lines.values.reduce(0) { $0 + $1.paused.count } }

  /// An active run gives up its place and stands before those that have not begun; one that has not begun itself comes back
  /// to the place that its age gives it.
  package mutating func stepBack(_ run: RunID, runbook: String, isSeries: Bool, hasBegun: Bool = true) {
    var line = takeLine(runbook, isSeries: isSeries)
    if line.active.remove(run) != nil { activeCount -= 1 }
    if !line.knows(run) { stand(run, in: &line, of: runbook, isUnderWay: hasBegun) }
    lines[runbook] = line
  }

  /// Whether no run of the runbook begins or goes on.
  package func isPaused(_ runbook: String) -> Bool { lines[runbook]?.isPaused ?? false }

  /// Whether queued runs of the runbook stay queued.
  package func isHeld(_ runbook: String) -> Bool { lines[runbook]?.isHeld ?? false }

  /// An active run, or one that a restart found waiting, gives up its place until `unpark`.
  package mutating func park(_ run: RunID, runbook: String, isSeries: Bool) {
    var line = takeLine(runbook, isSeries: isSeries)
    if line.active.remove(run) != nil { activeCount -= 1 }
    if line.parked.insert(run).inserted { parkedCount += 1 }
    lines[runbook] = line
  }

  /// A parked run goes on as soon as there is a place; false where it was not parked.
  @discardableResult
  package mutating func unpark(_ run: RunID, runbook: String) -> Bool {
    guard var line = lines[runbook], line.parked.remove(run) != nil else { return false }
    parkedCount -= 1
    stand(run, in: &line, of: runbook, isUnderWay: true)
    lines[runbook] = line
    return true
  }

  /// The runs that may begin or go on now; they count as active from here on.
  package mutating func takeStartable() -> [RunID] {
    var startable: [RunID] = []
    var idleTurns = 0
    while activeCount < caps.service, idleTurns < turns.count {
      let runbook = turns.removeFirst()
      guard var line = lines.removeValue(forKey: runbook) else { continue }
      let next: RunID?
      if let returning = line.returning.first, line.mayGoOn(caps) {
        line.returning.removeFirst()
        next = returning
      } else if let waiting = line.waiting.first, line.mayBegin(caps) {
        line.waiting.removeFirst()
        next = waiting
      } else {
        next = nil
      }
      if let next {
        idleTurns = 0
        line.active.insert(next)
        activeCount += 1
        waitingCount -= 1
        startable.append(next)
      } else {
        idleTurns += 1
      }
      if !line.waiting.isEmpty || !line.returning.isEmpty { turns.append(runbook) }
      lines[runbook] = line
    }
    return startable
  }

  /// Takes a run that does not run out of its line, to be ended at once; false where it is active, or not known.
  package mutating func withdraw(_ run: RunID, runbook: String) -> Bool {
    guard let line = lines[runbook], line.knows(run), !line.active.contains(run) else { return false }
    finish(run, runbook: runbook)
    return true
  }

  /// The run is over, or was given back: its place is free.
  package mutating func finish(_ run: RunID, runbook: String) {
    guard var line = lines.removeValue(forKey: runbook) else { return }
    if line.active.remove(run) != nil { activeCount -= 1 }
    if line.parked.remove(run) != nil { parkedCount -= 1 }
    if line.waiting.remove(run) { waitingCount -= 1 }
    if line.returning.remove(run) { waitingCount -= 1 }
    line.withheld.remove(run)
    line.halted.remove(run)
    line.paused.remove(run)
    if line.waiting.isEmpty, line.returning.isEmpty { turns.removeAll { $0 == runbook } }
    lines[runbook] = line.isEmpty ? nil : line
  }

  /// Forgets everything, as when the service is sealed.
  package mutating func removeAll() {
    lines = [:]
    modes = [:]
    limits = [:]
    turns = []
    activeCount = 0
    waitingCount = 0
    parkedCount = 0
  }
}

/// A line of runs: first in, first out, and quick to ask whether one is in it.
struct RunLine: Equatable, Sendable {
  private var runs: [RunID] = []
  private var head = 0
  private var members: Set<RunID> = []

  var isEmpty: Bool { members.isEmpty }
  var count: Int { members.count }
  var first: RunID? { head < runs.count ? runs[head] : nil }

  func contains(_ run: RunID) -> Bool { members.contains(run) }

  mutating func append(_ run: RunID) {
    if members.insert(run).inserted { runs.append(run) }
  }

  /// Puts a run before all that came later, by their ids.
  mutating func insert(_ run: RunID) {
    guard members.insert(run).inserted else { return }
    // The newest one comes last as a rule.
    let place = runs[head...].lastIndex { $0 < run }.map { $0 + 1 } ?? head
    runs.insert(run, at: place)
  }

  mutating func removeFirst() {
    guard let first else { return }
    members.remove(first)
    head += 1
    if head > 512, head * 2 > runs.count {
      runs.removeFirst(head)
      head = 0
    }
  }

  /// False where it was not in it.
  mutating func remove(_ run: RunID) -> Bool {
    guard members.remove(run) != nil else { return false }
    guard let place = runs[head...].firstIndex(of: run) else { return true }
    runs.remove(at: place)
    return true
  }
}
