/// A run's tree for people: one line for each visit, attempt, event, request and answer, deeper ones further in; events in the
/// words of the log. Masks and reasons stand as the service wrote them.
struct RunTreeText {
  private let terminal: Terminal
  private let sentence: EventSentence

  init(terminal: Terminal) {
    self.terminal = terminal
    sentence = EventSentence(terminal: terminal)
  }

  /// The text for the JSON of a tree, with its last line feed.
  func render(_ tree: JSONView) -> String {
    var lines = [
      "run \(shown(tree["run"])) of \(shown(tree["runbook"])): \(state(tree))\(after(tree))\(reason(tree))"
    ]
    if let since = tree["paused_at"]?.string {
      lines.append("  paused since \(Moment.text(since)) by \(SafeText.show(tree["paused_by"]?.string ?? ""))")
    }
    for node in tree["nodes"]?.items ?? [] { add(node, depth: 1, to: &lines) }
    let present = PresentText.of(tree)
    if !present.isEmpty { lines.append("  " + present) }
    return lines.map { $0 + "\n" }.joined()
  }

  private func add(_ node: JSONView, depth: Int, to lines: inout [String]) {
    guard node["step"] != nil else {
      lines.append(indent(depth) + "\(clock(node))  \(sentence.text(node))")
      if let request = node["request"] { message(request, sign: "→", first: "request", depth: depth + 1, to: &lines) }
      values(node, depth: depth + 1, to: &lines)
      return
    }
    let visit = node["visit"]?.integer ?? 1
    let name = terminal.styled(SafeText.show(node["title"]?.string ?? node["step"]?.string ?? ""), .bold)
    lines.append(indent(depth) + "\(clock(node))  \(name)\(visit > 1 ? ", visit \(visit)" : "")\(after(node))")
    let attempts = node["attempts"]?.items ?? []
    for attempt in attempts {
      var deeper = depth + 1
      if attempts.count > 1 {
        lines.append(
          indent(depth + 1) + "\(clock(attempt))  attempt \(shown(attempt["attempt"]))\(after(attempt))")
        deeper += 1
      }
      for event in attempt["events"]?.items ?? [] { add(event: event, depth: deeper, to: &lines) }
    }
    for (number, element) in (node["elements"]?.items ?? []).enumerated() {
      let value = element["element"].map { " \(shown($0))" } ?? ""
      lines.append(indent(depth + 1) + "\(clock(element))  element \(number + 1):\(value)")
      for node in element["nodes"]?.items ?? [] { add(node, depth: depth + 2, to: &lines) }
    }
  }

  private func add(event: JSONView, depth: Int, to lines: inout [String]) {
    lines.append(indent(depth) + "\(clock(event))  \(sentence.text(event))")
    if let request = event["request"] {
      message(
        request, sign: "→", first: "\(shown(request["method"])) \(shown(request["url"]))", depth: depth + 1, to: &lines)
    }
    if let response = event["response"] {
      message(
        response, sign: "←", first: "\(shown(response["status"]))\(after(response))", depth: depth + 1, to: &lines)
    }
    values(event, depth: depth + 1, to: &lines)
  }

  private func message(
    _ message: JSONView, sign: String, first: String, depth: Int, to lines: inout [String]
  ) {
    let size = message["size_up_to"]?.integer.map { ", up to \($0) bytes" } ?? ""
    lines.append(indent(depth) + "\(sign) \(first)\(size)")
    if let removed = message["headers"]?.string {
      lines.append(indent(depth + 1) + "headers \(SafeText.show(removed))")
    }
    if let body = message["body"]?.string, !body.isEmpty { lines.append(indent(depth + 1) + SafeText.show(body)) }
    let reasons = message["masked_for"]?.strings ?? []
    if !reasons.isEmpty {
      lines.append(
        indent(depth + 1) + terminal.styled("masked for " + SafeText.show(reasons.joined(separator: "; ")), .dim))
    }
  }

  private func values(_ node: JSONView, depth: Int, to lines: inout [String]) {
    for (name, value) in node["variables"]?.members ?? [] {
      lines.append(indent(depth) + "\(SafeText.show(name)) = \(shown(value))")
    }
  }

  private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

  private func shown(_ view: JSONView?) -> String { SafeText.show(view?.shown ?? "") }

  private func state(_ tree: JSONView) -> String {
    let state = tree["state"]?.string ?? ""
    return terminal.styled(SafeText.show(state), state == "succeeded" ? .green : state == "failed" ? .red : .bold)
  }

  private func after(_ node: JSONView) -> String {
    node["duration_ms"]?.integer.map { " in \(Span.text($0))" } ?? ""
  }

  private func reason(_ node: JSONView) -> String {
    guard let detail = node["detail"]?.string else { return "" }
    return terminal.styled(": \(SafeText.show(detail)) [\(shown(node["reason"]))]", .red)
  }

  /// The time of day, in UTC.
  private func clock(_ node: JSONView) -> String {
    let time = node["time"]?.shown ?? ""
    return terminal.styled(SafeText.show(time.count >= 23 ? String(time.dropFirst(11).prefix(12)) : time), .dim)
  }
}
