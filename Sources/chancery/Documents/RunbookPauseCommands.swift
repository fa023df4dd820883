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

    func run() async throws { try await Standing.change(.runbook, name, .pause, client) }
  }

  /// `runbook resume NAME`.
  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the runs of a paused runbook go on, in their order.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await Standing.change(.runbook, name, .resume, client) }
  }
}
