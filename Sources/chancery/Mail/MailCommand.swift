import ArgumentParser
import Encodings

/// `mail`: the server that mails of failed runs leave by.
struct MailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mail", abstract: "The server that takes mails of failed runs.",
    subcommands: [Set.self, Show.self, Test.self, Delete.self])

  /// `mail set`.
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which server takes mail, and who logs in there.",
      discussion: """
        With --user the password comes from standard input, without one line feed at its end, or at a terminal from a \
        prompt without echo. It is sealed together with the server's name and port and never shown again: for another \
        server, user or trust it is entered anew. Mails that waited for a server are sent at once.
        """)

    enum Security: String, CaseIterable, ExpressibleByArgument {
      case starttls, tls, none
    }

    @OptionGroup var client: ClientOptions

    @Option(help: "The server's name or address.")
    var host: String

    @Option(help: "Its port: 587 for starttls and 465 for tls are usual.")
    var port: Int

    @Option(help: "starttls: changes to TLS or sends nothing; tls: from the first byte; none: this machine only.")
    var tls: Security

    @Option(help: "Who logs in there; nobody where it is left out.")
    var user: String?

    @Option(help: "Whom the mails are from: one address.")
    var from: String

    @Option(
      help: ArgumentHelp("A PEM file of certificates that are trusted beside the system's.", valueName: "file"),
      completion: .file())
    var trust: String?

    @Flag(help: "Leave the password as it is.")
    var keepPassword = false

    func validate() throws {
      guard (1...65_535).contains(port) else { throw ValidationError("--port is a number from 1 to 65535") }
    }

    func run() async throws {
      let roots = try trust.map { String(decoding: try InputFile.read($0, limit: 32 << 10), as: UTF8.self) }
      let password =
        user == nil || keepPassword
        ? nil : try SecretValue.fromInput(prompt: "password of \(user ?? "") at \(host)", limit: 1_024)
      let body = requestBody(password: password, trust: roots)
      try await APIClient.connect(client) { api in
        _ = try await api.send(.PUT, APIPath("api", "mail"), body: body, expecting: [204])
        Terminal.output.line(SafeText.show("mail goes through \(host):\(port)"))
      }
    }

    private func requestBody(password: String?, trust: String?) -> [UInt8] {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("port")
      writer.integer(Int64(port))
      for (key, text) in [
        ("host", host), ("tls", tls.rawValue), ("user", user), ("from", from), ("trust", trust),
        ("password", password),
      ] as [(String, String?)] {
        guard let text else { continue }
        writer.key(key)
        writer.string(text)
      }
      writer.endObject()
      return writer.finish()
    }
  }

  /// `mail show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the mail server's settings, never its password.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var json: JSONOption

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, APIPath("api", "mail"))
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let view = try answer.json(api.address)
        for key in ["host", "port", "tls", "user", "from"] {
          Terminal.output.line("\(key): \(SafeText.show(view[key]?.shown ?? ""))")
        }
        Terminal.output.line("password: \(view["has_password"]?.bool == true ? "entered" : "none")")
        Terminal.output.line(
          "trust: \(view["trust"]?.string == nil ? "the system's roots" : "roots of its own as well")")
      }
    }
  }

  /// `mail test TO`.
  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send one mail now, and say what the server did.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("Where it goes: one address.", valueName: "to"))
    var recipient: String

    func run() async throws {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("to")
      writer.string(recipient)
      writer.endObject()
      let body = writer.finish()
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, APIPath("api", "mail", "test"), body: body, expecting: [204], with: .others)
        Terminal.output.line(SafeText.show("the server took a mail for \(recipient)"))
      }
    }
  }

  /// `mail delete`.
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete the mail server's settings and password.",
      discussion: "Refused while a runbook asks for mails.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.DELETE, APIPath("api", "mail"), expecting: [204])
        Terminal.output.line("deleted the mail server's settings")
      }
    }
  }
}
