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
  /// The method's URL where it was read before.
  var template: URLTemplate?
  /// How long the call may go on beside its own timeout.
  var bounds = CallBounds()

  /// - Parameter method: as the integration has it; what the step asks for beside it counts too.
  init(
    address: EffectAddress, step: MethodCallStep, method: Method, integration: IntegrationDocument,
    client: EgressGuard, rules: EgressRules, keyring: Keyring, clock: ServiceClock, publicURL: String?
  ) {
    self.address = address
    self.step = step
    var method = method
    if step.encryptResponse { method.encryptResponse = true }
    self.method = method
    self.integration = integration
    self.client = client
    self.rules = rules
    self.keyring = keyring
    self.clock = clock
    self.publicURL = publicURL
  }

  /// The event that records what happened; never throws, since every way of failing is a reason of the edge. Nil where
  /// nothing has left, because nothing may any more.
  ///
  /// - Parameter tokens: where another token is to be had, should the host refuse the material's.
  func perform(
    with material: MethodMaterial, tokens: TokenSource?, in session: inout RunSession
  ) async -> RunEvent? {
    var request: MethodExchange.Request?
    var record: RequestRecord?
    do {
      try await checkApproval(with: material, in: &session)
      let exchange = MethodExchange(
        method: method, integration: integration, client: client, rules: rules, keyring: keyring, clock: clock,
        template: template)
      let use = MethodExchange.Use(
        scope: session.scope, idempotencyKey: idempotencyKey(in: session), options: options, bounds: bounds)
      let outcome = try await exchange.perform(
        use, with: material, tokens: tokens, registry: &session.registry, request: &request)
      record = try Self.record(request, in: &session)
      return try take(outcome, request: record, ownHosts: material.ownHosts, in: &session)
    } catch WithheldRequest.over {
      return nil
    } catch WithheldRequest.late {
      return .callFailed(address, at: clock.now(), reason: .limit(.runTime), request: nil, response: nil)
    } catch {
      // There is room for it where it left.
      if record == nil { record = try? Self.record(request, in: &session) }
      return .callFailed(
        address, at: clock.now(), reason: session.counted(FailureReason(call: error)), request: record, response: nil)
    }
  }

  private func contentRequest(with material: MethodMaterial, in session: RunSession) throws -> RenderedRequest {
    try RequestBuilding.build(
      method: method, of: integration, scope: session.scope, material: material,
      idempotencyKey: idempotencyKey(in: session), rules: rules, now: clock.now(), part: .content,
      template: template)
  }

  /// The request as people are asked about it: what the log keeps of it, and the commitment to the visit of the step and to
  /// all of its bytes, those of encrypted parameters included. Nothing leaves.
  func describe(
    with material: MethodMaterial, in session: inout RunSession
  ) async throws -> (record: RequestRecord, commitment: String) {
    for secret in material.secrets.values { session.registry.learn(secret) }
    let content = try contentRequest(with: material, in: session)
    let destination = try await client.resolve(try content.checkedURL { rules.allowsPlainHTTP($0) })
    let door = SendDoor(BoundParameters(keyring))
    let sendable = try door.open(content, for: destination.first, registry: &session.registry).get()
    let request = MethodExchange.Request(method: sendable.method, texts: sendable.record)
    guard let record = try Self.record(request, in: &session) else { throw FailureReason.history }
    let commitment = try sendable.commitment(
      step: address.step, visit: address.visit, run: session.id.text, key: session.key)
    return (record, commitment)
  }

  /// Throws where the step's request was approved and is another one by now: the values that it is built of are those
  /// of the request that is sent.
  private func checkApproval(with material: MethodMaterial, in session: inout RunSession) async throws {
    guard let approved = session.machine.approvedCommitment(of: address) else {
      guard step.approval == nil else { throw FailureReason.notApproved(.changed) }
      return
    }
    let content = try contentRequest(with: material, in: session)
    let destination = try await client.resolve(try content.checkedURL { rules.allowsPlainHTTP($0) })
    let sendable = try SendDoor(BoundParameters(keyring)).open(
      content, for: destination.first, registry: &session.registry
    ).get()
    guard
      try sendable.isCommitted(
        to: approved, step: address.step, visit: address.visit, run: session.id.text, key: session.key)
    else { throw FailureReason.notApproved(.changed) }
  }

  private func idempotencyKey(in session: RunSession) -> String {
    IdempotencyKey.text(
      run: session.id, step: address.step, visit: address.visit, among: session.bundle.runbook.steps.lazy.map(\.name))
  }

  /// How long one request of the call, or the wait for its token, may take.
  var timeout: Duration { options.timeout }

  private var options: CallOptions {
    var options = CallOptions()
    if let timeout = step.timeout ?? method.timeout { options.timeout = timeout }
    if let most = method.responseLimit { options.maximumResponseBytes = most }
    if method.allowsRedirects { options.redirects = .sameOrigin }
    return options
  }

  private static func record(
    _ request: MethodExchange.Request?, in session: inout RunSession
  ) throws -> RequestRecord? {
    guard let request else { return nil }
    return RequestRecord(
      method: request.method, url: try session.insert(request.texts.url),
      headers: try session.insert(request.texts.headers),
      body: try request.texts.body.map { text throws(ValueFault) in try session.insert(text) })
  }

  private func take(
    _ outcome: MethodExchange.Outcome, request: RequestRecord?, ownHosts: HostClearance, in session: inout RunSession
  ) throws -> RunEvent {
    let answer = LabeledAnswer(
      outcome.answer, of: method, title: title(in: session), ownHosts: ownHosts, view: session.registry.view())
    return try take(
      answer, milliseconds: outcome.durationMilliseconds, request: request, ownHosts: ownHosts, in: &session)
  }

  /// What the answers of the step are called.
  func title(in session: RunSession) -> String {
    session.bundle.runbook.step(named: address.step)?.title ?? address.step
  }

  /// The answer as it is recorded. Where the run has no room for it (`excess`), that it came, and its status, is recorded all
  /// the same.
  private func recorded(
    _ answer: LabeledAnswer, milliseconds: Int64, in session: inout RunSession
  ) throws -> (response: ResponseRecord, excess: ValueFault?) {
    var texts = (headers: answer.headers, body: answer.body)
    var excess: ValueFault?
    do throws(ValueFault) {
      try session.values.checkRoom(for: [answer.headers, answer.body])
    } catch {
      excess = error
      texts = LabeledAnswer.unkept
    }
    let response = ResponseRecord(
      status: answer.status, headers: try session.insert(texts.headers), body: try session.insert(texts.body),
      durationMilliseconds: milliseconds)
    return (response, excess)
  }

  /// Takes the outputs of an answer, wherever it came from.
  ///
  /// - Parameter file: what was kept of a recorded answer; nil for one that has just come.
  func take(
    _ answer: LabeledAnswer, milliseconds: Int64, request: RequestRecord?, ownHosts: HostClearance,
    file: RecordedFile? = nil, in session: inout RunSession
  ) throws -> RunEvent {
    let (response, excess) = try recorded(answer, milliseconds: milliseconds, in: &session)
    guard (200...299).contains(answer.status) else {
      return .callFailed(
        address, at: clock.now(), reason: .status(answer.status), request: request, response: response)
    }
    do {
      if let excess { throw excess }
      if let fault = answer.fault { throw fault }
      var scope = session.scope
      scope.answer = answer.scope
      let taken = try VariableTaking.take(
        method.outputs + step.outputs, declared: session.bundle.runbook.variables, hosts: ownHosts,
        file: method.responseKind == .file ? file : nil, in: scope)
      var handles: [String: ValueHandle] = [:]
      for (name, value) in taken { handles[name] = try session.insert(value) }
      return .callAnswered(address, at: clock.now(), request: request, response: response, variables: handles)
    } catch {
      return .callFailed(
        address, at: clock.now(), reason: session.counted(FailureReason(call: error), also: answer.body.label),
        request: request, response: response)
    }
  }
}

extension RunSession {
  /// Which edge a run takes tells whoever can read its log, or receives its next call, about the value that decided it:
  /// that this step failed, and that those before it did not. So a failure that a value decided costs log₂ of the steps
  /// since the last one, rounded up, and at least one bit, of every secret that the run holds; when they are spent the run
  /// ends. Steps that succeed cost nothing by themselves: what they told is paid when one fails.
  mutating func counted(_ reason: FailureReason, also label: Label = .clear) -> FailureReason {
    switch reason {
    case .source, .conversion, .unresolved, .parse, .unreadable, .tooLarge, .valueTooLarge, .notGranted, .urlChanged,
      .notVerified, .limit(.elements):
      break
    default: return reason
    }
    var cost = 1
    while cost < 63, 1 << cost <= machine.stepsExecuted - stepsAtFailure { cost += 1 }
    do throws(ValueFault) {
      try bits.charge(bits: cost, label: heldLabel.joined(with: label))
      stepsAtFailure = machine.stepsExecuted
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
    case let fault as URLFault: self = FailureReason(fault)
    case is EgressRefusal: self = .blocked
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
    case .otherDestination: self = .blocked
    case .url(let fault): self = FailureReason(fault)
    case .urlChanged: self = .urlChanged
    case .otherPlace(let kind, let name), .duplicateName(let kind, let name):
      self = .conversion("the encrypted \(kind.rawValue) parameter \(name), which must stand exactly once")
    case .headerNotAllowed(let name): self = .conversion("the header \(name)")
    case .cannotSign(let fault): self = .conversion("the signature: \(fault.message)")
    case .cannotOpen(.sealed): self = .sealed
    case .cannotOpen: self = .unresolved("a sealed value, which cannot be opened")
    case .value(let fault): self = FailureReason(fault)
    case .otherPermit, .writeOnly, .notSearchable: self = .notGranted("this disclosure")
    }
  }

  init(_ failure: EgressFailure) {
    switch failure {
    case .timeout: self = .timeout
    case .dns: self = .dns
    case .connect: self = .connect
    case .tls: self = .tls
    case .blocked(.destination): self = .blocked
    case .blocked(.request(let refusal)): self = FailureReason(refusal)
    case .tooLarge: self = .tooLarge
    case .parse: self = .parse
    case .disconnected: self = .disconnected
    case .interrupted: self = .interrupted
    }
  }
}
