import ArgumentParser
import Encodings

/// `grant RUNBOOK [SECRET]`
struct GrantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Let a runbook read the secrets that it names, and show where each may go.",
    discussion: """
      A grant is bound to the runbook's steps and methods as they are now: after a change it is suspended until somebody \
      with the capability `grant` gives it again.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: "The runbook's id or name.")
  var runbook: String

  @Argument(
    help: ArgumentHelp("One secret, such as kv/openai. Without it, all that the runbook names.", valueName: "secret"))
  var secret: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let secret = try self.secret.map(SecretPath.read)
    var writer = JSONWriter()
    writer.beginObject()
    if let secret {
      writer.key("secret")
      writer.string(secret.text)
    }
    writer.endObject()
    let body = writer.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, APIPath("api", "runbooks", runbook, "grants"), body: body)
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let granted = try answer.json(api.address)["granted"]?.items ?? []
      guard !granted.isEmpty else { return Terminal.output.line("the runbook names no secret; nothing was granted") }
      for item in granted { Terminal.output.line(SafeText.show(GrantText.line(item))) }
    }
  }
}
