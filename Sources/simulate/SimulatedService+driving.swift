import Encodings
import Labels
import RunEngine

/// The runner's part: one step of one run at a time, each with its commit, as `RunDriver` and `Runner` do it.
extension SimulatedService {
  /// The commit of a run that is under way, with the run that it starts.
  struct Commit {
    let session: SimulatedSession
    let change: SimulatedDisk.Change
    var child: Opened?
  }

  mutating func drive() throws {
    takeStartable()
    guard let id = active.filter({ !committing.contains($0) }).randomElement(using: &random) else { return }
    checkTurn(id)
    guard let session = live[id] else { return try takeOn(id) }
    try turn(session)
  }

  private func isPaused(_ id: RunID) -> Bool {
    queue.isPaused(id, runbook: name(of: id)) && !requested.contains(id)
  }

  // MARK: Taking up

  /// Rebuilds a run from its history, unless it was kept, and takes the step that its state calls for.
  private mutating func takeOn(_ id: RunID) throws {
    guard let run = disk.runs[id], !run.row.isEnded else { return leave(id) }
    var session: SimulatedSession
    if let waiting = kept.removeValue(forKey: id) {
      session = waiting
    } else {
      // It is taken up again when the disk can be read.
      guard canRead() else { return }
      if run.row.hasBegun { hasBegun[id] = true }
      guard let read = load(id, run) else { return close(id) }
      session = read
    }
    let now = clock.tick()
    if requested.contains(id), !session.isCalling, !session.machine.hasEnded {
      session.settle(session.record(.cancelled(at: now)), begins: true, now: now, using: &random)
    } else {
      switch session.machine.resumption {
      case .ended: return close(id)
      case .repeatCall(let address): session.outside = .effect(.call(address))
      case .interrupted(let address):
        let reason = FailureReason.interrupted
        var effects = session.record(.callFailed(address, at: now, reason: reason, request: nil, response: nil))
        if requested.contains(id), !session.machine.hasEnded { effects = session.record(.cancelled(at: now)) }
        session.settle(effects, begins: !isPaused(id), now: now, using: &random)
      case .begin, .perform:
        if isPaused(id) { return stepBack(id) }
        takeTurn(&session, run)
        if session.outside == nil { return close(id) }
      }
    }
    guard !session.pending.isEmpty else { return goOn(with: session) }
    submit(session)
  }

  /// What a run is to do whose turn has come. One that has not begun reads what its runbook keeps, as it is now.
  private mutating func takeTurn(_ session: inout SimulatedSession, _ run: SimulatedDisk.Run) {
    let now = clock.now
    if case .perform(let effects) = session.machine.resumption {
      session.settle(effects, begins: true, now: now, using: &random)
    } else if case .queued = session.machine.state {
      begin(&session, of: run.runbook, roots: session.machine.roots, with: session.machine.variables)
    } else if let old = run.retryOf {
      session.settle(session.record(.retried(at: now, of: old)), begins: true, now: now, using: &random)
    }
  }

  private mutating func goOn(with session: SimulatedSession) {
    hasBegun[session.id] = true
    live[session.id] = session
  }

  /// A run as the disk has it; nil where a record does not read. What was damaged must not be taken for anything.
  private mutating func load(_ id: RunID, _ run: SimulatedDisk.Run) -> SimulatedSession? {
    guard let history = disk.history(of: id) else {
      if !damaged.contains(id) { broken.append("the history of \(id) does not read") }
      return nil
    }
    if damaged.contains(id) { broken.append("a damaged record was taken for another one") }
    let session = SimulatedSession(id, plan: runbooks[run.runbook].plan, run: run, history: history)
    let (variables, roots) = (session.machine.variables, session.machine.roots)
    for handle in Array(variables.values) + roots.values where handle.label != run.labels[handle.id] {
      broken.append("a value of \(id) lost its label")
    }
    return session
  }

  /// A run whose history cannot be read ends as failed; its records stay as they are.
  private mutating func close(_ id: RunID) {
    guard var row = disk.runs[id]?.row else { return }
    figures.closed += 1
    row.outcome = .failed(.history)
    row.waiting = nil
    row.endedAt = clock.now
    var change = SimulatedDisk.Change(run: id, events: [], records: [], after: 0, row: row)
    change.ends = row.outcome
    change.milliseconds = row.startedAt.map { clock.now.milliseconds(since: $0) }
    committing.insert(id)
    submit { [change] disk in
      disk.append(change)
    } then: { service, _ in
      service.committing.remove(id)
    }
  }

  // MARK: One turn

  private mutating func turn(_ session: SimulatedSession) throws {
    var session = session
    let id = session.id
    guard let outside = session.outside, !session.isEnded else { return leave(id) }
    if isPaused(id), !session.isCalling { return stepBack(id) }
    var child: Opened?
    let effects: [RunEffect]
    if requested.contains(id) {
      effects = session.record(.cancelled(at: clock.tick()))
    } else {
      guard let next = try perform(outside, in: &session, starting: &child) else { return park(session) }
      effects = next
    }
    session.settle(effects, begins: !isPaused(id), now: clock.tick(), using: &random)
    submit(session, with: child)
  }

  /// What came of it; nil where the run waits.
  private mutating func perform(
    _ outside: SimulatedSession.Outside, in session: inout SimulatedSession, starting child: inout Opened?
  ) throws -> [RunEffect]? {
    switch outside {
    case .ended: return []
    case .decide(let effects): return effects
    case .effect(.call(let address)):
      // Its token is fetched first, or it was paused when its turn was settled.
      guard session.isCalling else {
        try boundary()
        return [.call(address)]
      }
      return session.record(try call(address, in: &session))
    case .effect(.wait(let address, let until)):
      return try rest(until, session.id) ? session.record(.waitElapsed(address, at: clock.now)) : nil
    case .effect(.waitToRestart(let until)):
      return try rest(until, session.id) ? session.record(.restarted(at: clock.now)) : nil
    case .effect(.startRunbook(let address)): return session.record(hand(address, &session, &child))
    case .effect(.awaitApproval(let address, let until)):
      return takeAnswer(address, until: until, in: session).map { session.record($0) }
    case .effect(.perform(let address)):
      return session.record(
        random.happens(percent: 85)
          ? .performed(address, at: clock.tick(), variables: ["item": session.insert("item")])
          : .stepFailed(address, at: clock.tick(), reason: .notGranted("a key")))
    case .effect(.askApproval(let address)):
      return session.record(
        .approvalAsked(
          address, at: clock.tick(), request: request(in: &session),
          commitment: "c", attempts: session.machine.attemptsUnderOneApproval(of: address)))
    case .effect(let effect): return [effect]
    }
  }

  /// Milliseconds that a run waits in memory; for a longer wait it is let go.
  private static let longestPause: Int64 = 5_000

  /// True where the wait is over. Whoever waits in memory does so by a clock that nobody sets.
  private mutating func rest(_ until: Instant, _ id: RunID) throws -> Bool {
    let wait = until.milliseconds(since: clock.now)
    if wait > Self.longestPause { return false }
    if wait > 0 {
      _ = clock.tick(wait)
      if happens(faults.leapsPerMille) { leap() }
    }
    try boundary()
    return true
  }

  private mutating func call(_ address: EffectAddress, in session: inout SimulatedSession) throws -> RunEvent {
    if let left = session.machine.timeLeft(at: clock.now), left < 0 {
      return .callFailed(address, at: clock.now, reason: .limit(.runTime), request: nil, response: nil)
    }
    try boundary()
    send(address, of: session.id)
    try boundary()
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .callFailed(address, at: clock.tick(30_000), reason: .timeout, request: nil, response: nil)
    case 1, 2:
      let request = request(in: &session)
      return .callFailed(
        address, at: clock.tick(), reason: .status(503), request: request, response: response(503, in: &session))
    default:
      let request = random.happens(percent: 50) ? request(in: &session) : nil
      let response = response(200, in: &session)
      return .callAnswered(
        address, at: clock.tick(), request: request, response: response, variables: ["last": session.insert("last")])
    }
  }

  private mutating func request(in session: inout SimulatedSession) -> RequestRecord {
    RequestRecord(
      method: "POST", url: session.insert("request.url"), headers: session.insert("request.headers"),
      body: random.happens(percent: 50) ? session.insert("request.body") : nil)
  }

  private func response(_ status: Int, in session: inout SimulatedSession) -> ResponseRecord {
    ResponseRecord(
      status: status, headers: session.insert("response.headers"), body: session.insert("response.body"),
      durationMilliseconds: 1)
  }

  /// What an observer outside says when a request reaches him.
  private mutating func send(_ address: EffectAddress, of id: RunID) {
    sent[id, default: [:]][address, default: 0] += 1
    guard let run = disk.runs[id], case .call(let rules)? = runbooks[run.runbook].plan.steps[address.step]?.action
    else {
      return broken.append("a request left for a step that sends none")
    }
    if run.standing != address { broken.append("a request left before its intent was durable, or after its outcome") }
    if !rules.isRepeatable, sent[id]?[address] ?? 0 > 1 { broken.append("a request that is not repeatable left twice") }
    if address.attempt > rules.attempts { broken.append("a request left more often than its method asks for") }
    guard let approval = rules.approval else { return }
    if !rules.isRepeatable, address.attempt > 1 { broken.append("one approval let a request out twice") }
    let given = (disk.approvals[id] ?? []).filter {
      $0.step == address.step && $0.visit == address.visit && $0.isGiven
    }
    if Set(given.map(\.login)).count < approval.required {
      broken.append("a request left without the approvals that it needs")
    }
  }

  /// The answer that came since, or that the time is over.
  private mutating func takeAnswer(
    _ address: EffectAddress, until: Instant, in session: SimulatedSession
  ) -> RunEvent? {
    guard case .awaiting(_, let approval) = session.machine.state else { return nil }
    let open = (disk.approvals[session.id] ?? []).first { answer in
      answer.step == address.step && answer.visit == address.visit && !approval.given.contains(answer.login)
        && answer.at < until
    }
    if let open {
      return open.isGiven
        ? .approvalGiven(address, at: open.at, by: open.login) : .approvalRefused(address, at: open.at, by: open.login)
    }
    return clock.now >= until ? .waitElapsed(address, at: clock.now) : nil
  }

  /// The run ends and another one begins, in one commit.
  private mutating func hand(
    _ address: EffectAddress, _ session: inout SimulatedSession, _ child: inout Opened?
  ) -> RunEvent {
    guard disk.order.count < 40 else {
      return .stepFailed(address, at: clock.tick(), reason: .limit(.depth))
    }
    let id = freshID()
    var given: Given?
    if let name = session.machine.variables.keys.sorted().randomElement(using: &random),
      let handle = session.machine.variables[name], let noted = session.noted[handle.id]
    {
      given = Given(label: handle.label, noted: noted)
    }
    var opened = open(id, of: Int.random(in: 0..<runbooks.count, using: &random), with: given)
    opened.run.parent = session.id
    child = opened
    return .handedOver(address, at: clock.now, to: id)
  }

  // MARK: Its commit

  /// Writes what is pending. After it is known to be written a kill is harmless.
  private mutating func submit(_ session: SimulatedSession, with child: Opened? = nil) {
    var session = session
    let change = session.takePending()
    live[session.id] = nil
    committing.insert(session.id)
    offer(Commit(session: session, change: change, child: child))
  }

  private mutating func offer(_ commit: Commit) {
    let (change, child) = (commit.change, commit.child)
    submit { disk in
      guard disk.append(change) else { return false }
      guard let child else { return true }
      guard disk.create(child.run, child.change) else { return false }
      disk.handDown(from: change.run, to: child.id)
      return true
    } then: { service, receipt in
      service.take(receipt, of: commit)
    }
  }

  private mutating func take(_ receipt: Receipt, of commit: Commit) {
    // While the disk is full the same batch is tried again. One that was written after all is refused then.
    if receipt == .failed, random.happens(percent: 70) { return offer(commit) }
    committing.remove(commit.session.id)
    if let child = commit.child {
      // Where nobody knows whether it was written, or its row cannot be read, somebody looks.
      if receipt == .written, canRead() { go(on: child, isThere: true) } else { unknown.append(.run(child)) }
    }
    // Given up: the run is taken up again from its history.
    if receipt == .written { goOn(with: commit.session) }
  }

  // MARK: Letting go

  private mutating func park(_ session: SimulatedSession) {
    let id = session.id
    let isRoused = roused.remove(id) != nil
    guard let until = disk.runs[id]?.row.waiting?.until, !isRoused, !requested.contains(id) else { return stepBack(id) }
    letGo(id)
    queue.park(id, runbook: name(of: id), isSeries: isSeries(id))
    timers.append((id, until))
  }

  private mutating func stepBack(_ id: RunID) {
    roused.remove(id)
    letGo(id)
    queue.stepBack(id, runbook: name(of: id), isSeries: isSeries(id), hasBegun: hasBegun[id] ?? true)
  }

  private mutating func leave(_ id: RunID) {
    roused.remove(id)
    letGo(id)
    queue.finish(id, runbook: name(of: id))
    hasBegun[id] = nil
    requested.remove(id)
  }

  private mutating func letGo(_ id: RunID) {
    live[id] = nil
    active.removeAll { $0 == id }
    places[id] = nil
  }

  private func isSeries(_ id: RunID) -> Bool { disk.runs[id].map { runbooks[$0.runbook].isSeries } ?? false }
}
