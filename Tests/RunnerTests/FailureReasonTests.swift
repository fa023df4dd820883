import Destinations
import Egress
import Labels
import RunEngine
import Testing

@testable import Runner

@Suite("Reasons of requests that are not sent")
struct FailureReasonTests {
  /// What the documents and the rules of the service decide, whatever the values are.
  private static let decidedBefore: Set<URLFault> = [.unsupportedScheme, .plainHTTPNotAllowed]

  private static let refusals: [RequestRefusal] = [
    .otherTarget, .method, .bodyNotAllowed, .reservedHeader("Host"), .headerName, .headerValue,
    .tooManyHeaders(limit: 128), .tooLongHeaders(limit: 65_536),
  ]

  private static func thrown() -> [any Error] {
    var all: [any Error] = []
    for fault in URLFault.allCases where !decidedBefore.contains(fault) {
      all.append(DoorRefusal.url(fault))
      all.append(EgressFailure.blocked(.request(.url(fault))))
      all.append(fault)
    }
    for refusal in refusals { all.append(EgressFailure.blocked(.request(refusal))) }
    return all
  }

  @Test("Whatever the bytes of a value keep from being sent is counted for the secrets that the run holds")
  func counted() async throws {
    try await Samples.withKeyring { keyring in
      var begun = try RunSessionTests.session(keyring, try Samples.bundle())
      _ = begun.settle(try RunSessionTests.begin(&begun, name: "wanted"), begins: true, now: Samples.now)
      for error in Self.thrown() {
        var session = begun
        let reason = FailureReason(call: error)
        #expect(session.counted(reason) == reason)
        #expect(session.bits.counts == [.variable(name: "name"): 1], "\(reason.sentence)")
      }
    }
  }

  @Test("A URL or headers over their limit are told as such, with the limit and what helps")
  func limits() {
    let url = FailureReason(call: DoorRefusal.url(.tooLong))
    #expect(url.word == "too-large")
    #expect(url.sentence.contains("the URL has more than 16384 bytes; send less in its path and query"))
    let headers = FailureReason(call: EgressFailure.blocked(.request(.tooLongHeaders(limit: 65_536))))
    #expect(headers.word == "too-large")
    #expect(headers.sentence.contains("the headers of the request have more than 65536 bytes together; send less"))
    let many = FailureReason(call: EgressFailure.blocked(.request(.tooManyHeaders(limit: 128))))
    #expect(many.sentence.contains("the request has more than 128 headers"))
  }

  @Test("Where a request may go is no matter of its values, and costs nothing")
  func destinations() async throws {
    let thrown: [any Error] = [
      EgressFailure.blocked(.destination(.noAddress)), EgressFailure.blocked(.request(.otherPeer)),
      EgressFailure.blocked(.request(.otherDestination)), EgressRefusal.plainHTTP, URLFault.plainHTTPNotAllowed,
      DoorRefusal.otherDestination,
    ]
    try await Samples.withKeyring { keyring in
      var session = try RunSessionTests.session(keyring, try Samples.bundle())
      _ = session.settle(try RunSessionTests.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      for error in thrown { #expect(session.counted(FailureReason(call: error)) == .blocked) }
      #expect(session.bits.counts.isEmpty)
    }
  }

  @Test("That an array has more elements than an iteration takes is counted, also by a run that is rebuilt")
  func elements() async throws {
    let text = """
      runbook: sample
      variables: { items: {} }
      steps:
        each: { iterate: "<<items>>", then: next, else: done }
        next: { next: each, then: done }
        done: { end: success }
      """
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle(text)
      var session = try RunSessionTests.session(keyring, bundle)
      let label = Label(origin: .variable(name: "items"), rule: .masked, hosts: .any)
      let zeros = Array(repeating: "0", count: RunLimit.mostElements + 1).joined(separator: ",")
      let handle = try session.insert(try Samples.json("[\(zeros)]", label: label))
      let effects = session.record(.started(at: Samples.now, roots: [:], variables: ["items": handle]))
      _ = session.settle(effects, begins: true, now: Samples.now)
      #expect(session.pendingEvents.contains { $0.reason == .limit(.elements) })
      #expect(session.bits.counts == [.variable(name: "items"): 1])
      let stored = try session.takePending()
      let again = try RunSession(
        bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: stored)
      #expect(again.bits.counts == session.bits.counts)
    }
  }
}
