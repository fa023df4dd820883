/// What happened, as people read it: the same in a run's log and in its tree. Step and time stand before it.
struct EventSentence {
  private let terminal: Terminal

  init(terminal: Terminal) { self.terminal = terminal }

  /// The sentence for a line of the log, or for an event of the tree, which has the same fields.
  func text(_ event: JSONView) -> String {
    let detail = shown(event["detail"])
    let reason = event["reason"].map { " [\(shown($0))]" } ?? ""
    switch event["event"]?.string ?? "" {
    case "admitted": return "taken in, waits for its turn"
    case "started": return started(event)
    case "retried": return "goes on with what run \(shown(event["other_run"])) had done"
    case "start-failed": return bad("could not start: \(detail)\(reason)")
    case "condition-decided": return event["met"]?.bool == true ? "yes" : "no"
    case "condition-failed", "call-failed", "step-failed": return bad("failed: \(detail)\(reason)")
    case "call-intended": return terminal.styled("calling", .dim)
    case "call-answered": return "answered with \(SafeText.show(event["response"]?["status"]?.shown ?? "?"))"
    case "wait-elapsed": return waited(event)
    case "performed": return "done"
    case "iteration-began": return elements(event)
    case "iteration-advanced": return event["element"] == nil ? "no element is left" : "next element"
    case "handed-over": return "hands over to run \(shown(event["other_run"]))"
    case "approval-asked": return asked(event)
    case "approval-given": return "approved by \(shown(event["login"]))"
    case "approval-refused": return bad("refused by \(shown(event["login"]))")
    case "present": return PresentText.of(event)
    case "restarted": return "starting over"
    case "cancelled": return bad("cancelled")
    case "ended": return ending(event, detail + reason)
    case let other: return SafeText.show(other)
    }
  }

  /// The tree has no name for the request: an answer names it.
  private func asked(_ event: JSONView) -> String {
    let name = event["commitment"]?.string.map { " to request \(SafeText.show(RequestName.short($0)))" } ?? ""
    return "waits for people to agree\(name)"
  }

  private func waited(_ event: JSONView) -> String {
    switch event["waited_for"]?.string {
    case "sleep": "slept"
    case "approval": "nobody agreed in time"
    default: "trying again"
    }
  }

  private func elements(_ event: JSONView) -> String {
    let count = event["count"]?.integer ?? 0
    return count == 0 ? "no elements" : "begins with \(Count.text(count, "element"))"
  }

  private func started(_ event: JSONView) -> String {
    let cause =
      switch event["trigger"]?.string {
      case "public": "by a public request"
      case "schedule": "by its schedule"
      case "runbook": event["other_run"]?.string.map { "by run \(SafeText.show($0))" } ?? "by another run"
      default: "through the API"
      }
    let dry = event["dry_run"]?.bool == true ? ", as a dry run: nothing leaves" : ""
    let retry = event["retry_of"]?.string.map { ", repeats run \(SafeText.show($0))" } ?? ""
    return "started \(cause)\(retry)\(dry)"
  }

  private func ending(_ event: JSONView, _ reason: String) -> String {
    let state = event["state"]?.string ?? "ended"
    var facts: [String] = []
    if let steps = event["steps"]?.integer { facts.append(Count.text(steps, "step")) }
    if let milliseconds = event["duration_ms"]?.integer { facts.append(Span.text(milliseconds)) }
    let warning = event["warning"]?.string.map { " (\(SafeText.show($0)))" } ?? ""
    let after = (facts.isEmpty ? "" : " after \(facts.joined(separator: ", "))") + warning
    let retries = event["retries"]?.strings ?? []
    let repeated = retries.isEmpty ? "" : "; repeated by \(retries.map { SafeText.show($0) }.joined(separator: ", "))"
    guard state != "succeeded" else { return terminal.styled("succeeded", .green) + after + repeated }
    return bad(SafeText.show(state)) + after + (reason.isEmpty ? "" : ": \(reason)") + repeated
  }

  private func bad(_ text: String) -> String { terminal.styled(text, .red) }

  private func shown(_ view: JSONView?) -> String { SafeText.show(view?.shown ?? "") }
}

/// How a run that has not ended stands, in the log and in the tree.
enum PresentText {
  static func of(_ view: JSONView) -> String {
    let until = view["until"]?.string.map { " until \(SafeText.show($0))" } ?? ""
    let wait: String? =
      switch view["waiting"]?.string {
      case "retry": "waits\(until) before it tries again"
      case "restart": "waits\(until) before it starts over"
      case "sleep": "sleeps\(until)"
      case "approval": "waits\(until) for people to agree"
      default: nil
      }
    return [wait, view["warning"]?.string.map { SafeText.show($0) }].compactMap { $0 }.joined(separator: "; ")
  }
}
