import ArgumentParser

/// `operator status`
struct OperatorStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell whether the service is initialised and open.",
    discussion: "Exit code 0: open; 1: not initialised; 3: sealed, or not reachable.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    try await APIClient.connect(client, as: .nobody) { api in
      let answer = try await api.send(.GET, APIPath("v1", "sys", "seal-status"))
      let view = try answer.json(api.address)
      let isInitialised = view["initialized"]?.bool == true
      let isSealed = view["sealed"]?.bool != false
      if json.isOn {
        Terminal.output.write(answer.body + [0x0A])
      } else {
        let type = view["type"]?.string ?? ""
        Terminal.output.line("initialised  \(isInitialised ? "yes" : "no")")
        Terminal.output.line("sealed       \(isSealed ? "yes" : "no")")
        if !type.isEmpty { Terminal.output.line("seal         \(SafeText.show(type))") }
      }
      guard isInitialised else { throw ExitCode(CommandFailure.Outcome.notSo.rawValue) }
      if isSealed { throw ExitCode(CommandFailure.Outcome.unavailable.rawValue) }
    }
  }
}
