/// A provider's handshake before it sends events (R6).
package enum InitialVerification: Equatable, Sendable {
  case none
  case challenge(ChallengeSettings)

  /// What the handshake is; `nil` where there is none.
  package var settings: ChallengeSettings? {
    switch self {
    case .none: nil
    case .challenge(let settings): settings
    }
  }
}

/// Which handshake an endpoint answers, and what its author entered for it.
package struct ChallengeSettings: Equatable, Sendable {
  package enum Profile: Equatable, Sendable {
    /// One of the webhooks room, such as `slack`.
    case named(String)
    /// The author's own: one JSON object in the language of docs/spec/handshakes.md.
    case own(json: String)
  }

  /// A setting that the profile's templates read. Not secret.
  package struct Setting: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package var profile: Profile
  /// In the order of the document; names are unique.
  package var settings: [Setting]
  /// The secret that a request must bring; `nil` where the profile asks for none.
  package var verifyToken: CredentialSource?

  package init(profile: Profile, settings: [Setting] = [], verifyToken: CredentialSource? = nil) {
    self.profile = profile
    self.settings = settings
    self.verifyToken = verifyToken
  }

  /// The name under which the secret is entered: `chancery set RUNBOOK auth verify_token`.
  package static let verifyTokenName = "verify_token"
}

extension PublicStart {
  /// Every credential of the endpoint with the name to enter it under, that of its authentication first.
  package var credentials: [(name: String, source: CredentialSource)] {
    var result = authentication.credentials
    if let token = initialVerification.settings?.verifyToken {
      result.append((ChallengeSettings.verifyTokenName, token))
    }
    return result
  }
}
