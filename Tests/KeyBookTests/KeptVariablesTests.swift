import Encodings
import Keyring
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Labels
@testable import Runner

@Suite("What runs leave behind for those that follow", .timeLimit(.minutes(5)))
struct KeptVariablesTests {
  private static let text = """
    integration: out
    base_url: http://127.0.0.1:9
    methods:
      read: { request: GET /read, outputs: { cursor: response^c, list: { from: response^i, append: true } } }
      post: { request: POST /post, outputs: { list: { from: response^i, append: true } } }
      reset: { request: POST /reset, outputs: { list: response^all } }
    ---
    runbook: sync
    mode: series
    variables: { cursor: { default: 0, persist: true }, list: { default: [], persist: true } }
    steps:
      read: { method: out/read, then: post, else: failed }
      post: { method: out/post, then: done, else: reset }
      reset: { method: out/reset, then: done, else: failed }
      done: { end: success }
      failed: { end: failure }
    """

  /// Runs whose events are recorded by hand.
  private struct Desk {
    let parts: ServiceParts
    let bundle: LoadedBundle
    let clearance: RunClearance
    var keeping: KeptVariables { KeptVariables(parts: parts) }
    var now: Instant { parts.clock.now() }

    init(_ parts: ServiceParts) async throws {
      self.parts = parts
      let file = DocumentFile(name: "sample.yaml", bytes: Array(KeptVariablesTests.text.utf8))
      let read = DocumentReader.read([file]) { "fresh" }
      try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let integrations = read.integrations.map { ($0.document.id, $0.document) }
      bundle = try DocumentLibrary(parts: parts).bundle(
        of: try #require(read.runbooks.first?.document), integrations: Dictionary(uniqueKeysWithValues: integrations),
        dataSources: [:])
      clearance = try await MaterialReading(parts: parts).clearance(of: bundle)
    }

    func session(repeating old: RunID? = nil) throws -> RunSession {
      try RunOpening(parts: parts).session(
        of: bundle, cause: RunOpening.Cause(trigger: .api, retryOf: old), clearance: clearance, now: now)
    }

    func insert(_ values: [String: String], in session: inout RunSession) throws -> [String: ValueHandle] {
      var handles: [String: ValueHandle] = [:]
      for (name, json) in values {
        handles[name] = try session.insert(try LabeledText(json: Array(json.utf8), label: .clear))
      }
      return handles
    }

    func begin(_ session: inout RunSession, _ values: [String: String]) throws {
      _ = session.record(.started(at: now, roots: [:], variables: try insert(values, in: &session)))
    }

    /// A call that is answered, with what its outputs set; nil: one that fails.
    func call(_ step: String, _ set: [String: String]?, in session: inout RunSession) throws {
      let address = EffectAddress(step: step, visit: 1)
      _ = session.record(.callIntended(address, at: now))
      guard let set else {
        _ = session.record(.callFailed(address, at: now, reason: .status(500), request: nil, response: nil))
        return
      }
      let body = try session.insert(try LabeledText(json: Array("{}".utf8), label: .clear))
      let response = ResponseRecord(status: 200, headers: body, body: body, durationMilliseconds: 1)
      let variables = try insert(set, in: &session)
      _ = session.record(
        .callAnswered(address, at: now, request: nil, response: response, variables: variables))
    }

    /// What a run leaves on top of what is kept, by name.
    func left(by session: RunSession) async throws -> [String: String] {
      let left = try keeping.left(by: session, on: try await keeping.standing(for: session))
      #expect(left.drafts.isEmpty)
      return try opened(left.intentions)
    }

    func opened(_ intentions: [Intention]) throws -> [String: String] {
      var values: [String: String] = [:]
      for case .keepVariable(let row) in intentions {
        let text = try SealDoor.open(
          row.value, with: parts.keyring, in: KeptVariables.context(row.runbookID, row.name))
        values[row.name] = String(decoding: text.bytes, as: UTF8.self)
      }
      return values
    }

    func keep(_ name: String, _ json: String) async throws {
      let text = try LabeledText(json: Array(json.utf8), label: .clear)
      let value = try SealDoor.seal(text, with: parts.keyring, in: KeptVariables.context("sync", name))
      let row = StoredKeptVariable(runbookID: "sync", name: name, value: value)
      _ = try await parts.store.commit(WriteBatch([.keepVariable(row)]))
    }

    /// A run that set both variables, and then failed at `post`; with what it wrote up to there.
    func failed() throws -> (session: RunSession, before: [StoredEvent]) {
      var session = try self.session()
      try begin(&session, ["cursor": "0", "list": "[]"])
      try call("read", ["cursor": "100", "list": "[1]"], in: &session)
      let before = try session.takePending()
      try call("post", nil, in: &session)
      try call("reset", nil, in: &session)
      return (session, before)
    }

    /// Its repetition from there.
    func repetition(
      of old: RunSession, _ before: [StoredEvent]
    ) throws -> (session: RunSession, stored: [StoredEvent]) {
      var session = try self.session(repeating: old.id)
      let taken = try session.takeOver(before, of: old.id, key: old.key) { $0 }
      _ = session.record(.retried(at: now, of: old.id))
      return (session, taken.map(\.stored))
    }
  }

  @Test("A repetition keeps what its own steps set alone: newer values that others kept meanwhile stay")
  func ownAlone() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let desk = try await Desk(parts)
        let (old, before) = try desk.failed()
        #expect(try await desk.left(by: old) == ["cursor": "100", "list": "[1]"])
        try await desk.keep("cursor", "300")
        try await desk.keep("list", "[1,2,3]")
        var (session, _) = try desk.repetition(of: old, before)
        try desk.call("post", [:], in: &session)
        #expect(session.machine.state == .ended(.succeeded))
        #expect(try await desk.left(by: session) == [:])
      }
    }
  }

  @Test("What a repetition appends goes behind what is kept by now, and the same comes out of its stored history")
  func appended() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let desk = try await Desk(parts)
        let (old, before) = try desk.failed()
        try await desk.keep("cursor", "300")
        try await desk.keep("list", "[1,2,3]")
        var (session, stored) = try desk.repetition(of: old, before)
        try desk.call("post", ["list": "[1,4]"], in: &session)
        #expect(try await desk.left(by: session) == ["list": "[1,2,3,4]"])
        stored += try session.takePending()
        let again = try RunSession(
          bundle: desk.bundle, row: session.row, key: session.key, registry: session.registry, events: stored)
        #expect(again.machine == session.machine)
        #expect(try await desk.left(by: again) == ["list": "[1,2,3,4]"])
      }
    }
  }

  @Test("An array that a repetition set otherwise is kept whole; where it was cleared its own elements alone are kept")
  func whole() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let desk = try await Desk(parts)
        let (old, before) = try desk.failed()
        var (session, _) = try desk.repetition(of: old, before)
        try desk.call("post", ["list": "[1,4]"], in: &session)
        #expect(try await desk.left(by: session) == ["list": "[4]"])
        try await desk.keep("list", "[1,2,3]")
        var (other, _) = try desk.repetition(of: old, before)
        try desk.call("post", nil, in: &other)
        try desk.call("reset", ["list": "[9]"], in: &other)
        #expect(try await desk.left(by: other) == ["list": "[9]"])
      }
    }
  }

  @Test("Where both together are more than an array takes, what is kept stays, and the ledger is told")
  func tooMany() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let desk = try await Desk(parts)
        let (old, before) = try desk.failed()
        let full = Array(repeating: "1", count: Transforms.mostCollected).joined(separator: ",")
        try await desk.keep("list", "[\(full)]")
        var (session, _) = try desk.repetition(of: old, before)
        try desk.call("post", ["list": "[1,4]"], in: &session)
        let left = try desk.keeping.left(by: session, on: try await desk.keeping.standing(for: session))
        #expect(left.intentions.isEmpty)
        #expect(left.drafts.map(\.subject) == ["runbook:sync/kept/list"])
        #expect(left.drafts.map(\.action) == ["keep"])
      }
    }
  }

  @Test("What is kept is listed without its value, and cleared once, which the ledger says")
  func clearing() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let desk = try await Desk(parts)
        let library = DocumentLibrary(parts: parts)
        let caller = try TestCaller(parts)
        parts.search.use([])
        try await caller.take(
          Self.text, with: DocumentImport(library: library, endpoints: EndpointBook(library: library)))
        let (old, _) = try desk.failed()
        let left = try desk.keeping.left(by: old)
        _ = try await parts.store.commit(WriteBatch(left.intentions))
        try await desk.keep("gone", "1")
        let view = KeptView(library: library)
        let listed = try await view.entries(of: "sync")
        #expect(listed.map(\.name) == ["cursor", "gone", "list"])
        #expect(listed.map(\.isUsed) == [true, false, true])
        #expect(listed.map(\.keptAt) == [old.machine.endedAt, nil, old.machine.endedAt])
        #expect(listed.allSatisfy { $0.sizeClass >= 64 })
        let who = try caller.allowed(.delete, "api/runbooks/sync/kept/list")
        try await view.clear("list", of: "sync", by: who)
        let rest = try await view.entries(of: "sync").map(\.name)
        #expect(rest == ["cursor", "gone"])
        await #expect(throws: (any Error).self) { try await view.clear("list", of: "sync", by: who) }
        await #expect(throws: (any Error).self) { try await view.entries(of: "nonesuch") }
        let store = try #require(parts.store as? FaultyStore)
        #expect(try await store.actions().filter { $0 == "clear" }.count == 1)
      }
    }
  }
}
