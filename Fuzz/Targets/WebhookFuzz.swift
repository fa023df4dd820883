import Cryptography
import Encodings
import Webhooks

extension FuzzTarget {
  /// A file of schemes, and a request for each of them.
  static let scheme = FuzzTarget(name: "scheme") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let text = input.text()
    guard case .success(let catalogue) = SchemeCatalogue.load(text, file: "fuzz.yaml") else { return }
    let request = Request.any(&input)
    for name in catalogue.names {
      guard let scheme = catalogue.scheme(named: name) else { continue }
      _ = scheme.warnings
      // A token is no signature: the fuzzer knows no key, and cannot have one accepted.
      for endpoint in Request.endpoint(scheme) { try Request.holdRefused(request, endpoint) }
    }
  }

  /// Requests under the schemes that come with the program; and a good delivery with one change.
  static let webhook = FuzzTarget(name: "webhook") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let way = input.byte()
    if way & 1 == 0 {
      let request = Request.any(&input)
      for endpoint in Request.builtIn { try Request.holdRefused(request, endpoint) }
      return
    }
    guard let (endpoint, keys) = Request.github else { throw FuzzFault("the scheme github is missing") }
    let place = Int(input.byte()) << 8 | Int(input.byte())
    let bits = input.byte()
    var body = input.all()
    let signature = Hex.encode(HMAC.authenticate(body, key: Request.key, hash: .sha256))
    let isChanged = !body.isEmpty && bits != 0
    if isChanged { body[place % body.count] ^= bits }
    let request = UnverifiedRequest(
      method: "POST", target: "/api/automation/ep-1",
      headers: [RequestHeader("X-Hub-Signature-256", "sha256=" + signature)], body: body)
    try hold(
      Request.isVerified(request, endpoint, keys) != isChanged,
      isChanged ? "a changed delivery is accepted" : "a good delivery is refused")
  }
}

private enum Request {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let key = GuardedBytes(random: 32)
  private static let verifier = WebhookVerifier(decoyKey: GuardedBytes(random: 32))

  /// Method, target, headers as name and value, and after an empty name the body.
  static func any(_ input: inout Input) -> UnverifiedRequest {
    let method = input.text()
    let target = input.field()
    var headers: [RequestHeader] = []
    while !input.isEmpty, headers.count < 20 {
      let name = input.text()
      guard !name.isEmpty else { break }
      headers.append(RequestHeader(name: name, value: input.field()))
    }
    return UnverifiedRequest(method: method, target: target, headers: headers, body: input.all())
  }

  /// An endpoint with a key that nobody knows; none where the scheme wants settings or a key of another kind.
  static func endpoint(_ scheme: SignatureScheme) -> [(EndpointConfiguration, EndpointKeys)] {
    let hex = GuardedBytes(copying: Array(Hex.encode(RandomBytes.make(32)).utf8))
    guard
      let configuration = try? EndpointConfiguration(
        id: "ep-1", access: .internalAndPublic, isActive: true, authentication: .signature(scheme),
        publicURL: "https://hooks.example.net/api/automation/ep-1"),
      let one = try? EndpointKey(text: hex, encoding: .utf8, named: "k", for: scheme),
      let keys = try? EndpointKeys([one])
    else { return [] }
    return [(configuration, keys)]
  }

  static let builtIn = SchemeCatalogue.builtIn.names.compactMap { SchemeCatalogue.builtIn.scheme(named: $0) }
    .flatMap(endpoint)

  static let github: (EndpointConfiguration, EndpointKeys)? = {
    guard let scheme = SchemeCatalogue.builtIn.scheme(named: "github"), let (configuration, _) = endpoint(scheme).first,
      let one = try? EndpointKey(text: key, encoding: .utf8, named: "k", for: scheme),
      let keys = try? EndpointKeys([one])
    else { return nil }
    return (configuration, keys)
  }()

  static func isVerified(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys
  ) -> Bool {
    let outcome: VerificationOutcome<Never> = verifier.verify(
      request: request, endpoint: endpoint, keys: keys, now: now, bearerCheck: { _ in .refused })
    if case .verified = outcome { return true }
    return false
  }

  static func holdRefused(
    _ request: UnverifiedRequest, _ endpoint: (EndpointConfiguration, EndpointKeys)
  ) throws(FuzzFault) {
    try hold(!isVerified(request, endpoint.0, endpoint.1), "a request without the key is accepted")
    try hold(!isVerified(request, nil, endpoint.1), "a request to no endpoint is accepted")
    _ = request.requestTargetForLogs
  }
}
