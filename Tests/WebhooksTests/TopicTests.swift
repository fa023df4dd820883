import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("Notifications of SNS")
struct TopicTests {
  private static let topic = "arn:aws:sns:eu-central-1:123456789012:ours"

  /// As `aws-sns-v2`, under a key that a test can sign with: what is signed and asked for hangs on `{sns(body)}` alone.
  private func scheme() throws -> SignatureScheme {
    var draft = SignatureScheme.Draft(
      name: "own", signature: SchemeSource(.json(try JSONPointer("/Signature"))), encoding: .base64,
      algorithm: .hmacSHA256)
    draft.message = "{sns(body)}"
    return try SignatureScheme(draft)
  }

  private func endpoint(_ settings: [String: String], waivesTopic: Bool = false) throws -> EndpointConfiguration {
    try EndpointConfiguration(
      id: "ep-1", access: .internalAndPublic, isActive: true, authentication: .signature(try scheme()),
      publicURL: Fixture.publicURL, settings: settings, waivesTopic: waivesTopic)
  }

  private func request(topic: String, more: String = "") -> UnverifiedRequest {
    let signed =
      "Message\nhello\nMessageId\nm-1\nTimestamp\n2026-01-01T00:00:00Z\nTopicArn\n\(topic)\nType\nNotification\n"
    let tag = Base64.encode(Fixture.hmac(Array(signed.utf8)))
    let body = """
      {"Type":"Notification","MessageId":"m-1","TopicArn":"\(topic)","Message":"hello",\
      "Timestamp":"2026-01-01T00:00:00Z","Signature":"\(tag)"\(more)}
      """
    return Fixture.request([], body: Array(body.utf8))
  }

  @Test("An endpoint without its topic is none: everybody's notifications are signed under the same certificates")
  func demanded() throws {
    #expect(throws: WebhookFault.setting("topic_arn")) { try endpoint([:]) }
    #expect(try #require(SchemeCatalogue.builtIn.scheme(named: "aws-sns-v2")).settings.map(\.name) == ["topic_arn"])
    #expect(WebhookFault.setting("topic_arn").message.contains("topic"))
  }

  @Test("Only notifications of the endpoint's topic are let in, and of them the signed fields only")
  func topics() throws {
    let type = EndpointAuthentication.signature(try scheme())
    let keys = try Fixture.keys(for: type)
    let ours = try endpoint(["topic_arn": Self.topic])
    let theirs = request(topic: "arn:aws:sns:us-east-1:666666666666:attackers")
    #expect(Fixture.verify(theirs, ours, keys).refusal == .expectationFailed)
    // What the vectors judge: signed rightly it is.
    #expect(Fixture.verify(theirs, try endpoint([:], waivesTopic: true), keys).refusal == nil)
    let added = request(topic: Self.topic, more: #","MessageAttributes":{"role":{"Type":"String","Value":"admin"}}"#)
    let found = try #require(Fixture.verify(added, ours, keys).request)
    #expect(
      String(decoding: found.body, as: UTF8.self)
        == #"{"Message":"hello","MessageId":"m-1","Timestamp":"2026-01-01T00:00:00Z","TopicArn":"\#(Self.topic)","#
        + #""Type":"Notification"}"#)
  }
}
