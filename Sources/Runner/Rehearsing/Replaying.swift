package import Access
import Encodings
import Labels
import Ledger
import RunEngine
import Runbooks
package import Storage

/// Decides a recorded run anew: the machine, the conditions, the iterations and the outputs, over the answers that were
/// recorded; and says where the decision is another one by now. Nothing leaves and nothing is kept, but an entry in the
/// ledger that it was done.
package struct Replaying: Sendable {
  private let runner: Runner
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// What came of it. Names and words only, no value.
  package struct Report: Equatable, Sendable {
    /// Where the present decision is another one first.
    package struct Difference: Equatable, Sendable {
      /// The event's number in the recorded run, from 1.
      package var sequence: Int
      package var step: String?
      package var recorded: String
      package var now: String
    }

    /// Events that were decided anew, or taken as they were recorded.
    package var events: Int
    package var difference: Difference?
  }

  /// Replays a run with the documents as they are now, or with those that it was pinned to.
  ///
  /// - Parameter also: the proof that the caller may do something else as well: `grant`, where the documents of now are
  ///   not those of the run. With those that it was pinned to nothing new is asked.
  ///
  /// Throws `ServiceFault.conflict` where it cannot be replayed, and `denied` where the caller may not.
  package func replay(
    _ row: StoredRun, pinned: Bool, by authorization: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> Report {
    let recorded: RunSession
    do {
      recorded = try await RunLoading(parts: parts, library: runner.library).session(of: row)
    } catch {
      throw ServiceFault.conflict("The run's history cannot be read; it may have been shredded.")
    }
    var bundle = recorded.bundle
    if !pinned {
      guard let (_, document) = try await runner.library.runbook(row.runbookID) else {
        throw ServiceFault.conflict("The run's runbook is not there any more; see --pinned.")
      }
      bundle = try await runner.library.currentBundle(of: document)
      try OtherDocuments.check(row, present: bundle, also: also)
    }
    let clearance = try await MaterialReading(parts: parts).clearance(of: bundle)
    var replay = Replay(recorded: recorded, bundle: bundle, parts: parts, clearance: clearance)
    let report = replay.run()
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(authorization.token.entity.text), action: "replay",
      subject: "runs/\(row.id.text)", outcome: report.difference.map { "differs at event \($0.sequence)" } ?? "same")
    do {
      _ = try await parts.store.commit(WriteBatch(ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    return report
  }
}

extension RunbookDocument {
  /// The variables that a request sets.
  fileprivate var asked: Set<String> {
    Set((start.publicStart?.inputs ?? []).map(\.name)).union(variables.filter { $0.from != nil }.map(\.name))
  }
}

/// One replay: a session that is decided anew beside the recorded one, event by event.
private struct Replay {
  let recorded: RunSession
  let parts: ServiceParts
  let clearance: RunClearance
  var session: RunSession
  /// How many recorded events were dealt with.
  var position = 0
  var difference: Replaying.Report.Difference?

  init(recorded: RunSession, bundle: LoadedBundle, parts: ServiceParts, clearance: RunClearance) {
    self.recorded = recorded
    self.parts = parts
    self.clearance = clearance
    session = RunSession(
      bundle: bundle, row: recorded.row, key: recorded.key, registry: recorded.registry, publicURL: parts.publicURL)
    session.ownHosts = clearance.ownHosts
  }

  private var next: RunEvent? { position < recorded.history.count ? recorded.history[position] : nil }

  mutating func run() -> Replaying.Report {
    var effects: [RunEffect] = []
    while difference == nil, let event = next {
      switch event {
      case .retried, .cancelled, .startFailed: effects = take(event, as: event)
      case .admitted: effects = take(event, as: copied(event))
      case .started: effects = begin(event)
      // A call that was repeated after a stop has its intent twice.
      case .callIntended(let address, _) where session.isCalling && session.machine.state.address == address:
        position += 1
      default: effects = goOn(effects, event)
      }
    }
    if difference == nil, !effects.isEmpty, recorded.machine.hasEnded { compareEnds(effects) }
    return Replaying.Report(events: position, difference: difference)
  }

  /// The machine may ask for nothing but the same end where the recorded run ended.
  private mutating func compareEnds(_ effects: [RunEffect]) {
    var said: String?
    var now = "the run goes on"
    if case .finish(let outcome) = effects.first, case .ended(let before) = recorded.machine.state {
      guard word(outcome) != word(before) else { return }
      (said, now) = (word(before), word(outcome))
    }
    position = max(0, position - 1)
    differ(recorded: said, now: now)
  }

  /// How a run ends, in words.
  private func word(_ outcome: RunOutcome) -> String {
    switch outcome {
    case .succeeded: "the run succeeds"
    case .failed(let reason): "the run fails: \(reason.word)"
    case .cancelled: "the run is cancelled"
    }
  }

  private mutating func goOn(_ effects: [RunEffect], _ event: RunEvent) -> [RunEffect] {
    if case .calling(let address) = session.machine.state { return perform(.call(address), event) }
    let before = session.pendingEvents.count
    switch session.settle(effects, begins: false, now: event.instant, most: 1) {
    case .decide(let further) where session.pendingEvents.count > before:
      compare(session.pendingEvents[before])
      return further
    case .ended where session.pendingEvents.count == before:
      differ(now: "the run has ended")
      return []
    case let outside where session.pendingEvents.count > before:
      compare(session.pendingEvents[before])
      return asked(by: outside)
    case let outside:
      return perform(outside, event)
    }
  }

  /// What the machine asked for, as it stands after a decision.
  private func asked(by outside: RunSession.Outside) -> [RunEffect] {
    switch outside {
    case .call(let address): [.call(address)]
    case .perform(let address): [.perform(address)]
    case .startRunbook(let address): [.startRunbook(address)]
    case .askApproval(let address): [.askApproval(address)]
    case .awaitApproval(let address, let until): [.awaitApproval(address, until: until)]
    case .decide(let effects): effects
    case .wait(let address, let until): [.wait(address, until: until)]
    case .waitToRestart(let until): [.waitToRestart(until: until)]
    case .ended(let outcome): [.finish(outcome)]
    }
  }

  private mutating func perform(_ outside: RunSession.Outside, _ event: RunEvent) -> [RunEffect] {
    switch outside {
    case .call(let address):
      guard event.address == address else { return otherwise("a call of the step `\(address.step)`") }
      if case .callIntended = event { return take(event, as: event) }
      return take(event, as: answered(address, event))
    case .perform(let address):
      guard event.address == address else { return otherwise("the step `\(address.step)`") }
      return take(event, as: performed(address, event))
    case .startRunbook(let address), .askApproval(let address), .awaitApproval(let address, _),
      .wait(let address, _):
      guard event.address == address else { return otherwise("the step `\(address.step)`") }
      return take(event, as: copied(event))
    case .waitToRestart:
      guard case .restarted = event else { return otherwise("the run begins again") }
      return take(event, as: event)
    case .decide(let effects): return effects
    case .ended: return otherwise("the run has ended")
    }
  }

  private mutating func otherwise(_ what: String) -> [RunEffect] {
    differ(now: what)
    return []
  }

  /// The outputs of a recorded answer, taken anew; or what was recorded where there was no answer.
  private mutating func answered(_ address: EffectAddress, _ event: RunEvent) -> RunEvent {
    guard
      case .recorded(let status, let headers, let body, let file)? = RehearsedAnswers.recorded(address, in: recorded)
    else { return copied(event) }
    do {
      switch session.bundle.runbook.step(named: address.step)?.kind {
      case .method(let step)?:
        guard let found = session.bundle.method(step.method) else { return copied(event) }
        let call = MethodCall(
          address: address, step: step, method: found.method, integration: found.integration, client: parts.client,
          rules: parts.rules, keyring: parts.keyring, clock: parts.clock, publicURL: parts.publicURL)
        return try call.take(
          LabeledAnswer(
            status: status, headers: headers, body: body, content: file.content(for: found.method), of: found.method),
          milliseconds: 0, request: nil, ownHosts: session.ownHosts, file: file, in: &session
        ).moved(to: event.instant)
      case .sql(let step)?:
        let call = try SQLCall(address: address, step: step, in: session, parts: parts, clearance: clearance)
        return try call.take(headers: headers, body: body, after: 0, request: nil, in: &session)
          .moved(to: event.instant)
      default: return copied(event)
      }
    } catch {
      return .callFailed(
        address, at: event.instant, reason: session.counted(FailureReason(call: error), also: body.label),
        request: nil, response: nil)
    }
  }

  /// A step of a key that was done, with its outputs as they are now; any other step as it was recorded.
  private mutating func performed(_ address: EffectAddress, _ event: RunEvent) -> RunEvent {
    guard case .performed(_, let at, _) = event,
      case .key(let step)? = session.bundle.runbook.step(named: address.step)?.kind
    else { return copied(event) }
    do {
      var variables: [String: ValueHandle] = [:]
      for (name, value) in try RecordedKeyStep(event, in: recorded).take(
        step.outputs, declared: session.bundle.runbook.variables, hosts: session.ownHosts, in: session.scope)
      {
        variables[name] = try session.insert(value)
      }
      return .performed(address, at: at, variables: variables)
    } catch {
      let reason = session.counted(FailureReason(call: error), also: session.keyLabel(address))
      return .stepFailed(address, at: at, reason: reason)
    }
  }

  private mutating func begin(_ event: RunEvent) -> [RunEffect] {
    let runbook = session.bundle.runbook
    do {
      var roots: [String: ValueHandle] = [:]
      for (name, handle) in event.roots { roots[name] = try session.insert(try recorded.values.text(handle)) }
      let handed = handed
      var variables: [String: ValueHandle] = [:]
      for name in Set(event.variables.keys).union(runbook.variables.map(\.name)).sorted() {
        guard let text = try beginning(of: name, recorded: event.variables[name], handed: handed) else { continue }
        variables[name] = try session.insert(text)
      }
      if let handed {
        let scope = RunScope(
          values: session.values, roots: roots, variables: variables, trigger: session.row.trigger,
          publicURL: parts.publicURL)
        for (name, value) in try StartInputs.take(runbook, hosts: session.ownHosts, given: handed, in: scope) {
          variables[name] = try session.insert(value)
        }
        try keep(&variables, of: event)
      }
      return take(
        event, as: .started(at: event.instant, roots: roots, variables: variables, spent: event.spent))
    } catch {
      let label = Label.join(event.roots.values.map(\.label))
      let reason = session.counted(FailureReason(call: error), also: label)
      return take(event, as: .startFailed(at: event.instant, reason: reason))
    }
  }

  /// The variables that another run handed over; nil where that was not recorded by itself.
  private var handed: Set<String>? {
    if case .admitted(_, _, let variables, _)? = recorded.history.first { return Set(variables.keys) }
    return session.row.trigger == .runbook ? nil : []
  }

  /// What a variable begins with, before inputs are taken: its default is that of the documents now. What was handed over,
  /// kept, entered or read from the store stands in no document and is as it was recorded.
  private func beginning(
    of name: String, recorded handle: ValueHandle?, handed: Set<String>?
  ) throws -> LabeledText? {
    let before = try handle.map { try recorded.values.text($0) }
    guard let handed, !handed.contains(name) else { return before }
    let runbook = session.bundle.runbook
    let isAsked = runbook.asked.contains(name)
    guard let declared = runbook.variable(named: name) else { return nil }
    if !declared.persist, isAsked || session.bundle.id != recorded.bundle.id {
      switch declared.initialValue {
      case .none: return nil
      case .json(let text):
        return VariableTaking.labeled(try declared.settled(default: text), for: declared, hosts: session.ownHosts)
      case .secret, .sealed: break
      }
    }
    return isAsked ? nil : before
  }

  /// Gives what the request did not set the value that it began with: it is kept, entered or read from the store.
  private mutating func keep(_ variables: inout [String: ValueHandle], of event: RunEvent) throws {
    let runbook = session.bundle.runbook
    for (name, handle) in event.variables.sorted(by: { $0.key < $1.key })
    where variables[name] == nil && runbook.asked.contains(name) {
      guard let declared = runbook.variable(named: name) else { continue }
      switch declared.initialValue {
      case .none, .json: if !declared.persist { continue }
      case .secret, .sealed: break
      }
      variables[name] = try session.insert(try recorded.values.text(handle))
    }
  }

  /// A recorded event with its variables brought over.
  private mutating func copied(_ event: RunEvent) -> RunEvent {
    var variables: [String: ValueHandle] = [:]
    for (name, handle) in event.variables {
      guard let text = try? recorded.values.text(handle), let own = try? session.insert(text) else { continue }
      variables[name] = own
    }
    switch event {
    case .admitted(let at, _, _, _): return .admitted(at: at, roots: [:], variables: variables)
    case .performed(let address, let at, _): return .performed(address, at: at, variables: variables)
    case .callAnswered(let address, let at, let request, let response, _):
      return .callAnswered(address, at: at, request: request, response: response, variables: variables)
    default: return event
    }
  }

  // MARK: Comparing

  /// Takes an event and compares it with the recorded one that stands next.
  private mutating func take(_ event: RunEvent, as own: RunEvent) -> [RunEffect] {
    let effects = session.record(own)
    compare(own)
    return effects
  }

  private mutating func compare(_ own: RunEvent) {
    guard let event = next else { return differ(now: word(own)) }
    let number = position + 1
    guard word(own) == word(event) else { return differ(now: word(own)) }
    guard own.variables.keys.sorted() == event.variables.keys.sorted() else {
      return differ(
        recorded: "sets \(event.variables.keys.sorted().joined(separator: ", "))",
        now: "sets \(own.variables.keys.sorted().joined(separator: ", "))")
    }
    var pairs = event.variables.map { ($0.key, $0.value, own.variables[$0.key]) }
    if let element = event.element { pairs.append(("element", element, own.element)) }
    // Under other documents each comparison is a new question: those of secret values are paid for as a condition is,
    // one bit for an event, whatever comes of it, and which value it was is not told.
    let label = Label.join(pairs.flatMap { [$0.1.label, $0.2?.label ?? .clear] })
    if label.isSecret, session.bundle.id != recorded.bundle.id {
      do throws(ValueFault) {
        try session.bits.charge(bits: 1, label: label)
      } catch {
        return differ(recorded: "a value that is secret", now: FailureReason.declassificationLimit.word)
      }
    }
    for (name, theirs, ours) in pairs.sorted(by: { $0.0 < $1.0 }) where !isSame(theirs, ours, name, number) {
      guard !label.isSecret else { return differ(recorded: "a value", now: "differs") }
      return differ(recorded: "\(name) has one value", now: "\(name) has another value")
    }
    position += 1
  }

  /// By their commitments: the values themselves are looked at by nobody.
  private func isSame(_ theirs: ValueHandle, _ ours: ValueHandle?, _ name: String, _ number: Int) -> Bool {
    guard let ours, let one = try? recorded.values.text(theirs), let other = try? session.values.text(ours) else {
      return false
    }
    let run = recorded.id.text
    guard let first = try? ValueCommitment(to: one, event: number, name: name, run: run, key: recorded.key),
      let second = try? ValueCommitment(to: other, event: number, name: name, run: run, key: recorded.key)
    else { return false }
    return first == second
  }

  /// What an event decided, in words.
  private func word(_ event: RunEvent) -> String {
    var word = RunHistory.kind(of: event)
    if let address = event.address {
      word += " of `\(address.step)`, visit \(address.visit), attempt \(address.attempt)"
    }
    if case .conditionDecided(_, _, let met) = event { word += met ? ": met" : ": not met" }
    if case .iterationBegan(_, _, let count, _, _, _) = event { word += ": \(count) elements" }
    if let reason = event.reason { word += ": \(reason.word)" }
    return word
  }

  private mutating func differ(recorded said: String? = nil, now: String) {
    let event = next
    difference = Replaying.Report.Difference(
      sequence: position + 1, step: event?.address?.step ?? session.machine.state.address?.step,
      recorded: said ?? event.map(word) ?? "the run has ended", now: now)
  }
}
