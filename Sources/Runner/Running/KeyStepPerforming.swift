import Encodings
import Labels
import NamedKeys
import RunEngine
import Runbooks
import SecretStore

/// Steps that a named key does. Nothing leaves the service, so a step that a stop interrupted is done again: another
/// signature over the same message, another ciphertext of it.
extension RunDriver {
  /// What came of the step; nil where the service was sealed or told to stop meanwhile.
  func performKeyStep(_ address: EffectAddress, in session: inout RunSession) async -> RunEvent? {
    guard case .key(let step)? = session.bundle.runbook.step(named: address.step)?.kind else {
      return .stepFailed(address, at: parts.clock.now(), reason: .history)
    }
    let event: RunEvent
    do {
      let variables = try await perform(step, in: &session)
      event = .performed(address, at: parts.clock.now(), variables: variables)
    } catch KeyStepRefusal.notValid {
      // Its bit was counted when it was let out.
      event = .stepFailed(address, at: parts.clock.now(), reason: .notVerified)
    } catch {
      let reason = session.counted(FailureReason(key: step.key, error), also: session.keyLabel(address))
      event = .stepFailed(address, at: parts.clock.now(), reason: reason)
    }
    return wasSealed ? nil : event
  }

  private func perform(_ step: KeyStep, in session: inout RunSession) async throws -> [String: ValueHandle] {
    let clearance = try await MaterialReading(parts: parts).clearance(of: session.bundle)
    let granted = try clearance.granted(step.keyUse).mapError { FailureReason.notGranted($0.message) }.get()
    var scope = session.scope
    let inputs = try step.inputs(in: scope)
    guard let made = try await result(of: step, inputs, granted: granted, in: &session) else { return [:] }
    scope.answer = RunScope.Answer(body: made)
    var handles: [String: ValueHandle] = [:]
    for (name, value) in try VariableTaking.take(
      step.outputs, declared: session.bundle.runbook.variables, hosts: clearance.ownHosts, in: scope)
    {
      handles[name] = try session.insert(value)
    }
    return handles
  }

  /// What `response` holds; nil where the answer is the edge alone.
  private func result(
    of step: KeyStep, _ inputs: KeyInputs, granted: GrantedKeyUse, in session: inout RunSession
  ) async throws -> LabeledText? {
    let name = step.key.name.text
    let use = step.keyUse.operation
    let purpose = step.purpose
    switch step.work {
    case .sign, .encrypt:
      let (key, version, material) = try await keys.making(
        step.key, granted: granted, use, purpose, action: step.action, by: .run(session.id.text))
      let label = LabelProducers.namedKey(name: name, version: version, hosts: granted.pinnedHosts)
      let text =
        if step.work == .encrypt {
          try inputs.encrypted(by: key, version, material, label: label)
        } else if let bare = step.bare {
          try inputs.signed(by: key, version, material, as: bare.way, isHex: bare.isHex, label: label)
        } else {
          try inputs.signed(by: key, version, material, label: label)
        }
      return try step.response(text, version: version)
    case .verify:
      let (key, versions) = try await keys.opening(step.key, granted: granted, use, purpose)
      let bit =
        if let bare = step.bare {
          try inputs.verified(by: key, versions, as: bare.way, isHex: bare.isHex)
        } else {
          try inputs.verified(by: key, versions, postQuantum: parts.postQuantum)
        }
      let isValid = try session.bits.disclose(bit)
      try await keys.record(
        key, key.versions.latest, step.action, by: .run(session.id.text), outcome: isValid ? "ok" : "not valid")
      guard isValid else { throw KeyStepRefusal.notValid }
      return nil
    case .decrypt:
      let (key, versions) = try await keys.opening(step.key, granted: granted, use, purpose)
      do {
        let opened = try inputs.decrypted(
          by: key, versions.compactMap { version in version.material.map { (version.number, $0) } },
          label: LabelProducers.decrypted(
            name: name, version: key.versions.latest, hosts: granted.pinnedHosts))
        // On record before it is given out.
        try await keys.record(key, opened.version, step.action, by: .run(session.id.text))
        return try step.response(opened.text, version: nil)
      } catch ValueFault.cannotOpen {
        try await keys.record(
          key, key.versions.latest, step.action, by: .run(session.id.text), outcome: "cannot open")
        throw ValueFault.cannotOpen
      } catch ValueFault.notUTF8 {
        throw FailureReason.unreadable("the plaintext is no text in UTF-8; `encoding: base64` gives its bytes")
      }
    }
  }
}

/// A signature is not the key's.
private enum KeyStepRefusal: Error { case notValid }

extension KeyStep {
  /// What the step gives to its key.
  func inputs(in scope: RunScope) throws(ValueFault) -> KeyInputs {
    func text(_ template: Template?) throws(ValueFault) -> LabeledText? {
      guard let template else { return nil }
      return try TemplateFilling.text(template, in: scope).text
    }
    return KeyInputs(
      message: try TemplateFilling.text(message, in: scope).text, isBase64: isBase64, signature: try text(signature),
      associatedData: try text(associatedData), context: try text(context))
  }

  /// `{"signature": …, "key_version": 3}`.
  fileprivate func response(_ text: LabeledText, version: UInt32?) throws(ValueFault) -> LabeledText {
    var segments: [RenderingSegment] = [
      .literal("{\"\(resultName ?? "result")\":"),
      .value(text, name: "response", isBare: false, context: .jsonInString),
    ]
    segments.insert(.literal("\""), at: 1)
    segments.append(.literal("\""))
    if let version { segments.append(.literal(",\"key_version\":\(version)")) }
    segments.append(.literal("}"))
    return try Rendering.json(segments).text
  }

  fileprivate var purpose: KeyPurpose {
    switch work {
    case .encrypt, .decrypt: .encryption
    case .sign, .verify: bare == nil ? .signing : .messages
    }
  }

  /// Its word in the ledger.
  fileprivate var action: String { work == .sign && bare != nil ? "sign-message" : work.rawValue }
}

extension RunSession {
  /// The label of all that goes into the key of a step; nothing where there is none. Where it cannot be evaluated, of all
  /// that could.
  func keyLabel(_ address: EffectAddress) -> Label {
    guard case .key(let step)? = bundle.runbook.step(named: address.step)?.kind else { return .clear }
    return (try? step.inputs(in: scope).label) ?? heldLabel
  }

  /// Counts the bit that a recorded check of a signature let out, by the edge that was taken; false where the step checks
  /// none.
  @discardableResult
  mutating func countVerification(_ address: EffectAddress) -> Bool {
    guard case .key(let step)? = bundle.runbook.step(named: address.step)?.kind, step.work == .verify else {
      return false
    }
    try? bits.charge(bits: 1, label: keyLabel(address))
    return true
  }
}

extension FailureReason {
  /// The reason of the failure edge for what a key's work threw.
  fileprivate init(key: KeyReference, _ error: any Error) {
    switch error {
    case NamedKeyError.tooLarge(let limit):
      let what = limit == NamedKeyLimits.associatedDataCount ? "`associated_data`" : "what is given to the key"
      self = .valueTooLarge("\(what) has more than \(limit) bytes, the most that \(key.text) takes at once")
    case let error as NamedKeyError: self = .unresolved("\(key.text): \(error.message)")
    case ServiceFault.notFound: self = .unresolved("the key \(key.name), which there is not")
    default: self = FailureReason(call: error)
    }
  }
}
