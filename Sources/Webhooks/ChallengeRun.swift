import Cryptography
package import Encodings

/// The steps of reading one request as a handshake.
struct ChallengeRun {
  private let verifier: WebhookVerifier
  private let request: UnverifiedRequest
  private let profile: ChallengeProfile
  private let keys: [EndpointKey]
  private let settings: [String: [UInt8]]
  private let verifyToken: VerifyToken?
  private let awaitsKey: Bool
  private let now: Instant
  /// The verifier's word: the name of the key that fitted (nil inside where none takes part), or the reason.
  private let verification: Result<String?, WebhookRefusal>
  private var reader: RequestReader
  private var hasComparedSecret = false

  init(
    _ verifier: WebhookVerifier, _ request: UnverifiedRequest, _ profile: ChallengeProfile, _ keys: EndpointKeys,
    settings: [String: [UInt8]], verifyToken: VerifyToken?, awaitsKey: Bool, now: Instant,
    verification: Result<String?, WebhookRefusal>
  ) {
    self.verifier = verifier
    self.request = request
    self.profile = profile
    self.keys = keys.keys.filter { $0.counts(at: now) }
    self.settings = settings
    self.verifyToken = verifyToken
    self.awaitsKey = awaitsKey
    self.now = now
    self.verification = verification
    reader = RequestReader(request, settings: [:])
  }

  /// The verdict. At least one secret is compared on the way, whatever the profile and the request.
  mutating func outcome() -> ChallengeOutcome {
    verifier.probe?(.readChallenge)
    let outcome = judged()
    if !hasComparedSecret { _ = matches(verifier.decoyVerifyToken, []) }
    return outcome
  }

  private mutating func matches(_ secret: VerifyToken, _ found: ArraySlice<UInt8>) -> Bool {
    verifier.probe?(.compareChallenge)
    hasComparedSecret = true
    return secret.matches(found)
  }

  private mutating func judged() -> ChallengeOutcome {
    for form in profile.forms where form.method == request.method {
      let outcome = read(form)
      guard case .ordinary = outcome else { return outcome }
    }
    guard case .success = verification else { return .ordinary }
    for condition in profile.every {
      if !holds(condition) { return .refused(.expectationFailed) }
    }
    return .ordinary
  }

  /// Whether the request is this form of handshake, and what then.
  private mutating func read(_ form: ChallengeProfile.Form) -> ChallengeOutcome {
    // What is signed is not parsed before the signature is known to be right.
    if form.isSigned, case .failure = verification { return .ordinary }
    for condition in form.when where !holds(condition) { return .ordinary }
    var token: ArraySlice<UInt8> = []
    var finding: WebhookRefusal?
    if let source = form.token {
      do throws(RequestReader.Fault) {
        token = try reader.value(of: source)
      } catch {
        // Without a condition the token is what tells a handshake from an ordinary request.
        if form.when.isEmpty, error == .missing || error == .notJSON { return .ordinary }
        finding = WebhookRefusal(challenge: error)
      }
    }
    for condition in form.expect + profile.every where !holds(condition) { finding = finding ?? .challengeWrong }
    if let finding { return .refused(finding) }
    return answer(form, token: token)
  }

  private mutating func holds(_ condition: ChallengeProfile.Condition) -> Bool {
    var found: ArraySlice<UInt8> = []
    var isThere = true
    do throws(RequestReader.Fault) {
      found = try reader.value(of: condition.source)
    } catch {
      isThere = false
    }
    guard let equals = condition.equals else { return isThere }
    if equals.usesSecret {
      // Without a token of the endpoint nothing matches, and the comparison takes its time all the same.
      let token = verifyToken ?? verifier.decoyVerifyToken
      let isEqual = matches(token, found)
      return isEqual && isThere && verifyToken != nil
    }
    let expected = equals.text(token: [], mac: [], settings: settings)
    return ConstantTime.areEqual(found, expected) && isThere
  }

  private mutating func answer(_ form: ChallengeProfile.Form, token: ArraySlice<UInt8>) -> ChallengeOutcome {
    var action = ChallengeAnswer.Action.none
    var mac: [UInt8] = []
    var keyName: String?
    if form.pinsKey {
      // A second request never replaces the key of the first.
      guard awaitsKey, keys.isEmpty else { return .refused(.challengeNotAwaited) }
      action = .pin(GuardedBytes(copying: token))
    }
    if let rule = form.mac {
      guard let (name, secret) = macKey(form) else { return .refused(.noKeyConfigured) }
      keyName = name
      let tag = HMAC.authenticate(token, key: secret, hash: rule.algorithm.hmac)
      mac = Array((rule.encoding == .hex ? Hex.encode(tag) : Base64.encode(tag)).utf8)
    }
    if let link = form.link {
      do throws(RequestReader.Fault) {
        action = .follow(Array(try reader.value(of: link)))
      } catch {
        return .refused(WebhookRefusal(challenge: error))
      }
    }
    return .answered(
      ChallengeAnswer(
        form.answer, profile: profile.name, token: token, mac: mac, settings: settings, action: action,
        keyName: keyName))
  }

  /// The key that the request was signed with: the sender is known to have it. Where the request is not signed the
  /// first that counts, which in a rotation is the new one.
  private func macKey(_ form: ChallengeProfile.Form) -> (name: String, secret: GuardedBytes)? {
    var candidates = keys
    if form.isSigned, case .success(let name) = verification { candidates = keys.filter { $0.name == name } }
    for key in candidates {
      if let secret = key.secretBytes { return (key.name, secret) }
    }
    return nil
  }
}

extension WebhookVerifier {
  /// Reads one request as a handshake of its endpoint. Asked of every request, after `verify`, whether the endpoint
  /// has a profile, exists, or not: without one it is read by a profile that is nobody's, so that the work says nothing.
  ///
  /// - Parameters:
  ///   - verifyToken: the secret that the profile asks for; nil where none has been entered, which no request matches.
  ///   - awaitsKey: whether a person has said that the endpoint waits for its key, and it has none.
  ///   - standsIn: whether the endpoint is another one, in the place of one that does not exist: it is read by that one's
  ///     profile, and nothing comes of it.
  ///   - verification: what `verify` said about the same request.
  /// - Returns: what to answer; `ordinary` where the verification's word holds. A request of another method than POST
  ///   that is `ordinary` or `refused` gets the answer to unknown methods.
  package func challenge<Proof: Sendable>(
    request: UnverifiedRequest, endpoint: EndpointConfiguration?, keys: EndpointKeys, verifyToken: VerifyToken?,
    awaitsKey: Bool, standsIn: Bool = false, now: Instant, verification: VerificationOutcome<Proof>
  ) -> ChallengeOutcome {
    var result: Result<String?, WebhookRefusal>
    switch verification {
    case .verified(let verified, _): result = .success(verified.keyName)
    case .refused(let reason, _): result = .failure(reason)
    }
    guard let endpoint, endpoint.access == .internalAndPublic, endpoint.isActive, let profile = endpoint.challenge
    else {
      result = .failure(.unknownEndpoint)
      var run = ChallengeRun(
        self, request, .decoy, .none, settings: [:], verifyToken: nil, awaitsKey: false, now: now, verification: result)
      _ = run.outcome()
      return .ordinary
    }
    var run = ChallengeRun(
      self, request, profile, keys, settings: endpoint.challengeSettings, verifyToken: verifyToken,
      awaitsKey: awaitsKey, now: now, verification: result)
    let outcome = run.outcome()
    return standsIn ? .ordinary : outcome
  }
}

extension SignatureRecipe.Hash {
  /// The hash under the MAC.
  var hmac: HMAC.Hash {
    switch self {
    case .sha1: .sha1
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }
}

extension WebhookRefusal {
  /// Why the token of a handshake could not be read.
  init(challenge fault: RequestReader.Fault) {
    switch fault {
    case .missing, .notJSON: self = .challengeMissing
    case .repeated: self = .challengeRepeated
    case .malformed: self = .challengeMalformed
    }
  }
}
