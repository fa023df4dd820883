import Access
import Cryptography
import Encodings
import Runner
import Testing
import Webhooks

@testable import Server

@Suite("PublicEndpoints")
struct PublicEndpointsTests {
  static let now = Instant(millisecondsSinceEpoch: 1_700_000_000_000)

  static func decide(_ method: String, headers: [RequestHeader] = [], asked: ((Bool) -> Void)? = nil)
    -> PublicEndpoints.Decision
  {
    let verifier = WebhookVerifier(decoyKey: GuardedBytes(copying: [UInt8](repeating: 7, count: 32)))
    let head = PublicEndpoints.Head(method: method, target: Array("/api/automation/x".utf8), headers: headers)
    return PublicEndpoints(endpoints: .empty, verifier: verifier)
      .decide(head, Array("{}".utf8), id: "x", now: now) { _ in
        asked?(true)
        return .refused
      }
  }

  @Test("Any method but POST is refused before the id is looked at", arguments: ["GET", "PUT", "post", "OPTIONS", ""])
  func otherMethods(method: String) {
    guard case .methodNotAllowed = Self.decide(method) else {
      Issue.record("it was looked at")
      return
    }
  }

  @Test("An id that nothing has is refused, and counted under one name for all such ids")
  func unknown() {
    guard case .refused(let reason, _, let endpoint) = Self.decide("POST") else {
      Issue.record("it was accepted")
      return
    }
    #expect(reason == .unknownEndpoint)
    #expect(endpoint == "unknown")
  }

  @Test("A token is asked about even where nothing takes it, so that asking tells nothing")
  func bearerIsAsked() {
    var asked = 0
    _ = Self.decide(
      "POST", headers: [RequestHeader("Authorization", "Bearer hvs.\(String(repeating: "a", count: 24))")]
    ) {
      _ in asked += 1
    }
    #expect(asked == 1)
  }
}
