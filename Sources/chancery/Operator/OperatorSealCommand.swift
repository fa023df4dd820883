import ArgumentParser

/// `operator seal`
struct OperatorSealCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Seal the service: keys are wiped, runs wait, starts are turned away until it is unsealed.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await APIClient.connect(client) { api in
      _ = try await api.send(.PUT, APIPath("v1", "sys", "seal"), expecting: [200, 204])
      Terminal.output.line("the service is sealed")
    }
  }
}
