import Destinations
import Egress
import Encodings
import Keyring
import Labels
import MessageSignatures
import RunEngine
import Runbooks
import Storage

/// Performs one call of a run: build, check the destination, open the door, send, mark what came back, take
/// the outputs. It changes nothing but the session that it is given, and answers with one event.
struct MethodCall: Sendable {
  let address: EffectAddress
  let step: MethodCallStep
  let method: Method
  let integration: IntegrationDocument
  let client: EgressGuard
  let rules: EgressRules
  let keyring: Keyring
  let clock: ServiceClock
  let publicURL: String?

  /// The event that records what happened; never throws, since every way of failing is a reason of the edge.
  func perform(with material: MethodMaterial, in session: inout RunSession) async -> RunEvent {
    var record: RequestRecord?
    do {
      let request = try RequestBuilding.build(
        method: method, of: integration, scope: session.scope(publicURL: publicURL), material: material,
        idempotencyKey: idempotencyKey(of: session.id), rules: rules, now: clock.now())
      if let credential = material.credential { session.registry.learn(credential) }
      for secret in material.secrets.values { session.registry.learn(secret) }
      let destination = try await client.resolve(try request.checkedURL { rules.allowsPlainHTTP($0) })
      let door = SendDoor(BoundParameters(keyring))
      if let approved = session.machine.approvedCommitment(of: address) {
        let content = try contentRequest(with: material, in: session)
        let commitment = try door.open(content, for: destination.first, registry: &session.registry).get()
          .commitment(run: session.id.text, key: session.key)
        guard commitment == approved else { throw FailureReason.notApproved(.changed) }
      }
      let sendable = try door.open(request, for: destination.first, registry: &session.registry).get()
      record = try Self.record(sendable.record, method: sendable.method, in: &session)
      let began = clock.monotonicMilliseconds()
      let answer = try await client.send(sendable, to: destination, options: options(in: session))
      let duration = clock.monotonicMilliseconds() - began
      return try take(answer, request: record, duration: duration, ownHosts: material.ownHosts, in: &session)
    } catch {
      return .callFailed(
        address, at: clock.now(), reason: session.counted(FailureReason(call: error)), request: record, response: nil)
    }
  }

  private func contentRequest(with material: MethodMaterial, in session: RunSession) throws -> RenderedRequest {
    try RequestBuilding.build(
      method: method, of: integration, scope: session.scope(publicURL: publicURL), material: material,
      idempotencyKey: idempotencyKey(of: session.id), rules: rules, now: clock.now(), part: .content)
  }

  /// The request as people are asked about it: what the log keeps of it, and the commitment to all of its bytes, those
  /// of encrypted parameters included. Nothing leaves.
  func describe(
    with material: MethodMaterial, in session: inout RunSession
  ) async throws -> (record: RequestRecord, commitment: String) {
    for secret in material.secrets.values { session.registry.learn(secret) }
    let content = try contentRequest(with: material, in: session)
    let destination = try await client.resolve(try content.checkedURL { rules.allowsPlainHTTP($0) })
    let door = SendDoor(BoundParameters(keyring))
    let sendable = try door.open(content, for: destination.first, registry: &session.registry).get()
    return (
      try Self.record(sendable.record, method: sendable.method, in: &session),
      try sendable.commitment(run: session.id.text, key: session.key)
    )
  }

  /// Derived from run, step and visit, so that a repetition carries the same one.
  private func idempotencyKey(of run: RunID) -> String {
    "\(run.text)-\(address.step)-\(address.visit)".map { character in
      character.isASCII && (character.isLetter || character.isNumber || character == "-") ? String(character) : "_"
    }.joined()
  }

  private func options(in session: RunSession) -> CallOptions {
    var options = CallOptions()
    if let timeout = method.timeout { options.timeout = timeout }
    // A call ends with the run's time at the latest.
    if let started = session.machine.startedAt {
      let spent = clock.now().millisecondsSinceEpoch - started.millisecondsSinceEpoch
      let left = session.machine.plan.limits.maximumRunTimeMilliseconds - spent + 1
      options.timeout = min(options.timeout, .milliseconds(max(1, left)))
    }
    if let most = method.maximumResponseBytes { options.maximumResponseBytes = most }
    if method.allowsRedirects { options.redirects = .sameOrigin }
    return options
  }

  private static func record(
    _ texts: RequestTexts, method: String, in session: inout RunSession
  ) throws -> RequestRecord {
    RequestRecord(
      method: method, url: try session.insert(texts.url), headers: try session.insert(texts.headers),
      body: try texts.body.map { text throws(ValueFault) in try session.insert(text) })
  }

  private func take(
    _ answer: InboundResponse, request: RequestRecord?, duration: Int64, ownHosts: HostClearance,
    in session: inout RunSession
  ) throws -> RunEvent {
    let title = session.bundle.runbook.step(named: address.step)?.title ?? address.step
    let origin = Label(
      origin: .response(step: title), rule: method.encryptResponse ? .removesRequest : .shown,
      hosts: method.encryptResponse ? ownHosts : .any)
    var body = LabeledText(body: answer.body, label: origin)
    var headers = LabeledHeaders.object(
      answer.headers, label: Label(origin: .response(step: title), rule: origin.rule, hosts: ownHosts),
      isEncrypted: method.encryptResponse, holder: title)
    if !method.encryptResponse {
      body = SensitiveDefaults.mark(body, holder: title, hosts: ownHosts)
    }
    let view = session.registry.view()
    body = ReflectionCheck.mark(body, view: view)
    headers = ReflectionCheck.mark(headers, view: view)
    let response = ResponseRecord(
      status: answer.status, headers: try session.insert(headers), body: try session.insert(body),
      durationMilliseconds: duration)
    guard (200...299).contains(answer.status) else {
      return .callFailed(
        address, at: clock.now(), reason: .status(answer.status), request: request, response: response)
    }
    do {
      var scope = session.scope(publicURL: publicURL)
      scope.answer = RunScope.Answer(status: answer.status, headers: headers, body: body)
      let taken = try VariableTaking.take(
        method.outputs + step.outputs, declared: session.bundle.runbook.variables,
        hosts: ownHosts, in: scope)
      var handles: [String: ValueHandle] = [:]
      for (name, value) in taken { handles[name] = try session.insert(value) }
      return .callAnswered(address, at: clock.now(), request: request, response: response, variables: handles)
    } catch {
      return .callFailed(
        address, at: clock.now(), reason: session.counted(FailureReason(call: error), also: body.label),
        request: request, response: response)
    }
  }
}

extension RunSession {
  /// Which edge a run takes tells whoever can read its log, or receives its next call, about the value that decided it.
  /// Where a value did, that costs one bit of every secret among the run's variables, as a condition does; when they are
  /// spent the reason is that, whatever the value is.
  mutating func counted(_ reason: FailureReason, also label: Label = .clear) -> FailureReason {
    switch reason {
    case .conversion, .unresolved, .parse, .tooLarge, .notGranted, .urlChanged: break
    default: return reason
    }
    let labels = machine.variables.values.compactMap { try? values.text($0).label } + [label]
    do throws(ValueFault) {
      try bits.charge(bits: 1, label: Label.join(labels))
      return reason
    } catch {
      return .declassificationLimit
    }
  }
}

extension FailureReason {
  /// The reason of the failure edge for whatever a call threw. Names only: no error's own text is taken.
  init(call error: any Error) {
    switch error {
    case let reason as FailureReason: self = reason
    case let fault as ValueFault: self = FailureReason(fault)
    case let fault as SigningFault: self = .conversion("the signature: \(fault.message)")
    case let refusal as DoorRefusal: self = FailureReason(refusal)
    case let failure as EgressFailure: self = FailureReason(failure)
    case is URLFault, is EgressRefusal: self = .blocked
    case KeyringError.sealed: self = .sealed
    case is KeyringError: self = .unresolved("a sealed value, which cannot be opened")
    case is StoreFault: self = .unresolved("a stored value, which cannot be read")
    default: self = .connect
    }
  }

  init(_ refusal: DoorRefusal) {
    switch refusal {
    case .notGranted(let origins, let host):
      self = .notGranted("\(origins.map(\.sentence).joined(separator: "; ")) to \(host)")
    case .otherDestination, .url: self = .blocked
    case .urlChanged: self = .urlChanged
    case .otherPlace(let kind, let name), .duplicateName(let kind, let name):
      self = .conversion("the encrypted \(kind.rawValue) parameter \(name), which must stand exactly once")
    case .headerNotAllowed(let name): self = .conversion("the header \(name)")
    case .cannotSign(let fault): self = .conversion("the signature: \(fault.message)")
    case .cannotOpen(.sealed): self = .sealed
    case .cannotOpen: self = .unresolved("a sealed value, which cannot be opened")
    case .value(let fault): self = FailureReason(fault)
    case .otherPermit, .writeOnly: self = .notGranted("this disclosure")
    }
  }

  init(_ failure: EgressFailure) {
    switch failure {
    case .timeout: self = .timeout
    case .dns: self = .dns
    case .connect: self = .connect
    case .tls: self = .tls
    case .blocked: self = .blocked
    case .tooLarge: self = .tooLarge
    case .parse: self = .parse
    case .interrupted: self = .interrupted
    }
  }
}
