import Encodings
import Labels
import MessageSignatures
import NamedKeys
import TestSupport
import Webhooks

@testable import Runbooks

/// Makes documents of every shape that the types allow and the rules of names permit.
struct RandomDocuments {
  var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  private mutating func maybe<Value>(_ make: (inout RandomDocuments) -> Value) -> Value? {
    random.oneIn(2) ? make(&self) : nil
  }

  private mutating func list<Value>(upTo count: Int, _ make: (inout RandomDocuments) -> Value) -> [Value] {
    (0..<random.number(in: 0...count)).map { _ in make(&self) }
  }

  private mutating func text() -> String { random.text(maximumCount: 10) }

  private mutating func identifier() -> String {
    let first = random.element(of: Array("abcXYZ019")) ?? "a"
    return String(first)
      + String((0..<random.number(in: 0...6)).map { _ in random.element(of: Array("abz09-_.")) ?? "b" })
  }

  /// Unique names for things that are found by name.
  private mutating func identifiers(upTo count: Int) -> [String] {
    (0..<random.number(in: 0...count)).map { "\(identifier())\($0)" }
  }

  private mutating func path(root: String? = nil) -> VariablePath {
    let roots = ["request", "response", "status", "ticket", "v0", "größe", "Ticket Id"]
    var steps: [ValuePath.Step] = []
    for _ in 0..<random.number(in: 0...3) {
      switch random.number(in: 0...2) {
      case 0: steps.append(.member(random.element(of: ["a", "X-Id", "größe", "a b", "@odata.id"]) ?? "a"))
      case 1: steps.append(.index(random.number(in: 0...20)))
      default: steps.append(.first(property: "id", equals: random.element(of: ["", "203", "a=b", "x y"]) ?? ""))
      }
    }
    return VariablePath(
      root: root ?? random.element(of: roots) ?? "v0", path: ValuePath(steps: steps, isBare: random.oneIn(2)))
  }

  private mutating func template() -> Template {
    var source = ""
    for _ in 0..<random.number(in: 0...3) {
      source += random.oneIn(2) ? Template(literal: text()).source : "<<\(path().text)>>"
    }
    // A literal may end in a backslash, which would escape the placeholder behind it.
    return (try? Template(parsing: source)) ?? Template(literal: text())
  }

  private mutating func expression(root: String) -> VariableExpression {
    let path = path(root: root)
    guard random.oneIn(3) else { return .path(path) }
    return (try? VariableExpression(parsing: "x\(text())<<\(path.text)>>")) ?? .path(path)
  }

  private mutating func json(depth: Int = 0) -> String {
    switch random.number(in: 0...(depth > 2 ? 3 : 5)) {
    case 0: "null"
    case 1: random.oneIn(2) ? "true" : "false"
    case 2: random.element(of: ["0", "-1", "1e3", "12345678901234567890.50", "1.0E-2"]) ?? "0"
    case 3: JSONText.quoted(text())
    case 4: "[" + list(upTo: 3) { $0.json(depth: depth + 1) }.joined(separator: ",") + "]"
    default:
      "{"
        + list(upTo: 3) { $0.json(depth: depth + 1) }.enumerated()
        .map { JSONText.quoted("k\($0.offset)") + ":" + $0.element }.joined(separator: ",") + "}"
    }
  }

  private mutating func vendor() -> VendorExtras {
    guard random.oneIn(3) else { return VendorExtras() }
    return VendorExtras(
      list(upTo: 3) { $0.json() }.enumerated().map { VendorExtras.Entry(key: "x\($0.offset)", json: $0.element) })
  }

  private mutating func signing() -> MethodSigning {
    var signing = signingWithSecret()
    if case .sigV4 = signing.form { return signing }
    if random.oneIn(3) {
      signing.key = .named(namedKey())
      signing.encoding = SigningReader.standard(signing.form, signing.algorithm)
    }
    return signing
  }

  private mutating func namedKey() -> KeyReference {
    guard let name = try? KeyName("key-\(random.number(in: 0...99))") else { preconditionFailure("a name") }
    return KeyReference(name: name, version: maybe { UInt32($0.random.number(in: 1...4096)) })
  }

  private mutating func signingWithSecret() -> MethodSigning {
    switch random.number(in: 0...4) {
    case 0:
      return MethodSigning(
        form: .standardWebhooks, key: .secret(reference()), encoding: .base64, algorithm: .hmacSHA256)
    case 1:
      var recipe = SigningRecipeSettings()
      recipe.header = "X-Mine"
      recipe.digest = random.oneIn(2) ? .hex : .base64
      recipe.signedHeaders = random.oneIn(2) ? [] : ["Date", "X-Id"]
      recipe.timestampHeader = maybe { _ in "X-Time" }
      recipe.timestampForm = random.oneIn(2) ? .unix : .rfc1123
      if random.oneIn(2) { recipe.message = "v0:{timestamp}:{lengths}{body}" }
      if random.oneIn(2) { recipe.value = "t={timestamp},v1={signature}" }
      return MethodSigning(form: .recipe(recipe), key: .secret(reference()), encoding: .hex, algorithm: .hmacSHA384)
    case 2:
      var signature = OutgoingMessageSignature()
      if random.oneIn(2) { signature.label = "mine" }
      if random.oneIn(2) { signature.components = ["@method", "\"@query-param\";name=\"id\""] }
      signature.keyID = maybe { _ in "k" }
      signature.tag = maybe { _ in "app" }
      signature.lifetime = maybe { Duration.seconds($0.random.number(in: 1...9)) }
      signature.hasNonce = random.oneIn(2)
      signature.digest = random.oneIn(2) ? .sha256 : .sha512
      return MethodSigning(
        form: .messageSignature(signature), key: .secret(reference()), encoding: .pem, algorithm: .ecdsaP256SHA256)
    case 3:
      guard let claims = try? JSONTemplate(parsing: "{\"sub\": \"<<\(identifier())>>\"}") else {
        preconditionFailure("a template")
      }
      var token = OutgoingToken(claims: claims)
      if random.oneIn(2) { token.header = "X-Mine" }
      if random.oneIn(2) { token.prefix = "" }
      token.keyID = maybe { _ in "k" }
      if random.oneIn(2) { token.type = "at+jwt" }
      if random.oneIn(2) { token.lifetime = .seconds(60) }
      return MethodSigning(form: .token(token), key: .secret(reference()), encoding: .base64, algorithm: .ed25519)
    default:
      return MethodSigning(
        form: .sigV4(
          accessKeyID: "AK\(random.number(in: 0...99))", region: "eu-1", service: random.oneIn(2) ? "s3" : "sqs",
          sessionToken: maybe { $0.reference() }), key: .secret(reference()), encoding: .utf8, algorithm: .hmacSHA256)
    }
  }

  private mutating func reference() -> SecretReference {
    SecretReference(path: "kv/\(identifier())", field: identifier())
  }

  private mutating func credential() -> CredentialSource { random.oneIn(2) ? .entered : .secret(reference()) }

  private mutating func retry() -> RetrySettings {
    RetrySettings(
      attempts: random.number(in: 1...20), backoff: duration(),
      retryOn: random.oneIn(2) ? [] : [.timeout, .status(429), .statusClass(5)])
  }

  private mutating func duration() -> Duration { .milliseconds(random.number(in: 1...100_000_000)) }

  private mutating func mappings() -> [ValueMapping] {
    list(upTo: 2) { ValueMapping(input: $0.text(), output: $0.text()) }
  }

  private mutating func type() -> ValueType? { maybe { $0.random.element(of: ValueType.allCases) ?? .string } }

  private mutating func bindings(root: String, depth: Int = 0) -> [VariableBinding] {
    identifiers(upTo: 3).map { name in binding(name, root: root, depth: depth) }
  }

  private mutating func binding(_ name: String, root: String, depth: Int) -> VariableBinding {
    var value = expression(root: root)
    if depth < 2, random.oneIn(6) {
      let fields = bindings(root: root, depth: depth + 1)
      if !fields.isEmpty { value = .object(fields) }
    }
    var binding = VariableBinding(
      name: name, value: value, type: type(), valueMappings: mappings(), appends: depth == 0 && random.oneIn(4),
      vendor: vendor())
    if case .path = value { binding.defaultValue = maybe { $0.json() } }
    return binding
  }

  private mutating func rows(_ kind: RowKind) -> [Row] {
    let names = random.oneIn(4) ? ["a", "a", "b"] : identifiers(upTo: 3)
    return names.map { name in
      let value: RowValue =
        switch random.number(in: 0...2) {
        case 0: .sealed
        case 1: .secret(reference())
        default: kind == .header ? .template(Template(literal: identifier())) : .template(template())
        }
      return Row(key: name, value: value, vendor: vendor())
    }
  }

  private mutating func body() -> MethodBody {
    switch random.number(in: 0...5) {
    case 0: return .none
    case 5:
      return (try? Template(parsing: "<<\(path(root: "v0").text)>>")).map {
        .file($0, type: random.oneIn(2) ? MediaType.unknown : "application/pdf")
      } ?? .none
    case 1:
      let body = try? JSONTemplate(
        parsing: #"{"a": \#(json()), "b": <<\#(path(root: "v0").text)>>, "c": "x-<<v1!>>\<<"}"#)
      return body.map { .json($0) } ?? .none
    case 2: return (try? Template(parsing: "<a b='<<x>>'><<y!>></a>")).map { .xml($0) } ?? .none
    case 3: return .form(rows(.form))
    default: return .text(template())
    }
  }

  private mutating func method(_ name: String, of integration: String) -> Method {
    Method(
      id: random.oneIn(2) ? "\(integration)/\(name)" : identifier(), name: name, title: text(),
      httpMethod: random.element(of: HTTPMethod.allCases) ?? .get, resource: template(), query: rows(.query),
      headers: rows(.header), body: body(), sendsCharset: random.oneIn(2), inheritsAuthorization: random.oneIn(2),
      signing: maybe { $0.signing() },
      outputs: bindings(root: "response"), encryptResponse: random.oneIn(2), timeout: maybe { $0.duration() },
      retry: maybe { $0.retry() },
      idempotencyHeader: maybe { _ in "Idempotency-Key" }, onInterrupt: random.oneIn(2) ? .retry : .fail,
      allowsRedirects: random.oneIn(2), maximumResponseBytes: maybe { $0.random.number(in: 1...1_000) },
      inactiveReasons: list(upTo: 2) { $0.text() }, vendor: vendor())
  }

  private mutating func oauth2() -> OAuth2Settings {
    let grant = random.element(of: OAuth2Settings.Grant.allCases) ?? .password
    var settings = OAuth2Settings(grant: grant, tokenURL: "https://t.example/\(identifier())", clientID: identifier())
    // A client without a secret has none of its own to ask with.
    if grant == .clientCredentials {
      settings.clientAuthentication = random.oneIn(2) ? .basic : .body
    } else {
      settings.clientAuthentication = random.element(of: OAuth2Settings.ClientAuthentication.allCases) ?? .body
    }
    if settings.clientAuthentication != .none { settings.clientSecret = credential() }
    settings.scope = maybe { $0.identifier() }
    if grant == .password {
      settings.username = identifier()
      settings.password = credential()
    }
    if grant == .authorizationCode {
      settings.authorizationURL = "https://t.example/yes"
      settings.redirectURI = "app:/\(identifier())"
      settings.usesPKCE = random.oneIn(2)
    }
    settings.parameters = identifiers(upTo: 2).map { ClearParameter(name: "p-\($0)", value: text()) }
    if random.oneIn(2) { settings.tokenName = identifier() }
    settings.expires = maybe { $0.duration() }
    if random.oneIn(2) { settings.place.header = "X-Token" }
    if random.oneIn(2) { settings.place.prefix = text() }
    return settings
  }

  private mutating func assertion() -> AssertionSettings {
    let isPair = random.oneIn(2)
    var settings = AssertionSettings(
      key: credential(), encoding: isPair ? .pem : .base64, algorithm: isPair ? .ecdsaP256SHA256 : .hmacSHA256)
    settings.keyID = maybe { $0.identifier() }
    settings.lifetime = .seconds(random.number(in: 1...3_600))
    settings.issuer = maybe { $0.identifier() }
    settings.subject = maybe { $0.identifier() }
    settings.claims = random.oneIn(2) ? nil : try? JSONTemplate(parsing: #" {"n": 5, "o": {"aud": 1}} "#)
    if random.oneIn(2) {
      var exchange = AssertionSettings.Exchange(tokenURL: "https://t.example/x")
      exchange.scope = maybe { $0.identifier() }
      exchange.expires = maybe { $0.duration() }
      settings.exchange = exchange
    } else if random.oneIn(2) {
      settings.audience = "<<v0>>"
    }
    return settings
  }

  private mutating func clientCertificate(_ word: ClientCertificateSettings.Word) -> ClientCertificateSettings {
    ClientCertificateSettings(
      word: word, chain: random.oneIn(2) ? .withKey : random.oneIn(2) ? .document(text()) : .secret(reference()),
      key: credential())
  }

  mutating func integration() -> IntegrationDocument {
    let id = identifier()
    let authorization: IntegrationAuthorization =
      switch random.number(in: 0...9) {
      case 0: .none
      case 6: .oauth2(oauth2())
      case 7: .jwt(assertion())
      case 8:
        .signature(
          MethodSigning(form: .standardWebhooks, key: .secret(reference()), encoding: .base64, algorithm: .hmacSHA256))
      case 9:
        .clientCertificate(clientCertificate(random.oneIn(2) ? .mtls : .certificate))
      case 1: .bearer(token: credential())
      case 2: .basic(username: text(), password: credential())
      case 3: .apiKeyHeader(name: "X-Key", prefix: text(), key: credential())
      case 4: .apiKeyQuery(name: text(), key: credential())
      default: .unsupported(text())
      }
    var beside: ClientCertificateSettings?
    if case .clientCertificate = authorization {} else { beside = maybe { $0.clientCertificate(.mtls) } }
    return IntegrationDocument(
      id: id, name: text(), notes: text(), baseURL: text(), authorization: authorization, clientCertificate: beside,
      trust: text(),
      methods: identifiers(upTo: 3).map { method($0, of: id) }, vendor: vendor())
  }

  private mutating func operand(depth: Int = 0) -> Operand {
    switch random.number(in: 0...4) {
    case 0: return .path(path())
    case 1: return .literal(.text(text()))
    case 2: return .literal(random.element(of: [.number("1.50"), .bool(true), .bool(false), .null]) ?? .null)
    case 3:
      // One placeholder alone is a path, none a literal: a template is what is left.
      return (try? Template(parsing: "x<<\(path().text)>>")).map { .template($0) } ?? .literal(.null)
    default: return depth == 0 ? .list(list(upTo: 2) { $0.operand(depth: 1) }) : .path(path())
    }
  }

  private mutating func row() -> ConditionRow {
    let op = random.element(of: ConditionOperator.allCases) ?? .hasValue
    var right: Operand? = op.takesRight ? operand() : nil
    if case .list? = right, op != .isIn, op != .isNotIn { right = .literal(.text("x")) }
    let template = try? Template(parsing: "a<<b>>")
    let left: Operand = random.oneIn(3) ? template.map { .template($0) } ?? .path(path()) : .path(path())
    return ConditionRow(left: left, op: op, right: right, vendor: vendor())
  }

  private mutating func keyStep() -> KeyStep {
    let work = random.element(of: KeyStep.Work.allCases) ?? .sign
    var step = KeyStep(work: work, key: namedKey(), message: template(), isBase64: random.oneIn(2))
    step.context = maybe { $0.template() }
    switch work {
    case .encrypt, .decrypt: step.associatedData = maybe { $0.template() }
    case .sign, .verify:
      step.bare = maybe { KeyStep.BareForm(algorithm: "ed25519", isHex: $0.random.oneIn(2)) }.flatMap { $0 }
      if work == .verify { step.signature = template() }
    }
    if step.resultName != nil { step.outputs = bindings(root: "response") }
    return step
  }

  private mutating func step(_ name: String, names: [String]) -> Step {
    let kind: StepKind =
      switch random.number(in: 0...5) {
      case 5:
        .sql(
          SQLStep(
            source: identifier(), query: template(), outputs: bindings(root: "response"),
            encryptResponse: random.oneIn(2), timeout: maybe { _ in .seconds(5) },
            retriesWhenInterrupted: random.oneIn(2)))
      case 4: .key(keyStep())
      case 0: .condition(ConditionGroups(groups: list(upTo: 3) { $0.list(upTo: 3) { $0.row() } }))
      case 1:
        .method(
          MethodCallStep(
            method: .named(integration: identifier(), method: identifier()), outputs: bindings(root: "v0"),
            encryptResponse: random.oneIn(2),
            timeout: maybe { $0.duration() }, retry: maybe { $0.retry() })
        )
      case 2: .end(random.element(of: EndResult.allCases) ?? .success)
      default: .unsupported(text())
      }
    var step = Step(name: name, title: text(), kind: kind, vendor: vendor())
    if case .end = kind { return step }
    step.onSuccess = maybe { $0.random.element(of: names) ?? "gone" }
    step.onFailure = maybe { $0.random.element(of: names) ?? "gone" }
    step.successEdgeName = step.onSuccess == nil ? nil : maybe { $0.text() }
    step.failureEdgeName = step.onFailure == nil ? nil : maybe { $0.text() }
    return step
  }

  private mutating func variable(_ name: String) -> VariableDeclaration {
    var variable = VariableDeclaration(
      name: name, type: type(), encrypt: random.oneIn(2), valueMappings: mappings(), persist: random.oneIn(4),
      isInput: random.oneIn(4),
      vendor: vendor())
    if variable.encrypt { variable.hosts = maybe { $0.list(upTo: 2) { $0.identifier() } } }
    switch random.number(in: 0...3) {
    case 0: variable.from = expression(root: "request")
    case 1: variable.initialValue = variable.encrypt ? .sealed : .json(json())
    case 2: variable.initialValue = .secret(reference())
    default: variable.initialValue = variable.encrypt ? .sealed : .none
    }
    return variable
  }

  private mutating func keys() -> [SignatureKey] {
    if random.oneIn(3) { return [SignatureKey(source: random.oneIn(3) ? .named(namedKey()) : credential())] }
    let first = Instant(millisecondsSinceEpoch: Int64(random.number(in: 0...1_700_000_000_000)))
    return (0..<random.number(in: 1...8)).map { index in
      if random.oneIn(4) { return SignatureKey(name: "k\(index)", source: .named(namedKey()), notBefore: first) }
      return SignatureKey(
        name: "k\(index)", source: credential(),
        encoding: maybe { $0.random.element(of: KeyEncoding.allCases) ?? .hex },
        url: maybe { $0.text() },
        notBefore: maybe { _ in first },
        notAfter: maybe { first.advanced(byMilliseconds: Int64($0.random.number(in: 0...100_000_000_000))) })
    }
  }

  private mutating func texts() -> [String: String] {
    Dictionary((0..<random.number(in: 0...3)).map { ("setting_\($0)", text()) }, uniquingKeysWith: { $1 })
  }

  private mutating func messageSignature() -> MessageSignatureSettings {
    let keys = keys().enumerated().map { index, key in
      var key = key
      key.url = nil
      let algorithm: MessageSignatureAlgorithm = random.oneIn(2) ? .hmacSHA256 : .ecdsaP384SHA384
      key.encoding = maybe { _ in algorithm == .hmacSHA256 ? .hex : .spkiBase64 }
      if key.source.namedKey != nil { key.encoding = nil }
      return MessageSignatureKey(key: key, algorithm: algorithm, keyID: index == 0 ? nil : "id \(index)")
    }
    return MessageSignatureSettings(
      label: maybe { _ in "sig1" }, tag: maybe { _ in "app" },
      requiredComponents: random.oneIn(2)
        ? MessageSignatureSettings.defaultComponents : ["@method", "\"@query-param\";name=\"id\""],
      maximumAge: .seconds(random.number(in: 1...9)), maximumFuture: .seconds(random.number(in: 1...60)),
      requiresNonce: random.oneIn(2), keys: keys)
  }

  private mutating func authentication() -> StartAuthentication {
    switch random.number(in: 0...8) {
    case 0: .none
    case 7: .messageSignature(messageSignature())
    case 1: .bearer
    case 2: .basic(username: text(), password: credential())
    case 3: .signature(signature())
    case 4:
      .signature(
        SignatureSettings(
          method: .recipe(
            SignatureRecipeSettings(
              header: "X-Sig", algorithm: random.element(of: SignatureRecipeSettings.Algorithm.allCases) ?? .sha256,
              digest: random.oneIn(2) ? .hex : .base64, prefix: text(),
              signedHeaders: ["Date", "X-Id"], patterns: random.oneIn(2) ? [:] : ["date": ".{29}"],
              framing: random.oneIn(2) ? .none : .lengths)),
          keys: keys()))
    case 5: .headerSecret(header: "X-Token", secret: credential())
    case 6: .uriSecret(parameter: text(), secret: credential())
    default: .unset(text())
    }
  }

  mutating func signature() -> SignatureSettings {
    let fetchesKeys = random.oneIn(2)
    return SignatureSettings(
      method: .scheme(text()), keys: fetchesKeys && random.oneIn(2) ? [] : keys(), settings: texts(),
      fetchesKeys: fetchesKeys)
  }

  mutating func verification() -> InitialVerification {
    guard random.oneIn(2) else { return .none }
    let own = ##"{"method":"GET","when":[{"in":"query","name":"a","equals":"b"}],"answer":{}}"##
    return .challenge(
      ChallengeSettings(
        profile: random.oneIn(2) ? .named(text()) : .own(json: own),
        settings: identifiers(upTo: 2).map { ChallengeSettings.Setting(name: $0, value: text()) },
        verifyToken: maybe { $0.credential() }))
  }

  mutating func failure() -> FailureSettings {
    var settings = FailureSettings(disableAfter: maybe { $0.random.number(in: 1...1_000) })
    if random.oneIn(2) {
      settings.ticketAfter = random.number(in: 1...1_000)
      settings.ticketType = maybe { $0.identifier() }
      settings.ticketUser = maybe { $0.identifier() }
    }
    settings.notify = random.oneIn(3) ? .everybody : random.oneIn(2) ? .logins(["ana", "ben"]) : .nobody
    settings.mail = maybe { FailureSettings.MailSettings(to: "soc@example.org", template: $0.identifier()) }
    settings.webhook = maybe { _ in
      FailureSettings.WebhookSettings(
        url: "https://example.org/hook", key: SecretReference(path: "kv/hook", field: "key"))
    }
    if settings.notifies { settings.tellAfter = maybe { $0.random.number(in: 1...1_000) } }
    return settings
  }

  mutating func schedules() -> [Schedule] {
    let texts = ["@daily", "0 6 * * 1-5", "*/10 8-18 1,15 jan *"].shuffled(using: &random)
    return texts.prefix(random.number(in: 0...3)).compactMap { text in
      (try? CronExpression(text)).map { cron in
        Schedule(cron: cron, zone: random.oneIn(2) ? "UTC" : "Europe/Berlin")
      }
    }
  }

  mutating func runbook() -> RunbookDocument {
    let id = identifier()
    let names = identifiers(upTo: 5)
    let steps = names.map { step($0, names: names) }
    let start: StartAccess =
      random.oneIn(2)
      ? .internalOnly
      : .public(
        PublicStart(
          authentication: authentication(), timestampHeader: maybe { _ in "Date" }, encryptRequest: random.oneIn(2),
          inputs: bindings(root: "request"), answer: random.element(of: StartAnswer.allCases) ?? .ok,
          initialVerification: verification(), remembersDeliveries: random.oneIn(2),
          rememberedLimit: maybe { $0.random.number(in: 1...1_000_000) }))
    return RunbookDocument(
      id: id, name: text(), group: maybe { $0.text() }, notes: text(), isActive: random.oneIn(2), start: start,
      schedules: schedules(),
      variables: identifiers(upTo: 3).map { variable($0) }, mode: random.oneIn(2) ? .series : .parallel,
      onFailure: failure(),
      retentionDays: random.number(in: 1...3_650),
      limits: RunLimitSettings(
        maximumSteps: maybe { $0.random.number(in: 1...1_000_000) },
        maximumVisits: maybe { $0.random.number(in: 1...9) },
        maximumRunTime: maybe { $0.duration() }, maximumParallel: maybe { $0.random.number(in: 1...10_000) }),
      steps: steps, startStep: random.oneIn(3) ? random.element(of: names) : names.first,
      inactiveReasons: list(upTo: 2) { $0.text() }, vendor: vendor())
  }
}
