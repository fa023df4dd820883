import ArgumentParser

/// `operator rotate`
struct OperatorRotateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Begin a new term of the keyring: new values are sealed under it, older ones still open.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await APIClient.connect(client) { api in
      _ = try await api.send(.PUT, APIPath("v1", "sys", "rotate"), expecting: [200, 204])
      let answer = try await api.send(.GET, APIPath("v1", "sys", "key-status"))
      let term = try answer.json(api.address)["data"]?["term"]?.shown ?? "?"
      Terminal.output.line("the keyring's term is now \(SafeText.show(term))")
    }
  }
}
