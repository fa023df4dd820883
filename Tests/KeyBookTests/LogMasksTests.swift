import Encodings
import Keyring
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Labels
@testable import Runner
@testable import SecretStore

@Suite("What logs are masked for, and by what words their runs are found")
struct LogMasksTests {
  private static let secret = "llamaword-quagga-4417-okapi"

  /// A service with one runbook that ends at once, whose secrets the tests grant and take away.
  private struct Desk {
    let parts: ServiceParts
    let bundle: LoadedBundle
    let clearance: RunClearance
    var now: Instant { parts.clock.now() }

    init(_ parts: ServiceParts) async throws {
      self.parts = parts
      parts.search.use([])
      let text = "runbook: ask\nsteps: { done: { end: success } }\n"
      let read = DocumentReader.read([DocumentFile(name: "a.yaml", bytes: Array(text.utf8))]) { "fresh" }
      bundle = try DocumentLibrary(parts: parts).bundle(
        of: try #require(read.runbooks.first?.document), integrations: [:], dataSources: [:])
      clearance = try await MaterialReading(parts: parts).clearance(of: bundle)
    }

    func put(_ path: String, _ value: String) async throws {
      let old = try await parts.store.secret(path: path)
      let fields = try KVFields(strings: [("token", Array(value.utf8))])
      let row = try SecretShelf(parts: parts).row(path: try KVPath(path), fields: fields, hosts: nil, replacing: old)
      _ = try await parts.store.commit(WriteBatch([.saveSecret(row)]))
    }

    func grant(_ path: String) async throws {
      let grant = StoredGrant(
        runbookID: "ask", secretPath: path, materialHash: "00", hosts: [], grantedAt: now, grantedBy: "ana")
      _ = try await parts.store.commit(WriteBatch([.saveGrant(grant)]))
    }

    /// A run that has met this text, and is over.
    func ended(_ text: String) throws -> RunSession {
      var session = try RunOpening(parts: parts).session(
        of: bundle, cause: RunOpening.Cause(trigger: .api), clearance: clearance, now: now)
      let handle = try session.insert(LabeledText(clear: text))
      _ = session.open(.started(at: now, roots: [:], variables: ["v": handle]), now: now)
      _ = try session.takePending()
      #expect(session.row.state == .succeeded)
      return session
    }

    /// What a viewer of its log sees of a text.
    func shown(_ text: String) async throws -> String {
      var session = try ended(text)
      try await session.learnGranted(parts: parts)
      return DiscloseDoor.viewerText(LabeledText(clear: text), view: session.registry.view()).text
    }

    /// The tokens that a run is found by.
    func tokens(_ session: inout RunSession, _ masks: RunSession.EndMasks) throws -> Set<UInt32> {
      let intentions = session.indexing(by: parts, masks)
      for case .search(.index(let entry)) in intentions { return Set(entry.tokens) }
      Issue.record("a run that is over has an entry")
      return []
    }

    func tokens(of terms: SearchTerms, _ session: RunSession) throws -> Set<UInt32> {
      Set(try #require(parts.search.entry(of: session.id, terms, keys: parts.keyring.runKeys)).tokens)
    }
  }

  private func with(_ body: (Desk) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in try await body(try await Desk(parts)) }
    }
  }

  @Test("A granted secret stays masked when it is rotated, and when its grant or its runbook is taken away")
  func masks() async throws {
    try await with { desk in
      try await desk.put("kv/a", Self.secret)
      let before = try await desk.shown("a \(Self.secret) b")
      #expect(before.contains(Self.secret), "nobody granted it")
      try await desk.grant("kv/a")
      for number in 1...3 {
        let shown = try await desk.shown("a \(Self.secret) b")
        #expect(!shown.contains(Self.secret), "version \(number)")
        try await desk.put("kv/a", "another-value-88271-number-\(number)")
      }
      _ = try await desk.parts.store.commit(WriteBatch([.deleteGrant(runbookID: "ask", secretPath: "kv/a")]))
      for value in [Self.secret, "another-value-88271-number-3"] {
        let shown = try await desk.shown("a \(value) b")
        #expect(!shown.contains(value), "its grant was taken away")
      }
      _ = try await desk.parts.store.commit(
        WriteBatch([.forgetRunbook(id: "ask", sealedOwner: SealedOwner.runbook("ask"))]))
      let after = try await desk.shown("a \(Self.secret) b")
      #expect(!after.contains(Self.secret), "its runbook was deleted")
    }
  }

  @Test("The words of a run's end are those of its log with the same masks")
  func words() async throws {
    try await with { desk in
      try await desk.put("kv/a", Self.secret)
      try await desk.grant("kv/a")
      var session = try desk.ended("public \(Self.secret)")
      let masks = await session.learnForEnd(by: desk.parts)
      #expect(masks == .all)
      let found = try desk.tokens(&session, masks)
      let expected = try desk.tokens(
        of: SearchTerms(words: [Array("public".utf8)], steps: ["done"]), session)
      #expect(found == expected)
    }
  }

  @Test("A run whose masks could not be read, or that has more words than count, is looked at by every search")
  func cut() async throws {
    try await with { desk in
      var unread = try desk.ended("public \(Self.secret)")
      let found = try desk.tokens(&unread, .unread)
      let expected = try desk.tokens(of: SearchTerms(steps: ["done"], isCut: true), unread)
      #expect(found == expected)
      for (count, isCut) in [(200, false), (300, true)] {
        var session = try desk.ended((0..<count).map { "word\($0)" }.joined(separator: " "))
        let found = try desk.tokens(&session, .all)
        let mark = try desk.tokens(of: SearchTerms(isCut: true), session)
        #expect(found.isSuperset(of: mark) == isCut, "\(count) words")
      }
    }
  }
}
