import Testing

@testable import Runbooks

@Suite("The graph of a runbook")
struct GraphCheckTests {
  private func faults(_ steps: String, first: String = "") -> [String] {
    Documents.faults("runbook: r\n\(first)steps:\n\(steps)").filter { !$0.contains("not in these files") }
  }

  @Test("A sound graph has no fault, cycles included")
  func sound() {
    let steps = """
        a: { method: i/m, then: b, else: f }
        b: { condition: { left: status_code, op: equals, right: 1 }, then: a, else: d }
        d: { end: success }
        f: { end: failure }
      """
    #expect(faults(steps) == [])
  }

  @Test("A dangling edge names the step, the edge and what may be meant")
  func dangling() {
    #expect(
      faults("  a: { method: i/m, then: dnoe, else: { step: nowhere, name: No } }\n  done: { end: success }\n")
        .filter { $0.contains("D130") } == [
          "a.yaml:3:27: error: the success edge of step `a` leads to `dnoe`, "
            + "which is no step; did you mean `done`? [D130]",
          "a.yaml:3:39: error: the failure edge of step `a` leads to `nowhere`, which is no step [D130]",
        ])
  }

  @Test("A first step that is not there is an error")
  func start() {
    #expect(
      faults("  a: { end: success }\n", first: "first: b\n") == [
        "a.yaml:2:8: error: the first step `b` is not here [D131]"
      ])
  }

  @Test("The first step is the first one written, or the one that is named")
  func first() {
    let text = "steps:\n  a: { end: success }\n  b: { end: success }\n"
    #expect(Documents.read("runbook: r\n" + text).runbooks.first?.document.startStep == "a")
    #expect(Documents.read("runbook: r\nfirst: b\n" + text).runbooks.first?.document.startStep == "b")
  }

  @Test("A step that cannot be reached and a graph without a reachable end are warnings")
  func unreachable() {
    #expect(
      faults("  a: { method: i/m, then: a, else: a }\n  b: { end: success }\n") == [
        "a.yaml:3:3: warning: no end step can be reached, so no run can succeed [D137]",
        "a.yaml:4:3: warning: step `b` cannot be reached from the first step [D133]",
      ])
  }

  @Test("A condition with one edge, or with two equal ones, is a warning")
  func conditions() {
    let row = "condition: { left: failure^reason, op: has_value }"
    #expect(
      faults("  a: { \(row), then: b }\n  b: { \(row), then: c, else: c }\n  c: { end: success }\n") == [
        "a.yaml:3:3: warning: the condition `a` has no `else`: a run that needs it fails [D136]",
        "a.yaml:4:75: warning: both edges of the condition `b` lead to `c`: it decides nothing [D134]",
      ])
  }

  @Test("An end has no edges, and only a method has outputs")
  func edgesOfEnds() {
    let text = "  a: { end: success, then: a }\n  b: { condition: [], then: a, else: a, outputs: { x: status } }\n"
    let codes = Documents.read(Documents.runbook(steps: text)).faults.filter { $0.severity == .error }.map(\.code)
    #expect(codes == [.conflictingKeys, .conflictingKeys])
  }

  @Test("A step is one thing")
  func oneKind() {
    #expect(
      faults("  a: { end: success, method: i/m }\n  b: { title: nothing }\n").filter { $0.contains("exactly") } == [
        "a.yaml:3:6: error: step `a` must have exactly one of method, sql, condition, "
          + "iterate, next, sleep, start_runbook, sign, verify, encrypt, decrypt, end [D109]",
        "a.yaml:4:6: error: step `b` must have exactly one of method, sql, condition, "
          + "iterate, next, sleep, start_runbook, sign, verify, encrypt, decrypt, end [D103]",
      ])
  }
}
