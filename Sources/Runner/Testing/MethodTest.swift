package import Access
import Destinations
import Egress
import Encodings
package import Labels
import Ledger
import RunEngine
package import Runbooks
import Storage

/// Tries a method out: the real request, through the guard, with the method's real authorisation, outside a run. Secrets
/// of the store, and named keys, are used by the right of a runbook that calls the method, for somebody who may grant that
/// right: a test has neither the runbook's conditions nor its values. A method whose calls are approved is not tried out,
/// and where a step that calls it seals the answer, the test does.
package struct MethodTest: Sendable {
  private let library: DocumentLibrary
  private var parts: ServiceParts { library.parts }

  private let keys: KeyBook

  package init(library: DocumentLibrary, keys: KeyBook) {
    self.library = library
    self.keys = keys
  }

  /// A value that stands in for a variable, or for what a run would have under a reserved name.
  package struct Variable: Sendable {
    package let name: String
    /// One JSON value, or the characters of a text.
    package let value: [UInt8]
    package let isJSON: Bool
    /// Whether it is masked wherever it is shown, and sent to the method's host alone.
    package let isSecret: Bool

    package init(name: String, value: [UInt8], isJSON: Bool, isSecret: Bool) {
      self.name = name
      self.value = value
      self.isJSON = isJSON
      self.isSecret = isSecret
    }
  }

  /// What the viewer may see of it.
  package struct Report: Sendable {
    package struct Output: Sendable {
      package let name: String
      package let value: Disclosed
      /// Where it came from, in words; empty where nothing of it is secret.
      package let origins: [String]
    }

    /// Nil where no answer came.
    package var status: Int?
    package var durationMilliseconds: Int64?
    /// The class of the body's size.
    package var receivedBytes: Int?
    package var headers: Disclosed?
    /// Nil under `encrypt_response`, the method's own or that of a step that calls it.
    package var body: Disclosed?
    /// Under `encrypt_response`: names and types.
    package var shape: Disclosed?
    package var outputs: [Output] = []
    /// The word and the sentence of a failure.
    package var failure: (word: String, sentence: String)?
  }

  /// The most variables of one test.
  package static let maximumVariables = 64

  /// Whether a value can stand in under this name: a variable's, a record's, the request's or that of a failure. The
  /// rest comes from the answer itself, or from the service.
  package static func takesValue(named name: String) -> Bool {
    switch RootKind(rootName: name) {
    case .variable, .record, .request, .requestHeaders, .requestQuery, .failure: true
    case .response, .responseHeaders, .status, .builtIn: false
    }
  }

  /// - Parameter also: the proof that the caller may do something else as well, by capability and path; nil where he may
  ///   not.
  package func run(
    _ method: Method, of integration: IntegrationDocument, variables: [Variable], by authorization: Authorization,
    also: (Capability, String) -> Authorization?
  ) async throws -> Report {
    guard method.inactiveReasons.isEmpty else {
      throw ServiceFault.conflict(
        "The method `\(method.name)` does not run: \(method.inactiveReasons.joined(separator: "; ")).")
    }
    let called = try await asCalled(method, of: integration)
    let clearance = try await borrowed(for: called, of: integration, also: also)
    var report = Report()
    do {
      try await fill(
        &report, called, integration, variables, clearance: clearance, by: .entity(authorization.token.entity.text))
    } catch {
      // What the callers of a run's effects would see as the reason of the failure edge.
      let reason = FailureReason(call: error)
      report.failure = (reason.word, reason.sentence(callingIntegration: integration.id))
    }
    let outcome = report.failure?.word ?? report.status.map { "status \($0)" } ?? "ok"
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(authorization.token.entity.text), action: "test",
      subject: "\(integration.id)/\(method.name)", outcome: outcome)
    let now = parts.clock.now()
    let entry = RequestEntry(
      method: "\(integration.id)/\(method.name)", at: now, run: parts.runIDs.make(at: now), sequence: 1, step: "",
      outcome: outcome, milliseconds: report.durationMilliseconds, sentBytes: nil,
      receivedBytes: report.receivedBytes.map(Int64.init), origin: .test)
    _ = try await parts.store.commit(WriteBatch([.account(.logRequests([entry]))], ledger: [draft]))
    return report
  }

  /// The method as the steps use it that call it: its answer is sealed where one of them seals it. Throws `conflict` where
  /// one has its requests approved.
  private func asCalled(_ method: Method, of integration: IntegrationDocument) async throws -> Method {
    var called = method
    for runbook in try await library.runbooks().map(\.document) {
      for case .method(let call) in runbook.steps.map(\.kind)
      where call.method == .named(integration: integration.id, method: method.name) {
        guard call.approval == nil else {
          throw ServiceFault.conflict(
            "The runbook `\(runbook.name)` has its requests of `\(integration.id)/\(method.name)` approved by people, "
              + "whom a test would pass by: start the runbook.")
        }
        if call.encryptResponse { called.encryptResponse = true }
      }
    }
    return called
  }

  /// The right by which the test uses secrets and keys; nil where it needs none, or where no runbook has it.
  private func borrowed(
    for method: Method, of integration: IntegrationDocument, also: (Capability, String) -> Authorization?
  ) async throws -> RunClearance? {
    var references = method.secretReferences
    if method.inheritsAuthorization { references += integration.authorizingReferences }
    let keyUses = method.keyUses(under: integration)
    guard !references.isEmpty || !keyUses.isEmpty else { return nil }
    let found = try await ClearanceSearch(library: library).clearance(
      for: references, keyUses: keyUses, calling: integration.id, method: method.name)
    guard let found else { return nil }
    let path = "api/runbooks/\(found.runbookID)/grants"
    guard also(.grant, path) != nil else {
      throw ServiceFault.denied(
        "The method uses what was granted to the runbook `\(found.runbookID)`, with other values than that runbook's: to "
          + "try it out needs the capability grant on `\(path)`.")
    }
    return found
  }

  private func fill(
    _ report: inout Report, _ method: Method, _ integration: IntegrationDocument, _ variables: [Variable],
    clearance: RunClearance?, by actor: LedgerActor
  ) async throws {
    let template = try RequestBuilding.urlTemplate(method, of: integration, rules: parts.rules)
    var registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: nil, keyring: parts.keyring))
    var scope = RunScope(
      values: ValueTable(), roots: [:], variables: [:], lastFailure: nil, trigger: .api,
      publicURL: parts.publicURL)
    for variable in variables {
      let value = try Self.value(of: variable, host: template.origin)
      registry.learn(value)
      let handle = try scope.values.insert(value)
      Self.put(handle, as: variable.name, in: &scope)
    }
    let reading = MaterialReading(parts: parts)
    var material = try await reading.material(for: method, of: integration, clearance: clearance, keys: keys, by: actor)
    // An encrypted answer of a test goes nowhere but into its shape.
    material.ownHosts = HostClearance(only: [template.origin])
    var tokens: TokenSource?
    if method.inheritsAuthorization {
      tokens = try reading.tokenSource(of: integration, with: material)
      material.token = try await tokens?.token()
    }
    var options = CallOptions()
    if let timeout = method.timeout { options.timeout = timeout }
    if let most = method.responseLimit { options.maximumResponseBytes = most }
    if method.allowsRedirects { options.redirects = .sameOrigin }
    let exchange = MethodExchange(
      method: method, integration: integration, client: parts.client, rules: parts.rules, keyring: parts.keyring,
      clock: parts.clock)
    var request: MethodExchange.Request?
    let outcome = try await exchange.perform(
      MethodExchange.Use(scope: scope, idempotencyKey: "test-\(SigningBuilding.unique())", options: options),
      with: material, tokens: tokens, registry: &registry, request: &request)
    let answer = LabeledAnswer(
      outcome.answer, of: method, title: method.title, ownHosts: material.ownHosts, view: registry.view())
    registry.learn(answer.body)
    registry.learn(answer.headers)
    let view = registry.view()
    report.status = answer.status
    report.receivedBytes = answer.body.sizeClass
    report.durationMilliseconds = outcome.durationMilliseconds
    report.headers = DiscloseDoor.viewerText(answer.headers, view: view)
    if method.encryptResponse {
      report.shape = DiscloseDoor.shape(answer.body, view: view)
    } else {
      report.body = DiscloseDoor.viewerText(answer.body, view: view)
    }
    guard (200...299).contains(answer.status) else {
      let reason = FailureReason.status(answer.status)
      report.failure = (reason.word, reason.sentence)
      return
    }
    if let fault = answer.fault { throw fault }
    scope.answer = answer.scope
    let taken = try VariableTaking.take(method.outputs, declared: [], hosts: material.ownHosts, in: scope)
    report.outputs = taken.map { name, value in
      Report.Output(
        name: name, value: DiscloseDoor.viewerText(value, view: view),
        origins: value.label.secretOrigins.map(\.sentence))
    }
  }

  /// Puts a value where a run would have what it stands in for.
  private static func put(_ handle: ValueHandle, as name: String, in scope: inout RunScope) {
    switch RootKind(rootName: name) {
    case .variable: scope.variables[name] = handle
    case .record, .request, .requestHeaders, .requestQuery, .failure: scope.roots[name] = handle
    case .response, .responseHeaders, .status, .builtIn: break
    }
  }

  private static func value(of variable: Variable, host: HostPort) throws -> LabeledText {
    let label =
      variable.isSecret
      ? LabelProducers.encryptedVariable(name: variable.name, hosts: HostClearance(only: [host])) : .clear
    return variable.isJSON
      ? try LabeledText(json: variable.value, label: label) : LabeledText(text: variable.value, label: label)
  }
}
