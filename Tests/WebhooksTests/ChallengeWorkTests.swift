import Synchronization
import Testing

@testable import Webhooks

@Suite("The same work for handshakes")
struct ChallengeWorkTests {
  private final class Log: Sendable {
    private let steps = Mutex<[VerificationStep]>([])
    func note(_ step: VerificationStep) { steps.withLock { $0.append(step) } }
    var all: [VerificationStep] { steps.withLock { $0 } }
  }

  @Test("Failing handshakes, endpoints without one and unknown endpoints take the same steps, by any method")
  func steps() throws {
    let meta = try ChallengeFixture.profile("meta")
    for method in ["GET", "POST", "OPTIONS"] {
      let request = ChallengeFixture.request(
        method, query: "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong", body: "{}")
      var seen: Set<[VerificationStep]> = []
      for (profile, token, isActive) in [
        (meta, "right", true), (meta, nil, true), (meta, "right", false), (nil, nil, true),
      ] as [(ChallengeProfile?, String?, Bool)] {
        let log = Log()
        let verifier = Fixture.verifier { log.note($0) }
        let outcome = try ChallengeFixture.ask(
          request, profile, verifyToken: token, isActive: isActive, verifier: verifier)
        #expect(outcome.challenge.answer == nil)
        seen.insert(log.all)
      }
      let log = Log()
      let verifier = Fixture.verifier { log.note($0) }
      let verification = Fixture.verify(request, nil, .none, verifier: verifier)
      _ = verifier.challenge(
        request: request, endpoint: nil, keys: .none, verifyToken: nil, awaitsKey: false, now: Fixture.now,
        verification: verification)
      seen.insert(log.all)
      #expect(seen.count == 1, "\(method)")
      #expect(log.all.suffix(2) == [.readChallenge, .compareChallenge])
    }
  }
}
