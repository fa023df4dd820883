import Encodings
import Labels
import RunEngine
import Runbooks

/// A whole service under faults, with virtual time: several runbooks, in series and parallel, their queue, their disk, and
/// people who start, cancel, repeat, approve, pause and resume. It is killed anywhere, also in the middle of a commit;
/// commits report failure although they became durable; records come back damaged; the clock is set back and forward.
/// The queue, the machines, the recorded form, ids, schedules, figures and streaks are the real ones; what stands between
/// them and the disk does as `Sources/Runner` does.
struct SimulatedService {
  struct Killed: Error {}

  struct Runbook {
    let plan: RunPlan
    let isSeries: Bool
    let name: String
    /// Whether its runs begin with what is stored: then none begins without a place.
    let hasStoredValues: Bool
    /// How many of its runs may be under way.
    let cap: Int?
    let schedule: Schedule?
  }

  /// What became of a batch, as the one who wrote it is told.
  enum Receipt {
    case written
    /// The data had moved: nothing of it is stored.
    case refused
    /// Nobody knows whether it was written.
    case failed
  }

  /// A batch that waits for the writer.
  struct Submission {
    /// False where it is refused.
    let change: (inout SimulatedDisk) -> Bool
    let done: (inout SimulatedService, Receipt) -> Void
  }

  static let rules = FailureRules([.disable: .once(after: 3), .ticket: .once(after: 2), .notify: .each])
  static let people = ["ada", "bob", "cleo"]

  let runbooks: [Runbook]
  let caps: RunQueue.Caps
  var faults: SimulatedFaults
  /// The disk as it is read, and as the next process finds it.
  var disk = SimulatedDisk()
  var durable = SimulatedDisk()
  var random: SimulationRandom
  var clock = SimulationClock()
  /// When the documents were saved.
  let savedAt: Instant

  // What an observer sees.
  /// What broke a rule while it ran, in words.
  var broken: [String] = []
  var figures = SimulatedFigures()
  /// Starts that somebody was told of.
  var acknowledged: Set<RunID> = []
  /// Starts that were named by a key, by that key.
  var orders: [Order] = []
  /// The order in which runs were asked for, and in which the service knew that they were there.
  var asked: [RunID: Int] = [:]
  var known: [RunID: Int] = [:]
  private var moment = 0
  /// How often each call left.
  var sent: [RunID: [EffectAddress: Int]] = [:]
  /// Runs of which a record was changed on disk.
  var damaged: Set<RunID> = []
  /// Runs that have a place, with their runbooks.
  var places: [RunID: Int] = [:]

  // What a kill takes.
  var ids = RunIDSequence()
  var queue: RunQueue
  var submissions: [Submission] = []
  var answers: [(done: (inout SimulatedService, Receipt) -> Void, receipt: Receipt)] = []
  /// Runs that the process knows, and whether they have had a place.
  var hasBegun: [RunID: Bool] = [:]
  /// Runs that are in hand: each has its place, or only has to end.
  var active: [RunID] = []
  /// Those of them whose commit is under way.
  var committing: Set<RunID> = []
  var live: [RunID: SimulatedSession] = [:]
  /// Sessions of runs that wait for their turn and are not read again.
  var kept: [RunID: SimulatedSession] = [:]
  var requested: Set<RunID> = []
  var roused: Set<RunID> = []
  var timers: [(run: RunID, until: Instant)] = []
  /// Runbooks whose slot is being started: it is looked at again when that is known.
  var slotsInHand: Set<Int> = []
  /// What somebody has to look at.
  var unknown: [Unknown] = []
  /// Pauses are written, and let the queue hold, one after another: those that wait, and whether one is under way.
  var pauses: [Pause] = []
  var isPausing = false

  init(seed: UInt64, killsPerMille: Int) {
    var random = SimulationRandom(seed: seed ^ 0x5EED)
    runbooks = (0..<Int.random(in: 2...4, using: &random)).map { number in
      let isSeries = random.happens(percent: 50)
      let cron = random.happens(percent: 30) ? try? CronExpression("0 * * * *") : nil
      return Runbook(
        plan: RandomPlan.make(isShort: !isSeries && random.happens(percent: 20), using: &random), isSeries: isSeries,
        name: "runbook-\(number)",
        hasStoredValues: isSeries || random.happens(percent: 35),
        cap: isSeries || random.happens(percent: 60) ? nil : Int.random(in: 1...2, using: &random),
        schedule: cron.map { Schedule(cron: $0, zone: Schedule.standardZone) })
    }
    caps = RunQueue.Caps(
      service: Int.random(in: 2...6, using: &random), perRunbook: Int.random(in: 1...4, using: &random))
    queue = RunQueue(caps: caps)
    faults = SimulatedFaults(killsPerMille: killsPerMille, using: &random)
    savedAt = clock.now
    self.random = random
  }

  /// Every variable has a label of its own, so that one that goes astray shows.
  static func label(of name: String) -> Label {
    Label(origin: .variable(name: name), rule: .masked, hosts: .nowhere)
  }

  // MARK: Its life

  /// People do this and that, then everything goes on to its end without further faults: in the same process or, as often
  /// as not, in a new one.
  mutating func run() {
    for _ in 0..<(faults.killsPerMille == 0 ? 100 : 180) {
      do {
        try operate()
      } catch {
        restart()
      }
    }
    faults = .none
    if random.happens(percent: 50) { restart() }
    for _ in 0..<20_000 {
      if isQuiet, disk.unfinished.isEmpty { break }
      try? work()
      if isQuiet, !goOn() { break }
    }
    for runbook in disk.paused { queue.pause(false, runbook: runbooks[runbook].name) }
  }

  /// Whether nothing is under way.
  private var isQuiet: Bool { submissions.isEmpty && answers.isEmpty && active.isEmpty && unknown.isEmpty }

  private mutating func operate() throws {
    if happens(faults.leapsPerMille) { leap() }
    if happens(faults.damagesPerMille) { damage() }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<11: start(Int.random(in: 0..<runbooks.count, using: &random))
    case 11..<13: pause(Int.random(in: 0..<runbooks.count, using: &random))
    case 13..<16: resume()
    case 16..<20: retry()
    case 20..<22: cancel()
    case 22..<26: pass(Int64.random(in: 1_000...700_000, using: &random))
    case 26..<30: answer()
    case 30..<33: lookAtSchedules()
    default: try work()
    }
  }

  /// The next thing that the process does by itself.
  private mutating func work() throws {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4: try drive()
    case 4..<7: try write()
    case 7 where !unknown.isEmpty: look()
    default: deliver()
    }
  }

  // MARK: Time and faults

  func name(of run: RunID) -> String { disk.runs[run].map { runbooks[$0.runbook].name } ?? "" }

  /// A point in the order of what happens.
  mutating func next() -> Int {
    moment += 1
    return moment
  }

  mutating func leap() {
    if clock.leap(using: &random) { figures.leapsBack += 1 } else { figures.leapsForward += 1 }
    rouseDue()
  }

  mutating func pass(_ milliseconds: Int64) {
    _ = clock.tick(milliseconds)
    rouseDue()
  }

  /// Whoever waited until now goes on.
  mutating func rouseDue() {
    let due = timers.filter { $0.until <= clock.now }
    timers.removeAll { $0.until <= clock.now }
    for (run, _) in due where hasBegun[run] != nil { queue.unpark(run, runbook: name(of: run)) }
  }

  mutating func boundary() throws {
    if happens(faults.killsPerMille) { throw Killed() }
  }

  mutating func happens(_ perMille: Int) -> Bool { Int.random(in: 0..<1_000, using: &random) < perMille }

  /// A record of a run that is not over comes back otherwise than it was written, or in another one's place.
  private mutating func damage() {
    guard let id = disk.unfinished.randomElement(using: &random), !damaged.contains(id),
      let count = disk.runs[id]?.records.count, count > 0
    else { return }
    let place = Int.random(in: 0..<count, using: &random)
    let other = disk.order.randomElement(using: &random).flatMap {
      disk.runs[$0]?.records.randomElement(using: &random)
    }
    guard var record = disk.runs[id]?.records[place] else { return }
    if random.happens(percent: 40), let other, other != record {
      record = other
    } else {
      record.damage(using: &random)
    }
    alter { if place < $0.runs[id]?.records.count ?? 0 { $0.runs[id]?.records[place] = record } }
    damaged.insert(id)
    figures.damages += 1
  }

  /// A new process: what is on disk, and nothing else.
  private mutating func restart() {
    figures.kills += 1
    if !submissions.isEmpty, !answers.isEmpty { figures.lostBehindOthers += 1 }
    (ids, queue) = (RunIDSequence(), RunQueue(caps: caps))
    (submissions, answers, active, timers) = ([], [], [], [])
    (hasBegun, live, kept) = ([:], [:], [:])
    (committing, requested, roused, slotsInHand) = ([], [], [], [])
    (places, unknown, pauses, isPausing) = ([:], [], [], false)
    disk = durable
    // A machine that is started anew may have another clock.
    if faults.leapsPerMille > 0, random.happens(percent: 20) { leap() }
    for run in acknowledged where disk.runs[run] == nil { broken.append("the acknowledged run \(run) is gone") }
    for runbook in disk.paused { queue.pause(true, runbook: runbooks[runbook].name) }
    let left = disk.unfinished
    for id in left { ids.follow(id) }
    for id in left.sorted() { takeUp(id) }
  }

  /// Puts an unfinished run where it stands.
  private mutating func takeUp(_ id: RunID) {
    guard let run = disk.runs[id] else { return }
    let runbook = runbooks[run.runbook]
    if known[id] == nil { known[id] = next() }
    if run.isCancelRequested { requested.insert(id) }
    hasBegun[id] = run.row.hasBegun
    queue.limit(runbook.cap, runbook: runbook.name)
    if run.isPaused { queue.pause(true, run: id, runbook: runbook.name) }
    let isAnswered = run.row.waiting?.isForPeople == true && disk.approvals[id]?.isEmpty == false
    if run.isCancelRequested {
      active.append(id)
    } else if let waiting = run.row.waiting, run.row.hasBegun, !isAnswered {
      queue.park(id, runbook: runbook.name, isSeries: runbook.isSeries)
      timers.append((id, waiting.until))
    } else {
      queue.enqueue(id, runbook: runbook.name, isSeries: runbook.isSeries, isUnderWay: run.row.hasBegun)
    }
  }
}
