import Encodings
import Keyring
import Labels
import Ledger
import RunEngine
import Runbooks
import Storage

/// Variables whose value is kept for the next run of their runbook (`persist`): sealed with their labels, written in the
/// batch that ends a run. Of runs that overlap, the one that ends last leaves its values.
///
/// A run keeps what its own steps set, and nothing that it took over from the run that it repeats: that run kept it, and
/// others may have kept newer values since. An array to which the steps of a repetition did nothing but append is kept as
/// what stands there by now with the new elements behind it. What is written is decided by the run's events, its documents
/// and what stands there when it ends, and by nothing else, so that it is the same after a replay.
struct KeptVariables: Sendable {
  let parts: ServiceParts

  static func context(_ runbook: String, _ name: String) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .persistedVariable, table: "kept_variable", row: "\(runbook)/\(name)", column: "value",
      context: [Array(runbook.utf8), Array(name.utf8)], version: 1)
  }

  /// What is to be written at the end of a run, and what the ledger says of a value that could not be kept.
  struct Left: Sendable {
    var intentions: [Intention] = []
    var drafts: [LedgerDraft] = []
  }

  /// What a run leaves behind where it has ended, and was not cancelled; a variable without a value, and one that no step
  /// of the run itself set, are left as they were.
  ///
  /// - Parameter standing: what is kept by now (`standing(for:)`), for a repetition whose steps append to it.
  func left(by session: RunSession, on standing: [StoredKeptVariable] = []) throws -> Left {
    var left = Left()
    guard case .ended(let outcome) = session.machine.state, outcome != .cancelled else { return left }
    let runbook = session.bundle.runbook
    for variable in runbook.variables where variable.persist {
      guard let handle = session.machine.variables[variable.name],
        session.machine.startingVariable(variable.name) != handle
      else { continue }
      let text: LabeledText
      do throws(ValueFault) {
        text = try value(handle, of: variable.name, in: session, standing)
      } catch {
        let reason = FailureReason(error).word
        left.drafts.append(
          LedgerDraft(
            kind: .runEvent, actor: .run(session.id.text), action: "keep",
            subject: Self.subject(runbook.id, variable.name), outcome: reason))
        continue
      }
      let value = try SealDoor.seal(text, with: parts.keyring, in: Self.context(runbook.id, variable.name))
      left.intentions.append(
        .keepVariable(
          StoredKeptVariable(
            runbookID: runbook.id, name: variable.name, value: value, keptAt: session.machine.endedAt)))
    }
    return left
  }

  /// How the ledger names a kept variable.
  static func subject(_ runbook: String, _ name: String) -> String { "runbook:\(runbook)/kept/\(name)" }

  /// What is kept by now, where a repetition that has ended puts elements behind it; else nothing is read. Runs in series
  /// take turns, so nothing comes in between this and the commit; of runs that overlap the one that ends last counts.
  func standing(for session: RunSession) async throws -> [StoredKeptVariable] {
    guard session.machine.hasEnded, session.machine.retryOf != nil,
      session.bundle.runbook.variables.contains(where: { $0.persist && session.onlyAppended($0.name) })
    else { return [] }
    return try await parts.store.keptVariables(runbookID: session.bundle.runbook.id)
  }

  /// What a run keeps of a variable. Throws where the elements of a repetition do not fit behind those that stand there.
  private func value(
    _ handle: ValueHandle, of name: String, in session: RunSession, _ standing: [StoredKeptVariable]
  ) throws(ValueFault) -> LabeledText {
    let whole = try session.values.text(handle)
    guard session.onlyAppended(name), let all = try? LabeledArray(reading: whole) else { return whole }
    // Where it was cleared, or nothing was ever kept, they stand behind what a run begins with.
    let stored: LabeledText?
    if let row = standing.first(where: { $0.name == name }) {
      stored = try? SealDoor.open(row.value, with: parts.keyring, in: Self.context(row.runbookID, name))
    } else {
      stored = try beginning(of: name, in: session)
    }
    // Where that cannot be opened, or is no array any more, there is nothing to put them behind.
    guard let stored, (try? LabeledArray(reading: stored)) != nil else { return whole }
    let before = try session.machine.startingVariable(name).map { handle throws(ValueFault) in
      try session.values.text(handle)
    }
    let taken = before.flatMap { try? LabeledArray(reading: $0).count } ?? 0
    guard let own = all.batch(from: taken, count: all.count - taken) else { return stored }
    let joined = try Transforms.joined(stored, with: own)
    if let limit = Transforms.excess(of: joined) { throw .variableTooLarge(name: name, limit: limit) }
    try joined.checkStorable()
    return joined
  }

  /// The array with which the document begins a variable that only an `append` sets: empty where it says none.
  private func beginning(of name: String, in session: RunSession) throws(ValueFault) -> LabeledText {
    if let variable = session.bundle.runbook.variable(named: name), case .json(let text) = variable.initialValue {
      return try variable.settled(default: text)
    }
    return try LabeledText(json: Array("[]".utf8), label: .clear)
  }

  /// What the runs before left, by name.
  func values(
    of runbook: RunbookDocument, clearance: RunClearance
  ) async throws -> [(name: String, value: LabeledText)] {
    guard runbook.variables.contains(where: \.persist) else { return [] }
    let rows = try await parts.store.keptVariables(runbookID: runbook.id)
    return try runbook.variables.filter(\.persist).compactMap { variable in
      guard let row = rows.first(where: { $0.name == variable.name }) else { return nil }
      let text = try SealDoor.open(
        row.value, with: parts.keyring, in: Self.context(runbook.id, variable.name))
      // What is secret goes where the grant lets it go now, and no further than when it was kept, whatever the declaration
      // says of it by now.
      let kept = text.label.isSecret ? text.restricted(to: clearance.ownHosts) : text
      return (variable.name, VariableTaking.labeled(kept, for: variable, hosts: clearance.ownHosts))
    }
  }
}

extension LoadedBundle {
  /// Whether all that a step does to a variable is to put elements behind those that it holds.
  func onlyAppends(to variable: String, in step: String) -> Bool {
    guard let step = runbook.step(named: step) else { return false }
    var bindings = step.outputs
    if case .method(let call) = step.kind { bindings += method(call.method)?.method.outputs ?? [] }
    let own = bindings.filter { $0.name == variable }
    return !own.isEmpty && own.allSatisfy(\.appends)
  }
}
