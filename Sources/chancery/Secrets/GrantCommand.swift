import ArgumentParser
import Encodings
import NamedKeys

/// `grant RUNBOOK [SECRET]`
struct GrantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Let a runbook use the secrets and named keys that it names, and show where each may go.",
    discussion: """
      A grant is bound to the runbook's steps and methods as they are now: after a change it is suspended until somebody \
      with the capability `grant` gives it again.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: "The runbook's id or name.")
  var runbook: String

  @Argument(
    help: ArgumentHelp(
      "One secret (kv/openai) or operation of a key (keys/deploy#sign). Without it, all that the runbook names.",
      valueName: "secret"))
  var secret: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let secret = try self.secret.map(GrantPath.read)
    var writer = JSONWriter()
    writer.beginObject()
    if let secret {
      writer.key("secret")
      writer.string(secret)
    }
    writer.endObject()
    let body = writer.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, APIPath("api", "runbooks", runbook, "grants"), body: body)
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let granted = try answer.json(api.address)["granted"]?.items ?? []
      guard !granted.isEmpty else {
        return Terminal.output.line("the runbook names no secret and no key; nothing was granted")
      }
      for item in granted { Terminal.output.line(SafeText.show(GrantText.line(item))) }
    }
  }
}

/// What can be granted, as it is written.
private enum GrantPath {
  /// Reads `kv/openai` or `keys/deploy#sign`. Throws `usage`.
  static func read(_ text: String) throws(CommandFailure) -> String {
    if let use = KeyUse(text) { return use.text }
    guard text.hasPrefix("keys/") else { return try SecretPath.read(text).text }
    throw CommandFailure(
      .usage, "this is no operation of a named key",
      remedy: "Write keys/NAME#OPERATION, with one of \(KeyOperation.allCases.map(\.rawValue).joined(separator: ", "))."
    )
  }
}

/// `grants RUNBOOK`
struct GrantsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants", abstract: "List what a runbook was granted: secrets and operations of named keys.",
    discussion: "A grant is suspended where the runbook was changed after it; `chancery grant` renews it.")

  @OptionGroup var client: ClientOptions

  @Argument(help: "The runbook's id or name.")
  var runbook: String

  @OptionGroup var json: JSONOption

  func run() async throws {
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, APIPath("api", "runbooks", runbook))
      let grants = try answer.json(api.address)["grants"]?.items ?? []
      guard !json.isOn else { return Terminal.output.write(GrantText.json(grants) + [0x0A]) }
      guard !grants.isEmpty else {
        return Terminal.output.line(
          "nothing is granted; `chancery grant \(SafeText.show(runbook))` grants what it names")
      }
      var table = Table(["GRANTED", "STATE", "HOSTS"])
      for grant in grants {
        table.add([
          grant["secret"]?.shown ?? "", grant["state"]?.shown ?? "",
          (grant["hosts"]?.strings ?? []).joined(separator: ", "),
        ])
      }
      table.write(to: .output)
    }
  }
}
