import Encodings
import Labels
import RunEngine
import Runbooks
import SecretStore

extension DryRun {
  /// A step of a named key without the key, whose use would be on record: what goes in is made and the right to use the key
  /// asked for; then an answer that is given, or what was recorded, is taken as if the key had made it, with the labels that
  /// it would have had. Without one the step fails with `dry-run`.
  func rehearseKeyStep(
    _ address: EffectAddress, answer: RehearsedAnswers.Answer?, in session: inout RunSession
  ) async -> RunEvent {
    let now = parts.clock.now()
    guard case .key(let step)? = session.bundle.runbook.step(named: address.step)?.kind else {
      return .stepFailed(address, at: now, reason: .history)
    }
    do {
      let clearance = try await MaterialReading(parts: parts).clearance(of: session.bundle)
      let granted = try clearance.granted(step.keyUse).mapError { FailureReason.notGranted($0.message) }.get()
      let inputs = try step.inputs(in: session.scope)
      guard let answer else { throw FailureReason.dryRun }
      switch answer {
      case .given(let given):
        return try take(
          given, for: step, label: step.label(of: inputs, granted: granted), hosts: clearance.ownHosts, at: address,
          in: &session)
      case .performed(let recorded):
        // A recorded check tells the same bit once more, to a run with bits of its own.
        if step.work == .verify { try session.bits.charge(bits: 1, label: inputs.label) }
        var handles: [String: ValueHandle] = [:]
        for (name, value) in try recorded.take(
          step.outputs, declared: session.bundle.runbook.variables, hosts: clearance.ownHosts, in: session.scope)
        {
          handles[name] = try session.insert(value)
        }
        return .performed(address, at: now, variables: handles)
      case .failed(.notVerified) where step.work == .verify:
        try session.bits.charge(bits: 1, label: inputs.label)
        return .stepFailed(address, at: now, reason: .notVerified)
      case .failed(let reason): throw reason
      case .recorded: throw FailureReason.dryRun
      }
    } catch {
      let reason = session.counted(FailureReason(call: error), also: session.keyLabel(address))
      return .stepFailed(address, at: now, reason: reason)
    }
  }

  /// What somebody gave decides nothing about a secret: it costs no bit.
  private func take(
    _ given: RehearsedAnswers.Given, for step: KeyStep, label: Label, hosts: HostClearance, at address: EffectAddress,
    in session: inout RunSession
  ) throws -> RunEvent {
    let now = parts.clock.now()
    guard let form = GivenForm(of: .key(step)), form.fits(given) else {
      throw FailureReason.conversion("the given answer, which is for a step of another kind")
    }
    if let reason = form.reason(of: given, source: "") { return .stepFailed(address, at: now, reason: reason) }
    if form == .verdict {
      return GivenForm.verdict(given) == true
        ? .performed(address, at: now, variables: [:]) : .stepFailed(address, at: now, reason: .notVerified)
    }
    var scope = session.scope
    scope.answer = RunScope.Answer(body: try LabeledText(json: given.body, label: label))
    var handles: [String: ValueHandle] = [:]
    for (name, value) in try VariableTaking.take(
      step.outputs, declared: session.bundle.runbook.variables, hosts: hosts, in: scope)
    {
      handles[name] = try session.insert(value)
    }
    return .performed(address, at: now, variables: handles)
  }
}

extension KeyStep {
  /// The label of what the key would make of this, whichever version it has.
  fileprivate func label(of inputs: KeyInputs, granted: GrantedKeyUse) -> Label {
    let name = key.name.text
    let own =
      work == .decrypt
      ? LabelProducers.decrypted(name: name, version: 1, hosts: granted.pinnedHosts)
      : LabelProducers.namedKey(name: name, version: 1, hosts: granted.pinnedHosts)
    return own.joined(with: inputs.label)
  }
}
