import Cryptography
import Encodings
import MessageSignatures

/// The steps of one verification. Findings pile up; `refusal` holds the first.
struct VerificationRun {
  /// A key that fits, and which version of it.
  private struct Match {
    var key: EndpointKey
    var version = 0
  }

  let verifier: WebhookVerifier
  let request: UnverifiedRequest
  let now: Instant
  private(set) var refusal: WebhookRefusal?

  /// What the request is checked by: the endpoint's settings, or the decoy's where there is no endpoint to use.
  let authentication: EndpointAuthentication
  let keys: [EndpointKey]
  let publicURL: [UInt8]
  private let timestampHeader: HeaderName?
  private var reader: RequestReader

  private var credential = PresentedCredential.nothing
  private var values: [ArraySlice<UInt8>] = []
  var payload = SignedPayload()
  private var match: Match?
  var matchedKey: EndpointKey? {
    get { match?.key }
    set { match = newValue.map { Match(key: $0) } }
  }
  /// The HTTP message signature that was checked, where the endpoint wants one.
  var messageSignature: VerifiedSignature?
  /// How far the time that was checked lay from ours.
  var skew: ClockSkew?

  init(
    _ verifier: WebhookVerifier, _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys,
    standsIn: Bool, now: Instant
  ) {
    self.verifier = verifier
    self.request = request
    self.now = now
    guard let endpoint else {
      authentication = .signature(verifier.defaultScheme)
      refusal = .unknownEndpoint
      self.keys = verifier.decoyKeys
      publicURL = Array(request.path)
      timestampHeader = nil
      reader = RequestReader(request, settings: [:])
      return
    }
    // Keys that do not count now are tried as well: so the work is the same before and after a key's end, and the log
    // can say that the sender still uses it. So are those of an endpoint that lets nobody in.
    let configured = endpoint.authentication.needsKeys ? keys.keys : []
    authentication = endpoint.authentication
    refusal = standsIn ? .unknownEndpoint : Self.standingRefusal(endpoint)
    if endpoint.authentication.needsKeys, configured.isEmpty { refusal = refusal ?? .noKeyConfigured }
    self.keys = configured.isEmpty ? verifier.decoyKeys : configured
    publicURL = endpoint.publicURL
    timestampHeader = endpoint.timestampHeader
    reader = RequestReader(request, settings: endpoint.settings)
  }

  private static func standingRefusal(_ endpoint: EndpointConfiguration) -> WebhookRefusal? {
    if endpoint.access == .internalOnly { return .internalOnly }
    return endpoint.isActive ? nil : .inactiveEndpoint
  }

  var matchedKeyName: String? { matchedKey?.name }
  /// What names the material of the key that fitted.
  var matchedEpoch: String? {
    guard let match, match.key.epochs.indices.contains(match.version) else { return nil }
    return match.key.epochs[match.version]
  }

  mutating func note(_ finding: WebhookRefusal?) { refusal = refusal ?? finding }

  // MARK: Steps

  mutating func readCredential() {
    verifier.probe?(.readCredential)
    switch authentication {
    case .none, .messageSignature: break
    case .basic: credential = .basic(request)
    case .bearer:
      if case .failure(let finding) = PresentedCredential.bearer(request) { note(finding) }
    case .signature(let scheme): credential = .signatures(of: scheme, &reader)
    case .headerSecret(let header): credential = .secret(at: .header(header), &reader)
    case .uriSecret(let parameter): credential = .secret(at: .query(parameter), &reader)
    }
    note(credential.refusal)
  }

  /// Reads the values, puts the signed bytes together and compares what the scheme expects.
  mutating func buildText() {
    verifier.probe?(.buildText)
    guard case .signature(let scheme) = authentication else {
      payload = SignedPayload(request.body)
      return
    }
    for (index, value) in scheme.values.enumerated() {
      do throws(RequestReader.Fault) {
        values.append(try reader.value(of: value.source))
      } catch {
        note(scheme.timestamp?.value == index ? WebhookRefusal(time: error) : WebhookRefusal(value: error))
        values.append([])
      }
    }
    payload = scheme.algorithm == .token ? SignedPayload(request.body) : build(scheme.message)
    for expectation in scheme.expectations {
      let expected = build(expectation.equals).joined
      do throws(RequestReader.Fault) {
        let found = try reader.value(of: expectation.source)
        if !ConstantTime.areEqual(found, expected) { note(.expectationFailed) }
      } catch {
        note(WebhookRefusal(value: error))
      }
    }
    if scheme.asksForTopic { checkTopic() }
  }

  /// Only vectors have an endpoint that takes every topic.
  private mutating func checkTopic() {
    guard let wanted = reader.settings[SignatureScheme.topicSetting] else { return }
    let found = (try? reader.json()).flatMap { NotificationFields.topic(of: $0) }
    if found.map({ !ConstantTime.areEqual($0, wanted) }) ?? true { note(.expectationFailed) }
  }

  private mutating func build(_ template: MessageTemplate) -> SignedPayload {
    let builder = PayloadBuilder(template: template, values: values, publicURL: publicURL)
    let (payload, fault) = builder.build(&reader)
    note(fault.map(WebhookRefusal.init(value:)))
    return payload
  }

  /// One MAC or verification per key, one digest per credential, all comparisons.
  mutating func authenticate() {
    if case .messageSignature(let policy) = authentication { return authenticateMessage(policy) }
    let scheme: SignatureScheme? = if case .signature(let scheme) = authentication { scheme } else { nil }
    let algorithm = scheme?.algorithm ?? .hmacSHA256
    let isSigned = algorithm.family != .token && scheme != nil
    let allowed = allowedKeys(scheme)
    var matched: Match?
    for (key, isAllowed) in zip(keys, allowed) {
      verifier.probe?(.authenticate(algorithm == .token ? .hmacSHA256 : algorithm, byteCount: payload.byteCount))
      let version = SignatureComputation.version(
        isSigned ? credential.candidates : [], payload: payload, key: key, algorithm: algorithm,
        decoy: verifier.decoyBytes)
      if let version, isAllowed { matched = better(matched, Match(key: key, version: version)) }
    }
    let secret = matchSecret(isSigned ? [] : credential.candidates)
    switch authentication {
    case .none, .bearer, .messageSignature: return
    case .basic(let username):
      let isUser = ConstantTime.areEqual(credential.username, Array(username.utf8))
      match = isUser ? secret : nil
    case .signature: match = isSigned ? matched : secret
    case .headerSecret, .uriSecret: match = secret
    }
    guard let matchedKey else { return note(.credentialWrong) }
    if !matchedKey.counts(at: now) { note(.keyOutOfDate) }
  }

  /// Of two keys that fit, the one that counts now; else the first.
  private func better(_ first: Match?, _ second: Match) -> Match {
    guard let first else { return second }
    return !first.key.counts(at: now) && second.key.counts(at: now) ? second : first
  }

  /// The key whose secret is among the candidates. Digests are compared, so that neither the length nor
  /// the beginning of a secret shows in the time.
  private func matchSecret(_ candidates: [ArraySlice<UInt8>]) -> Match? {
    var matched: Match?
    for candidate in candidates.isEmpty ? [[]] : candidates {
      verifier.probe?(.digestSecret)
      let digest = Digest.sha256(candidate)
      for key in keys {
        verifier.probe?(.compare)
        guard case .secret(_, let expected) = key.material else { continue }
        if ConstantTime.areEqual(expected, digest), !candidates.isEmpty { matched = better(matched, Match(key: key)) }
      }
    }
    return matched
  }

  /// Which keys may be used: where the sender names its certificate, only the one of that address, while it is valid.
  private mutating func allowedKeys(_ scheme: SignatureScheme?) -> [Bool] {
    var address: ArraySlice<UInt8>?
    if let source = scheme?.keyAddress {
      do throws(RequestReader.Fault) {
        address = try reader.value(of: source)
      } catch {
        note(error == .notJSON ? .bodyNotJSON : .keyAddressRefused)
        address = []
      }
    }
    let allowed = keys.map { key in
      guard case .certificate(let certificate, _, let url) = key.material else { return address == nil }
      return certificate.isValid(at: now) && address.map { $0.elementsEqual(url) } ?? true
    }
    if address != nil, !allowed.contains(true) { note(.keyAddressRefused) }
    return allowed
  }

  mutating func checkTime() {
    verifier.probe?(.checkTime)
    if case .signature(let scheme) = authentication, let rule = scheme.timestamp, !values[rule.value].isEmpty {
      check(values[rule.value], rule.format, rule.window)
    }
    guard let timestampHeader else { return }
    do throws(RequestReader.Fault) {
      let text = try reader.value(of: SchemeSource(.header(timestampHeader), pattern: .printableASCII))
      check(text, .rfc1123, .oneMinute)
    } catch {
      note(WebhookRefusal(time: error))
    }
  }

  private mutating func check(_ text: ArraySlice<UInt8>, _ format: TimestampFormat, _ window: TimestampWindow) {
    guard let time = format.parse(text) else { return note(.timestampMalformed) }
    skew = skew ?? ClockSkew(of: time, now: now)
    note(WebhookRefusal(window.judge(time, now: now)))
  }

  /// Asks about a bearer token whenever the request carries a well-formed one, whatever the endpoint and its
  /// authentication: so the question says nothing about them. The answer counts only where the endpoint asks for it.
  mutating func askBearer<Proof>(_ check: (Span<UInt8>) -> BearerVerdict<Proof>) -> BearerVerdict<Proof> {
    guard case .success(let token) = PresentedCredential.bearer(request) else { return .refused }
    verifier.probe?(.askBearer)
    let verdict = check(token.span)
    if case .bearer = authentication, case .refused = verdict { note(.bearerRefused) }
    return verdict
  }

  /// The body, or those of its fields that are signed where the others are anybody's.
  mutating func vouchedBody() -> [UInt8] {
    guard case .signature(let scheme) = authentication, scheme.signsFieldsOnly else { return request.body }
    return (try? reader.json()).flatMap { NotificationFields.object(of: $0) } ?? []
  }

  /// The delivery's id for people to read, when the scheme has one and the request holds it.
  mutating func deliveryID() -> [UInt8]? {
    if let nonce = messageSignature?.input.nonce { return Array(nonce.utf8) }
    guard case .signature(let scheme) = authentication, let source = scheme.replay else { return nil }
    return (try? reader.value(of: source)).map { Array($0) }
  }
}
