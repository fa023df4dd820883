import Encodings
import RunEngine
import Testing

@Suite("RunQueue")
struct RunQueueTests {
  static func run(_ number: UInt8) -> RunID {
    RunID(at: Instant(millisecondsSinceEpoch: Int64(number)), random: [UInt8](repeating: number, count: 10))
  }

  @Test(
    "A run that is over at once passes a full runbook, but no order, no number of its own, and nothing that stands still"
  )
  func passing() {
    var queue = RunQueue(caps: RunQueue.Caps(service: 4, perRunbook: 1))
    let first = queue.takePlace(
      RunID(at: Instant(millisecondsSinceEpoch: 1), random: [UInt8](repeating: 1, count: 10)), runbook: "a",
      isSeries: false)
    #expect(first)
    #expect(queue.mayPass(runbook: "a"))
    #expect(queue.mayPass(runbook: "unknown"))
    queue.limit(1, runbook: "a")
    #expect(!queue.mayPass(runbook: "a"))
    queue.limit(nil, runbook: "a")
    queue.hold(true, runbook: "a")
    #expect(!queue.mayPass(runbook: "a"))
    queue.hold(false, runbook: "a")
    queue.pause(true, runbook: "a")
    #expect(!queue.mayPass(runbook: "a"))
    queue.pause(false, runbook: "a")
    #expect(queue.mayPass(runbook: "a"))
    queue.setMode(isSeries: true, runbook: "a")
    #expect(!queue.mayPass(runbook: "a"))
  }

  @Test("In series mode one run of a runbook is active, the others follow in the order of their start")
  func series() {
    var queue = RunQueue()
    for number in 1...3 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: true) }
    #expect(queue.takeStartable() == [Self.run(1)])
    #expect(queue.takeStartable() == [])
    queue.finish(Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(2)])
  }

  @Test("In parallel mode all begin, up to the cap of the runbook")
  func parallel() {
    var queue = RunQueue(caps: .init(service: 10, perRunbook: 2))
    for number in 1...3 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: false) }
    #expect(queue.takeStartable() == [Self.run(1), Self.run(2)])
    queue.finish(Self.run(2), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(3)])
  }

  @Test("A runbook's own limit holds beside the cap, and a greater one changes nothing")
  func ownLimit() {
    var queue = RunQueue(caps: .init(service: 10, perRunbook: 3))
    for runbook in ["a", "b"] {
      queue.limit(runbook == "a" ? 1 : 9, runbook: runbook)
      for number in 1...5 {
        queue.enqueue(Self.run(UInt8(number + (runbook == "a" ? 0 : 10))), runbook: runbook, isSeries: false)
      }
    }
    #expect(Set(queue.takeStartable()) == [Self.run(1), Self.run(11), Self.run(12), Self.run(13)])
    let hasPlace = queue.takePlace(Self.run(20), runbook: "a", isSeries: false)
    #expect(!hasPlace)
    queue.finish(Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(2)])
    queue.limit(nil, runbook: "a")
    #expect(queue.takeStartable() == [Self.run(3), Self.run(4)])
  }

  @Test(
    "What a runbook's document says now of its limit counts, not what a run is pinned to; lifting it lets the line go on"
  )
  func presentLimit() {
    var queue = RunQueue(caps: .init(service: 10, perRunbook: 4))
    queue.setLimit(1, runbook: "a")
    #expect(!queue.mayPass(runbook: "a"))
    queue.limit(nil, runbook: "a")
    for number in 1...3 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: false) }
    #expect(queue.takeStartable() == [Self.run(1)])
    queue.limit(9, runbook: "a")
    let hasPlace = queue.takePlace(Self.run(9), runbook: "a", isSeries: false)
    #expect(!hasPlace)
    #expect(queue.takeStartable() == [])
    queue.setLimit(nil, runbook: "a")
    queue.limit(1, runbook: "a")
    #expect(queue.takeStartable() == [Self.run(2), Self.run(3)])
    for number in 1...3 { queue.finish(Self.run(UInt8(number)), runbook: "a") }
    #expect(queue.mayPass(runbook: "a"))
  }

  @Test("A runbook with a long line does not keep another one waiting")
  func fairness() {
    var queue = RunQueue(caps: .init(service: 3, perRunbook: 3))
    for number in 1...5 { queue.enqueue(Self.run(UInt8(number)), runbook: "busy", isSeries: false) }
    queue.enqueue(Self.run(9), runbook: "quiet", isSeries: false)
    #expect(queue.takeStartable().contains(Self.run(9)))
  }

  @Test("Runs of a held runbook stay queued until it is let go")
  func held() {
    var queue = RunQueue()
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    queue.hold(true, runbook: "a")
    #expect(queue.takeStartable() == [])
    queue.hold(false, runbook: "a")
    #expect(queue.takeStartable() == [Self.run(1)])
  }

  @Test("Of a paused runbook no run begins or goes on, and all do in their order when it is resumed")
  func paused() {
    var queue = RunQueue()
    for number in 1...3 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: true) }
    #expect(queue.takeStartable() == [Self.run(1)])
    queue.pause(true, runbook: "a")
    // The active one stops by itself and stands before the others.
    queue.finish(Self.run(1), runbook: "a")
    queue.enqueue(Self.run(1), runbook: "a", isSeries: true, isUnderWay: true)
    queue.park(Self.run(1), runbook: "a", isSeries: true)
    queue.unpark(Self.run(1), runbook: "a")
    let takesPlace = queue.takePlace(Self.run(9), runbook: "a", isSeries: true)
    #expect(!takesPlace)
    #expect(queue.takeStartable() == [])
    queue.enqueue(Self.run(7), runbook: "b", isSeries: false)
    #expect(queue.takeStartable() == [Self.run(7)])
    queue.pause(false, runbook: "a")
    #expect(!queue.isPaused("a"))
    for number in 1...3 {
      #expect(queue.takeStartable() == [Self.run(UInt8(number))])
      queue.finish(Self.run(UInt8(number)), runbook: "a")
    }
  }

  @Test("A runbook that is paused and disabled goes on only when neither holds")
  func pausedAndHeld() {
    var queue = RunQueue()
    queue.pause(true, runbook: "a")
    queue.hold(true, runbook: "a")
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    queue.pause(false, runbook: "a")
    #expect(queue.takeStartable() == [])
    queue.pause(true, runbook: "a")
    queue.hold(false, runbook: "a")
    #expect(queue.takeStartable() == [])
    queue.pause(false, runbook: "a")
    #expect(queue.takeStartable() == [Self.run(1)])
  }

  @Test("A run that waits can be taken out of its line, one that is active cannot")
  func withdrawn() {
    var queue = RunQueue()
    for number in 1...3 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: true) }
    #expect(queue.takeStartable() == [Self.run(1)])
    #expect(queue.withdraw(Self.run(1), runbook: "a") == false)
    #expect(queue.withdraw(Self.run(2), runbook: "a") == true)
    #expect(queue.withdraw(Self.run(2), runbook: "a") == false)
    queue.finish(Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(3)])
  }

  @Test("A line of thousands keeps its order and its count, whoever leaves it from the middle")
  func long() {
    var queue = RunQueue(caps: .init(service: 1, perRunbook: 1))
    let runs = (0..<5_000).map {
      RunID(at: Instant(millisecondsSinceEpoch: $0), random: [UInt8](repeating: 1, count: 10))
    }
    for run in runs { queue.enqueue(run, runbook: "a", isSeries: false) }
    for run in runs where run.text.hasSuffix("1") || run == runs[7] { _ = queue.withdraw(run, runbook: "a") }
    // One that left comes back to the place that its age gives it.
    let left = runs[7]
    queue.enqueue(left, runbook: "a", isSeries: false)
    let expected = runs.filter { !$0.text.hasSuffix("1") || $0 == left }
    #expect(queue.waitingCount == expected.count)
    #expect(queue.waitingCount(of: "a") == expected.count)
    var begun: [RunID] = []
    while let run = queue.takeStartable().first {
      begun.append(run)
      queue.finish(run, runbook: "a")
    }
    #expect(begun == expected)
    #expect(queue.waitingCount == 0)
  }

  @Test("A run that is enqueued twice begins once")
  func twice() {
    var queue = RunQueue()
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    #expect(queue.takeStartable() == [Self.run(1)])
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    #expect(queue.takeStartable() == [])
  }

  @Test("Over random traffic no cap is passed, nothing is lost and nothing begins twice", arguments: 1...50)
  func model(seed: Int) {
    var state = UInt64(seed)
    func roll(_ sides: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % sides
    }
    var queue = RunQueue(caps: .init(service: 5, perRunbook: 3))
    queue.setLimit(2, runbook: "r1")
    let caps = ["r0": 1, "r1": 2, "r2": 3, "r3": 3]
    var runbooks: [RunID: String] = [:]
    var active: [RunID] = []
    var begun: [RunID] = []
    var hasBegun: Set<RunID> = []
    var parked: [RunID] = []
    var returning: Set<RunID> = []
    func take() {
      let started = queue.takeStartable()
      // In the order of their turns: those of one runbook that go on stand before those that begin.
      for (place, run) in started.enumerated() where hasBegun.contains(run) {
        let before = started[..<place].filter { runbooks[$0] == runbooks[run] }
        #expect(before.allSatisfy { hasBegun.contains($0) }, "\(run)")
      }
      returning.subtract(started)
      begun += started.filter { !hasBegun.contains($0) }
      for run in started where !hasBegun.contains(run) {
        // Whoever goes on comes before those of his runbook that have not begun.
        #expect(!returning.contains { runbooks[$0] == runbooks[run] }, "\(run)")
      }
      hasBegun.formUnion(started)
      active += started
      #expect(active.count <= 5)
      let counts = Dictionary(active.map { (runbooks[$0] ?? "", 1) }, uniquingKeysWith: +)
      for (runbook, count) in counts { #expect(count <= caps[runbook] ?? 0, "\(runbook)") }
    }
    func unparkAll() {
      for run in parked {
        queue.unpark(run, runbook: runbooks[run] ?? "")
        returning.insert(run)
      }
      parked = []
    }
    for number in UInt8(1)...120 {
      let run = Self.run(number)
      let runbook = "r\(roll(4))"
      runbooks[run] = runbook
      queue.enqueue(run, runbook: runbook, isSeries: runbook == "r0")
      take()
      if roll(2) == 0, !active.isEmpty {
        let done = active.remove(at: Int(roll(UInt64(active.count))))
        queue.finish(done, runbook: runbooks[done] ?? "")
      }
      if roll(3) == 0, !active.isEmpty {
        let waits = active.remove(at: Int(roll(UInt64(active.count))))
        parked.append(waits)
        queue.park(waits, runbook: runbooks[waits] ?? "", isSeries: runbooks[waits] == "r0")
        take()
      }
      if roll(4) == 0 {
        // Often many wait until the same time.
        unparkAll()
        take()
      }
    }
    while !active.isEmpty || !parked.isEmpty {
      for run in active { queue.finish(run, runbook: runbooks[run] ?? "") }
      active = []
      unparkAll()
      take()
    }
    #expect(begun.count == 120)
    #expect(Set(begun).count == 120)
    let series = begun.filter { runbooks[$0] == "r0" }
    #expect(series == series.sorted())
    #expect(queue.waitingCount == 0)
  }

  @Test("A parked run takes no place, and goes before those that have not begun when its time has come")
  func parking() {
    var queue = RunQueue(caps: .init(service: 1, perRunbook: 1))
    queue.enqueue(Self.run(1), runbook: "a", isSeries: false)
    let first = queue.takeStartable()
    #expect(first == [Self.run(1)])
    queue.park(Self.run(1), runbook: "a", isSeries: false)
    queue.enqueue(Self.run(2), runbook: "a", isSeries: false)
    let second = queue.takeStartable()
    #expect(second == [Self.run(2)])
    queue.enqueue(Self.run(3), runbook: "a", isSeries: false)
    let isUnparked = queue.unpark(Self.run(1), runbook: "a")
    #expect(isUnparked)
    queue.finish(Self.run(2), runbook: "a")
    let third = queue.takeStartable()
    #expect(third == [Self.run(1)])
    #expect(queue.parkedCount == 0)
  }

  @Test("Runs that go on keep to the caps as those that begin do, and go before them", arguments: [nil, 2] as [Int?])
  func returningWithinCaps(own: Int?) {
    var queue = RunQueue(caps: .init(service: 10, perRunbook: own == nil ? 2 : 8))
    queue.setLimit(own, runbook: "a")
    for number in 1...5 {
      queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: false)
      for run in queue.takeStartable() { queue.park(run, runbook: "a", isSeries: false) }
    }
    #expect(queue.parkedCount == 5)
    for number in 1...5 { queue.unpark(Self.run(UInt8(number)), runbook: "a") }
    queue.enqueue(Self.run(6), runbook: "a", isSeries: false)
    let takesPlace = queue.takePlace(Self.run(7), runbook: "a", isSeries: false)
    #expect(!takesPlace)
    #expect(queue.takeStartable() == [Self.run(1), Self.run(2)])
    #expect(queue.takeStartable() == [])
    for number in 1...4 {
      queue.finish(Self.run(UInt8(number)), runbook: "a")
      let takesFreePlace = queue.takePlace(Self.run(7), runbook: "a", isSeries: false)
      #expect(!takesFreePlace)
      #expect(queue.takeStartable() == [Self.run(UInt8(number + 2))])
    }
  }

  @Test("Many runs that go on at once do not keep another runbook waiting")
  func returningFairness() {
    var queue = RunQueue(caps: .init(service: 4, perRunbook: 3))
    for number in 1...9 {
      queue.enqueue(Self.run(UInt8(number)), runbook: "busy", isSeries: false)
      for run in queue.takeStartable() { queue.park(run, runbook: "busy", isSeries: false) }
    }
    for number in 1...9 { queue.unpark(Self.run(UInt8(number)), runbook: "busy") }
    queue.enqueue(Self.run(20), runbook: "quiet", isSeries: false)
    let taken = queue.takeStartable()
    #expect(taken.contains(Self.run(20)))
    #expect(taken.count == 4)
  }

  @Test("Runs of a runbook that has become a series go on one at a time")
  func returningSeries() {
    var queue = RunQueue()
    for number in 1...2 { queue.enqueue(Self.run(UInt8(number)), runbook: "a", isSeries: false) }
    for run in queue.takeStartable() { queue.park(run, runbook: "a", isSeries: false) }
    queue.setMode(isSeries: true, runbook: "a")
    for number in 1...2 { queue.unpark(Self.run(UInt8(number)), runbook: "a") }
    #expect(queue.takeStartable() == [Self.run(1)])
    #expect(queue.takeStartable() == [])
    queue.finish(Self.run(1), runbook: "a")
    #expect(queue.takeStartable() == [Self.run(2)])
  }

  @Test("In series a parked run holds its runbook's line, and a held runbook lets it go on")
  func parkedSeries() {
    var queue = RunQueue()
    queue.enqueue(Self.run(1), runbook: "a", isSeries: true)
    _ = queue.takeStartable()
    queue.park(Self.run(1), runbook: "a", isSeries: true)
    queue.enqueue(Self.run(2), runbook: "a", isSeries: true)
    let none = queue.takeStartable()
    #expect(none == [])
    let hasPlace = queue.takePlace(Self.run(3), runbook: "a", isSeries: true)
    #expect(!hasPlace)
    queue.hold(true, runbook: "a")
    queue.unpark(Self.run(1), runbook: "a")
    let back = queue.takeStartable()
    #expect(back == [Self.run(1)])
    queue.finish(Self.run(1), runbook: "a")
    let held = queue.takeStartable()
    #expect(held == [])
    queue.hold(false, runbook: "a")
    let next = queue.takeStartable()
    #expect(next == [Self.run(2)])
  }

  @Test("A parked run can be withdrawn, and is then not known any more")
  func withdrawParked() {
    var queue = RunQueue()
    queue.park(Self.run(1), runbook: "a", isSeries: true)
    let isWithdrawn = queue.withdraw(Self.run(1), runbook: "a")
    #expect(isWithdrawn)
    let isUnparked = queue.unpark(Self.run(1), runbook: "a")
    #expect(!isUnparked)
    #expect(queue == RunQueue())
  }
}
