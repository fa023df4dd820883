import ArgumentParser

/// `runbook enable|disable|pause|resume|await|stats|kept|delete NAME`.
struct RunbookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runbook",
    abstract: "Enable, disable, pause or delete a runbook, see its figures and what it keeps, await a key.",
    subcommands: [
      Enable.self, Disable.self, Pause.self, Resume.self, Await.self, Stats.self, Kept.self, Delete.self,
    ])

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a runbook start again. What stands in the way is named.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await Standing.change(.runbook, name, .enable, client) }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a runbook from starting. Its public endpoint answers as if there were none.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await Standing.change(.runbook, name, .disable, client) }
  }
}

extension RunbookCommand {
  /// `runbook await NAME`.
  struct Await: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a runbook's endpoint take its key from the sender's handshake, once, within ten minutes.",
      discussion: """
        For senders such as Asana, whose first request brings the key in the clear. A key that is there is never \
        replaced; remove it with `chancery set RUNBOOK auth key --clear`.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.POST, APIPath("api", "runbooks", name, "await"))
        let end = try answer.json(api.address)["awaits_key_until"]?.shown ?? ""
        Terminal.output.line("the endpoint takes the key of the next handshake, until \(SafeText.show(end))")
      }
    }
  }
}
