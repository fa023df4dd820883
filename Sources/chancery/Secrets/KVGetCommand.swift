import ArgumentParser

/// `kv get PATH [FIELD]`
struct KVGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Read a secret. Each time is an entry in the ledger.",
    discussion: """
      With FIELD, prints that value alone: byte for byte into a file or a pipe, with a line feed and without control \
      characters at a terminal.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var json: JSONOption

  @Argument(help: ArgumentHelp("Where the secret is kept, such as kv/openai.", valueName: "path"))
  var path: String

  @Argument(help: "One field of it.")
  var field: String?

  func run() async throws {
    let path = try SecretPath.read(path)
    try await APIClient.connect(client) { api in
      let answer = try await api.exchange(.GET, SecretPath.data(path))
      if answer.status == 404 { throw CommandFailure(.notSo, "there is no secret \(path.text)") }
      guard answer.status == 200 else { throw answer.failure(address: api.address) }
      let data = try answer.json(api.address)["data"]
      if let field {
        guard let value = data?["data"]?[field]?.string else {
          throw CommandFailure(
            .notSo, "\(path.text) has no field \(field)", remedy: "`chancery kv get \(path.text)` shows all of them.")
        }
        write(value)
      } else if json.isOn {
        Terminal.output.write(answer.body + [0x0A])
      } else {
        write(data)
      }
    }
  }

  private func write(_ value: String) {
    if Terminal.output.isInteractive {
      Terminal.output.line(SafeText.show(value, keepsLines: true))
    } else {
      Terminal.output.write(Array(value.utf8))
    }
  }

  private func write(_ data: JSONView?) {
    var table = Table(["FIELD", "VALUE"])
    for (name, value) in data?["data"]?.members ?? [] { table.add([name, value.shown]) }
    table.write(to: .output)
    let metadata = data?["metadata"]
    let hosts = metadata?["hosts"]?.strings ?? []
    let reach = hosts.isEmpty ? "no hosts named" : "hosts: \(hosts.joined(separator: ", "))"
    Terminal.errors.line(
      SafeText.show(
        "version \(metadata?["version"]?.shown ?? "?") of \(Moment.text(metadata?["created_time"]?.string)) (UTC); \(reach)"
      ))
  }
}
