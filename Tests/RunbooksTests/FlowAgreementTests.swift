import Labels
import SourceText
import TestSupport
import Testing

@testable import Runbooks

/// The flow check against runs: nothing that a run's labels show may be missing from it.
@Suite("The flow check agrees with runs")
struct FlowAgreementTests {
  static let documentsEach = 60

  /// Whether a source of the check is this origin of a run.
  static func isSame(_ source: FlowCheck.Source, _ origin: Origin, in made: FlowDocuments.Made) -> Bool {
    switch (source, origin) {
    case (.request, .trigger): true
    case (.response(let mine), .response(let other)): mine == other
    case (.variable(let mine), .variable(let other)): mine == other
    case (.secret(let reference), .secret(let path, _)): reference.path == path
    case (.credential(let holder, let field), .credential(let otherHolder, let otherField)):
      holder == otherHolder && field == otherField
    case (.token(let step, let field), .credential(let holder, let other)): step == holder && field == other
    case (.requestHeader(let name), .credential("request", let field)): name == field
    case (.parameter(let method, let kind, let name), .parameter(let id, let otherKind, let otherName)):
      method == id && kind.rawValue == otherKind && name == otherName
    case (.namedKey(let mine), .namedKey(let other, _)): mine == other
    case (.others(true), _): true
    default: false
    }
  }

  struct Judged {
    var missing: [String] = []
    var found = 0
    /// Of the ways into places to which some run brought a value.
    var atReached = 0
    var neverSeen = 0
  }

  static func judge(seed: Int, hasContent: Bool, runs: Int) -> Judged {
    var judged = Judged()
    for number in 0..<documentsEach {
      let seed = UInt64(seed * documentsEach + number)
      var generator = FlowDocuments(seed: seed)
      let made = generator.make()
      let check = FlowCheck(of: made.runbook, integration: made.integration)
      let bySink = Dictionary(grouping: check.flows, by: \.sink)
      var seen: Set<FlowRun.Seen> = []
      var refused: Set<String> = []
      var reached: Set<FlowCheck.Sink> = []
      for turn in 0..<runs {
        var run = FlowRun(made, hasContent: hasContent, seed: seed &* 1_000 &+ UInt64(turn))
        run.run(visits: 14)
        seen.formUnion(run.seen)
        refused.formUnion(run.refused)
        reached.formUnion(run.reached)
      }
      for one in seen {
        let flows = bySink[one.sink] ?? []
        let isFound = flows.contains { isSame($0.source, one.origin, in: made) }
        // What only content makes secret is followed as the answer that may hold it.
        let isContent = hasContent && flows.contains { !$0.source.isDeclared }
        if !isFound && !isContent { judged.missing.append("seed \(seed): \(one.origin.sentence) at \(one.sink)") }
      }
      if !hasContent {
        judged.missing += missingRefusals(refused, of: made).map { "seed \(seed): condition \($0) is refused" }
      }
      let declared = check.flows.filter(\.source.isDeclared)
      judged.found += declared.count
      for flow in declared where reached.contains(flow.sink) {
        judged.atReached += 1
        let wasSeen = seen.contains { $0.sink == flow.sink && isSame(flow.source, $0.origin, in: made) }
        if !wasSeen { judged.neverSeen += 1 }
      }
    }
    return judged
  }

  private static func missingRefusals(_ refused: Set<String>, of made: FlowDocuments.Made) -> [String] {
    var places = DocumentPlaces(file: "f")
    for (index, step) in made.runbook.steps.enumerated() {
      places.note("steps.\(step.name).condition", at: SourcePlace(file: "f", line: index + 1, column: 1))
    }
    let read = ReadDocument(document: made.runbook, places: places, isImported: false)
    let faults = FlowCheckReport(read, integrations: [:], integration: made.integration).faults()
    return refused.filter { name in
      let line = (made.runbook.steps.firstIndex { $0.name == name } ?? 0) + 1
      return !faults.contains { $0.code == .conditionNotAllowed && $0.place.line == line }
    }
  }

  @Test("Every label that a run brings to a sink is found, with its own source", arguments: 0..<20)
  func sound(seed: Int) {
    let judged = Self.judge(seed: seed, hasContent: false, runs: 5)
    #expect(judged.missing == [])
    #expect(judged.found > 100, "these documents try too little")
  }

  @Test("What only an answer's content makes secret is followed as the answer that may hold it", arguments: 20..<30)
  func soundWithContent(seed: Int) {
    #expect(Self.judge(seed: seed, hasContent: true, runs: 4).missing == [])
  }

  /// Ways that no run went: the price of looking at every edge and at no value. In many of them some path on the way leads
  /// nowhere in these values, or needs an edge that no run took, so the figure is an upper bound.
  @Test("Few of the ways into places that runs reach were never gone")
  func falseAlarms() {
    var atReached = 0
    var neverSeen = 0
    for seed in 0..<4 {
      let judged = Self.judge(seed: seed, hasContent: false, runs: 20)
      atReached += judged.atReached
      neverSeen += judged.neverSeen
    }
    print("ways into reached places that no run went: \(neverSeen) of \(atReached)")
    #expect(atReached > 500)
    #expect(neverSeen * 2 <= atReached, "\(neverSeen) of \(atReached)")
  }
}
