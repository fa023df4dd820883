import Encodings
import RunEngine
import Storage
import TestSupport
import Testing

@testable import Runner

/// Two services get the same documents and the same requests; only their secrets differ. What somebody without clearance
/// can see must be the same, byte for byte, until a counted bit lets a difference out.
@Suite("Non-interference", .serialized)
struct NonInterferenceTests {
  /// What became of a pair of runs.
  struct Pair: Sendable {
    var name: String
    var first: TwinView
    var second: TwinView
    /// Bits let out before and with the event that differs first, the larger of the two; nil where nothing differs.
    var bits: (before: Int, with: Int)?
  }

  /// Values of the asked-for lengths; `stretch` makes each up to a few bytes longer, within its size class.
  static func values(for runbook: RandomRunbook, seed: UInt64, stretch: Int = 0) -> [String: String] {
    let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    var random = SeededRandom(seed: seed)
    var result: [String: String] = [:]
    for (name, count) in runbook.secrets.sorted(by: { $0.key < $1.key }) {
      let extra = stretch == 0 ? 0 : random.number(in: 0...stretch)
      result[name] = String((0..<count + extra).map { _ in random.element(of: letters) ?? "x" })
    }
    return result
  }

  /// Drives every runbook once and gives the ids of its runs.
  static func drive(
    _ runbooks: [RandomRunbook], _ values: [[String: String]], on service: TwinService, _ upstream: TwinUpstream
  ) async throws -> [String] {
    upstream.give(Dictionary(uniqueKeysWithValues: zip(runbooks, values).map { ($0.name, $1["door"] ?? "") }))
    let kept = values.first ?? [:]
    _ = try await service.must(
      "POST", "/v1/kv/data/twin",
      "{\"data\":{\"a\":\"\(kept["door"] ?? "")a\",\"b\":\"\(kept["sent"] ?? "")b\"},\"hosts\":[\"127.0.0.1:\(upstream.port)\"]}"
    )
    let files = zip(runbooks, values).map { runbook, values in
      let text = runbook.text { name in values[name] ?? "" }
      return "{\"name\":\"\(runbook.name).yaml\",\"text\":\(JSONText.quoted(text))}"
    }
    _ = try await service.must("POST", "/api/import", "{\"files\":[\(files.joined(separator: ","))]}")
    var runs: [String] = []
    for (runbook, values) in zip(runbooks, values) {
      let body =
        "{\"clear\":\"given in clear\",\"secret\":\"\(runbook.template.contains("encrypt_request") ? values["sent"] ?? "" : "none")\"}"
      let started = try await service.must("POST", "/api/automation/\(runbook.name)", body, withToken: false)
      let tape = try JSONTape(started)
      runs.append(try #require(tape.member(tape.root, "run_id").flatMap { tape.string($0) }))
    }
    // Followed to its end, a log answers when the run is over.
    for run in runs { _ = try await service.must("GET", "/api/runs/\(run)/log?follow=true") }
    return runs
  }

  static func pairs(
    _ runbooks: [RandomRunbook], _ upstream: TwinUpstream, values: @Sendable (Int, RandomRunbook) -> [[String: String]]
  ) async throws -> [Pair] {
    let chosen = runbooks.enumerated().map { values($0, $1) }
    return try await TwinService.with(port: upstream.port) { first in
      let firstRuns = try await drive(runbooks, chosen.map { $0[0] }, on: first, upstream)
      return try await TwinService.with(port: upstream.port) { second in
        let secondRuns = try await drive(runbooks, chosen.map { $0[1] }, on: second, upstream)
        let (firstLedger, secondLedger) = (try await first.ledgerByRun(), try await second.ledgerByRun())
        var pairs: [Pair] = []
        for (index, runbook) in runbooks.enumerated() {
          var pair = Pair(
            name: runbook.name, first: try await first.view(of: firstRuns[index], ledger: firstLedger),
            second: try await second.view(of: secondRuns[index], ledger: secondLedger))
          if let event = pair.first.firstDifference(from: pair.second) {
            var bits = (before: 0, with: 0)
            for (service, run) in [(first, firstRuns[index]), (second, secondRuns[index])] {
              bits.before = max(bits.before, try await service.bits(of: run, after: event - 1))
              bits.with = max(bits.with, try await service.bits(of: run, after: event))
            }
            pair.bits = bits
          }
          pairs.append(pair)
        }
        return pairs
      }
    }
  }

  static func withUpstream<Result: Sendable>(_ body: (TwinUpstream) async throws -> Result) async throws -> Result {
    let upstream = try await TwinUpstream.start()
    do {
      let result = try await body(upstream)
      await upstream.stop()
      return result
    } catch {
      await upstream.stop()
      throw error
    }
  }

  /// Every difference began at an event that let a counted bit out; without one there is none, sizes of what is sealed
  /// included where `sizes` says so.
  static func judge(_ pairs: [Pair], of batch: UInt64, sizes: Bool) {
    for pair in pairs {
      guard let bits = pair.bits else {
        #expect(!sizes || pair.first.sizes == pair.second.sizes, "batch \(batch), \(pair.name)")
        continue
      }
      #expect(bits.with > bits.before, "batch \(batch), \(pair.name): \(pair.first.explanation(of: pair.second))")
    }
    let lines = pairs.reduce(0) { $0 + $1.first.lines.count }
    let sizes = pairs.count { $0.bits == nil && $0.first.sizes != $0.second.sizes }
    print(
      "batch \(batch): \(pairs.count) pairs, \(lines) lines, \(pairs.count { $0.bits != nil }) differ after counted bits, "
        + "\(sizes) in sizes alone")
  }

  static func compare(_ batch: UInt64, echoes: Bool = false, stretch: Int = 0) async throws {
    try await withUpstream { upstream in
      let runbooks = RandomRunbook.make(100, seed: 1_000 + batch, port: upstream.port, echoes: echoes)
      #expect(runbooks.count == 100)
      let pairs = try await pairs(runbooks, upstream) { index, runbook in
        let both = [1, 2].map { values(for: runbook, seed: batch << 32 | UInt64(index) << 8 | $0, stretch: stretch) }
        return both.map { $0.merging(["guess": both[0]["note"] ?? ""]) { $1 } }
      }
      judge(pairs, of: batch, sizes: stretch == 0)
    }
  }

  @Test(
    "A thousand random runbooks: twins are equal on every uncleared surface, or a counted bit came first",
    arguments: Array(UInt64(0)..<10))
  func twins(batch: UInt64) async throws {
    try await Self.compare(batch)
  }

  @Test(
    "So they are where the other side repeats what it was sent, in clear, base64 and hexadecimal",
    arguments: Array(UInt64(20)..<23))
  func echoes(batch: UInt64) async throws {
    try await Self.compare(batch, echoes: true)
  }

  @Test(
    "So they are where the secrets have other lengths of one size class, but for the sizes of what is sealed together",
    arguments: Array(UInt64(30)..<33))
  func lengths(batch: UInt64) async throws {
    try await Self.compare(batch, stretch: 12)
  }

  @Test("Right and wrong guesses at a secret look alike, put into names, into what selects, and into mappings")
  func guesses() async throws {
    try await Self.withUpstream { upstream in
      let template = """
        integration: guessingi
        base_url: http://127.0.0.1:\(upstream.port)
        methods:
          make: { request: GET /guessing/plain }
        ---
        runbook: guessing
        start: { public: { auth: none } }
        variables:
          note: { encrypt: true, default: "«note»" }
          words: { default: "the-right-guess-was-made or the-wrong-guess-was-made" }
        steps:
          make:
            method: guessingi/make
            outputs:
              made: '{"<<note>>": "the-right-guess-was-made"}'
              named: { from: "made^«guess»", default: the-wrong-guess-was-made }
              inner: { object: { text: made } }
              deeper: { from: "inner^text^«guess»", default: the-wrong-guess-was-made }
              list: '[{"id": "<<note>>", "v": "the-right-guess-was-made"}]'
              chosen: { from: "list[id=«guess»]^v", default: the-wrong-guess-was-made }
              mapped: { from: "a <<note>>", value_mappings: { "a «guess»": the-right-guess-was-made } }
              heard: "I know: <<words>>"
            then: done
            else: failed
          done: { end: success }
          failed: { end: failure }

        """
      let guessing = RandomRunbook(
        name: "guessing", template: template, secrets: ["note": 20, "guess": 20, "door": 20, "sent": 20])
      let found = try await Self.pairs([guessing], upstream) { _, runbook in
        let both = [1, 2].map { Self.values(for: runbook, seed: $0) }
        return both.map { $0.merging(["guess": both[0]["note"] ?? ""]) { $1 } }
      }
      Self.judge(found, of: 40, sizes: false)
      let pair = try #require(found.first)
      #expect(pair.bits.map { $0.with } == nil, "\(pair.first.explanation(of: pair.second))")
      #expect(pair.first.summary.contains("succeeded") && pair.second.summary.contains("succeeded"))
    }
  }

  @Test("Control: a secret that came in by a clear door is seen as a difference without a counted bit")
  func leak() async throws {
    try await Self.withUpstream { upstream in
      let template = """
        runbook: leaking
        start: { public: { auth: none } }
        variables: { plain: "«note»", kept: { secret: kv/twin#a } }
        steps:
          look: { condition: { left: plain, op: has_value }, then: done, else: failed }
          done: { end: success }
          failed: { end: failure }

        """
      let leaking = RandomRunbook(name: "leaking", template: template, secrets: ["note": 20, "door": 20, "sent": 20])
      let found = try await Self.pairs([leaking], upstream) { _, runbook in
        [1, 2].map { Self.values(for: runbook, seed: $0) }
      }
      let bits = try #require(found.first?.bits)
      #expect(bits.with == bits.before)
      #expect(found.first?.first.firstDifference(from: try #require(found.first?.second)) == 1)
    }
  }
}
