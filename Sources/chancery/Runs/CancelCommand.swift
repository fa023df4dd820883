import ArgumentParser

/// `cancel RUN`.
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Cancel a run. A call that is out is waited for; none follows.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  func run() async throws {
    try await APIClient.connect(client) { api in
      _ = try await api.send(.POST, APIPath("api", "runs", runID, "cancel"), expecting: [200, 202])
      Terminal.output.line("run \(SafeText.show(runID)) is being cancelled")
    }
  }
}
