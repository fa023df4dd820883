import Cryptography
import Encodings
import MessageSignatures
import Webhooks

/// Requests with HTTP message signatures.
enum MessageSignatureFixture {
  static let required = ["@method", "@target-uri", "content-digest"]

  static func policy(
    label: String? = nil, required: [String] = required, requiresNonce: Bool = false
  ) throws -> EndpointAuthentication {
    .messageSignature(
      try MessageSignaturePolicy(label: label, requiredComponents: required, requiresNonce: requiresNonce))
  }

  /// Signed for the public URL, whatever the target is by which the request reaches us.
  static func signed(
    url: String = Fixture.publicURL + "?a=1", target: String = Fixture.target + "?a=1", body: [UInt8] = Fixture.body,
    components: [String] = required, keyID: String? = "k", nonce: String? = nil, secret: String = Fixture.secret,
    created: Instant = Fixture.now, fields: [HTTPField] = []
  ) throws -> UnverifiedRequest {
    let rest = url.dropFirst("https://".count)
    let authority = rest.prefix { $0 != "/" }
    let digest = HTTPField(name: "Content-Digest", value: ContentDigest.value(of: body))
    let message = HTTPMessage(
      .request(
        HTTPMessage.RequestLine(
          method: "POST", target: Array(rest.dropFirst(authority.count).utf8), scheme: "https",
          authority: Array(authority.utf8))),
      fields: [digest] + fields, body: body)
    let creation = try MessageSignatureCreation(components: components, keyID: keyID)
    let added = try creation.sign(
      message, with: try SecretSigner(Fixture.guarded(secret), .hmacSHA256), now: created, nonce: nonce)
    return UnverifiedRequest(
      method: "POST", target: target,
      headers: (message.fields + added).map { RequestHeader(name: $0.name, value: $0.value) }, body: body)
  }
}
