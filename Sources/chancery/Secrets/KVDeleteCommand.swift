import ArgumentParser

/// `kv delete PATH`
struct KVDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete a secret with all of its versions.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("Where the secret is kept, such as kv/openai.", valueName: "path"))
  var path: String

  func run() async throws {
    let path = try SecretPath.read(path)
    let route = SecretPath.metadata(path)
    try await APIClient.connect(client) { api in
      let answer = try await api.exchange(.DELETE, route)
      if answer.status == 404 { throw CommandFailure(.notSo, "there is no secret \(path.text)") }
      guard answer.status == 204 else { throw answer.failure(address: api.address) }
      Terminal.output.line("\(path.text) is deleted, with all of its versions")
    }
  }
}
