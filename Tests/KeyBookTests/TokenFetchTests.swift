import Encodings
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

/// A run whose next call has to fetch a token, against the real runner and a real database. The test leads the fetch, so that
/// the run waits for as long as the test wants.
@Suite("Runs that wait for a token", .timeLimit(.minutes(5)))
struct TokenFetchTests {
  private static let pays = """
    integration: out
    base_url: http://127.0.0.1:9
    auth:
      type: oauth2
      grant: authorization_code
      authorization_url: https://id.example.com/authorize
      redirect_uri: https://here.example.com/callback
      token_url: http://127.0.0.1:9/token
      client_id: me
      client_auth: none
    methods: { pay: { request: POST /pay } }
    ---
    runbook: pays
    limits: { max_run_time: 1h }
    steps:
      pay: { method: out/pay, then: done, else: failed }
      done: { end: success }
      failed: { end: failure }
    """

  private struct Unexpected: Error {}

  /// A service, and a run that was started in it.
  private struct House {
    let parts: ServiceParts
    let library: DocumentLibrary
    let runner: Runner
    let bundle: LoadedBundle
    /// Under which calls meet that need the token.
    let key: String

    init(_ parts: ServiceParts, _ library: DocumentLibrary? = nil) async throws {
      self.parts = parts
      self.library = library ?? DocumentLibrary(parts: parts)
      runner = Runner(parts: parts, library: self.library)
      let hasRecovered = await runner.recoverOnce()
      try #require(hasRecovered)
      let file = DocumentFile(name: "sample.yaml", bytes: Array(TokenFetchTests.pays.utf8))
      let read = DocumentReader.read([file]) { "fresh" }
      try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let integration = try #require(read.integrations.first?.document)
      let runbook = try #require(read.runbooks.first?.document)
      bundle = try self.library.bundle(of: runbook, integrations: [integration.id: integration], dataSources: [:])
      key = try #require(try TokenSettings(integration, rules: parts.rules)).key
    }

    func started() async throws -> RunID {
      let slot = ScheduleSlot(
        runbookID: "pays", schedule: "x", slot: Instant(millisecondsSinceEpoch: 1), missed: 0)
      let result = try await Admission(runner: runner).start(bundle, slot: slot)
      guard case .started(let run) = result else { throw Unexpected() }
      return run
    }

    /// Leads the fetch that the run will wait for.
    func lead() async throws {
      let turn = await parts.tokens.enter(key, CredentialsRead(), now: 0)
      try #require(turn == .lead)
    }

    /// Drives the run, and does something once it waits for the token.
    func drive(_ run: RunID, andThen body: @Sendable () async throws -> Void) async throws {
      async let driven: Void = runner.work(on: run, since: runner.signals.epoch)
      while parts.tokens.waitingCount == 0 { await Task.yield() }
      try await body()
      await driven
      #expect(parts.tokens.waitingCount == 0)
    }

    func kinds(_ run: RunID) async throws -> [String] {
      try await parts.store.events(of: run, after: 0).map(\.kind)
    }
  }

  @Test("A run whose token is not at hand is on disk without its call's intent while the token is fetched")
  func noIntent() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started()
        #expect(try await house.kinds(run) == ["started"])
        try await house.lead()
        try await house.drive(run) { () async throws in
          #expect(try await house.kinds(run) == ["started"])
          house.parts.tokens.land(house.key, .failed(.timeout), now: 0)
        }
        #expect(try await house.kinds(run) == ["started", "call-intended", "call-failed"])
      }
    }
  }

  @Test("With a token at hand the intent is written with what came before it")
  func atHand() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        parts.tokens.noteAtHand(house.key, until: nil)
        let run = try await house.started()
        #expect(try await house.kinds(run) == ["started", "call-intended"])
      }
    }
  }

  @Test("A run that is cancelled while its token is fetched ends at once, and its call was never begun")
  func cancelled() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started()
        try await house.lead()
        try await house.drive(run) { try await house.runner.cancel(run, by: "somebody") }
        #expect(try await house.kinds(run) == ["started", "cancelled"])
        #expect(try await parts.store.run(run)?.state == .cancelled)
      }
    }
  }

  @Test("A service that stops while a token is fetched leaves the run where it was, and it goes on in the next one")
  func stopped() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started()
        try await house.lead()
        try await house.drive(run) { house.runner.signals.stopAll(isSeal: false) }
        #expect(try await house.kinds(run) == ["started"])
        parts.tokens.land(house.key, .abandoned, now: 0)
        let next = try await House(parts, house.library)
        await next.runner.work(on: run, since: next.runner.signals.epoch)
        // Nobody has authorised the integration: the failure of the fetch is that of the call, which is on record.
        #expect(try await house.kinds(run) == ["started", "call-intended", "call-failed"])
        #expect(try await parts.store.run(run)?.state == .failed)
      }
    }
  }

  @Test("A run whose time is over while its token is fetched fails for that, and its call was never begun")
  func late() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started()
        try await house.lead()
        try await house.drive(run) { rig.pass(seconds: 7_200) }
        #expect(try await house.kinds(run) == ["started", "call-failed"])
        #expect(try await parts.store.run(run)?.failureWord == FailureReason.limit(.runTime).word)
      }
    }
  }

  @Test("A run that is paused while its token is fetched stands still without having begun its call")
  func paused() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started()
        try await house.lead()
        try await house.drive(run) { house.runner.pause(true, runbook: "pays") }
        #expect(try await house.kinds(run) == ["started"])
        #expect(house.runner.desk.withLock { $0.queue.isPaused("pays") })
      }
    }
  }
}
