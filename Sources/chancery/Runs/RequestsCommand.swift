import ArgumentParser

/// `requests METHOD`: the calls of one method, by whichever runs.
struct RequestsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests", abstract: "List the calls of a method, the newest first.",
    discussion: """
      What was sent and answered is in the log of the run: chancery log RUN. Tests of the method are listed too, and under \
      `INTEGRATION/(token)` the tokens that were fetched for it; of those nothing is kept but what is shown.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("INTEGRATION/METHOD.", valueName: "method"))
  var method: String

  @Option(help: "How many, 1 to 500.")
  var limit = 20

  @Option(
    help: ArgumentHelp(
      "Only calls before this time, such as 2026-01-31T06:00:00Z, or older ones than the page before, which names it.",
      valueName: "time"))
  var before: String?

  @OptionGroup var json: JSONOption

  func validate() throws {
    guard (1...500).contains(limit) else { throw ValidationError("--limit is a number from 1 to 500") }
    guard method.split(separator: "/", omittingEmptySubsequences: false).count == 2 else {
      throw ValidationError("a method is named INTEGRATION/METHOD")
    }
  }

  func run() async throws {
    let names = method.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    var query = [(name: "limit", value: String(limit))]
    if let before { query.append((name: "before", value: before)) }
    let path = APIPath("api", "methods", names[0], names[1], "requests", query: query)
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, path)
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      let requests = view["requests"]?.items ?? []
      guard !requests.isEmpty else { return Terminal.output.line("there are no calls") }
      var table = Table(
        ["AT (UTC)", "RUN", "STEP", "OUTCOME", "TIME", "SENT", "RECEIVED", "NOTE"], rightAligned: [5, 6])
      for request in requests {
        table.add([
          Moment.text(request["at"]?.string), request["run_id"]?.string ?? "(\(request["origin"]?.shown ?? ""))",
          request["step"]?.shown ?? "",
          request["outcome"]?.shown ?? "", request["duration_ms"]?.integer.map(Span.text) ?? "",
          size(request["sent_size_class"]), size(request["received_size_class"]),
          (request["warnings"]?.strings ?? []).joined(separator: " "),
        ])
      }
      table.write(to: .output)
      if let next = view["next"]?.string {
        Terminal.output.line("older ones: chancery requests \(SafeText.show(method)) --before \(SafeText.show(next))")
      }
    }
  }

  /// Sizes are classes.
  private func size(_ view: JSONView?) -> String { view?.integer.map { $0 == 0 ? "0" : "≤ \($0)" } ?? "" }
}
