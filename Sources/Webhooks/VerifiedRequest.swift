package import Encodings

/// A request that its endpoint's authentication has let in, with the credential cut out.
///
/// Only `WebhookVerifier.verify` can make one (the initialiser is private to this file), so whoever holds one knows
/// that it was checked, and what it holds may be recorded as far as credentials go. Payload is still payload: it
/// prints as sizes.
package struct VerifiedRequest: Sendable {
  package let endpointID: String
  package let authentication: EndpointAuthentication.Kind
  package let method: String
  /// The public URL that was called, without the credential.
  package let url: [UInt8]
  package let path: [UInt8]
  /// The raw query without the credential; nil when nothing is left or there was none.
  package let query: [UInt8]?
  /// In order, without the credential.
  package let headers: [RequestHeader]
  /// As it was sent; where only single fields of it are signed, a JSON object of these.
  package let body: [UInt8]
  /// Which key fitted, for the log; nil where no key takes part.
  package let keyName: String?
  /// The id by which the sender names this delivery, if its scheme has one. Not signed in every scheme: for people.
  package let deliveryID: [UInt8]?
  package let repetition: Repetition
  /// How far the time that was checked lay from ours; nil where none was.
  package let skew: ClockSkew?
  package let verifiedAt: Instant

  /// The only `Content-Type`; nil where there is none or there are several.
  package var contentType: [UInt8]? {
    let found = headers.filter { HeaderName.contentType.matches($0.name) }
    return found.count == 1 ? Array(found[0].trimmedValue) : nil
  }

  fileprivate init(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration, run: inout VerificationRun, now: Instant,
    cutsAuthorization: Bool, isOwnToken: @escaping (ArraySlice<UInt8>) -> Bool
  ) {
    let credential = CredentialPlaces(
      endpoint.authentication, cutsAuthorization: cutsAuthorization, isOwnToken: isOwnToken)
    let query = request.query.flatMap { RecordedTarget.query($0, without: credential.parameters) }
    endpointID = endpoint.id
    authentication = endpoint.authentication.kind
    method = request.method
    url = endpoint.publicURL + (query.map { [UInt8(ascii: "?")] + $0 } ?? [])
    path = Array(request.path)
    self.query = query
    headers = request.headers.filter { !credential.holds($0) }
    body = run.vouchedBody()
    keyName = run.matchedKeyName
    deliveryID = run.deliveryID()
    verifiedAt = now
    skew = run.skew
    if case .signature(let scheme) = endpoint.authentication, scheme.algorithm != .token {
      repetition =
        endpoint.remembersDeliveries
        ? .remembered(
          ReplayKeys(endpoint, scheme, payload: run.payload, epoch: run.matchedEpoch, id: deliveryID, now: now))
        : .alwaysNew
    } else if let signature = run.messageSignature, case .messageSignature(let policy) = endpoint.authentication {
      repetition =
        endpoint.remembersDeliveries
        ? .remembered(ReplayKeys(endpoint.id, signature, policy, now: now)) : .alwaysNew
    } else {
      repetition = .unsigned(request, endpointID: endpoint.id, now: now)
    }
  }

  /// The target for access log, ledger and traces.
  package var requestTargetForLogs: String { RecordedTarget.text(path: path[...], query: query?[...]) }

  /// The key made of what proves the request; nil when it is always new or its idempotency key is malformed.
  package var replayKey: ReplayKey? { replayKeys.first }

  /// Everything that this request is remembered by; empty when it is always new or its idempotency key is malformed.
  package var replayKeys: [ReplayKey] {
    guard case .remembered(let keys) = repetition else { return [] }
    return keys.all
  }
}

/// The verdict on one request.
package enum VerificationOutcome<Proof: Sendable>: Sendable {
  /// `bearer` is the Access room's proof, present exactly when the endpoint's authentication is bearer.
  case verified(VerifiedRequest, bearer: Proof?)
  /// `skew` says how far the time that the request claims lay from ours, where it could be read.
  case refused(WebhookRefusal, skew: ClockSkew?)
}

extension WebhookVerifier {
  /// Checks one request whose body has been read whole.
  ///
  /// - Parameters:
  ///   - endpoint: what the id in the path led to; nil when nothing did. Endpoints that are inactive or internal are
  ///     refused after the work that they would cost otherwise.
  ///   - keys: the endpoint's, opened.
  ///   - standsIn: whether the endpoint is another one, in the place of one that does not exist: everything is refused,
  ///     after the work that it costs there. Without an endpoint the work is that of the default scheme, against a key
  ///     that is nobody's.
  ///   - now: the wall clock.
  ///   - bearerCheck: the decision whether the holder of this token may start what stands behind the path. It is asked
  ///     whenever the request carries a well-formed token, even where the endpoint does not ask for one, and must
  ///     therefore change nothing: use counts are taken when the request is admitted. The bytes cannot be kept.
  /// - Returns: the request without its credential, or the reason for the counts and the ledger. All refusals get one
  ///   answer.
  package func verify<Proof: Sendable>(
    request: UnverifiedRequest, endpoint: EndpointConfiguration?, keys: EndpointKeys, standsIn: Bool = false,
    now: Instant, bearerCheck: (Span<UInt8>) -> BearerVerdict<Proof>
  ) -> VerificationOutcome<Proof> {
    var run = VerificationRun(self, request, endpoint, keys, standsIn: standsIn, now: now)
    run.readCredential()
    run.buildText()
    run.authenticate()
    run.checkTime()
    let bearer = run.askBearer(bearerCheck)
    if let refusal = run.refusal { return .refused(refusal, skew: run.skew) }
    guard let endpoint else { return .refused(.unknownEndpoint, skew: nil) }
    if endpoint.couldAnswer(run.payload) { return .refused(.signedByChallenge, skew: nil) }
    var proof: Proof?
    if case .allowed(let value) = bearer { proof = value }
    // A token of ours is cut even from a request that did not need it.
    let cutsAuthorization = proof != nil
    if case .bearer = endpoint.authentication {
      guard proof != nil else { return .refused(.bearerRefused, skew: nil) }
    } else {
      proof = nil
    }
    return .verified(
      VerifiedRequest(
        request, endpoint, run: &run, now: now, cutsAuthorization: cutsAuthorization, isOwnToken: isOwnToken),
      bearer: proof)
  }
}

/// Where the credential of an authentication type stands in a request.
private struct CredentialPlaces {
  private var headers: [HeaderName] = []
  private var families: [HeaderName] = []
  private(set) var parameters: [[UInt8]] = []
  private let isOwnToken: (ArraySlice<UInt8>) -> Bool

  /// A signature is no credential: it fits one message only. A static token that a scheme calls a signature is one.
  init(
    _ authentication: EndpointAuthentication, cutsAuthorization: Bool,
    isOwnToken: @escaping (ArraySlice<UInt8>) -> Bool
  ) {
    self.isOwnToken = isOwnToken
    if cutsAuthorization { headers.append(.authorization) }
    switch authentication {
    case .none, .messageSignature: break
    case .basic, .bearer: headers.append(.authorization)
    case .headerSecret(let header): headers.append(header)
    case .uriSecret(let parameter): parameters.append(parameter.bytes)
    case .signature(let scheme):
      guard scheme.algorithm == .token else { return }
      switch scheme.signature.place {
      case .header(let header): headers.append(header)
      case .headerFamily(let family): families.append(family)
      case .query(let parameter): parameters.append(parameter.bytes)
      // The loader refuses tokens in the body, and a signature never comes from the configuration.
      case .json, .config: break
      }
    }
  }

  func holds(_ header: RequestHeader) -> Bool {
    headers.contains { $0.matches(header.name) } || families.contains { $0.familyNumber(of: header.name) != nil }
      || holdsOwnToken(header)
  }

  /// Whether a token of ours stands where this service reads one, alone or behind the name of a scheme.
  private func holdsOwnToken(_ header: RequestHeader) -> Bool {
    guard HeaderName.authorization.matches(header.name) || HeaderName.vaultToken.matches(header.name) else {
      return false
    }
    let value = header.trimmedValue
    return isOwnToken(value[((value.lastIndex(of: UInt8(ascii: " ")) ?? value.startIndex - 1) + 1)...])
  }
}

extension VerifiedRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "VerifiedRequest(\(headers.count) headers, \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
