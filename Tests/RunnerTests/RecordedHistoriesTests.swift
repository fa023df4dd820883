import Cryptography
import Encodings
import Foundation
import RunEngine
import Storage
import Testing

@testable import Keyring
@testable import Runner

/// Histories that this release and earlier ones have recorded (`Tests/Histories`, made by `scripts/record-histories`):
/// each must open, replay and end as it did then, in every later release.
@Suite("Recorded histories")
struct RecordedHistoriesTests {
  struct Recorded {
    let name: String
    let run: RunID
    let row: StoredRun
    let bundle: LoadedBundle
    let key: RunKey
    var events: [StoredEvent]
    let state: String
    let steps: Int
    let failure: String?
    let endedAt: Int64
  }

  private enum Malformed: Error { case file(String) }

  /// Every file, by its path below the folder.
  static func all() throws -> [Recorded] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Histories")
    var files: [URL] = []
    let enumerator = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = enumerator?.nextObject() as? URL {
      if file.pathExtension == "json" { files.append(file) }
    }
    return try files.sorted { $0.path < $1.path }.map { file in
      try read(Array(try Data(contentsOf: file)), name: file.deletingPathExtension().lastPathComponent)
    }
  }

  private static func read(_ bytes: [UInt8], name: String) throws -> Recorded {
    let tape = try JSONTape(bytes)
    func member(_ key: String, of node: JSONTape.Node? = nil) throws -> JSONTape.Node {
      guard let found = tape.member(node ?? tape.root, key) else { throw Malformed.file("\(name): \(key)") }
      return found
    }
    func text(_ key: String, of node: JSONTape.Node? = nil) throws -> String {
      try #require(tape.string(try member(key, of: node)), "\(name): \(key)")
    }
    func number(_ key: String, of node: JSONTape.Node? = nil) throws -> Int64 {
      try #require(tape.integer(try member(key, of: node)), "\(name): \(key)")
    }
    func envelope(_ key: String, of node: JSONTape.Node) throws -> Envelope? {
      guard let hex = tape.string(try member(key, of: node)) else { return nil }
      return try Envelope(parsing: try #require(Hex.decode(hex)))
    }
    #expect(try number("format") == 1)
    let documents = Array(try text("documents").utf8)
    let read = try #require(BundleText.read(try JSONTape(documents, limits: BundleText.limits)))
    let identifier = BundleID(hex: try text("bundle"))
    #expect(Hex.encode(Digest.sha256(documents)) == identifier.hex)
    let bundle = try LoadedBundle(
      id: identifier, runbook: read.runbook, integrations: read.integrations, dataSources: read.dataSources,
      text: documents, rules: Samples.rules)
    let run = try #require(RunID(try text("run")))
    let key = RunKey(
      slot: 0, generation: 1, key: GuardedBytes(copying: try #require(Hex.decode(try text("key")))),
      random: RandomSource.system)
    let row = StoredRun(
      id: run, runbookID: try text("runbook"), bundle: identifier, state: .queued,
      trigger: try #require(TriggerKind(rawValue: try text("trigger"))),
      createdAt: Instant(millisecondsSinceEpoch: try number("created_at")), runKeySlot: 0, runKeyGeneration: 1)
    let events = try tape.children(try member("events")).map { node in
      StoredEvent(
        sequence: Int(try number("sequence", of: node)), kind: try text("kind", of: node),
        at: Instant(millisecondsSinceEpoch: try number("at", of: node)),
        event: try #require(try envelope("event", of: node)), values: try envelope("values", of: node))
    }
    let end = try member("end")
    return Recorded(
      name: name, run: run, row: row, bundle: bundle, key: key, events: events, state: try text("state", of: end),
      steps: Int(try number("steps", of: end)), failure: tape.string(try member("failure", of: end)),
      endedAt: try number("ended_at", of: end))
  }

  private static func session(_ recorded: Recorded) throws(RunFault) -> RunSession {
    try RunSession(
      bundle: recorded.bundle, row: recorded.row, key: recorded.key, registry: Samples.registry(),
      events: recorded.events)
  }

  @Test("Every recorded history opens, replays, and ends as it did when it was recorded")
  func replays() throws {
    let all = try Self.all()
    #expect(all.count >= 12)
    for recorded in all {
      let session = try Self.session(recorded)
      guard case .ended(let outcome) = session.machine.state else {
        Issue.record("\(recorded.name) does not end")
        continue
      }
      let (state, failure): (String, String?) =
        switch outcome {
        case .succeeded: ("succeeded", nil)
        case .cancelled: ("cancelled", nil)
        case .failed(let reason): ("failed", reason.word)
        }
      #expect(state == recorded.state, "\(recorded.name)")
      #expect(failure == recorded.failure, "\(recorded.name)")
      #expect(session.machine.stepsExecuted - session.machine.stepsTakenOver == recorded.steps, "\(recorded.name)")
      #expect(session.machine.endedAt?.millisecondsSinceEpoch == recorded.endedAt, "\(recorded.name)")
      #expect(session.history.map { RunHistory.kind(of: $0) } == recorded.events.map(\.kind), "\(recorded.name)")
      #expect(session.history.map(\.instant) == recorded.events.map(\.at), "\(recorded.name)")
    }
  }

  @Test("They hold events of every kind")
  func kinds() throws {
    let kinds = Set(try Self.all().flatMap { $0.events.map(\.kind) })
    #expect(kinds == Set(RunHistoryKinds.all))
  }

  /// The keys of docs/spec/run-history.md §3 that may be missing. Beside an answer there is always a request.
  private static let optional: [String: [(key: String, isMissing: Bool)]] = [
    "admitted": [("spent", true)], "started": [("spent", true)],
    "call-answered": [("request", false), ("request/body", true)],
    "call-failed": [("request", true), ("response", true)], "iteration-began": [("element", true)],
    "iteration-advanced": [("element", true)], "approval-asked": [("attempts", true)],
  ]

  @Test("They hold every key that an event may have, and events without it")
  func keys() throws {
    var found: [String: Set<String>] = [:]
    for recorded in try Self.all() {
      for event in try Self.session(recorded).history {
        let tape = try JSONTape(RunHistory.encode(event))
        for (key, _) in Self.optional[RunHistory.kind(of: event)] ?? [] {
          var node: JSONTape.Node? = tape.root
          for name in key.split(separator: "/") { node = node.flatMap { tape.member($0, String(name)) } }
          found["\(RunHistory.kind(of: event)) \(key)", default: []].insert(node == nil ? "without" : "with")
        }
      }
    }
    for (kind, keys) in Self.optional {
      for (key, isMissing) in keys {
        #expect(found["\(kind) \(key)"] == (isMissing ? ["with", "without"] : ["with"]), "\(kind): \(key)")
      }
    }
  }

  @Test("They hold statements, a pause, and bits that a run handed on before and after the other one had its turn")
  func situations() throws {
    let all = try Self.all()
    let names = Set(all.map(\.name))
    #expect(names.isSuperset(of: ["statements", "approved-statement", "paused", "spent", "spent-queued"]))
    let spent = try all.flatMap { try Self.session($0).history.map(\.spent) }.filter { $0 != .none }
    #expect(spent.contains { $0.counts.values.contains { $0 > 0 } })
    let methods = Set(try all.flatMap { try Self.session($0).history.compactMap { $0.request?.method } })
    #expect(methods.isSuperset(of: ["GET", "POST", "SQL"]))
  }

  @Test("One event fewer is another end: the replay looks at all of them")
  func shortened() throws {
    for var recorded in try Self.all() {
      recorded.events.removeLast()
      let session = try Self.session(recorded)
      #expect(!session.machine.hasEnded, "\(recorded.name)")
    }
  }
}

/// The kinds of docs/spec/run-history.md §3.
enum RunHistoryKinds {
  static let all = [
    "admitted", "started", "start-failed", "condition-decided", "condition-failed", "call-intended", "call-answered",
    "call-failed",
    "performed", "step-failed", "iteration-began", "iteration-advanced", "handed-over", "approval-asked",
    "approval-given", "approval-refused", "wait-elapsed", "retried", "restarted", "cancelled",
  ]
}
