/// What a handshake profile asks of the runbook that uses it.
package struct ChallengeNeeds: Equatable, Sendable {
  /// Signature schemes of which the endpoint must have one; empty where any authentication goes.
  package var schemes: [String]
  /// Settings that must be entered, by name.
  package var settings: [String]
  /// Whether a request must bring the secret `verify_token`.
  package var needsVerifyToken: Bool
  /// Whether some handshake must have passed the endpoint's authentication.
  package var needsAuthentication: Bool
  /// Whether some answer is computed with the endpoint's key, for who has not signed.
  package var computesForAnybody: Bool
  /// Whether some answer is computed with the endpoint's key, or gives it one.
  package var needsSharedKey: Bool
  /// Whether a handshake brings the endpoint's key.
  package var bringsKey: Bool
  /// Whether a handshake makes the service call an address.
  package var callsOut: Bool

  package init(
    schemes: [String] = [], settings: [String] = [], needsVerifyToken: Bool = false,
    needsAuthentication: Bool = false, computesForAnybody: Bool = false, needsSharedKey: Bool = false,
    bringsKey: Bool = false, callsOut: Bool = false
  ) {
    self.schemes = schemes
    self.settings = settings
    self.needsVerifyToken = needsVerifyToken
    self.needsAuthentication = needsAuthentication
    self.computesForAnybody = computesForAnybody
    self.needsSharedKey = needsSharedKey
    self.bringsKey = bringsKey
    self.callsOut = callsOut
  }
}

/// The handshake profiles that documents can use: those of the webhooks room, and its judgement of an author's own.
package struct ChallengeProfiles: Sendable {
  /// Why a profile cannot be used.
  package struct Refusal: Error, Equatable, Sendable {
    /// One sentence without a full stop.
    package let message: String

    package init(message: String) { self.message = message }
  }

  package let named: [String: ChallengeNeeds]
  /// Reads one JSON object as a profile.
  package let own: @Sendable (String) -> Result<ChallengeNeeds, Refusal>

  package init(
    named: [String: ChallengeNeeds], own: @escaping @Sendable (String) -> Result<ChallengeNeeds, Refusal>
  ) {
    self.named = named
    self.own = own
  }
}

/// Whether the handshake of an endpoint can be answered, and how safely.
enum ChallengeCheck {
  private static let part = "start.public.initial_verification"

  static func check(_ document: RunbookDocument, profiles: ChallengeProfiles?, report: StartCheck.Report) {
    guard let start = document.start.publicStart, let settings = start.initialVerification.settings, let profiles
    else { return }
    let needs: ChallengeNeeds
    switch settings.profile {
    case .named(let name):
      guard let found = profiles.named[name] else {
        let nearest = NearestName.of(name, among: profiles.named.keys.sorted())
        report(
          .error(
            .unknownName, part + ".challenge", "there is no handshake profile \(ShownName.of(name))",
            remedy: nearest.map { "did you mean `\($0)`?" }
              ?? "the profiles are \(profiles.named.keys.sorted().joined(separator: ", "))"))
        return
      }
      needs = found
    case .own(let json):
      switch profiles.own(json) {
      case .success(let found): needs = found
      case .failure(let refusal):
        report(.error(.badValue, part + ".profile", refusal.message))
        return
      }
    }
    authentication(start.authentication, needs, report)
    entered(settings, needs, report)
    warnings(needs, report)
  }

  private static func authentication(
    _ authentication: StartAuthentication, _ needs: ChallengeNeeds, _ report: StartCheck.Report
  ) {
    // What an import could not honour refuses everything; there is nothing to hold the profile against.
    if case .unset = authentication { return }
    var scheme: String?
    var isSignature = false
    if case .signature(let settings) = authentication {
      isSignature = true
      if case .scheme(let name) = settings.method { scheme = name }
    }
    if !needs.schemes.isEmpty, !needs.schemes.contains(scheme ?? "") {
      report(
        .error(
          .handshakeDoesNotFit, part,
          "this handshake belongs to a signed scheme: the endpoint's own must be \(needs.schemes.joined(separator: " or "))",
          remedy: "set `auth: signature` and `scheme: \(needs.schemes[0])`"))
    } else if needs.needsSharedKey, authentication.credentials.contains(where: { $0.source.namedKey != nil }) {
      report(
        .error(
          .handshakeDoesNotFit, part,
          "this handshake computes with the endpoint's key or brings it, and a named key is neither shown nor replaced",
          remedy: "enter the key with `chancery set` instead"))
    } else if needs.needsSharedKey, !isSignature {
      report(
        .error(
          .handshakeDoesNotFit, part, "this handshake computes with the endpoint's key, and the endpoint has none",
          remedy: "set `auth: signature`"))
    } else if needs.bringsKey, !isOneEntered(authentication.credentials) {
      report(
        .error(
          .handshakeDoesNotFit, part,
          "this handshake brings the endpoint's only key, which is kept as the one that is entered under the name `key`",
          remedy: "write `key: { sealed: true }` in the place of `keys` or of a reference to a secret"))
    } else if needs.needsAuthentication, authentication == .none {
      report(
        .error(.handshakeDoesNotFit, part, "this handshake answers signed requests only, and nothing is signed here"))
    }
  }

  /// What a handshake brings has one place only.
  private static func isOneEntered(_ credentials: [(name: String, source: CredentialSource)]) -> Bool {
    credentials.count == 1 && credentials[0].name == SignatureKey.onlyName && credentials[0].source == .entered
  }

  private static func entered(
    _ settings: ChallengeSettings, _ needs: ChallengeNeeds, _ report: StartCheck.Report
  ) {
    let names = settings.settings.map(\.name)
    for name in needs.settings where !names.contains(name) {
      report(.error(.missingKey, part, "the handshake needs the setting \(ShownName.of(name))"))
    }
    for name in names where !needs.settings.contains(name) {
      let nearest = NearestName.of(name, among: needs.settings)
      report(
        .error(
          .unknownKey, part + ".settings.\(name)", "the handshake has no setting \(ShownName.of(name))",
          remedy: nearest.map { "did you mean `\($0)`?" }))
    }
    if needs.needsVerifyToken, settings.verifyToken == nil {
      report(
        .error(
          .missingKey, part, "the handshake needs `verify_token`",
          remedy: "write `verify_token: { sealed: true }` and enter it with chancery set"))
    } else if !needs.needsVerifyToken, settings.verifyToken != nil {
      report(.error(.conflictingKeys, part + ".verify_token", "the handshake asks for no `verify_token`"))
    }
  }

  private static func warnings(_ needs: ChallengeNeeds, _ report: StartCheck.Report) {
    if needs.computesForAnybody {
      report(
        .warning(
          .handshakeComputesForAnybody, part,
          "whoever knows the start URL can have a short token signed with the endpoint's key; an event that is such a token is refused"
        ))
    }
    if needs.bringsKey {
      report(
        .warning(
          .handshakeBringsKey, part,
          "the endpoint's key arrives with the handshake, from whoever sends it first while the endpoint waits for one",
          remedy: "let it wait only while you set up the sender: chancery runbook await"))
    }
    if needs.callsOut {
      report(.warning(.handshakeCallsOut, part, "the handshake calls the address that a signed request names"))
    }
  }
}
