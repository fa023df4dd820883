import Encodings
import Labels
import RunEngine
import Testing

@Suite("Runs that wait for their turn")
struct WaitingRunsTests {
  typealias Machine = RunMachineTests

  static let roots = ["request": Machine.handle]

  static func admitted(_ plan: RunPlan = Machine.plan()) -> RunMachine {
    var machine = RunMachine(plan: plan)
    _ = machine.step(.admitted(at: Machine.start, roots: roots, variables: ["given": Machine.handle]))
    return machine
  }

  /// A run that took over what another one did before its call failed.
  static func repetition() -> RunMachine {
    var machine = Machine.started(Machine.plan())
    _ = machine.step(.admitted(at: Machine.later(50), roots: [:], variables: [:]))
    return machine
  }

  static let other = RunID(at: Machine.start, random: [UInt8](repeating: 7, count: 10))

  @Test("A run that is taken in asks for nothing, has no step and has not begun")
  func waits() {
    var machine = RunMachine(plan: Machine.plan())
    #expect(machine.step(.admitted(at: Machine.start, roots: Self.roots, variables: [:])) == [])
    #expect(machine.waitsForTurn)
    #expect(machine.state == .queued)
    #expect(machine.resumption == .begin)
    #expect(machine.stepsExecuted == 0)
    #expect(machine.startedAt == nil)
    #expect(machine.timeLeft(at: Machine.later(99_999_999)) == nil)
  }

  @Test("It begins when its turn comes, and its time runs from then on")
  func begins() {
    var machine = Self.admitted(Machine.plan(limits: RunLimits(maximumRunTimeMilliseconds: 1_000)))
    let turn = Machine.later(50_000)
    let effects = machine.step(.started(at: turn, roots: Self.roots, variables: ["kept": Machine.handle]))
    #expect(effects == [.call(Machine.first)])
    #expect(!machine.waitsForTurn)
    #expect(machine.startedAt == turn)
    #expect(machine.timeLeft(at: turn.advanced(byMilliseconds: 400)) == 600)
    #expect(machine.timeLeft(at: turn.advanced(byMilliseconds: 1_001)) == -1)
    #expect(machine.variables == ["kept": Machine.handle])
  }

  @Test("A sleep at the beginning begins with the run")
  func sleeps() {
    var machine = Self.admitted(
      RunPlan(
        steps: [.init(name: "rest", action: .sleep(milliseconds: 3_000), onSuccess: nil, onFailure: nil)], start: "rest"
      ))
    let turn = Machine.later(50_000)
    _ = machine.step(.started(at: turn, roots: [:], variables: [:]))
    #expect(
      machine.resumption
        == .perform([.wait(EffectAddress(step: "rest", visit: 1), until: turn.advanced(byMilliseconds: 3_000))]))
  }

  @Test("Cancelled before its turn it has never begun")
  func cancelled() {
    for var machine in [Self.admitted(), Self.repetition()] {
      #expect(machine.step(.cancelled(at: Machine.later(9))) == [.finish(.cancelled)])
      #expect(machine.resumption == .ended(.cancelled))
      #expect(machine.waitsForTurn)
    }
  }

  @Test("A repetition that waits asks for nothing of what it took over, and goes on with it at its turn")
  func repetitionWaits() {
    var machine = Self.repetition()
    #expect(machine.waitsForTurn)
    #expect(machine.resumption == .begin)
    #expect(machine.timeLeft(at: Machine.start) == nil)
    #expect(machine.step(.retried(at: Machine.later(60), of: Self.other)) == [.call(Machine.first)])
    #expect(machine.startedAt == Machine.later(60))
    #expect(machine.stepsExecuted - machine.stepsTakenOver == 1)
    #expect(machine.retryOf == Self.other)
  }

  @Test("A repetition that was cancelled before its turn is repeated from where the first run stood")
  func repeatedAgain() throws {
    let plan = RunPlan(
      steps: [.init(name: "again", action: .end(.restart), onSuccess: nil, onFailure: nil)], start: "again")
    let history: [RunEvent] = [
      .started(at: Machine.start, roots: [:], variables: [:]),
      .admitted(at: Machine.later(1), roots: [:], variables: [:]), .cancelled(at: Machine.later(2)),
    ]
    let point = try RetryPoint(of: history, plan: plan)
    #expect(point.events == 1)
    #expect(point.fits(history, plan: plan))
  }

  @Test("While it waits nothing else may have happened to it")
  func nothingElse() {
    let events: [RunEvent] = [
      .callIntended(Machine.first, at: Machine.start), .restarted(at: Machine.start),
      .admitted(at: Machine.start, roots: [:], variables: [:]),
      .callFailed(Machine.first, at: Machine.start, reason: .timeout, request: nil, response: nil),
    ]
    for event in events {
      for var machine in [Self.admitted(), Self.repetition()] {
        #expect(machine.step(event) == [.finish(.failed(.history))], "\(event)")
      }
    }
    var admitted = Self.admitted()
    #expect(admitted.step(.retried(at: Machine.start, of: Self.other)) == [.finish(.failed(.history))])
    var repetition = Self.repetition()
    let started = RunEvent.started(at: Machine.start, roots: [:], variables: [:])
    #expect(repetition.step(started) == [.finish(.failed(.history))])
    var bringing = Machine.started(Machine.plan())
    let late = RunEvent.admitted(at: Machine.start, roots: Self.roots, variables: [:])
    #expect(bringing.step(late) == [.finish(.failed(.history))])
  }

  @Test("Whoever is pinned to the mode of an older document does not bring it back")
  func modes() {
    let run = RunQueueTests.run
    var queue = RunQueue()
    queue.setMode(isSeries: false, runbook: "a")
    for number in UInt8(1)...2 { queue.enqueue(run(number), runbook: "a", isSeries: true) }
    #expect(queue.takeStartable() == [run(1), run(2)])
    queue.park(run(1), runbook: "a", isSeries: true)
    let takes = queue.takePlace(run(3), runbook: "a", isSeries: true)
    #expect(takes)
    queue.setMode(isSeries: true, runbook: "a")
    queue.enqueue(run(4), runbook: "a", isSeries: false)
    queue.stepBack(run(3), runbook: "a", isSeries: false)
    // One at a time from now on: the second run is under way still.
    #expect(queue.takeStartable() == [])
    queue.finish(run(2), runbook: "a")
    #expect(queue.takeStartable() == [run(3)])
    #expect(queue.takeStartable() == [])
  }

  @Test(
    "A run that has not begun and gives its place back comes before all that came later, and does not hold the line")
  func stepsBack() {
    let run = RunQueueTests.run
    var queue = RunQueue()
    for number in UInt8(1)...3 { queue.enqueue(run(number), runbook: "a", isSeries: true) }
    #expect(queue.takeStartable() == [run(1)])
    queue.stepBack(run(1), runbook: "a", isSeries: true, hasBegun: false)
    #expect(queue.waitingCount(of: "a") == 3)
    #expect(queue.takeStartable() == [run(1)])
    queue.pause(true, run: run(1), runbook: "a")
    queue.stepBack(run(1), runbook: "a", isSeries: true, hasBegun: false)
    #expect(queue.takeStartable() == [run(2)])
  }

  @Test("Runs that are put in late stand where their age puts them")
  func byAge() {
    let run = RunQueueTests.run
    var queue = RunQueue(caps: .init(service: 1, perRunbook: 1))
    for number in [5, 2, 9, 1, 4] as [UInt8] { queue.enqueue(run(number), runbook: "a", isSeries: true) }
    var order: [RunID] = []
    while let next = queue.takeStartable().first {
      order.append(next)
      queue.finish(next, runbook: "a")
    }
    #expect(order == [1, 2, 4, 5, 9].map { run($0) })
  }
}
