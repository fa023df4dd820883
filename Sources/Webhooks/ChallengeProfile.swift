/// How one provider checks that an endpoint is its own before it sends events, as data: which request is the
/// handshake, what must be right about it, and what it is answered with. One interpreter serves every profile.
///
/// docs/spec/handshakes.md is the language; a value of this type is a profile that has been checked against it.
package struct ChallengeProfile: Sendable {
  /// A text of the request that selects a form or must be right.
  struct Condition: Sendable {
    let source: SchemeSource
    /// What it must equal; nil: it must only be there.
    let equals: ChallengeTemplate?
  }

  /// A MAC of the token under the endpoint's key.
  struct MAC: Sendable {
    let algorithm: SignatureRecipe.Hash
    let encoding: SignatureRecipe.DigestForm
  }

  struct Answer: Sendable {
    enum Body: Sendable {
      case empty
      case text(ChallengeTemplate)
      /// Members in the order of the profile.
      case json([(name: String, value: Member)])
    }

    enum Member: Sendable {
      case text(ChallengeTemplate)
      case integer(Int64)
    }

    let status: Int
    let headers: [(name: HeaderName, value: ChallengeTemplate)]
    let body: Body

    /// Every template of the answer.
    var templates: [ChallengeTemplate] {
      var result = headers.map(\.value)
      switch body {
      case .empty: break
      case .text(let template): result.append(template)
      case .json(let members):
        for (_, member) in members { if case .text(let template) = member { result.append(template) } }
      }
      return result
    }
  }

  /// One kind of request that is a handshake.
  struct Form: Sendable {
    let method: String
    /// Whether the request must have passed the endpoint's authentication.
    let isSigned: Bool
    /// All must hold, or the request is an ordinary one.
    let when: [Condition]
    /// All must hold, or the request is refused.
    let expect: [Condition]
    let token: SchemeSource?
    let mac: MAC?
    /// Whether the token becomes the endpoint's key.
    let pinsKey: Bool
    /// Source of an address that is called before the answer.
    let link: SchemeSource?
    let answer: Answer
  }

  package let name: String
  /// Schemes of which the endpoint must have one; empty where the profile goes with any authentication.
  package let schemes: [String]
  let forms: [Form]
  /// What every accepted request of the endpoint must hold, handshake or not.
  let every: [Condition]
  /// What an administrator enters, by name, with the form each must have.
  package let settings: [(name: String, pattern: ValuePattern)]

  /// The methods beside POST that this profile answers.
  package var otherMethods: [String] { Set(forms.map(\.method)).subtracting(["POST"]).sorted() }

  /// Whether a request must bring the secret `verify_token`.
  package var needsVerifyToken: Bool {
    forms.contains { form in (form.when + form.expect).contains { $0.equals?.usesSecret ?? false } }
      || every.contains { $0.equals?.usesSecret ?? false }
  }

  /// Whether some answer is computed with the endpoint's key.
  package var computesWithKey: Bool { forms.contains { $0.mac != nil } }

  /// Whether some request may become the endpoint's key.
  package var pinsKey: Bool { forms.contains { $0.pinsKey } }

  /// Whether a handshake calls an address.
  package var followsLinks: Bool { forms.contains { $0.link != nil } }

  /// Whether some handshake must have passed the endpoint's authentication.
  package var needsAuthentication: Bool { forms.contains(where: \.isSigned) }

  /// Whether some answer is computed with the endpoint's key for who has not shown to have it.
  package var computesForAnybody: Bool { forms.contains { $0.mac != nil && !$0.isSigned } }

  /// Holds the profile against the endpoint that uses it.
  func check(
    _ authentication: EndpointAuthentication, settings entered: [String: String]
  ) throws(WebhookFault) {
    if !schemes.isEmpty {
      guard case .signature(let scheme) = authentication, schemes.contains(scheme.name) else {
        throw .challenge(.needsScheme(schemes))
      }
    }
    if case .none = authentication, needsAuthentication { throw .challenge(.needsAuthentication) }
    if computesWithKey || pinsKey {
      guard case .signature(let scheme) = authentication, scheme.algorithm.family == .mac else {
        throw .challenge(.needsSharedKey)
      }
    }
    for name in entered.keys.sorted() where !settings.contains(where: { $0.name == name }) {
      throw .challenge(.unknownSetting(SchemeFields.shown(name)))
    }
    for (name, pattern) in settings {
      guard let value = entered[name], pattern.matches(Array(value.utf8)) else { throw .challenge(.setting(name)) }
    }
  }

  /// Whether these signed bytes could be the token of a handshake that is answered with a MAC. Such a request proves
  /// nothing: the endpoint itself would have given its signature to anybody who asked.
  func couldAnswer(_ payload: SignedPayload) -> Bool {
    forms.contains { form in
      guard form.mac != nil, let pattern = form.token?.pattern, payload.byteCount <= WebhookLimits.challengeTokenBytes
      else { return false }
      return pattern.matches(payload.joined)
    }
  }
}
