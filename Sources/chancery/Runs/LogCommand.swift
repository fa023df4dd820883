import ArgumentParser

/// `log RUN`: what a run did, every secret masked.
struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Show what a run did, with every secret masked.",
    discussion: """
      A mask such as ‹api_token·k7f2› stands where a secret stood: its name, and a pseudonym that is the same wherever \
      the same secret stands. With --follow, waits for further lines and ends with the run's result: exit code 0 where \
      it succeeded, 1 where it failed or was cancelled.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  @Flag(help: "Show further lines as they are written, and end with the run's result.")
  var follow = false

  @Flag(name: .customLong("json"), help: "Print the service's JSON lines.")
  var isJSON = false

  @Flag(help: "Print the signed receipt of a finished run instead, for `chancery verify-receipt`.")
  var receipt = false

  @Option(help: ArgumentHelp("Have the receipt signed by this named key as well.", valueName: "name"))
  var key: String?

  func validate() throws {
    if key != nil, !receipt { throw ValidationError("--key goes with --receipt") }
    if receipt, follow || isJSON { throw ValidationError("--receipt stands alone") }
  }

  func run() async throws {
    try await APIClient.connect(client) { api in
      if receipt {
        let query = key.map { [(name: "key", value: $0)] } ?? []
        Terminal.output.write(
          try await api.send(.GET, APIPath(["api", "runs", runID, "receipt"], query: query)).body)
        return
      }
      guard !follow else { return try await RunFollowing(api: api, run: runID).show(asJSON: isJSON) }
      var text = RunLogText(terminal: .output)
      try await api.lines(APIPath("api", "runs", runID, "log"), isOpenEnded: false) { line in
        if isJSON {
          Terminal.output.write(line + [0x0A])
        } else if let view = JSONView(line) {
          Terminal.output.write(Array(text.render(view).utf8))
        }
      }
    }
  }
}
