import Encodings
import RunEngine
import Testing

@Suite("Runs that are paused by themselves")
struct PausedRunsTests {
  static func run(_ number: UInt8) -> RunID { RunQueueTests.run(number) }

  static func queue(_ numbers: ClosedRange<UInt8>, isSeries: Bool, caps: RunQueue.Caps = .init()) -> RunQueue {
    var queue = RunQueue(caps: caps)
    for number in numbers { queue.enqueue(run(number), runbook: "a", isSeries: isSeries) }
    return queue
  }

  @Test("Others pass a run that is paused before it began, and it comes back to the place of its age")
  func passed() {
    var queue = Self.queue(1...4, isSeries: true)
    queue.pause(true, run: Self.run(1), runbook: "a")
    queue.pause(true, run: Self.run(3), runbook: "a")
    #expect(queue.waitingCount == 2)
    #expect(queue.pausedCount == 2 && queue.pausedCount(of: "a") == 2)
    #expect(queue.takeStartable() == [Self.run(2)])
    queue.pause(false, run: Self.run(3), runbook: "a")
    queue.pause(false, run: Self.run(1), runbook: "a")
    queue.finish(Self.run(2), runbook: "a")
    for number in [1, 3, 4] as [UInt8] {
      #expect(queue.takeStartable() == [Self.run(number)])
      queue.finish(Self.run(number), runbook: "a")
    }
    #expect(queue == RunQueue())
  }

  @Test("One that is under way gives up its place and holds the line of a series, but not other runs in parallel")
  func underWay() {
    for isSeries in [true, false] {
      var queue = Self.queue(1...2, isSeries: isSeries, caps: .init(service: 1, perRunbook: 1))
      #expect(queue.takeStartable() == [Self.run(1)])
      queue.pause(true, run: Self.run(1), runbook: "a")
      #expect(queue.isPaused(Self.run(1), runbook: "a"))
      #expect(!queue.isPaused(Self.run(2), runbook: "a"))
      queue.stepBack(Self.run(1), runbook: "a", isSeries: isSeries)
      #expect(queue.takeStartable() == (isSeries ? [] : [Self.run(2)]))
      queue.pause(false, run: Self.run(1), runbook: "a")
      if !isSeries { queue.finish(Self.run(2), runbook: "a") }
      #expect(queue.takeStartable() == [Self.run(1)])
    }
  }

  @Test("One whose sleep is over while it is paused goes on when it is resumed, and not before")
  func slept() {
    var queue = Self.queue(1...1, isSeries: false)
    _ = queue.takeStartable()
    queue.park(Self.run(1), runbook: "a", isSeries: false)
    queue.pause(true, run: Self.run(1), runbook: "a")
    let wasParked = queue.unpark(Self.run(1), runbook: "a")
    #expect(wasParked)
    #expect(queue.takeStartable() == [])
    queue.pause(false, run: Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(1)])
  }

  @Test("A mark that is set before the run is known holds it, in whatever way it comes")
  func markedFirst() {
    var queue = RunQueue()
    for number in 1...3 as ClosedRange<UInt8> { queue.pause(true, run: Self.run(number), runbook: "a") }
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    queue.enqueue(Self.run(2), runbook: "a", isSeries: false, isUnderWay: true)
    queue.park(Self.run(3), runbook: "a", isSeries: false)
    queue.unpark(Self.run(3), runbook: "a")
    #expect(queue.takeStartable() == [])
    #expect(queue.waitingCount == 0)
    for number in 1...3 as ClosedRange<UInt8> { queue.pause(false, run: Self.run(number), runbook: "a") }
    #expect(queue.takeStartable() == [Self.run(2), Self.run(3), Self.run(1)], "those that have begun come first")
  }

  @Test("A paused run can be taken out of its line to be ended, and nothing of it is left")
  func withdrawn() {
    var queue = Self.queue(1...3, isSeries: false)
    queue.pause(true, run: Self.run(1), runbook: "a")
    #expect(queue.withdraw(Self.run(1), runbook: "a") == true)
    #expect(queue.takeStartable() == [Self.run(2), Self.run(3)])
    queue.pause(true, run: Self.run(2), runbook: "a")
    #expect(queue.withdraw(Self.run(2), runbook: "a") == false, "it is active: it ends by itself")
    queue.stepBack(Self.run(2), runbook: "a", isSeries: false)
    #expect(queue.withdraw(Self.run(2), runbook: "a") == true)
    queue.finish(Self.run(3), runbook: "a")
    #expect(queue == RunQueue())
  }

  @Test("A run that is paused with its runbook as well goes on when neither holds")
  func both() {
    var queue = Self.queue(1...1, isSeries: false)
    queue.pause(true, run: Self.run(1), runbook: "a")
    queue.pause(true, runbook: "a")
    queue.pause(false, run: Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [])
    #expect(queue.isPaused(Self.run(1), runbook: "a"))
    queue.pause(true, run: Self.run(1), runbook: "a")
    queue.pause(false, runbook: "a")
    #expect(queue.takeStartable() == [])
    queue.pause(false, run: Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(1)])
  }
}
