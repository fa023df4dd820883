import Encodings
import Labels
import RunEngine

/// A whole service under faults, with virtual time: several runbooks, in series and parallel, their queue, their disk, and
/// people who start, cancel, repeat, pause and resume; killed at every boundary. The queue, the machines, the recorded
/// form and the streaks are the real ones.
struct SimulatedService {
  struct Killed: Error {}

  struct Runbook {
    let plan: RunPlan
    let isSeries: Bool
    var name: String
  }

  /// A run in memory.
  struct Live {
    var machine: RunMachine
    var effects: [RunEffect]
    /// Whether it was read from the disk while a call was out.
    var isResumed: Bool
  }

  static let rules = FailureRules([.disable: .once(after: 3), .ticket: .once(after: 2), .notify: .each])

  let runbooks: [Runbook]
  let killsPerMille: Int
  var disk = SimulatedDisk()
  /// What broke a rule while it ran, in words.
  var broken: [String] = []
  /// Starts that somebody was told of.
  var acknowledged: Set<RunID> = []
  /// How often each call left.
  var sent: [RunID: [EffectAddress: Int]] = [:]
  var kills = 0
  var retries = 0
  var pauses = 0
  var runPauses = 0
  var random: SimulationRandom
  var now = Instant(millisecondsSinceEpoch: 1_700_000_000_000)
  // What a kill takes.
  var queue = RunQueue()
  var live: [RunID: Live] = [:]
  var active: [RunID] = []
  var timers: [RunID: Instant] = [:]

  init(seed: UInt64, killsPerMille: Int) {
    var random = SimulationRandom(seed: seed ^ 0x5EED)
    runbooks = (0..<Int.random(in: 2...4, using: &random)).map { number in
      Runbook(
        plan: RandomPlan.make(using: &random), isSeries: random.happens(percent: 50), name: "runbook-\(number)")
    }
    self.random = random
    self.killsPerMille = killsPerMille
  }

  /// People do this and that, then everything goes on to its end without further faults.
  mutating func run(operations: Int = 160) {
    for _ in 0..<operations {
      do {
        try operate(killsPerMille)
      } catch {
        restart()
      }
    }
    restart()
    for runbook in disk.paused { queue.pause(false, runbook: runbooks[runbook].name) }
    disk.paused = []
    for run in disk.pausedRuns { queue.pause(false, run: run, runbook: name(of: run)) }
    disk.pausedRuns = []
    for _ in 0..<20_000 where disk.runs.values.contains(where: { !$0.isEnded }) {
      if queue.waitingCount + active.count == 0 { pass(60_000) }
      try? drive(0)
      pass(1_000)
    }
  }

  private mutating func operate(_ kills: Int) throws {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<14: try start(Int.random(in: 0..<runbooks.count, using: &random), kills)
    case 14..<17: try pause(Int.random(in: 0..<runbooks.count, using: &random), kills)
    case 17..<20: try resume(kills)
    case 20..<25: try retry(kills)
    case 25..<27: try cancel(kills)
    case 27..<32: pass(Int64.random(in: 1_000...700_000, using: &random))
    default: try drive(kills)
    }
  }

  // MARK: Time and faults

  mutating func tick() -> Instant {
    now = now.advanced(byMilliseconds: 3)
    return now
  }

  /// Time goes by: whoever waited long enough goes on.
  private mutating func pass(_ milliseconds: Int64) {
    now = now.advanced(byMilliseconds: milliseconds)
    for (run, until) in timers.sorted(by: { $0.key < $1.key }) where until <= now {
      timers[run] = nil
      queue.unpark(run, runbook: name(of: run))
    }
  }

  mutating func boundary(_ kills: Int) throws {
    if Int.random(in: 0..<1_000, using: &random) < kills { throw Killed() }
  }

  /// A batch with its three fates: done, lost with a kill, done with a kill before the answer.
  mutating func commit(_ kills: Int, _ change: (inout SimulatedDisk) -> Void) throws {
    try boundary(kills)
    change(&disk)
    try boundary(kills)
  }

  func name(of run: RunID) -> String { disk.runs[run].map { runbooks[$0.runbook].name } ?? "" }

  func freshID(_ random: inout SimulationRandom, at: Instant) -> RunID {
    RunID(at: at, random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  /// A new process: what is on disk, and nothing else.
  private mutating func restart() {
    kills += 1
    queue = RunQueue()
    live = [:]
    active = []
    timers = [:]
    for run in acknowledged where disk.runs[run] == nil { broken.append("the acknowledged run \(run) is gone") }
    for runbook in disk.paused { queue.pause(true, runbook: runbooks[runbook].name) }
    for run in disk.pausedRuns { queue.pause(true, run: run, runbook: name(of: run)) }
    let left = disk.order.filter { disk.runs[$0]?.isEnded == false }
    for id in left.filter({ disk.runs[$0]?.hasBegun == true }) + left.filter({ disk.runs[$0]?.hasBegun != true }) {
      guard let run = disk.runs[id] else { continue }
      queue.enqueue(
        id, runbook: runbooks[run.runbook].name, isSeries: runbooks[run.runbook].isSeries, isUnderWay: run.hasBegun)
    }
  }

  // MARK: What people do

  private mutating func start(_ runbook: Int, _ kills: Int) throws {
    guard disk.order.count < 24 else { return }
    let id = freshID(&random, at: tick())
    let label = Label(origin: .variable(name: "given"), rule: .masked, hosts: .nowhere)
    let event = RunEvent.started(
      at: now, roots: [:], variables: ["given": ValueHandle(id: ValueID(raw: 0), label: label)])
    try commit(kills) { disk in
      var run = SimulatedDisk.Run(runbook: runbook)
      run.events = [RunHistory.encode(event)]
      run.labels[ValueID(raw: 0)] = label
      disk.runs[id] = run
      disk.order.append(id)
      disk.begun[runbook, default: 0] += 1
    }
    acknowledged.insert(id)
    queue.enqueue(id, runbook: runbooks[runbook].name, isSeries: runbooks[runbook].isSeries)
  }

  private mutating func pause(_ runbook: Int, _ kills: Int) throws {
    if random.happens(percent: 60) { return try pauseRun(kills) }
    try commit(kills) { $0.paused.insert(runbook) }
    queue.pause(true, runbook: runbooks[runbook].name)
    pauses += 1
  }

  private mutating func pauseRun(_ kills: Int) throws {
    guard let id = disk.order.filter({ disk.runs[$0]?.isEnded == false }).randomElement(using: &random) else { return }
    try commit(kills) { disk in
      disk.pausedRuns.insert(id)
      disk.passed.insert(id)
    }
    queue.pause(true, run: id, runbook: name(of: id))
    runPauses += 1
  }

  private mutating func resume(_ kills: Int) throws {
    if random.happens(percent: 60), let id = disk.pausedRuns.sorted().randomElement(using: &random) {
      try commit(kills) { $0.pausedRuns.remove(id) }
      return queue.pause(false, run: id, runbook: name(of: id))
    }
    guard let runbook = disk.paused.sorted().randomElement(using: &random) else { return }
    try commit(kills) { $0.paused.remove(runbook) }
    queue.pause(false, runbook: runbooks[runbook].name)
  }

  private mutating func cancel(_ kills: Int) throws {
    guard let id = disk.order.filter({ disk.runs[$0]?.isEnded == false }).randomElement(using: &random) else { return }
    try commit(kills) { $0.runs[id]?.isCancelRequested = true }
    if queue.withdraw(id, runbook: name(of: id)) {
      timers[id] = nil
      active.append(id)
    }
  }

  /// From the failed step, with what came before taken over; one commit.
  private mutating func retry(_ kills: Int) throws {
    guard disk.order.count < 24,
      let old = disk.order.filter({ disk.runs[$0]?.isEnded == true }).randomElement(using: &random),
      let before = disk.runs[old], let history = disk.history(of: old),
      let point = try? RetryPoint(of: history, plan: runbooks[before.runbook].plan)
    else { return }
    let id = freshID(&random, at: tick())
    let retried = RunEvent.retried(at: now, of: old)
    try commit(kills) { disk in
      var run = SimulatedDisk.Run(runbook: before.runbook)
      run.events = before.events.prefix(point.events) + [RunHistory.encode(retried)]
      run.labels = before.labels
      run.retryOf = old
      disk.runs[id] = run
      disk.order.append(id)
      disk.begun[before.runbook, default: 0] += 1
    }
    acknowledged.insert(id)
    retries += 1
    queue.enqueue(id, runbook: runbooks[before.runbook].name, isSeries: runbooks[before.runbook].isSeries)
  }
}
