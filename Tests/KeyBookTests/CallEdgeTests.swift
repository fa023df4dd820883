import Egress
import Encodings
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Labels
@testable import Runner

/// Calls and statements at the edge of what may leave and of what can be kept, against the real runner and a real database.
@Suite("Calls of a service that ends, and of runs without room", .timeLimit(.minutes(5)))
struct CallEdgeTests {
  private static let documents = """
    integration: out
    base_url: http://127.0.0.1:9
    methods: { tell: { request: POST /tell } }
    ---
    data_source: crm
    sqlite: crm.db
    ---
    runbook: edges
    steps:
      tell: { method: out/tell, then: find, else: find }
      find: { sql: crm, query: "select 1 as one", then: done, else: done }
      done: { end: success }
    """

  private struct Unexpected: Error {}

  /// A service with one runbook.
  private struct House {
    let parts: ServiceParts
    let library: DocumentLibrary
    let runner: Runner
    let bundle: LoadedBundle

    init(_ parts: ServiceParts) async throws {
      self.parts = parts
      library = DocumentLibrary(parts: parts)
      runner = Runner(parts: parts, library: library)
      let hasRecovered = await runner.recoverOnce()
      try #require(hasRecovered)
      let file = DocumentFile(name: "sample.yaml", bytes: Array(CallEdgeTests.documents.utf8))
      let read = DocumentReader.read([file]) { "fresh" }
      try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let integration = try #require(read.integrations.first?.document)
      let source = try #require(read.dataSources.first?.document)
      bundle = try library.bundle(
        of: try #require(read.runbooks.first?.document), integrations: [integration.id: integration],
        dataSources: [source.id: source])
    }

    func started() async throws -> RunID {
      let slot = ScheduleSlot(
        runbookID: "edges", schedule: "x", slot: Instant(millisecondsSinceEpoch: 1), missed: 0)
      guard case .started(let run) = try await Admission(runner: runner).start(bundle, slot: slot) else {
        throw Unexpected()
      }
      return run
    }

    /// The run as it is on disk.
    func session(_ run: RunID) async throws -> RunSession {
      let row = try await parts.store.run(run)
      return try await RunLoading(parts: parts, library: library).session(of: try #require(row))
    }

    /// The call of the first step.
    func call() throws -> MethodCall {
      guard case .method(let step)? = bundle.runbook.step(named: "tell")?.kind, let found = bundle.method(step.method)
      else { throw Unexpected() }
      return MethodCall(
        address: EffectAddress(step: "tell", visit: 1), step: step, method: found.method,
        integration: found.integration, client: parts.client, rules: parts.rules, keyring: parts.keyring,
        clock: parts.clock, publicURL: nil)
    }
  }

  @Test("Of a service that is told to end the call leaves that is on disk, and no other; of one that is sealed, none")
  func ending() async throws {
    for isSeal in [false, true] {
      try await KeyBookRig.with { rig in
        try await rig.withParts { parts in
          let house = try await House(parts)
          let run = try await house.started()
          let epoch = house.runner.signals.epoch
          house.runner.signals.stopAll(isSeal: isSeal)
          await house.runner.work(on: run, since: epoch)
          let history = try await house.session(run).history
          let begun = ["started", "call-intended"]
          #expect(history.map { RunHistory.kind(of: $0) } == (isSeal ? begun : begun + ["call-failed"]))
          #expect(isSeal || history.last?.request != nil, "its record is that of a request that left")
        }
      }
    }
  }

  @Test("A statement that may not leave any more does not, and one whose run has no time left says so")
  func withheldStatement() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        var session = try await house.session(try await house.started())
        guard case .sql(let step)? = house.bundle.runbook.step(named: "find")?.kind else { throw Unexpected() }
        let address = EffectAddress(step: "find", visit: 1)
        var call = try await SQLCall(address: address, step: step, in: session, parts: parts)
        call.bounds.timeLeft = { -1 }
        let late = await call.perform(in: &session)
        #expect(late?.reason == .limit(.runTime))
        call.bounds.mayLeave = { false }
        let withheld = await call.perform(in: &session)
        #expect(withheld == nil)
      }
    }
  }

  @Test("A request leaves only where the run can keep its record, and that of an answer without room")
  func tooFewValues() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let call = try await House(parts).call()
        let exchange = MethodExchange(
          method: call.method, integration: call.integration, client: parts.client, rules: parts.rules,
          keyring: parts.keyring, clock: parts.clock)
        for most in 0...5 {
          var registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: nil, keyring: parts.keyring))
          var request: MethodExchange.Request?
          let scope = RunScope(
            values: ValueTable(maximumValues: most), roots: [:], variables: [:], trigger: .api)
          var fault: ValueFault?
          do {
            _ = try await exchange.perform(
              MethodExchange.Use(scope: scope, idempotencyKey: "k", options: CallOptions()),
              with: MethodMaterial(sealedRows: [:], secrets: [:], ownHosts: .nowhere), tokens: nil,
              registry: &registry, request: &request)
          } catch {
            // Nobody listens there: that is the other fault.
            fault = error as? ValueFault
          }
          // Its URL and its headers, and the headers and the body of the answer.
          #expect((request != nil) == (most >= 4))
          let expected: ValueFault? = most >= 4 ? nil : .tooManyValues(limit: most)
          #expect(fault == expected)
        }
      }
    }
  }

  @Test("Of an answer without room the status is recorded, which tells an error, and nobody takes it for an empty one")
  func unkept() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let call = try house.call()
        let run = try await house.started()
        let begun = try await parts.store.events(of: run, after: 0)
        let many = Label(
          origins: (0...Label.maximumOrigins).map { LabelOrigin(.variable(name: "v\($0)"), .masked) }, hosts: .any)
        for status in [200, 503] {
          var session = try await house.session(run)
          let answer = LabeledAnswer(
            status: status, headers: LabeledText(clear: "{}"), body: LabeledText(text: [], label: many), content: nil,
            of: call.method)
          let event = try call.take(answer, milliseconds: 1, request: nil, ownHosts: .nowhere, in: &session)
          #expect(event.response?.status == status)
          #expect(event.reason?.word == (status == 200 ? "too-large" : "status 503"))
          _ = session.record(event)
          let again = try RunSession(
            bundle: house.bundle, row: session.row, key: session.key, registry: session.registry,
            events: begun + session.takePending())
          switch RehearsedAnswers.recorded(call.address, in: again) {
          case .failed(let reason)?: #expect(status == 200 && reason.word == "too-large")
          case .recorded(let taken, _, _, _)?: #expect(status == 503 && taken == 503)
          default: throw Unexpected()
          }
        }
      }
    }
  }
}
