import Encodings
import Labels
import RunEngine

/// What a service has on disk: it survives every kill, and changes by whole batches. A batch that is refused changes nothing.
struct SimulatedDisk {
  /// What the list of runs knows of one, in clear.
  struct Row {
    /// Whether it has had a place.
    var hasBegun = false
    var outcome: RunOutcome?
    var startedAt: Instant?
    var endedAt: Instant?
    var steps = 0
    /// Until when it waits, and whether for people.
    var waiting: (until: Instant, isForPeople: Bool)?
    /// The number of its runbook that it began with; nil where it has not begun, or took another run's values over.
    var number: Int?

    var isEnded: Bool { outcome != nil }
  }

  struct Run {
    let runbook: Int
    var records: [SimulatedRecord] = []
    var row = Row()
    var isCancelRequested = false
    var isPauseRequested = false
    var parent: RunID?
    var retryOf: RunID?
    /// The slot of its runbook's schedule that it was started for.
    var slot: Instant?
    /// The commits with which it began and ended.
    var begun: Int?
    var ended: Int?
    /// The call whose intent stands without an outcome, and how often each was intended.
    var standing: EffectAddress?
    var intents: [EffectAddress: Int] = [:]
    /// The key that its start was named by.
    var key: Int?
    /// Labels of its values as they were when these came to be, whatever was made of them since.
    var labels: [ValueID: Label] = [:]

    var isPaused: Bool { isPauseRequested && !row.isEnded }
  }

  /// Somebody's answer to a question.
  struct Answer {
    let step: String
    let visit: Int
    let login: String
    let isGiven: Bool
    let at: Instant
  }

  /// What a batch says about a run and around it.
  struct Change {
    let run: RunID
    let events: [RunEvent]
    let records: [SimulatedRecord]
    /// Records that must stand before it.
    let after: Int
    let row: Row
    /// Set where the run's first step is in it, and where its end is.
    var begins = false
    var ends: RunOutcome?
    var milliseconds: Int64?
    /// The label of the variable that its runbook keeps.
    var kept: Label?
    /// Labels of the run's values, as they were when these came to be.
    var labels: [ValueID: Label] = [:]
  }

  var runs: [RunID: Run] = [:]
  /// In the order in which they came.
  var order: [RunID] = []
  /// Those that are not over, in the same order.
  private(set) var unfinished: [RunID] = []
  var paused: Set<Int> = []
  var tallies: [Int: RunTally] = [:]
  /// Ends of each runbook's runs, in their order, with what failures asked for.
  var outcomes: [Int: [RunOutcome]] = [:]
  var streaks: [Int: FailureStreak] = [:]
  var asked: [Int: [FailureAction]] = [:]
  /// The label of the variable that a runbook keeps, and the run that left it.
  var kept: [Int: (run: RunID, label: Label)] = [:]
  /// A number that each run of a runbook raises by one: what it kept, on top of what it began with.
  var numbers: [Int: Int] = [:]
  var approvals: [RunID: [Answer]] = [:]
  /// The slot of each schedule that was dealt with last, and how many were passed over.
  var slots: [Int: (slot: Instant, missed: Int64)] = [:]
  /// The run that was started under each key.
  var keys: [Int: RunID] = [:]
  /// Transactions so far.
  var commits = 0

  /// A run's events as they are read back; nil where one does not open or does not read.
  func history(of id: RunID) -> SimulatedHistory? { runs[id].flatMap { SimulatedHistory($0.records, of: id) } }

  // MARK: Intentions

  /// A new run with its first events; refused where one was started under its key.
  mutating func create(_ run: Run, _ change: Change) -> Bool {
    guard runs[change.run] == nil else { return false }
    if let key = run.key {
      guard keys[key] == nil else { return false }
      keys[key] = change.run
    }
    runs[change.run] = run
    order.append(change.run)
    unfinished.append(change.run)
    take(change)
    return true
  }

  /// Further events of a run, which must follow those that stand.
  mutating func append(_ change: Change) -> Bool {
    guard let run = runs[change.run] else { return false }
    guard change.records.isEmpty || run.records.count == change.after else { return false }
    take(change)
    return true
  }

  /// Whoever asks something of a run that is over is refused.
  mutating func ask(_ id: RunID, _ change: (inout Run) -> Void) -> Bool {
    guard runs[id]?.row.isEnded == false else { return false }
    runs[id].map { run in
      var run = run
      change(&run)
      runs[id] = run
    }
    return true
  }

  /// What was asked of a run that ends is asked of the one that it starts.
  mutating func handDown(from old: RunID, to new: RunID) {
    guard let asked = runs[old] else { return }
    if asked.isCancelRequested { runs[new]?.isCancelRequested = true }
    if asked.isPauseRequested { runs[new]?.isPauseRequested = true }
  }

  /// Whether a run stands still, by itself or with its runbook.
  func isPaused(_ id: RunID) -> Bool {
    runs[id].map { $0.isPaused || paused.contains($0.runbook) } ?? false
  }

  /// An answer to a run's question; the first one of a login stands.
  mutating func answer(_ id: RunID, _ answer: Answer) -> Bool {
    guard runs[id]?.row.isEnded == false else { return false }
    let isThere = approvals[id, default: []].contains {
      $0.step == answer.step && $0.visit == answer.visit && $0.login == answer.login
    }
    if !isThere { approvals[id, default: []].append(answer) }
    return true
  }

  /// Whether a slot may be started: none that was dealt with.
  func mayTake(_ slot: DueSlot, of runbook: Int) -> Bool { slots[runbook].map { $0.slot < slot.slot } ?? true }

  mutating func take(_ slot: DueSlot, of runbook: Int) {
    slots[runbook] = (slot.slot, (slots[runbook]?.missed ?? 0) + slot.missed)
  }

  // MARK: What follows

  private mutating func take(_ change: Change) {
    guard var run = runs[change.run] else { return }
    run.records += change.records
    run.row = change.row
    run.labels.merge(change.labels) { _, new in new }
    for event in change.events { Self.note(event, in: &run) }
    if run.begun == nil, run.row.hasBegun { run.begun = commits }
    if change.begins { tallies[run.runbook, default: RunTally()].add(.start) }
    if let outcome = change.ends {
      run.ended = commits
      unfinished.removeAll { $0 == change.run }
      end(change, outcome, of: run.runbook)
    }
    runs[change.run] = run
  }

  private static func note(_ event: RunEvent, in run: inout Run) {
    switch event {
    case .callIntended(let address, _):
      run.standing = address
      run.intents[address, default: 0] += 1
    case .callAnswered, .callFailed: run.standing = nil
    default: break
    }
  }

  /// What the end of a run changes around it.
  private mutating func end(_ change: Change, _ outcome: RunOutcome, of runbook: Int) {
    if let milliseconds = change.milliseconds {
      tallies[runbook, default: RunTally()].add(.end(steps: change.row.steps, milliseconds: milliseconds))
    }
    outcomes[runbook, default: []].append(outcome)
    asked[runbook, default: []] += streaks[runbook, default: FailureStreak()].take(outcome, SimulatedService.rules)
    if let label = change.kept { kept[runbook] = (change.run, label) }
    if let number = change.row.number, outcome != .cancelled, !change.events.isEmpty { numbers[runbook] = number + 1 }
  }
}
