import Cryptography
import Destinations
import Encodings
import Keyring
import Labels
import Runbooks
import Storage

/// Where the token of an integration comes from and where it goes, as its document says now.
struct TokenSettings: Sendable {
  let integration: IntegrationDocument
  let template: URLTemplate
  /// The host that tokens go to.
  let base: HostPort

  /// Nil where the integration fetches no token. Throws for a URL that is refused.
  init?(_ integration: IntegrationDocument, rules: EgressRules) throws(URLFault) {
    guard let url = integration.authorization.tokenURL else { return nil }
    self.integration = integration
    template = try TokenURL.template(url) { rules.allowsPlainHTTP($0) }
    base = try CanonicalURL(integration.baseURL, allowingPlainHTTP: { rules.allowsPlainHTTP($0) }).origin
  }

  /// A digest of everything that decides where the token comes from and where it goes: another one makes the stored token
  /// useless, since it does not open.
  var digest: String {
    var fields = LengthPrefixed()
    fields.append("chancery integration token 1")
    fields.append(integration.id)
    fields.append(integration.baseURL)
    fields.append(integration.trust)
    fields.append(integration.authorizationJSON)
    return Hex.encode(Digest.sha256(fields.bytes))
  }

  /// Under which calls meet.
  var key: String { "\(integration.id)\u{0}\(digest)" }

  /// What whoever has a credential of this integration may have it sent to: the server that gives tokens, and the host
  /// that takes them. A token goes where every value that it was had with may go, and to no other host than the second.
  var credentialHosts: HostClearance { HostClearance(only: [template.origin, base]) }

  /// How the answer to a request that was made with `used` is labelled.
  func reading(tokenName: String, place: TokenPlace, used: [LabeledText]) -> TokenAnswer.Reading {
    let allowed = used.reduce(HostClearance.any) { $0.intersection($1.label.hosts) }
    func label(_ field: String, _ hosts: HostClearance) -> Label {
      LabelProducers.credential(holder: integration.id, field: field, hosts: allowed.intersection(hosts))
    }
    return TokenAnswer.Reading(
      tokenName: tokenName, requiresBearer: place == TokenPlace(),
      access: label("access_token", HostClearance(only: [base])), refresh: label("refresh_token", credentialHosts))
  }

  static func context(integration: String, settings: String, generation: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .integrationToken, table: "integration_token", row: integration, column: "record",
      context: [Array(integration.utf8), Array(settings.utf8), Array(String(generation).utf8)], version: generation)
  }
}
