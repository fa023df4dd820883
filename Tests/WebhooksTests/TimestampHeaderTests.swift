import Encodings
import Testing
import Webhooks

@Suite("The RFC 1123 timestamp header")
struct TimestampHeaderTests {
  @Test("It combines with every authentication type, one minute both ways and inclusive")
  func everyType() throws {
    for authentication in try Fixture.everyAuthentication {
      let endpoint = try Fixture.endpoint(authentication, timestampHeader: "X-Sent-At")
      let keys = try Fixture.keys(for: authentication)
      let request = try Fixture.accepted(authentication)
      func reason(_ offset: Int64) -> WebhookRefusal? {
        Fixture.verify(request.adding("x-sent-at", Fixture.date(offset)), endpoint, keys).refusal
      }
      #expect(reason(0) == nil, "\(authentication.kind)")
      #expect(reason(60) == nil)
      #expect(reason(-60) == nil)
      #expect(reason(61) == .timestampTooNew)
      #expect(reason(-61) == .timestampTooOld)
      #expect(Fixture.verify(request, endpoint, keys).refusal == .timestampMissing)
    }
  }

  @Test("It must be exactly one date of exactly that form")
  func forms() throws {
    let endpoint = try Fixture.endpoint(.none, timestampHeader: "Date-Sent")
    func reason(_ values: [String]) -> WebhookRefusal? {
      Fixture.verify(Fixture.request(values.map { ("Date-Sent", $0) }), endpoint, .none).refusal
    }
    #expect(reason([" \(Fixture.date()) "]) == nil)
    #expect(reason([Fixture.date(), Fixture.date()]) == .timestampRepeated)
    #expect(reason([""]) == .timestampMalformed)
    #expect(reason(["1800000000"]) == .timestampMalformed)
    #expect(reason([Fixture.now.rfc3339]) == .timestampMalformed)
    #expect(reason([Fixture.date().lowercased()]) == .timestampMalformed)
    #expect(reason([Fixture.date().replacing("GMT", with: "UTC")]) == .timestampMalformed)
  }

  @Test("A recipe's own timestamp is checked to the second at both ends")
  func recipe() throws {
    let type = EndpointAuthentication.signature(try Fixture.datedRecipe)
    let request = try Fixture.accepted(type)
    func reason(_ offset: Int64) throws -> WebhookRefusal? {
      try Fixture.refusal(request, type, now: Fixture.now.advanced(byMilliseconds: offset))
    }
    #expect(try reason(60_000) == nil)
    #expect(try reason(60_001) == .timestampTooOld)
    #expect(try reason(-60_000) == nil)
    #expect(try reason(-60_001) == .timestampTooNew)
  }
}
