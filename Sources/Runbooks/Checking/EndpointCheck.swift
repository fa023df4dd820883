import MessageSignatures
import SourceText
import Webhooks

/// Whether the service could make an endpoint of what the document says: its own judgement, asked before anything is
/// saved. What hangs on keys and grants is known only there.
enum EndpointCheck {
  private static let part = "start.public"

  /// - Parameter knowsProfiles: whether handshake profiles are those of the program; else none is held against it.
  static func check(
    _ document: RunbookDocument, schemes: SchemeDirectory, knowsProfiles: Bool, report: StartCheck.Report
  ) {
    guard let start = document.start.publicStart else { return }
    if start.schemeName != nil, schemes.names == nil { return }
    let handshake = start.initialVerification.settings
    do throws(WebhookFault) {
      guard let authentication = try authentication(start.authentication, schemes) else { return }
      var timestampHeader: HeaderName?
      if let name = start.timestampHeader { timestampHeader = try HeaderName(name) }
      _ = try EndpointConfiguration(
        id: document.id, access: .internalAndPublic, isActive: document.isActive, authentication: authentication,
        timestampHeader: timestampHeader, publicURL: "https://localhost", settings: start.schemeSettings,
        remembersDeliveries: start.remembersDeliveries,
        challenge: knowsProfiles ? handshake.flatMap(profile) : nil,
        challengeSettings: Dictionary(
          (handshake?.settings ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    } catch {
      report(
        .error(
          .badValue, place(of: error, in: start),
          "the endpoint would refuse everything: \(error.message)", remedy: form(of: error, in: start, schemes)))
    }
  }

  /// The verifier's settings for what the document says; nil where it says what is reported elsewhere.
  static func authentication(
    _ start: StartAuthentication, _ schemes: SchemeDirectory
  ) throws(WebhookFault) -> EndpointAuthentication? {
    switch start {
    case .none: return EndpointAuthentication.none
    case .unset: return nil
    case .bearer: return .bearer
    case .basic(let username, _): return .basic(username: username)
    case .headerSecret(let header, _): return .headerSecret(header: try HeaderName(header))
    case .uriSecret(let parameter, _): return .uriSecret(parameter: try ParameterName(parameter))
    case .messageSignature(let settings):
      guard let policy = try? settings.policy() else { return nil }
      return .messageSignature(policy)
    case .signature(let settings):
      switch settings.method {
      case .scheme(let name):
        guard let scheme = schemes.scheme(name) else { return nil }
        return .signature(scheme)
      case .recipe(let recipe): return .signature(try recipe.expanded.scheme())
      }
    }
  }

  /// Nil where there is none of that name, or it is none: that is reported elsewhere.
  private static func profile(_ settings: ChallengeSettings) -> ChallengeProfile? {
    switch settings.profile {
    case .named(let name): return ChallengeCatalogue.builtIn.profile(named: name)
    case .own(let json):
      guard case .success(let nodes) = SourceTape.parse(Array(json.utf8), file: "profile", as: .json),
        let node = nodes.first
      else { return nil }
      return try? ChallengeCatalogue.profile(named: "own", node)
    }
  }

  private static func place(of fault: WebhookFault, in start: PublicStart) -> String {
    switch fault {
    case .setting(let name):
      if case .signature(let signature) = start.authentication, signature.settings[name] != nil {
        return "\(part).settings.\(name)"
      }
      return "\(part).initial_verification.settings.\(name)"
    case .challenge(.setting(let name)): return "\(part).initial_verification.settings.\(name)"
    case .challenge: return "\(part).initial_verification"
    case .username: return "\(part).username"
    case .parameterName: return "\(part).parameter"
    case .reservedHeader(let name):
      return start.timestampHeader?.lowercased() == name.lowercased()
        ? "\(part).timestamp_header" : "\(part).header"
    case .timestampHeaderIsCredential: return "\(part).timestamp_header"
    default:
      guard case .signature(let settings) = start.authentication, case .recipe = settings.method else {
        return "\(part).auth"
      }
      return "\(part).recipe"
    }
  }

  /// The pattern that a setting must have, where one was entered in another form.
  private static func form(of fault: WebhookFault, in start: PublicStart, _ schemes: SchemeDirectory) -> String? {
    let settings: [(name: String, pattern: ValuePattern)]
    let wanted: String
    switch fault {
    case .setting(let name):
      wanted = name
      settings = start.schemeName.flatMap { schemes.scheme($0)?.settings } ?? []
    case .challenge(.setting(let name)):
      wanted = name
      settings = start.initialVerification.settings.flatMap(profile)?.settings ?? []
    default: return nil
    }
    return settings.first { $0.name == wanted }.map { "its form is the pattern `\($0.pattern.source)`" }
  }
}
