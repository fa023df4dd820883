import ArgumentParser

extension RunbookCommand {
  /// `runbook pause NAME`.
  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let no run of a runbook begin, and those under way stop at their next step.",
      discussion: """
        Starts are taken and wait in their order. A call that is out is finished and recorded. Schedules start nothing \
        meanwhile: their missed starts are counted, and made up for by one when the runbook goes on. A restart of the \
        service changes nothing of it.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await RunbookPausing.send("pause", name, client) }
  }

  /// `runbook resume NAME`.
  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the runs of a paused runbook go on, in their order.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await RunbookPausing.send("resume", name, client) }
  }
}

private enum RunbookPausing {
  static func send(_ verb: String, _ name: String, _ options: ClientOptions) async throws {
    try await APIClient.connect(options) { api in
      let view = try await api.send(.POST, APIPath("api", "runbooks", name, verb)).json(api.address)
      let state = view["is_paused"]?.bool == true ? "paused" : "not paused"
      Terminal.output.line("runbook \(SafeText.show(view["id"]?.shown ?? name)) is \(state)")
    }
  }
}
