import Encodings
import Labels
import RunEngine
import Testing

@Suite("RunHistory")
struct RunHistoryTests {
  static let at = Instant(millisecondsSinceEpoch: 1_700_000_000_123)
  static let address = EffectAddress(step: "Get \"token\"\n", visit: 2, attempt: 3)

  static func handle(_ raw: UInt32) -> ValueHandle { ValueHandle(id: ValueID(raw: raw), label: .clear) }

  static let otherRun = RunID(at: at, random: [UInt8](repeating: 7, count: 10))
  static let request = RequestRecord(method: "POST", url: handle(1), headers: handle(2), body: handle(3))
  static let response = ResponseRecord(status: 201, headers: handle(4), body: handle(5), durationMilliseconds: 17)

  static let spent =
    SpentBits(
      counts: [
        .secret(path: "kv/openai#token", version: 3): 2, .response(step: "ask \"them\""): 8, .trigger: 1,
        .credential(holder: "crm", field: "password"): 3, .namedKey(name: "deploy", version: 1): 4,
        .parameter(method: "a/b", kind: "header", name: "X"): 5, .variable(name: "n"): 6,
      ], steps: 17) ?? .none

  static let events: [RunEvent] =
    [
      .started(at: at, roots: ["request": handle(1)], variables: ["a": handle(2), "b": handle(3)]),
      .started(at: at, roots: [:], variables: [:], spent: spent),
      .admitted(at: at, roots: ["request": handle(1)], variables: ["a": handle(2)], spent: spent),
      .conditionDecided(address, at: at, met: true),
      .callIntended(address, at: at),
      .callAnswered(address, at: at, request: request, response: response, variables: ["x": handle(9)]),
      .callAnswered(address, at: at, request: nil, response: response, variables: [:]),
      .waitElapsed(address, at: at),
      .restarted(at: at),
      .startFailed(at: at, reason: .conversion("severity")),
      .cancelled(at: at),
      .conditionFailed(address, at: at, reason: .unresolved("name")),
    ]
    + [
      .performed(address, at: at, variables: ["x": handle(9)]),
      .stepFailed(address, at: at, reason: .notStartable("it is disabled")),
      .iterationBegan(address, at: at, count: 2, items: handle(1), element: handle(2), variables: ["x": handle(3)]),
      .iterationBegan(address, at: at, count: 0, items: handle(1), element: nil, variables: [:]),
      .iterationAdvanced(address, at: at, element: handle(4), variables: [:]),
      .iterationAdvanced(address, at: at, element: nil, variables: [:]),
      .handedOver(address, at: at, to: otherRun), .retried(at: at, of: otherRun),
      .approvalAsked(address, at: at, request: request, commitment: "c0ffee"),
      .approvalAsked(address, at: at, request: request, commitment: "c0ffee", attempts: 3),
      .approvalGiven(address, at: at, by: "ann"), .approvalRefused(address, at: at, by: "bob"),
    ]
    + [
      FailureReason.timeout, .dns, .connect, .tls, .blocked, .status(503), .parse, .unreadable("1:9: a key"),
      .unresolved("a^b"), .tooLarge, .valueTooLarge("the value of `a`"),
      .interrupted, .disconnected, .sealed, .urlChanged, .notGranted("kv/x to h:443"), .declassificationLimit,
      .limit(.runTime),
      .limit(.depth), .limit(.elements), .notStartable("there is none"), .notApproved(.refused),
      .notApproved(.expired), .notApproved(.changed), .missingEdge(step: "s", outcome: "met"), .conversion("n"),
      .reachedFailure(step: "f"), .source(name: "crm", code: "23505"),
      .source(name: "crm", code: "SQLITE_BUSY"), .dryRun, .history,
    ].map { .callFailed(address, at: at, reason: $0, request: request, response: nil) }
    + tokenFailures

  /// Each with and without a rest of the server.
  static let tokenFailures: [RunEvent] = {
    let faults: [TokenFault] = TokenFault.named + [TokenFault.status(503)]
    let reasons: [FailureReason] = faults.flatMap { fault -> [FailureReason] in
      [.authorization(fault), .authorizationRests(fault, until: at)]
    }
    return reasons.map { .callFailed(address, at: at, reason: $0, request: nil, response: nil) }
  }()

  @Test("Every event reads back from its recorded form", arguments: events)
  func roundTrip(event: RunEvent) throws {
    let recorded = RunHistory.encode(event)
    #expect(try RunHistory.decode(recorded) { ValueHandle(id: $0, label: .clear) } == event)
  }

  @Test("The recorded form of an event is fixed")
  func knownForm() {
    let text = String(
      decoding: RunHistory.encode(.callIntended(.init(step: "a", visit: 1), at: Self.at)), as: UTF8.self)
    #expect(text == #"{"kind":"call-intended","at":1700000000123,"step":"a","visit":1,"attempt":1}"#)
  }

  @Test("An id that no stored value has is refused by its number")
  func unknownValue() {
    let recorded = RunHistory.encode(Self.events[0])
    #expect(throws: RunHistory.Fault.unknownValue(1)) { try RunHistory.decode(recorded) { _ in nil } }
  }

  @Test("A recorded form that is cut short is refused, at every length")
  func truncated() {
    let recorded = RunHistory.encode(Self.events[4])
    for length in 0..<recorded.count {
      #expect(throws: RunHistory.Fault.self) {
        try RunHistory.decode(Array(recorded.prefix(length))) { ValueHandle(id: $0, label: .clear) }
      }
    }
  }

  @Test(
    "What was spent before is refused where it is not as it is written: no bits, an origin twice or unknown",
    arguments: [
      #"{"steps":0}"#, #"{"bits":[]}"#, #"{"steps":-1,"bits":[]}"#, #"{"steps":0,"bits":[{"bits":1}]}"#,
      #"{"steps":0,"bits":[{"origin":["trigger"]}]}"#, #"{"steps":0,"bits":[{"origin":["trigger"],"bits":0}]}"#,
      #"{"steps":0,"bits":[{"origin":["trigger"],"bits":256}]}"#, #"{"steps":0,"bits":[{"origin":["x"],"bits":1}]}"#,
      #"{"steps":0,"bits":[{"origin":["response"],"bits":1}]}"#,
      #"{"steps":0,"bits":[{"origin":["secret","a","03"],"bits":1}]}"#,
      #"{"steps":0,"bits":[{"origin":["trigger"],"bits":1},{"origin":["trigger"],"bits":2}]}"#,
    ])
  func malformedSpent(spent: String) throws {
    let before = #"{"kind":"started","at":1,"roots":{},"variables":{},"spent":"#
    let well = before + #"{"steps":0,"bits":[{"origin":["secret","a","3"],"bits":1}]}}"#
    _ = try RunHistory.decode(Array(well.utf8)) { _ in nil }
    #expect(throws: RunHistory.Fault.missingField("spent")) {
      do {
        _ = try RunHistory.decode(Array((before + spent + "}").utf8)) { _ in nil }
      } catch RunHistory.Fault.missingField {
        throw RunHistory.Fault.missingField("spent")
      }
    }
  }

  @Test("A beginning without a word of bits reads as one that has all of them")
  func withoutSpent() throws {
    let recorded = Array(#"{"kind":"started","at":1,"roots":{},"variables":{}}"#.utf8)
    let event = try RunHistory.decode(recorded) { _ in nil }
    #expect(event.spent == .none)
    #expect(RunHistory.encode(event) == recorded)
  }

  @Test("A kind that is not known is refused")
  func unknownKind() {
    let recorded = Array(#"{"kind":"dreamt","at":1}"#.utf8)
    #expect(throws: RunHistory.Fault.unknownKind) { try RunHistory.decode(recorded) { _ in nil } }
  }
}
