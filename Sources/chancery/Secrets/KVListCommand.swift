import ArgumentParser

/// `kv list [PREFIX]`
struct KVListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the secrets below a folder, one level; folders end in a slash.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var json: JSONOption

  @Argument(help: ArgumentHelp("A folder, such as kv/team. Without one, all of the store.", valueName: "prefix"))
  var prefix: String?

  func run() async throws {
    let folder = try folder()
    let path = APIPath(["v1", SecretPath.mount, "metadata"] + folder, query: [(name: "list", value: "true")])
    let shown = ([SecretPath.mount] + folder).joined(separator: "/") + "/"
    try await APIClient.connect(client) { api in
      let answer = try await api.exchange(.GET, path)
      if answer.status == 404 { throw CommandFailure(.notSo, "there is nothing below \(shown)") }
      guard answer.status == 200 else { throw answer.failure(address: api.address) }
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      for key in try answer.json(api.address)["data"]?["keys"]?.strings ?? [] {
        Terminal.output.line(SafeText.show(shown + key))
      }
    }
  }

  /// The segments below the mount.
  private func folder() throws(CommandFailure) -> [String] {
    guard var text = prefix else { return [] }
    if text.hasSuffix("/") { text.removeLast() }
    guard text != SecretPath.mount else { return [] }
    return Array(try SecretPath.read(text).segments.dropFirst())
  }
}
