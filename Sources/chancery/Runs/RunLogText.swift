/// A run's log for people: time, step, what happened; below it, indented, the request, the answer, and what was taken
/// from it. Masks and reasons stand as the service wrote them.
struct RunLogText {
  private let terminal: Terminal
  /// The day of the last line; a line of another day says so.
  private var day = ""

  private static let margin = String(repeating: " ", count: 14)

  init(terminal: Terminal) {
    self.terminal = terminal
  }

  /// The text for one line of the log, with its last line feed.
  mutating func render(_ line: JSONView) -> String {
    let time = line["time"]?.shown ?? ""
    var text = ""
    if time.count >= 23, time.prefix(10) != day {
      day = String(time.prefix(10))
      text += terminal.styled("\(SafeText.show(day)) (UTC)", .dim) + "\n"
    }
    let clock = time.count >= 23 ? String(time.dropFirst(11).prefix(12)) : time
    text += "\(terminal.styled(SafeText.show(clock), .dim))  \(headline(line))\n"
    if let request = line["request"] { text += message(request, sign: "→", first: requestLine(request)) }
    if let query = line["query"]?.string, !query.isEmpty, query != "{}" { text += indented("query \(query)", by: 2) }
    if let element = line["element"]?.shown { text += indented("element \(element)", by: 2) }
    if let response = line["response"] { text += message(response, sign: "←", first: responseLine(response)) }
    for (name, value) in line["variables"]?.members ?? [] { text += indented("\(name) = \(value.shown)", by: 2) }
    return text
  }

  private func headline(_ line: JSONView) -> String {
    let step = stepName(line)
    let detail = SafeText.show(line["detail"]?.shown ?? "")
    let reason = line["reason"].map { " [\(SafeText.show($0.shown))]" } ?? ""
    switch line["event"]?.string ?? "" {
    case "admitted": return "taken in, waits for its turn"
    case "started": return started(line)
    case "retried": return "goes on with what run \(SafeText.show(line["other_run"]?.shown ?? "")) had done"
    case "start-failed": return bad("could not start: \(detail)\(reason)")
    case "condition-decided": return "\(step)\(line["met"]?.bool == true ? "yes" : "no")"
    case "condition-failed", "call-failed", "step-failed": return step + bad("failed: \(detail)\(reason)")
    case "call-intended": return step + terminal.styled("calling", .dim)
    case "call-answered": return "\(step)answered with \(SafeText.show(line["response"]?["status"]?.shown ?? "?"))"
    case "wait-elapsed": return step + Self.waited(line)
    case "performed": return "\(step)done"
    case "iteration-began": return step + Self.elements(line)
    case "iteration-advanced": return "\(step)\(line["element"] == nil ? "no element is left" : "next element")"
    case "handed-over": return "\(step)hands over to run \(SafeText.show(line["other_run"]?.shown ?? ""))"
    case "approval-asked": return "\(step)waits for people to agree"
    case "approval-given": return "\(step)approved by \(SafeText.show(line["login"]?.shown ?? ""))"
    case "approval-refused": return step + bad("refused by \(SafeText.show(line["login"]?.shown ?? ""))")
    case "present": return PresentText.of(line)
    case "restarted": return "starting over"
    case "cancelled": return bad("cancelled")
    case "ended": return ending(line, detail + reason)
    case let other: return step + SafeText.show(other)
    }
  }

  private static func waited(_ line: JSONView) -> String {
    switch line["waited_for"]?.string {
    case "sleep": "slept"
    case "approval": "nobody agreed in time"
    default: "trying again"
    }
  }

  private static func elements(_ line: JSONView) -> String {
    let count = line["count"]?.integer ?? 0
    return count == 0 ? "no elements" : "begins with \(Count.text(count, "element"))"
  }

  private func started(_ line: JSONView) -> String {
    let cause =
      switch line["trigger"]?.string {
      case "public": "by a public request"
      case "schedule": "by its schedule"
      case "runbook": line["other_run"]?.string.map { "by run \(SafeText.show($0))" } ?? "by another run"
      default: "through the API"
      }
    let dry = line["dry_run"]?.bool == true ? ", as a dry run: nothing leaves" : ""
    let retry = line["retry_of"]?.string.map { ", repeats run \(SafeText.show($0))" } ?? ""
    return "started \(cause)\(retry)\(dry)"
  }

  private func stepName(_ line: JSONView) -> String {
    guard let step = line["step"]?.string else { return "" }
    var name = SafeText.show(line["title"]?.string ?? step)
    if let visit = line["visit"]?.integer, visit > 1 { name += ", visit \(visit)" }
    if let attempt = line["attempt"]?.integer, attempt > 1 { name += ", attempt \(attempt)" }
    return terminal.styled(name, .bold) + ": "
  }

  private func ending(_ line: JSONView, _ reason: String) -> String {
    let state = line["state"]?.string ?? "ended"
    var facts: [String] = []
    if let steps = line["steps"]?.integer { facts.append(Count.text(steps, "step")) }
    if let milliseconds = line["duration_ms"]?.integer { facts.append(Span.text(milliseconds)) }
    let warning = line["warning"]?.string.map { " (\(SafeText.show($0)))" } ?? ""
    let shown = (facts.isEmpty ? "" : " after \(facts.joined(separator: ", "))") + warning
    let retries = line["retries"]?.strings ?? []
    let repeated = retries.isEmpty ? "" : "; repeated by \(retries.map { SafeText.show($0) }.joined(separator: ", "))"
    guard state != "succeeded" else { return terminal.styled("succeeded", .green) + shown + repeated }
    return bad(SafeText.show(state)) + shown + (reason.isEmpty ? "" : ": \(reason)") + repeated
  }

  private func bad(_ text: String) -> String { terminal.styled(text, .red) }

  private func requestLine(_ request: JSONView) -> String {
    [request["method"], request["url"]].compactMap { $0?.string }.joined(separator: " ")
  }

  private func responseLine(_ response: JSONView) -> String {
    let time = response["duration_ms"]?.integer.map { " in \(Span.text($0))" } ?? ""
    return (response["status"]?.shown ?? "") + time
  }

  private func message(_ message: JSONView, sign: String, first: String) -> String {
    var text = first.isEmpty ? "" : indented("\(sign) \(first)", by: 0)
    if let headers = message["headers"] {
      if let removed = headers.string { text += indented("headers \(removed)", by: 2) }
      for header in headers.items {
        let parts = header.strings
        if parts.count == 2 { text += indented("\(parts[0]): \(parts[1])", by: 2) }
      }
    }
    if let body = message["body"]?.string, !body.isEmpty { text += indented(body, by: 2) }
    return text
  }

  private func indented(_ content: String, by spaces: Int) -> String {
    let indent = Self.margin + String(repeating: " ", count: spaces)
    // A carriage return before a line feed is no content; elsewhere it shows.
    let lines = content.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.last?.isEmpty == true && lines.count > 1 ? lines.dropLast() : lines[...]
    return shown.map { indent + SafeText.show(String($0), keepsLines: true) + "\n" }.joined()
  }
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

/// Lengths of time for people.
enum Span {
  static func text(_ milliseconds: Int) -> String {
    switch milliseconds {
    case ..<1_000: return "\(milliseconds) ms"
    case ..<60_000: return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
    case ..<3_600_000: return "\(milliseconds / 60_000) min \(milliseconds % 60_000 / 1_000) s"
    default: return "\(milliseconds / 3_600_000) h \(milliseconds % 3_600_000 / 60_000) min"
    }
  }
}
