import ArgumentParser

/// `runs`: what ran, and what runs.
struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List runs, or delete some.",
    discussion: """
      `chancery runs` alone lists; it takes the filters of `runs list`: --runbook, --state, --paused, --trigger, --reason, \
      --text, --step, --since, --until, --before, --limit, --json. `chancery runs list --help` explains them.
      """,
    subcommands: [RunsListCommand.self, RunsDeleteCommand.self], defaultSubcommand: RunsListCommand.self)
}

/// `runs delete RUN…`.
struct RunsDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete finished runs and destroy their keys: nothing that they stored can be opened again.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The runs, by id.", valueName: "run"))
  var runs: [String]

  func run() async throws {
    try await APIClient.connect(client) { api in
      for run in runs {
        _ = try await api.send(.DELETE, APIPath("api", "runs", run), expecting: [204])
        Terminal.output.line("run \(SafeText.show(run)) is deleted")
      }
    }
  }
}

/// `runs list`, which is also `runs` alone.
struct RunsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, the newest first.")

  enum State: String, CaseIterable, ExpressibleByArgument {
    case queued, running, succeeded, failed, cancelled
  }

  @OptionGroup var client: ClientOptions

  @Option(
    help: ArgumentHelp("Only runs of this runbook, by id or name; of a deleted one, by its id.", valueName: "runbook"))
  var runbook: String?

  @Option(help: "Only runs in this state.")
  var state: State?

  @Flag(help: "Only runs that are paused by themselves.")
  var paused = false

  @Option(help: "Only runs that this started: public, api, schedule or runbook.")
  var trigger: String?

  @Option(help: ArgumentHelp("Only runs that failed with this word, such as timeout.", valueName: "word"))
  var reason: String?

  @Option(
    help: ArgumentHelp(
      "Only runs whose log has all these words, as you may read it: letters and numbers, whole, in any case.",
      valueName: "words"))
  var text: String?

  @Option(
    help: ArgumentHelp("Only runs that something happened in this step of, whatever its kind.", valueName: "step"))
  var step: String?

  @Option(help: ArgumentHelp("Only runs from this time on, such as 2026-01-31T06:00:00Z.", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Only runs before this time.", valueName: "time"))
  var until: String?

  @Option(help: "How many, 1 to 500.")
  var limit = 20

  @Option(help: ArgumentHelp("Only runs before this one: the page that follows it.", valueName: "run"))
  var before: String?

  @OptionGroup var json: JSONOption

  func validate() throws {
    guard (1...500).contains(limit) else { throw ValidationError("--limit is a number from 1 to 500") }
  }

  func run() async throws {
    var query = [(name: "limit", value: String(limit))]
    if let runbook { query.append((name: "runbook", value: runbook)) }
    if let state { query.append((name: "state", value: state.rawValue)) }
    if paused { query.append((name: "paused", value: "true")) }
    for (name, value) in [
      ("trigger", trigger), ("reason", reason), ("step", step), ("text", text), ("since", since), ("until", until),
      ("before", before),
    ] {
      if let value { query.append((name: name, value: value)) }
    }
    let path = APIPath("api", "runs", query: query)
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, path)
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      let runs = view["runs"]?.items ?? []
      // A search ends its page where it has looked at enough.
      guard !runs.isEmpty || view["next"]?.string != nil else { return Terminal.output.line("there are no runs") }
      var table = Table(
        ["RUN", "RUNBOOK", "STATE", "TRIGGER", "CREATED (UTC)", "STEPS", "TIME", "NOTE"], rightAligned: [5])
      for run in runs { table.add(row(run)) }
      table.write(to: .output)
      if let next = view["next"]?.string {
        Terminal.output.line("older ones: chancery runs --before \(SafeText.show(next))")
      }
    }
  }

  private func row(_ run: JSONView) -> [String] {
    [
      run["id"]?.shown ?? "", run["runbook"]?.string ?? run["runbook_id"]?.shown ?? "", run["state"]?.shown ?? "",
      run["trigger"]?.shown ?? "", Moment.text(run["created_at"]?.string), run["steps"]?.shown ?? "", time(run),
      note(run),
    ]
  }

  private func time(_ run: JSONView) -> String {
    run["duration_ms"]?.integer.map(Span.text) ?? ""
  }

  private func note(_ run: JSONView) -> String {
    if let waiting = run["waiting"]?["reason"]?.string {
      let until = Moment.text(run["waiting"]?["until"]?.string)
      return "waiting: \(waiting)" + (until.isEmpty ? "" : " until \(until)")
    }
    let dry = run["is_dry"]?.bool == true ? "dry run" : ""
    let retry = run["retry_of"]?.string.map { "repeats \(SafeText.show($0))" } ?? ""
    return ([run["failure"]?.shown ?? "", dry, retry] + (run["warnings"]?.strings ?? [])).filter { !$0.isEmpty }
      .joined(separator: "; ")
  }
}

/// Points of time for tables: to the second, in UTC.
enum Moment {
  static func text(_ rfc3339: String?) -> String {
    guard let rfc3339, rfc3339.count >= 19 else { return rfc3339 ?? "" }
    return rfc3339.prefix(10) + " " + rfc3339.dropFirst(11).prefix(8)
  }
}
