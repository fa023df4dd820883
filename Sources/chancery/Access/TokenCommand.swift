import ArgumentParser
import Encodings

/// `token`: making and giving up tokens.
struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make a token, or give up your own.", subcommands: [Create.self, RevokeSelf.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token and print it, this once.",
      discussion: """
        Standard output holds the token alone, so that it can be put where it belongs; what it may and how long it lives \
        goes to standard error.
        """)

    @OptionGroup var client: ClientOptions

    @Option(
      name: .customLong("policy"),
      help: ArgumentHelp("A policy of the token. Repeatable; what they allow adds up.", valueName: "name"))
    var policies: [String]

    @Option(help: ArgumentHelp("How long it lives, such as 30m, 1h or 24h.", valueName: "duration"))
    var ttl: String?

    @Option(help: ArgumentHelp("How often it can be used.", valueName: "number"))
    var uses: Int?

    @Option(help: ArgumentHelp("What lists and the ledger call it.", valueName: "text"))
    var name: String?

    @OptionGroup var json: JSONOption

    func validate() throws {
      guard !policies.isEmpty else { throw ValidationError("name at least one policy with --policy") }
      if let uses, uses < 1 { throw ValidationError("--uses is a number from 1 on") }
    }

    func run() async throws {
      let body = requestBody()
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.POST, APIPath("v1", "auth", "token", "create"), body: body)
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let view = try answer.json(api.address)
        for warning in view["warnings"]?.strings ?? [] { Terminal.errors.line(SafeText.show("warning: \(warning)")) }
        let auth = view["auth"]
        guard let token = auth?["client_token"]?.string else {
          throw CommandFailure(.unavailable, "the service did not answer with a token")
        }
        let seconds = auth?["lease_duration"]?.integer ?? 0
        let policies = (auth?["policies"]?.strings ?? []).joined(separator: ", ")
        let life = seconds > 0 ? Self.life(seconds) : "without end"
        Terminal.errors.line(
          SafeText.show("policies \(policies); lives \(life); accessor \(auth?["accessor"]?.shown ?? "")"))
        Terminal.output.line(SafeText.show(token))
      }
    }

    /// The answer counts what is left, a moment after the order: rounded up to what was ordered.
    private static func life(_ seconds: Int) -> String {
      seconds < 60 ? "\(seconds) s" : Span.text((seconds + 59) / 60 * 60_000)
    }

    private func requestBody() -> [UInt8] {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("policies")
      writer.beginArray()
      for policy in policies { writer.string(policy) }
      writer.endArray()
      if let ttl {
        writer.key("ttl")
        writer.string(ttl)
      }
      if let uses {
        writer.key("num_uses")
        writer.integer(Int64(uses))
      }
      if let name {
        writer.key("display_name")
        writer.string(name)
      }
      writer.endObject()
      return writer.finish()
    }
  }

  struct RevokeSelf: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke-self", abstract: "Revoke the token that this command uses, with all that it made.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, APIPath("v1", "auth", "token", "revoke-self"), expecting: [200, 204])
        Terminal.output.line("the token is revoked")
      }
    }
  }
}
