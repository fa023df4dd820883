import ArgumentParser
import Encodings

/// `user`: the persons who may log in with a password.
struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Persons who may log in with a password.",
    subcommands: [Put.self, List.self, Show.self, Delete.self])

  private static func path(_ rest: String...) -> APIPath { APIPath(["v1", "auth", "userpass", "users"] + rest) }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a login, or change one.",
      discussion: """
        A new login needs a password: at a terminal it is asked for without echo, else it is all of standard input without \
        one line feed at its end. A changed password or other policies revoke the person's tokens.
        """)

    @OptionGroup var client: ClientOptions

    @Option(
      name: .customLong("policy"),
      help: ArgumentHelp("A policy of the person's tokens. Repeatable; what they allow adds up.", valueName: "name"))
    var policies: [String] = []

    @Option(
      help: ArgumentHelp("How long a token of the person lives; 8h where nothing is said.", valueName: "duration"))
    var ttl: String?

    @Option(help: ArgumentHelp("Where mails to the person go; empty for nowhere.", valueName: "address"))
    var email: String?

    @Flag(inversion: .prefixedNo, help: "Tell the person of failed runs (`chancery notifications`).")
    var errorNotifications: Bool?

    @Flag(help: "Leave the password as it is.")
    var keepPassword = false

    @Argument(help: "The name to log in by.")
    var name: String

    func run() async throws {
      let password =
        keepPassword ? nil : try SecretValue.fromInput(prompt: "new password of \(name)", limit: 4096)
      let body = requestBody(password)
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, UserCommand.path(name), body: body, expecting: [200, 204])
        Terminal.output.line(SafeText.show("\(name) can log in"))
      }
    }

    private func requestBody(_ password: String?) -> [UInt8] {
      var writer = JSONWriter()
      writer.beginObject()
      if let password {
        writer.key("password")
        writer.string(password)
      }
      if !policies.isEmpty {
        writer.key("token_policies")
        writer.beginArray()
        for policy in policies { writer.string(policy) }
        writer.endArray()
      }
      if let ttl {
        writer.key("token_ttl")
        writer.string(ttl)
      }
      if let email {
        writer.key("email")
        writer.string(email)
      }
      if let errorNotifications {
        writer.key("error_notifications")
        writer.bool(errorNotifications)
      }
      writer.endObject()
      return writer.finish()
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the persons who may log in.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.exchange(
          .GET, APIPath("v1", "auth", "userpass", "users", query: [("list", "true")]))
        if answer.status == 404 { return Terminal.errors.line("there are no users") }
        guard answer.status == 200 else { throw answer.failure(address: api.address) }
        for name in try answer.json(api.address)["data"]?["keys"]?.strings ?? [] {
          Terminal.output.line(SafeText.show(name))
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a person may.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The person's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.exchange(.GET, UserCommand.path(name))
        if answer.status == 404 { throw CommandFailure(.notSo, "there is no user \(name)") }
        guard answer.status == 200 else { throw answer.failure(address: api.address) }
        let data = try answer.json(api.address)["data"]
        var table = Table(["ENTITY", "POLICIES", "TOKENS LIVE"])
        table.add([
          data?["entity_id"]?.shown ?? "", (data?["policies"]?.strings ?? []).joined(separator: ", "),
          Span.text((data?["token_ttl"]?.integer ?? 0) * 1_000),
        ])
        table.write(to: .output)
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a login, and revoke the person's tokens with all that they made.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The person's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.DELETE, UserCommand.path(name), expecting: [200, 204])
        Terminal.output.line(SafeText.show("\(name) cannot log in any more"))
      }
    }
  }
}
