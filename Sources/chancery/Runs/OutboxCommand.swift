import ArgumentParser

/// `outbox`: what failed runs asked for.
struct OutboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox", abstract: "List what failed runs asked for, and what became of it.",
    discussion: """
      `chancery outbox` alone lists; it takes the options of `outbox list`: --runbook, --state, --before, --limit, --json.
      """,
    subcommands: [List.self, Retry.self], defaultSubcommand: List.self)

  /// `outbox list`, which is also `outbox` alone.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the outbox, the newest first.")

    enum State: String, CaseIterable, ExpressibleByArgument {
      case pending, waiting, done, failed
    }

    @OptionGroup var client: ClientOptions

    @Option(
      help: ArgumentHelp(
        "Only what runs of this runbook asked for, by id or name; of a deleted one, by its id.", valueName: "runbook"))
    var runbook: String?

    @Option(help: "Only what is in this state. Waiting: for a part of the service that is not there yet.")
    var state: State?

    @Option(help: "How many, 1 to 500.")
    var limit = 20

    @Option(help: ArgumentHelp("Only items before this place: the page that follows it.", valueName: "place"))
    var before: String?

    @OptionGroup var json: JSONOption

    func validate() throws {
      guard (1...500).contains(limit) else { throw ValidationError("--limit is a number from 1 to 500") }
    }

    func run() async throws {
      var query = [(name: "limit", value: String(limit))]
      if let runbook { query.append((name: "runbook", value: runbook)) }
      if let state { query.append((name: "state", value: state.rawValue)) }
      if let before { query.append((name: "before", value: before)) }
      let path = APIPath("api", "outbox", query: query)
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, path)
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let view = try answer.json(api.address)
        let items = view["items"]?.items ?? []
        guard !items.isEmpty else {
          return Terminal.output.line(before == nil ? "the outbox is empty" : "there is nothing older")
        }
        var table = Table(
          ["ITEM", "ACTION", "RUNBOOK", "STATE", "CREATED (UTC)", "ATTEMPTS", "NOTE"], rightAligned: [5])
        for item in items {
          let due = Moment.text(item["due_at"]?.string)
          let note = [item["problem"]?.shown ?? "", due.isEmpty ? "" : "due \(due)"].filter { !$0.isEmpty }
          table.add([
            item["id"]?.shown ?? "", item["action"]?.shown ?? "", item["runbook_id"]?.shown ?? "",
            item["state"]?.shown ?? "", Moment.text(item["created_at"]?.string), item["attempts"]?.shown ?? "",
            note.joined(separator: ", "),
          ])
        }
        table.write(to: .output)
        if let next = view["next"]?.string {
          var words = ["chancery outbox"]
          if let runbook { words.append("--runbook \(SafeText.show(runbook))") }
          if let state { words.append("--state \(state.rawValue)") }
          words.append("--limit \(limit) --before \(SafeText.show(next))")
          Terminal.output.line("older ones: " + words.joined(separator: " "))
        }
      }
    }
  }

  /// `outbox retry ITEM`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Try an item at once, also one that was given up.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The item, by id.", valueName: "item"))
    var item: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, APIPath("api", "outbox", item, "retry"), expecting: [204])
        Terminal.output.line("\(SafeText.show(item)) is tried again")
      }
    }
  }
}
