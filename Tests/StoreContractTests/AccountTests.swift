import Encodings
import RunEngine
import Runbooks
import Storage
import TestSupport
import Testing

@Suite("Around runs")
struct AccountTests {
  private static let rules = FailureRules(FailureSettings(disableAfter: 3, ticketAfter: 2, notify: .everybody))

  private static func end(
    _ number: Int, _ outcome: RunOutcome, rules: FailureRules = rules, at: Instant? = nil, steps: Int = 2,
    milliseconds: Int64? = 5
  ) -> Intention {
    .account(
      .run(
        RunAccount(
          runbookID: "ask", run: StoreRig.runID(number), bundle: BundleID(hex: "00"),
          startedAt: milliseconds == nil ? nil : at ?? StoreRig.time(number),
          end: RunAccount.End(
            at: at ?? StoreRig.time(number), outcome: outcome, steps: steps, milliseconds: milliseconds, rules: rules)))
    )
  }

  @Test(
    "Each crossing brings its item once, also where the store was opened anew in between", arguments: Engine.allCases)
  func crossings(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      var asked: [[FailureAction]] = []
      for number in 1...5 {
        try await rig.withStore { store in
          asked.append(try await store.write(Self.end(number, .failed(.timeout))).outbox.map(\.action))
        }
      }
      #expect(asked == [[.notify], [.ticket, .notify], [.disable, .notify], [.notify], [.notify]])
      try await rig.withStore { store in
        let streak = try await store.failureStreak(runbookID: "ask")
        #expect(streak.failures == 5)
        let items = try await store.outbox(OutboxQuery(limit: 500))
        #expect(items.count == 7)
        #expect(Set(items.map(\.id)).count == 7)
        #expect(items.filter { $0.state == .waiting }.map(\.action) == [.ticket])
        try await store.write(Self.end(6, .succeeded))
        let after = try await store.failureStreak(runbookID: "ask")
        #expect(after == FailureStreak())
      }
    }
  }

  @Test("A pause stands since its first request until it is lifted, across openings", arguments: Engine.allCases)
  func pauses(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      let first = StoredPause(runbookID: "ask", at: StoreRig.time(1), pausedBy: "ann")
      try await rig.withStore { store in
        try await store.write(.account(.pause(first)))
        try await store.write(
          .account(.pause(StoredPause(runbookID: "ask", at: StoreRig.time(2), pausedBy: "bob"))),
          .account(.pause(StoredPause(runbookID: "all", at: StoreRig.time(3), pausedBy: "bob"))))
      }
      try await rig.withStore { store in
        let found = try await store.pauses()
        #expect(found.map(\.runbookID) == ["all", "ask"])
        #expect(found.last == first)
        try await store.write(.account(.resume(runbookID: "ask")), .account(.resume(runbookID: "none")))
        let left = try await store.pauses()
        #expect(left.map(\.runbookID) == ["all"])
      }
    }
  }

  @Test(
    "Figures of batches that are written together are added up, without those of the refused ones",
    arguments: Engine.allCases)
  func together(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.createRun(rig.run(1_000), [], replay: StoreRig.replay(1)))
      await withTaskGroup(of: Void.self) { group in
        for number in 1...60 {
          let end = Self.end(number, .succeeded, at: StoreRig.time(0), steps: number, milliseconds: 10)
          // Every third is a delivery that was taken: refused after its figures were told.
          let run = Intention.createRun(
            rig.run(number), [], replay: StoreRig.replay(number.isMultiple(of: 3) ? 1 : number + 1))
          group.addTask { _ = try? await store.write(end, run) }
        }
      }
      let tally = try await store.tally(runbookID: "ask", TallyWindow(seconds: 60, endingAt: StoreRig.time(0)))
      let taken = (1...60).filter { !$0.isMultiple(of: 3) }
      #expect(tally.started == Int64(taken.count))
      #expect(tally.finished == Int64(taken.count))
      #expect(tally.steps == Int64(taken.reduce(0, +)))
      #expect(tally.mostSteps == 59)
      #expect(tally.milliseconds == Int64(taken.count) * 10)
      #expect(tally.mostMilliseconds == 10)
    }
  }

  @Test("A batch that is refused changes no streak, no figure and brings nothing", arguments: Engine.allCases)
  func refused(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      await #expect(throws: CommitRefusal.self) {
        try await store.write(Self.end(1, .failed(.timeout)), .deleteSecret(path: "kv/none"))
      }
      let streak = try await store.failureStreak(runbookID: "ask")
      #expect(streak == FailureStreak())
      let items = try await store.outbox(OutboxQuery())
      #expect(items.isEmpty)
      let figures = try await store.figures(runbookID: "ask", at: StoreRig.time(1))
      #expect(figures.runsInDay == 0)
    }
  }

  @Test(
    "Of two that settle one attempt one is refused; what was given up can be tried again", arguments: Engine.allCases)
  func settling(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      var item = try #require(try await store.write(Self.end(1, .failed(.dns))).outbox.first)
      item.attempts = 1
      item.state = .failed
      item.doneAt = StoreRig.time(9)
      item.problem = "status 500"
      try await store.write(.account(.settle(item)))
      let other = item
      await #expect(throws: CommitRefusal.revisionMoved(name: item.id)) {
        try await store.write(.account(.settle(other)))
      }
      let stored = try await store.outboxItem(item.id)
      #expect(stored == item)
      let due = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(100), limit: 9)
      #expect(due.isEmpty)
      try await store.write(.account(.retry(outbox: item.id, at: StoreRig.time(50))))
      let early = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(49), limit: 9)
      #expect(early.isEmpty)
      let next = try await store.nextOutboxDue(OutboxPart())
      #expect(next == StoreRig.time(50))
      let late = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(50), limit: 9)
      #expect(late.map(\.id) == [item.id])
      await #expect(throws: CommitRefusal.notFound(name: "none")) {
        try await store.write(.account(.retry(outbox: "none", at: StoreRig.start)))
      }
    }
  }

  @Test("Items are asked for by what they do and without those of some runbooks", arguments: Engine.allCases)
  func parts(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let rules = FailureRules(FailureSettings(disableAfter: 1, notify: .everybody))
      try await store.write(Self.end(1, .failed(.dns), rules: rules))
      let all = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(100), limit: 9)
      #expect(Set(all.map(\.action)) == [.disable, .notify])
      let one = try await store.dueOutbox(OutboxPart([.disable]), at: StoreRig.time(100), limit: 9)
      #expect(one.map(\.action) == [.disable])
      let others = OutboxPart(excluding: ["ask", "none"])
      let none = try await store.dueOutbox(others, at: StoreRig.time(100), limit: 9)
      #expect(none.isEmpty)
      #expect(try await store.nextOutboxDue(OutboxPart([.notify])) != nil)
      #expect(try await store.nextOutboxDue(others) == nil)
      #expect(try await store.nextOutboxDue(OutboxPart([.mail])) == nil)
    }
  }

  @Test(
    "What waits for a part of the service is due when that part is set up, and nothing else is",
    arguments: Engine.allCases)
  func releasing(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let rules = FailureRules(
        FailureSettings(ticketAfter: 1, mail: FailureSettings.MailSettings(to: "a@example.org", template: "t")))
      let items = try await store.write(Self.end(1, .failed(.dns), rules: rules)).outbox
      var mail = try #require(items.first { $0.action == .mail })
      #expect(mail.state == .pending)
      mail.attempts = 1
      mail.state = .waiting
      mail.problem = "no-mail-server"
      try await store.write(.account(.settle(mail)))
      let due = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(100), limit: 9)
      #expect(due.isEmpty)
      try await store.write(.account(.release(.mail, at: StoreRig.time(50))))
      let early = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(49), limit: 9)
      #expect(early.isEmpty)
      let late = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(50), limit: 9)
      #expect(late.map(\.id) == [mail.id])
      #expect(late.first?.attempts == 0)
      let waiting = try await store.outbox(OutboxQuery(state: .waiting, limit: 9))
      #expect(waiting.map(\.action) == [.ticket])
    }
  }

  @Test("Enabling begins the streak anew and takes a disabling away that was not done", arguments: Engine.allCases)
  func enabling(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      for number in 1...3 { try await store.write(Self.end(number, .failed(.timeout))) }
      try await store.write(.account(.beginStreak(runbookID: "ask")))
      let streak = try await store.failureStreak(runbookID: "ask")
      #expect(streak == FailureStreak())
      let items = try await store.outbox(OutboxQuery(limit: 500))
      #expect(!items.contains { $0.action == .disable })
      #expect(items.count == 4)
    }
  }

  @Test("A slot is taken once, and only a later one after it; what was missed adds up", arguments: Engine.allCases)
  func slots(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      func slot(_ at: Int, missed: Int64 = 0) -> Intention {
        .account(
          .takeSlot(
            ScheduleSlot(runbookID: "ask", schedule: "@daily UTC", slot: StoreRig.time(at), missed: missed)))
      }
      try await rig.withStore { store in try await store.write(slot(10, missed: 2)) }
      try await rig.withStore { store in
        for at in [10, 9] {
          await #expect(throws: CommitRefusal.slotTaken(runbook: "ask")) { try await store.write(slot(at)) }
        }
        try await store.write(slot(11, missed: 3))
        let stored = try await store.scheduleSlots(runbookID: "ask")
        #expect(stored.map(\.slot) == [StoreRig.time(11)])
        #expect(stored.map(\.missed) == [5])
      }
    }
  }

  @Test(
    "Where the clock is said to be right, slots ahead of it are due again, others stay",
    arguments: Engine.allCases)
  func slotsAhead(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in
        for (schedule, at) in [("@daily UTC", 90), ("@hourly UTC", 20)] {
          let slot = ScheduleSlot(runbookID: "ask", schedule: schedule, slot: StoreRig.time(at), missed: 1)
          try await store.write(.account(.takeSlot(slot)))
        }
        try await store.write(.resetTime(StoreRig.time(30)))
        let stored = try await store.scheduleSlots(runbookID: "ask")
        #expect(stored.map(\.slot) == [StoreRig.time(30), StoreRig.time(20)])
        #expect(stored.map(\.missed) == [1, 1])
      }
    }
  }

  @Test("Notifications belong to one login, and are read one by one or all", arguments: Engine.allCases)
  func notifications(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let told = (1...3).map { number in
        StoredNotification(
          login: number == 3 ? "ben" : "ana", id: "n\(number)", runbookID: "ask", run: StoreRig.runID(number),
          failures: number, at: StoreRig.time(number))
      }
      try await store.write(.account(.notify(told)))
      try await store.write(.account(.notify(told)))
      let all = try await store.notifications(login: "ana", unreadOnly: false, limit: 9)
      #expect(all.map(\.id) == ["n2", "n1"])
      try await store.write(.account(.readNotifications(login: "ana", id: "n1", at: StoreRig.time(7))))
      await #expect(throws: CommitRefusal.notFound(name: "n3")) {
        try await store.write(.account(.readNotifications(login: "ana", id: "n3", at: StoreRig.time(7))))
      }
      let unread = try await store.notifications(login: "ana", unreadOnly: true, limit: 9)
      #expect(unread.map(\.id) == ["n2"])
      try await store.write(.account(.readNotifications(login: "ana", id: nil, at: StoreRig.time(8))))
      let none = try await store.notifications(login: "ana", unreadOnly: true, limit: 9)
      #expect(none.isEmpty)
      let other = try await store.notifications(login: "ben", unreadOnly: true, limit: 9)
      #expect(other.map(\.id) == ["n3"])
    }
  }

  @Test("A login that is deleted takes its notifications along, and nobody else's", arguments: Engine.allCases)
  func notificationsOfNobody(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveLogin(try rig.login("ana")), .saveLogin(try rig.login("ben")))
      let told = ["ana", "ben"].map { login in
        StoredNotification(
          login: login, id: "n1", runbookID: "ask", run: StoreRig.runID(1), failures: 1, at: StoreRig.time(1))
      }
      try await store.write(.account(.notify(told)))
      try await store.write(.deleteLogin(name: "ana"))
      let gone = try await store.notifications(login: "ana", unreadOnly: false, limit: 9)
      #expect(gone.isEmpty)
      let other = try await store.notifications(login: "ben", unreadOnly: false, limit: 9)
      #expect(other == [told[1]])
    }
  }

  @Test("Calls are found by method, the newest first, and go with their run", arguments: Engine.allCases)
  func requests(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let entries = (1...3).map { number in
        RequestEntry(
          method: number == 3 ? "b/y" : "a/x", at: StoreRig.time(number), run: StoreRig.runID(number), sequence: 2,
          step: "s", outcome: "status 200", milliseconds: 4, sentBytes: nil, receivedBytes: 64)
      }
      try await store.write(
        .createRun(rig.run(2, state: .succeeded), [], replay: nil), .account(.logRequests(entries)))
      let found = try await store.requests(RequestQuery(method: "a/x"))
      #expect(found == [entries[1], entries[0]])
      let methods = try await store.requestMethods()
      #expect(methods == ["a/x", "b/y"])
      try await store.write(.deleteRun(StoreRig.runID(2)))
      let left = try await store.requests(RequestQuery(method: "a/x"))
      #expect(left == [entries[0]])
    }
  }

  @Test(
    "The figures are those of a scan over random histories, and what no window reaches is forgotten",
    arguments: Engine.allCases)
  func figures(engine: Engine) async throws {
    for seed in 0..<12 as Range<UInt64> {
      try await StoreRig.withStore(engine) { _, store in
        var random = SeededRandom(seed: seed)
        var now = StoreRig.start
        var ends: [(at: Instant, steps: Int, milliseconds: Int64)] = []
        for number in 1...25 {
          now = now.advanced(byMilliseconds: Int64(random.number(in: 0...400_000_000)))
          let end = (at: now, steps: random.number(in: 0...50), milliseconds: Int64(random.number(in: 0...9_000_000)))
          ends.append(end)
          try await store.write(
            Self.end(number, .succeeded, at: end.at, steps: end.steps, milliseconds: end.milliseconds))
          if random.oneIn(4) { try await store.write(.account(.forgetTallies(before: TallyWindow.keptSince(now)))) }
          let figures = try await store.figures(runbookID: "ask", at: now)
          func within(_ window: RunFigures.Window) -> [(at: Instant, steps: Int, milliseconds: Int64)] {
            ends.filter { now.secondsSinceEpoch - $0.at.secondsSinceEpoch < window.rawValue }
          }
          let month = within(.month)
          #expect(figures.runsInDay == within(.day).count && figures.runsInWeek == within(.week).count, "seed \(seed)")
          #expect(figures.maximumSteps == month.map(\.steps).max(), "seed \(seed)")
          #expect(figures.maximumMilliseconds == month.map(\.milliseconds).max(), "seed \(seed)")
          let mean = Double(month.reduce(0) { $0 + $1.milliseconds }) / Double(month.count)
          #expect(figures.averageMilliseconds == mean, "seed \(seed)")
        }
      }
    }
  }
}
