/// A run's log for people: time, step, what happened; below it, indented, the request, the answer, and what was taken
/// from it. Masks and reasons stand as the service wrote them.
struct RunLogText {
  private let terminal: Terminal
  private let sentence: EventSentence
  /// The day of the last line; a line of another day says so.
  private var day = ""

  private static let margin = String(repeating: " ", count: 14)

  init(terminal: Terminal) {
    self.terminal = terminal
    sentence = EventSentence(terminal: terminal)
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
    text += "\(terminal.styled(SafeText.show(clock), .dim))  \(stepName(line))\(sentence.text(line))\n"
    if let request = line["request"] { text += message(request, sign: "→", first: requestLine(request)) }
    if let query = line["query"]?.string, !query.isEmpty, query != "{}" { text += indented("query \(query)", by: 2) }
    if let element = line["element"]?.shown { text += indented("element \(element)", by: 2) }
    if let response = line["response"] { text += message(response, sign: "←", first: responseLine(response)) }
    for (name, value) in line["variables"]?.members ?? [] { text += indented("\(name) = \(value.shown)", by: 2) }
    return text
  }

  private func stepName(_ line: JSONView) -> String {
    guard let step = line["step"]?.string else { return "" }
    var name = SafeText.show(line["title"]?.string ?? step)
    if let visit = line["visit"]?.integer, visit > 1 { name += ", visit \(visit)" }
    if let attempt = line["attempt"]?.integer, attempt > 1 { name += ", attempt \(attempt)" }
    return terminal.styled(name, .bold) + ": "
  }

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
