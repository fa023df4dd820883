import Destinations
import Egress
import Encodings
import Keyring
import Labels
import RunEngine
import Runbooks

/// One request of a method and its answer: build, check the destination, open the door, send. In a run and in a test it
/// is the same.
struct MethodExchange: Sendable {
  let method: Method
  let integration: IntegrationDocument
  let client: EgressGuard
  let rules: EgressRules
  let keyring: Keyring
  let clock: ServiceClock
  /// The method's URL where it was read before.
  var template: URLTemplate?

  /// What is different from one use to another.
  struct Use: Sendable {
    var scope: RunScope
    var idempotencyKey: String
    var options: CallOptions
    var bounds = CallBounds()
  }

  /// What was sent, as the log keeps it.
  struct Request: Sendable {
    let method: String
    let texts: RequestTexts
  }

  struct Outcome: Sendable {
    let answer: InboundResponse
    let durationMilliseconds: Int64
  }

  /// Sends the request; once more with another token where the host refuses the first one. A 401 is a definite answer:
  /// nothing was done. It is the outcome where no other token comes in time, or nothing more may begin.
  ///
  /// Throws `WithheldRequest` where the first request may not leave any more.
  ///
  /// - Parameters:
  ///   - tokens: where another token is to be had.
  ///   - registry: learns every secret that goes out.
  ///   - request: what was built last, also where this throws.
  func perform(
    _ use: Use, with material: MethodMaterial, tokens: TokenSource?, registry: inout SecretRegistry,
    request: inout Request?
  ) async throws -> Outcome {
    let first = try await once(use, material, &registry, &request)
    guard first.answer.status == 401, let tokens, let refused = material.token?.generation, !use.bounds.isOver() else {
      return first
    }
    var renewed = material
    do {
      let ending = try await use.bounds.within(use.options.timeout) { try await tokens.token(insteadOf: refused) }
      guard case .came(let token) = ending else { return first }
      renewed.token = token
      return try await once(use, renewed, &registry, &request)
    } catch FailureReason.authorization(.notAuthorized) {
      // No other token is to be had without a person: the answer stands.
      return first
    } catch FailureReason.authorization(.interrupted) where use.bounds.isOver() {
      return first
    } catch is WithheldRequest {
      return first
    }
  }

  private func once(
    _ use: Use, _ material: MethodMaterial, _ registry: inout SecretRegistry, _ built: inout Request?
  ) async throws -> Outcome {
    let request = try RequestBuilding.build(
      method: method, of: integration, scope: use.scope, material: material, idempotencyKey: use.idempotencyKey,
      rules: rules, now: clock.now(), template: template)
    for secret in material.authorizing { registry.learn(secret) }
    for secret in material.secrets.values { registry.learn(secret) }
    var options = use.options
    options.trust = try integration.trustedRoots()
    let destination = try await client.resolve(
      try request.checkedURL { rules.allowsPlainHTTP($0) }, trust: options.trust)
    options.identity = try identity(material, for: destination.first)
    let sendable = try SendDoor(BoundParameters(keyring)).open(
      request, for: destination.first, registry: &registry
    ).get()
    built = try admit(sendable, use, &options)
    let began = clock.monotonicMilliseconds()
    let answer: InboundResponse
    do {
      answer = try await client.send(sendable, to: destination, options: options)
    } catch EgressFailure.tooLarge(let what) {
      throw FailureReason(what, limit: options.maximumResponseBytes)
    }
    return Outcome(answer: answer, durationMilliseconds: clock.monotonicMilliseconds() - began)
  }

  /// The request, as it is recorded, where it may leave now: there is room for what is recorded of it whatever is answered,
  /// and the run has time left, to which the call's is cut.
  private func admit(
    _ sendable: borrowing SendableRequest, _ use: Use, _ options: inout CallOptions
  ) throws -> Request {
    // What leaves is recorded: where the run has no room for that, nothing leaves.
    let record = sendable.record
    var texts = [record.url, record.headers, LabeledAnswer.unkept.headers, LabeledAnswer.unkept.body]
    if let body = record.body { texts.append(body) }
    try use.scope.values.checkRoom(for: texts)
    // All that comes before this may take a while: how much of the run's time is left is asked anew for each request.
    options.timeout = try use.bounds.admit(options.timeout)
    return Request(method: sendable.method, texts: record)
  }

  /// The certificate that is shown to the host; nil where the integration has none.
  private func identity(
    _ material: MethodMaterial, for dial: borrowing AllowedDial
  ) throws -> ClientIdentity? {
    guard method.inheritsAuthorization, let shown = ShownCertificate(of: integration) else { return nil }
    guard let key = material.credentials[shown.keyField] else {
      throw FailureReason.unresolved("the credential `\(shown.keyField)` of \(integration.id)")
    }
    let chain: LabeledText?
    switch shown.settings.chain {
    case .withKey: chain = nil
    case .document(let text): chain = LabeledText(clear: text)
    case .secret: chain = material.credentials[shown.chainField]
    }
    let sendable = try SendDoor.identity(chain: chain, key: key, for: dial).get()
    let identity: ClientIdentity
    do throws(IdentityFault) {
      identity = try ClientIdentity(sendable)
    } catch {
      throw FailureReason.conversion("the client certificate of \(integration.id): \(error.message)")
    }
    // The host would refuse it in the handshake, which says nothing of whose certificate it was.
    guard clock.now() <= identity.notAfter else {
      let day = identity.notAfter.rfc3339.prefix(10)
      throw FailureReason.conversion("the client certificate of \(integration.id), which has ended on \(day)")
    }
    return identity
  }
}

extension FailureReason {
  /// An answer of a method that is over its limit, which is the document's; `limit`: bytes of a body.
  fileprivate init(_ what: EgressFailure.Oversize, limit: Int) {
    switch what {
    case .body:
      let remedy =
        limit < Method.mostResponseBytes
        ? "ask for less, or raise `max_response_bytes` of the method" : "ask for less: no answer may have more"
      self = .valueTooLarge("the answer has more than \(limit) bytes; \(remedy)")
    case .headers, .decompression: self = .valueTooLarge(what.rawValue)
    }
  }
}

/// An answer with its labels, before anything else sees it.
struct LabeledAnswer: Sendable {
  /// What is recorded of an answer for which the run has no room, beside its status.
  static let unkept = (headers: LabeledText(clear: "{}"), body: LabeledText(clear: ""))

  let status: Int
  let headers: LabeledText
  let body: LabeledText
  /// The bytes of a file, which only outputs take; nil where the answer is none.
  let content: LabeledText?
  /// Why nothing can be taken out of the answer; nil where it is as the method says.
  let fault: ValueFault?
  /// Why the body of an answer that is to be JSON can be used by no output; nil where it can, as a text too.
  let bodyFault: ValueFault?

  /// - Parameters:
  ///   - title: what the origin is called: the step's title.
  ///   - ownHosts: where an encrypted answer may go.
  ///   - view: the secrets that are known; what repeats one carries its label.
  init(_ answer: InboundResponse, of method: Method, title: String, ownHosts: HostClearance, view: DisclosureView) {
    self.init(
      status: answer.status, headers: answer.headers, body: answer.body, of: method, title: title, ownHosts: ownHosts,
      view: view)
  }

  /// - Parameter view: the secrets that are known; nil for an answer that somebody gives for one that was not asked for.
  ///   That is input of whoever starts the run and labelled as such: neither a known secret in it nor what looks like one
  ///   is told apart, or it would say which guess is right.
  init(
    status: Int, headers fields: [(name: String, value: [UInt8])], body bytes: [UInt8], of method: Method,
    title: String, ownHosts: HostClearance, view: DisclosureView?
  ) {
    let source: Origin = view == nil ? .trigger : .response(step: title)
    let origin = Label(
      origin: source, rule: method.encryptResponse ? .removesRequest : .shown,
      hosts: method.encryptResponse ? ownHosts : .any)
    // An answer of another status is an error page as often as not: it is read as it comes.
    var fault: ValueFault?
    var body = LabeledText(body: bytes, label: origin)
    var content: LabeledText?
    switch method.responseKind {
    // What somebody gives was a text already.
    case .json where body.form != .json && view != nil:
      body = LabeledText(body: AnswerText.json(bytes, headers: fields), label: origin)
    case .json: break
    case .text: body = LabeledText(text: view == nil ? bytes : AnswerText.utf8(bytes, headers: fields), label: origin)
    case .xml where (200...299).contains(status):
      let document = AnswerText.xml(bytes, headers: fields, isText: view == nil)
      do throws(ValueFault) {
        body = try LabeledText(xml: document.text, label: origin, isTranscoded: document.isTranscoded)
      } catch {
        fault = error
      }
    case .xml: break
    case .file where (200...299).contains(status):
      content = LabeledText(text: bytes, label: origin)
      do throws(ValueFault) { body = try FileAnswer(headers: fields, body: bytes).value(label: origin) } catch {
        fault = error
      }
    case .file: break
    }
    self.status = status
    guard let view else {
      self.fault = body.label.isSecret ? fault?.withoutDetail : fault
      self.content = content
      self.body = body
      let given = LabeledHeaders.query(fields.map { (Array($0.name.utf8), $0.value) }, label: origin)
      headers = given
      bodyFault = Self.fault(of: body, with: given, status: status, of: method)
      return
    }
    self.content = content.map { ReflectionCheck.mark($0, view: view) }
    let headers = LabeledHeaders.object(
      fields, label: Label(origin: source, rule: origin.rule, hosts: ownHosts),
      isEncrypted: method.encryptResponse, holder: title)
    if !method.encryptResponse { body = SensitiveDefaults.mark(body, holder: title, hosts: ownHosts) }
    let marked = ReflectionCheck.mark(body, view: view)
    self.body = marked
    self.fault = marked.label.isSecret ? fault?.withoutDetail : fault
    self.headers = ReflectionCheck.mark(headers, view: view)
    bodyFault = Self.fault(of: marked, with: headers, status: status, of: method)
  }

  /// An answer that was recorded, with the labels that it was recorded with.
  ///
  /// - Parameters:
  ///   - content: the bytes of a file, as far as they were kept.
  ///   - method: as it is now.
  init(status: Int, headers: LabeledText, body: LabeledText, content: LabeledText?, of method: Method) {
    self.status = status
    self.headers = headers
    self.body = body
    self.content = content
    fault = nil
    bodyFault = Self.fault(of: body, with: headers, status: status, of: method)
  }

  /// What is no JSON, or too much of it, is no text for outputs either, unless it never said that it was JSON. An answer of
  /// another status is used by none.
  private static func fault(
    of body: LabeledText, with headers: LabeledText, status: Int, of method: Method
  ) -> ValueFault? {
    guard method.responseKind == .json, (200...299).contains(status) else { return nil }
    return body.bodyFault(headers: headers)
  }

  /// As the roots of outputs.
  var scope: RunScope.Answer {
    RunScope.Answer(status: status, headers: headers, body: body, content: content, fault: bodyFault)
  }
}
