import Runbooks
import Webhooks

/// The handshake of an endpoint, from its document and what was entered.
extension EndpointReading {
  /// The profile that the document names or holds. An unknown one never falls to none: the endpoint refuses everything.
  static func challenge(_ start: Runbooks.PublicStart?) throws -> ChallengeProfile? {
    guard let settings = start?.initialVerification.settings else { return nil }
    switch settings.profile {
    case .named(let name):
      guard let profile = ChallengeCatalogue.builtIn.profile(named: name) else {
        throw ServiceFault.conflict("There is no handshake profile `\(name)`.")
      }
      return profile
    case .own(let json):
      do {
        return try ChallengeProfiles.profile(json: json)
      } catch {
        throw ServiceFault.conflict("The handshake profile of this runbook cannot be used: \(error.message).")
      }
    }
  }

  static func challengeSettings(_ start: Runbooks.PublicStart?) -> [String: String] {
    let entered = start?.initialVerification.settings?.settings ?? []
    return Dictionary(entered.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}
