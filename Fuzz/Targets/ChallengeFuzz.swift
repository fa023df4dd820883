import Cryptography
import Encodings
import Webhooks

extension FuzzTarget {
  /// A file of handshake profiles, and a request for each of them.
  static let challengeProfile = FuzzTarget(name: "challenge-profile") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    let text = input.text()
    guard case .success(let catalogue) = ChallengeCatalogue.load(text, file: "fuzz.yaml") else { return }
    let request = Shake.any(&input)
    for name in catalogue.names {
      guard let profile = catalogue.profile(named: name) else { continue }
      try Shake.holdHarmless(request, profile)
    }
  }

  /// Requests under the profiles that come with the program; and signed bodies that a handshake would sign for anybody.
  static let challenge = FuzzTarget(name: "challenge") { (bytes) throws(FuzzFault) in
    var input = Input(bytes)
    if input.byte() & 1 == 0 {
      let request = Shake.any(&input)
      for profile in Shake.builtIn { try Shake.holdHarmless(request, profile) }
      return
    }
    try Shake.holdNoOracle(input.all())
  }

  /// Files of certificates: nothing that nobody vouches for becomes a key.
  static let certificate = FuzzTarget(name: "certificate") { (bytes) throws(FuzzFault) in
    guard let scheme = Shake.byAddress else { throw FuzzFault("the scheme by address does not load") }
    let address = Array("https://certs.example/1".utf8)
    let key = try? FetchedKey(pem: bytes, from: address, for: scheme, roots: .only([]), now: Shake.now)
    try hold(key == nil, "a certificate that nobody vouches for is a key")
  }
}

private enum Shake {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let key = GuardedBytes(random: 32)
  static let verifier = WebhookVerifier(decoyKey: GuardedBytes(random: 32))
  static let builtIn = ChallengeCatalogue.builtIn.names.compactMap { ChallengeCatalogue.builtIn.profile(named: $0) }

  static let byAddress = scheme(
    """
    s:
      signature: {in: header, name: X-Sig, encoding: base64}
      algorithm: rsa-pkcs1-sha256
      message: "{body}"
      key_url: {in: header, name: X-Cert, pattern: 'https://certs\\.example/[0-9]+'}
    """)

  /// Method, target, headers as name and value, and after an empty name the body.
  static func any(_ input: inout Input) -> UnverifiedRequest {
    let methods = ["GET", "POST", "PUT", "OPTIONS"]
    let method = methods[input.number(below: methods.count)]
    let target = input.field()
    var headers: [RequestHeader] = []
    while !input.isEmpty, headers.count < 20 {
      let name = input.text()
      guard !name.isEmpty else { break }
      headers.append(RequestHeader(name: name, value: input.field()))
    }
    return UnverifiedRequest(method: method, target: target, headers: headers, body: input.all())
  }

  /// Nothing that the sender wrote can be markup, end a header, become a key that nobody waits for, or be answered
  /// without the secret that nobody knows; and what is answered is bounded.
  static func holdHarmless(_ request: UnverifiedRequest, _ profile: ChallengeProfile) throws(FuzzFault) {
    let settings = Dictionary(profile.settings.map { ($0.name, "events.example.org") }, uniquingKeysWith: { $1 })
    let name = profile.schemes.first ?? "github"
    guard let (endpoint, keys) = endpoint(profile, scheme: name, settings) else { return }
    guard let answer = ask(request, endpoint, keys) else { return }
    try hold(!profile.needsVerifyToken || profile.otherMethods.isEmpty, "answered without the verify token")
    try hold(answer.body.count <= 65_536, "an answer without bound")
    try hold(answer.body.allSatisfy { !(0..<0x20).contains($0) }, "an answer with a control character")
    for (name, value) in answer.headers {
      try hold(value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "the header \(name) could end")
    }
    let type = answer.headers.first { $0.name == "Content-Type" }?.value
    switch type {
    case nil: try hold(answer.body.isEmpty, "a body without a type")
    case "application/json": try hold((try? JSONTape(answer.body)) != nil, "an answer that is no JSON")
    default: try hold(type == "text/plain; charset=utf-8", "an answer of another type")
    }
    if case .pin = answer.action { throw FuzzFault("a key was taken that nobody waits for") }
    try hold(ask(request, nil, keys) == nil, "an answer for no endpoint")
  }

  /// A body that is accepted under its signature is none that the handshake would have signed.
  static func holdNoOracle(_ body: [UInt8]) throws(FuzzFault) {
    guard let profile = oracle, let (endpoint, keys) = endpoint(profile, scheme: "github", [:]) else {
      throw FuzzFault("the profile of the oracle does not load")
    }
    let signature = Hex.encode(HMAC.authenticate(body, key: key, hash: .sha256))
    let event = UnverifiedRequest(
      method: "POST", target: "/api/automation/ep-1",
      headers: [RequestHeader("X-Hub-Signature-256", "sha256=" + signature)], body: body)
    let outcome: VerificationOutcome<Never> = verifier.verify(
      request: event, endpoint: endpoint, keys: keys, now: now, bearerCheck: { _ in .refused })
    let escaped = body.map { "%" + Hex.encode([$0]) }.joined()
    let question = UnverifiedRequest(
      method: "GET", target: "/api/automation/ep-1?c=" + escaped, headers: [], body: [])
    let isSignedForAnybody = ask(question, endpoint, keys) != nil
    var isAccepted = false
    if case .verified = outcome { isAccepted = true }
    try hold(isAccepted != isSignedForAnybody, "a body is both signed for anybody and an event, or neither")
  }

  private static let oracle: ChallengeProfile? = {
    let text = """
      o:
        method: GET
        token: {in: query, name: c, pattern: '[A-Za-z0-9+/=_-]{1,128}'}
        mac: {hash: sha256, encoding: hex}
        answer: {text: "{mac}"}
      """
    guard case .success(let catalogue) = ChallengeCatalogue.load(text, file: "o.yaml") else { return nil }
    return catalogue.profile(named: "o")
  }()

  private static func scheme(_ text: String) -> SignatureScheme? {
    guard case .success(let catalogue) = SchemeCatalogue.load(text, file: "s.yaml") else { return nil }
    return catalogue.names.first.flatMap { catalogue.scheme(named: $0) }
  }

  private static func endpoint(
    _ profile: ChallengeProfile, scheme name: String, _ settings: [String: String]
  ) -> (EndpointConfiguration, EndpointKeys)? {
    guard let scheme = SchemeCatalogue.builtIn.scheme(named: name),
      let configuration = try? EndpointConfiguration(
        id: "ep-1", access: .internalAndPublic, isActive: true, authentication: .signature(scheme),
        publicURL: "https://hooks.example.net/api/automation/ep-1", challenge: profile, challengeSettings: settings)
    else { return nil }
    guard let one = try? EndpointKey(text: key, encoding: .utf8, named: "k", for: scheme),
      let keys = try? EndpointKeys([one])
    else { return (configuration, .none) }
    return (configuration, keys)
  }

  private static func ask(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys
  ) -> ChallengeAnswer? {
    let verification: VerificationOutcome<Never> = verifier.verify(
      request: request, endpoint: endpoint, keys: keys, now: now, bearerCheck: { _ in .refused })
    let outcome = verifier.challenge(
      request: request, endpoint: endpoint, keys: keys, verifyToken: nil, awaitsKey: false, now: now,
      verification: verification)
    guard case .answered(let answer) = outcome else { return nil }
    return answer
  }
}
