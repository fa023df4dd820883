package import Access
import Cryptography
package import Encodings
import Labels
import Ledger
import RunEngine
package import Runbooks
import Storage

/// A person's yes for an integration (RFC 6749 §4.1, RFC 7636): begun with a URL for that person's browser, finished with
/// the address that the browser was sent to.
package struct CodeAuthorization: Sendable {
  private let library: DocumentLibrary
  private var parts: ServiceParts { library.parts }

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// What a person is to do, and until when.
  package struct Begun: Sendable {
    /// To be opened in that person's browser. Whoever has it can only say yes to this integration.
    package let url: String
    package let lifetimeSeconds: Int64
  }

  /// Whether what a person said yes to is there. Who said it, and when, is in the ledger.
  package enum State: Equatable, Sendable {
    /// There is a token that can be used or renewed; it came at this time.
    case authorized(tokenFrom: Instant)
    /// There is none: nobody has said yes, or the server has taken back what it gave.
    case missing
    /// There is one, of before the document was changed in what says where it comes from and goes.
    case changed
    /// There is one that is over or cannot be opened, and nothing to renew it with.
    case over

    /// Why a person has to say yes (again); nil where nobody has to.
    package var reason: String? {
      switch self {
      case .authorized: nil
      case .missing: "nobody has said yes, or the authorisation server has taken back what it gave"
      case .changed: "its base_url, trust or auth is another one than when it was authorised"
      case .over: "the token is over, and the authorisation server gave nothing to renew it with"
      }
    }
  }

  private static let maximumRedirectBytes = 16_384

  /// Nil where no person has to say yes, or the token URL is refused now.
  package func state(of integration: IntegrationDocument) async throws -> State? {
    guard integration.needsPerson, let settings = try? TokenSettings(integration, rules: parts.rules) else {
      return nil
    }
    guard let row = try await parts.store.integrationToken(integration.id) else { return .missing }
    guard row.settings == settings.digest else { return .changed }
    guard let held = try? SealDoor.openToken(row.record, with: parts.keyring, in: TokenSource.context(row)),
      held.refresh != nil || held.isFresh(at: parts.clock.now())
    else { return .over }
    return .authorized(tokenFrom: row.updatedAt)
  }

  /// Throws `ServiceFault.conflict` for an integration that needs nobody's yes.
  package func begin(_ integration: IntegrationDocument) throws -> Begun {
    let (oauth2, settings) = try self.settings(of: integration)
    let state = Self.random()
    let verifier = oauth2.usesPKCE ? Self.random() : nil
    var fields: [(String, String)] = [
      ("response_type", "code"), ("client_id", oauth2.clientID), ("redirect_uri", oauth2.redirectURI ?? ""),
      ("state", state),
    ]
    if let scope = oauth2.scope { fields.append(("scope", scope)) }
    if let verifier {
      let challenge = Base64.encode(Digest.sha256(Array(verifier.utf8)), alphabet: .urlSafe, padded: false)
      fields += [("code_challenge", challenge), ("code_challenge_method", "S256")]
    }
    parts.tokens.begin(
      BegunAuthorizations.Begun(
        state: Array(state.utf8),
        verifier: verifier.map {
          LabeledText(text: Array($0.utf8), label: label("code_verifier", integration, settings))
        }, settings: settings.digest),
      of: integration.id, now: parts.clock.now())
    let address = oauth2.authorizationURL ?? ""
    return Begun(
      url: address + (address.contains("?") ? "&" : "?") + Self.query(fields),
      lifetimeSeconds: BegunAuthorizations.lifetimeSeconds)
  }

  /// Exchanges the code for a token, which is stored.
  ///
  /// - Parameter redirect: the address that the browser was sent to, or its query.
  ///
  /// Throws `ServiceFault`: `invalid` for another answer than the one that was waited for, `conflict` with the reason for
  /// which there is no token.
  package func finish(
    _ integration: IntegrationDocument, redirect: [UInt8], by authorization: Authorization
  ) async throws {
    let (oauth2, settings) = try self.settings(of: integration)
    let fields = try Self.fields(of: redirect, redirectURI: oauth2.redirectURI ?? "")
    guard let state = fields["state"],
      let begun = parts.tokens.take(integration.id, state: state, now: parts.clock.now()),
      begun.settings == settings.digest
    else {
      throw Self.invalid("It does not belong to an authorisation of this integration that was begun and still waits.")
    }
    if let error = fields["error"] {
      let code = TokenErrorCode(rawValue: String(decoding: error, as: UTF8.self))
      let fault = code.flatMap { TokenFault(rawValue: $0.rawValue) } ?? .unreadable
      try await note(integration, authorization, outcome: fault.rawValue)
      throw ServiceFault.conflict(FailureReason.authorization(fault).sentence)
    }
    guard let code = fields["code"], !code.isEmpty else { throw Self.invalid("There is no code in it.") }
    do {
      let reading = MaterialReading(parts: parts)
      let clearance = try await ClearanceSearch(library: library).clearance(
        for: integration.authorizingReferences, calling: integration.id, method: nil)
      let read = parts.tokens.reading(integration.credentialSources)
      let credentials = try await reading.credentials(of: integration, clearance: clearance)
      _ = try await TokenSource(parts: parts, settings: settings, credentials: credentials, read: read).fetch(
        .code(LabeledText(text: code, label: label("code", integration, settings)), verifier: begun.verifier),
        keeping: nil)
    } catch let reason as FailureReason {
      try await note(integration, authorization, outcome: reason.word)
      throw ServiceFault.conflict(reason.sentence)
    }
    parts.tokens.credentialChanged(of: integration.id)
    try await note(integration, authorization, outcome: "ok")
  }

  private func settings(
    of integration: IntegrationDocument
  ) throws -> (oauth2: OAuth2Settings, settings: TokenSettings) {
    guard case .oauth2(let oauth2) = integration.authorization, oauth2.grant == .authorizationCode else {
      throw ServiceFault.conflict(
        "The integration `\(integration.id)` is not authorised by a person: its grant is not authorization_code.")
    }
    guard let settings = try? TokenSettings(integration, rules: parts.rules) else {
      throw ServiceFault.conflict(
        "The token URL of `\(integration.id)` is refused; plain HTTP needs `serve --allow-egress HOST:PORT`.")
    }
    return (oauth2, settings)
  }

  private func label(_ field: String, _ integration: IntegrationDocument, _ settings: TokenSettings) -> Label {
    LabelProducers.credential(holder: integration.id, field: field, hosts: settings.credentialHosts)
  }

  private func note(
    _ integration: IntegrationDocument, _ authorization: Authorization, outcome: String
  ) async throws {
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(authorization.token.entity.text), action: "authorize",
      subject: "\(SealedOwner.integration(integration.id))/token", outcome: outcome)
    _ = try await parts.store.commit(WriteBatch(ledger: [draft]))
  }

  /// The fields of the address's query. Each of them once: a second one would be somebody else's.
  private static func fields(of redirect: [UInt8], redirectURI: String) throws -> [String: [UInt8]] {
    guard redirect.count <= maximumRedirectBytes, let text = String(validating: redirect, as: UTF8.self) else {
      throw invalid("It is too long, or no text.")
    }
    var query = text.utf8[...]
    if text.contains("://") {
      guard text.utf8.starts(with: redirectURI.utf8) else {
        throw invalid("It does not begin with the integration's redirect_uri.")
      }
      query = text.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
    } else if query.first == UInt8(ascii: "?") {
      query = query.dropFirst()
    }
    let pairs = FormEncoding.decode(Array(query.prefix { $0 != UInt8(ascii: "#") })) ?? []
    var fields: [String: [UInt8]] = [:]
    for pair in pairs {
      guard fields.updateValue(pair.value, forKey: String(decoding: pair.name, as: UTF8.self)) == nil else {
        throw invalid("A field stands in it twice.")
      }
    }
    return fields
  }

  private static func invalid(_ sentence: String) -> ServiceFault {
    .invalid(field: "redirect", sentence: "This is not the address that the browser was sent to. \(sentence)")
  }

  private static func query(_ fields: [(String, String)]) -> String {
    fields.map { name, value in
      "\(name)=\(String(decoding: PercentEncoding.encode(Array(value.utf8)[...], for: .unreservedOnly), as: UTF8.self))"
    }.joined(separator: "&")
  }

  /// 256 random bits, which is a verifier of RFC 7636 §4.1 as well.
  private static func random() -> String {
    Base64.encode(RandomBytes.make(32), alphabet: .urlSafe, padded: false)
  }
}
