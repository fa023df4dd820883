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

      A tree of more than 64 MiB is shown with --json only. At a step that appends to a list it has all of the list.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  @Flag(help: "Show further lines as they are written, and end with the run's result.")
  var follow = false

  @Flag(help: "Show the run as a tree: visits of steps, attempts, requests and answers, iterations within one another.")
  var tree = false

  @Flag(name: .customLong("json"), help: "Print the service's JSON lines, or its JSON of the tree.")
  var isJSON = false

  @Flag(help: "Print the signed receipt of a finished run instead, for `chancery verify-receipt`.")
  var receipt = false

  @Option(help: ArgumentHelp("Have the receipt signed by this named key as well.", valueName: "name"))
  var key: String?

  func validate() throws {
    if key != nil, !receipt { throw ValidationError("--key goes with --receipt") }
    if tree, follow || receipt { throw ValidationError("--tree goes with neither --follow nor --receipt") }
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
      guard !tree else { return try await showTree(api) }
      guard !follow else { return try await RunFollowing(api: api, run: runID).show(asJSON: isJSON) }
      var text = RunLogText(terminal: .output)
      try await api.lines(APIPath("api", "runs", runID, "log"), isOpenEnded: false) { line in
        if isJSON {
          Terminal.output.write(line + [0x0A])
        } else if let view = JSONView(line) {
          Terminal.output.write(Array(text.render(view).utf8))
        }
      }
      if !isJSON { await sayPause(api) }
    }
  }

  /// As JSON, it is passed on as it comes, whatever its size is.
  private func showTree(_ api: APIClient) async throws {
    let path = APIPath("api", "runs", runID, "tree")
    guard !isJSON else {
      try await api.pieces(path, isOpenEnded: false) { Terminal.output.write($0) }
      return Terminal.output.line()
    }
    let tooLarge = CommandFailure(
      .notSo, "the tree of this run is too large to be shown: it has more than \(APIClient.answerLimit >> 20) MiB",
      remedy: "`chancery log \(runID)` shows the same line by line; with --json the tree comes, whatever its size.")
    var tree: [UInt8] = []
    try await api.pieces(path, isOpenEnded: false) { piece in
      guard tree.count + piece.count <= APIClient.answerLimit else { throw tooLarge }
      tree += piece
    }
    let text = RunTreeText(terminal: .output).render(try APIAnswer(status: 200, body: tree).json(api.address))
    Terminal.output.write(Array(text.utf8))
  }

  /// Why nothing follows: somebody paused the run. Whoever may not read the run's state sees its log alone.
  private func sayPause(_ api: APIClient) async {
    guard let run = try? await api.send(.GET, APIPath("api", "runs", runID)).json(api.address),
      let since = run["paused_at"]?.string
    else { return }
    let who = SafeText.show(run["paused_by"]?.string ?? "")
    Terminal.output.line("paused since \(Moment.text(since)) by \(who)")
  }
}
