import Encodings
import Labels
import Testing

@testable import RunEngine

@Suite("Runs as trees")
struct RunTreeTests {
  private let at = Instant(millisecondsSinceEpoch: 0)
  private let handle: ValueHandle

  init() throws {
    var values = ValueTable()
    handle = try values.insert(LabeledText(clear: "x"))
  }

  private func address(_ step: String, _ visit: Int = 1, _ attempt: Int = 1) -> EffectAddress {
    EffectAddress(step: step, visit: visit, attempt: attempt)
  }

  private func began(_ step: String, _ visit: Int = 1) -> RunEvent {
    .iterationBegan(address(step, visit), at: at, count: 2, items: handle, element: handle, variables: [:])
  }

  private func advanced(_ step: String, _ visit: Int, ends: Bool = false) -> RunEvent {
    .iterationAdvanced(address(step, visit), at: at, element: ends ? nil : handle, variables: [:])
  }

  private func done(_ step: String, _ visit: Int = 1) -> RunEvent {
    .performed(address(step, visit), at: at, variables: [:])
  }

  /// `each` iterates and `next` takes its next element; `inner` and `again` the same within it.
  private func tree(_ events: [RunEvent]) -> String {
    let tree = RunTree(events) { ["next": "each", "again": "inner"][$0] }
    return tree.nodes.map { node in
      switch node {
      case .event(let sequence): "#\(sequence)"
      case .visit(let visit): text(visit)
      }
    }.joined(separator: " ")
  }

  private func text(_ visit: RunTree.Visit) -> String {
    let attempts = visit.attempts.map { "\($0.number):" + $0.events.map(String.init).joined(separator: ",") }
    let elements = visit.elements.map { element in
      "[\(element.event)|" + element.visits.map { text($0) }.joined(separator: " ") + "]"
    }
    return "\(visit.step)\(visit.number)(\(attempts.joined(separator: " ")))" + elements.joined()
  }

  @Test("Attempts of a visit stand together, a further visit by itself, what is about the run between them")
  func flat() {
    let events: [RunEvent] = [
      .started(at: at, roots: [:], variables: [:]), .callIntended(address("a"), at: at),
      .callFailed(address("a"), at: at, reason: .timeout, request: nil, response: nil),
      .waitElapsed(address("a"), at: at), .callIntended(address("a", 1, 2), at: at), done("b"), done("a", 2),
      .restarted(at: at), done("b"), .cancelled(at: at),
    ]
    #expect(tree(events) == "#1 a1(1:2,3,4 2:5) b1(1:6) a2(1:7) #8 b1(1:9) #10")
  }

  @Test("Visits of an element stand in it, loops in loops too, and what follows a loop stands behind it")
  func nested() {
    let events = [
      began("each"), done("a"), began("inner"), done("b"), advanced("again", 1), done("b", 2),
      advanced("again", 2, ends: true), done("c"), advanced("next", 1), done("a", 2), advanced("next", 2, ends: true),
      done("d"),
    ]
    #expect(
      tree(events)
        == "each1(1:1,11)[1|a1(1:2) inner1(1:3,7)[3|b1(1:4)][5|b2(1:6)] c1(1:8)][9|a2(1:10)] d1(1:12)")
  }

  @Test("A loop that was left and is begun anew is another visit where the first one stood")
  func left() {
    let events = [began("each"), done("a"), began("each", 2), done("a", 2), advanced("next", 1, ends: true), done("d")]
    #expect(tree(events) == "each1(1:1)[1|a1(1:2)] each2(1:3,5)[3|a2(1:4)] d1(1:6)")
  }
}
