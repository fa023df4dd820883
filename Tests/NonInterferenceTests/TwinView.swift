import Encodings
import Keyring
import Labels
import RunEngine
import Storage
import Testing

@testable import Runner

/// All that somebody without clearance can get of one run, with what is drawn anew in every run put out of the way: the
/// run's id, the four characters of masks, hashes of what is sealed.
struct TwinView: Sendable, Equatable {
  /// The lines of the log, as the API gives them.
  var lines: [String]
  /// What the API says of the run.
  var summary: String
  /// What the ledger says of it.
  var ledger: [String]
  /// Sizes of what is sealed, event by event.
  var sizes: [String]

  /// The first event after which two views differ, counted from 1; nil where they are equal in all but sizes.
  func firstDifference(from other: TwinView) -> Int? {
    if lines == other.lines && summary == other.summary && ledger == other.ledger { return nil }
    let index = zip(lines, other.lines).enumerated().first { $1.0 != $1.1 }?.offset
    return (index ?? min(lines.count, other.lines.count)) + 1
  }

  /// The lines at which two views differ, for whoever looks into it. Values of tests are in it.
  func explanation(of other: TwinView) -> String {
    let pairs = zip(lines, other.lines).filter { $0 != $1 }.prefix(1).map { "\($0)\n\($1)" }
    return pairs.joined() + (summary == other.summary ? "" : "\n\(summary)\n\(other.summary)")
      + (ledger == other.ledger ? "" : "\n\(ledger)\n\(other.ledger)")
  }
}

extension TwinService {
  /// Looks at a run that has ended.
  func view(of run: String, ledger: [String: [String]]) async throws -> TwinView {
    let id = try #require(RunID(run))
    let log = String(decoding: try await must("GET", "/api/runs/\(run)/log"), as: UTF8.self)
    let summary = String(decoding: try await must("GET", "/api/runs/\(run)"), as: UTF8.self)
    let events = try await parts.store.events(of: id, after: 0)
    return TwinView(
      lines: log.split(separator: "\n").map { Self.normalised(String($0), run: run) },
      summary: Self.normalised(summary, run: run), ledger: ledger[run] ?? [],
      sizes: events.map { "\($0.kind): \($0.event.bytes.count) and \($0.values?.bytes.count ?? 0)" })
  }

  /// What the ledger says of each run, without sequence, time, and what follows from sealed bytes.
  func ledgerByRun() async throws -> [String: [String]] {
    var result: [String: [String]] = [:]
    var from: UInt64 = 0
    while true {
      let rows = try await parts.store.ledgerRows(from: from, limit: 10_000)
      guard !rows.isEmpty else { return result }
      for row in rows {
        let tape = try JSONTape(row.bytes)
        let text = { (name: String) in
          tape.member(tape.root, name).map { String(decoding: tape.text($0), as: UTF8.self) } ?? ""
        }
        guard let actor = tape.member(tape.root, "actor"),
          tape.member(actor, "type").flatMap({ tape.string($0) }) == "run",
          let run = tape.member(actor, "id").flatMap({ tape.string($0) })
        else { continue }
        result[run, default: []].append(
          ["kind", "action", "subject", "outcome"].map { text($0) }.joined(separator: " "))
      }
      from += UInt64(rows.count)
    }
  }

  /// Bits that the run's first events let out, over all origins, and of how many values.
  func bits(of run: String, after events: Int) async throws -> Int {
    let id = try #require(RunID(run))
    let row = try #require(try await parts.store.run(id))
    let stored = try await parts.store.events(of: id, after: 0)
    let session = try RunSession(
      bundle: try await library.bundle(row.bundle), row: row,
      key: try parts.keyring.runKeys.key(slot: row.runKeySlot, generation: row.runKeyGeneration),
      registry: SecretRegistry(pseudonyms: Masks.pseudonyms(run: id, keyring: parts.keyring)),
      events: Array(stored.prefix(events)))
    return session.bits.counts.values.reduce(0, +)
  }

  /// The four characters of a mask are a keyed hash of its handle: told apart by the order in which they come.
  private static func normalised(_ line: String, run: String) -> String {
    var order: [Substring] = []
    return line.replacing(run, with: "RUN").replacing(/·([0-9a-z-]{4})›/) { match in
      let index = order.firstIndex(of: match.1) ?? order.count
      if index == order.count { order.append(match.1) }
      return "·#\(index)›"
    }
  }
}
