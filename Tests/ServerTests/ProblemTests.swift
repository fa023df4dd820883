import Encodings
import Runner
import Storage
import Testing

@testable import Server

@Suite("Problem")
struct ProblemTests {
  static func text(_ response: RouteResponse) -> String {
    guard case .bytes(let bytes) = response.body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("The native API answers problem details, the other one a list of errors")
  func forms() {
    let problem = Problem.invalid(field: "ttl", "`ttl` is a duration.")
    #expect(problem.response(isVault: false).headers.first?.value == "application/problem+json")
    #expect(Self.text(problem.response(isVault: false)).contains(#""field":"ttl""#))
    #expect(Self.text(problem.response(isVault: true)) == #"{"errors":["`ttl` is a duration."]}"#)
    #expect(problem.response(isVault: true).headers.first?.value == "application/json")
  }

  @Test("Whoever is not known gets one answer on both APIs")
  func unauthenticated() {
    let native = Problem.unauthenticated.response(isVault: false)
    let vault = Problem.unauthenticated.response(isVault: true)
    #expect(native.status == 403)
    #expect(Self.text(native) == Self.text(vault))
  }

  @Test("A sealed or busy service says when to come again")
  func retryAfter() {
    for problem in [Problem.sealed, .waking, .busy(retryAfterSeconds: 5), .unavailable("The disk is full.")] {
      let response = problem.response(isVault: false)
      #expect(response.status == 503)
      #expect(response.headers.contains { $0.name == "Retry-After" })
    }
  }

  @Test("A full disk is no fault of the caller and none of ours")
  func fullDisk() {
    #expect(Problem(ServiceFault.store(.diskFull)).status == 503)
    #expect(Problem(ServiceFault.store(.engine(code: 1, during: "x"))).status == 500)
  }

  @Test(
    "Durations are read in the forms that clients send",
    arguments: [("3600", 3_600), ("\"30m\"", 1_800), ("\"1h30m\"", 5_400), ("\"10s\"", 10), ("\"2d\"", 172_800)])
  func durations(text: String, seconds: Int64) throws {
    let tape = try JSONTape(Array(text.utf8))
    #expect(VaultEnvelope.seconds(tape, tape.root) == seconds)
  }

  @Test(
    "Anything else is no duration",
    arguments: ["\"\"", "\"h\"", "\"1x\"", "\"1h5\"", "\"99999999999h\"", "true", "1.5"])
  func noDurations(text: String) throws {
    let tape = try JSONTape(Array(text.utf8))
    #expect(VaultEnvelope.seconds(tape, tape.root) == nil)
  }
}
