import ArgumentParser
import Encodings

/// `login`: getting a token and keeping it.
struct LoginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "login",
    abstract: "Log in, and keep the token for the commands that follow.",
    discussion: """
      With --user, asks for the password (at a terminal without echo, else it is all of standard input without one line \
      feed at its end). Without, takes a token in the same way and asks the service whether it lives.

      The token is kept in .chancery-token in the home folder, readable by its owner alone, and sent to this one service \
      only. CHANCERY_TOKEN and --token-file go before it. `chancery logout` revokes and removes it.
      """)

  @Option(
    help: ArgumentHelp("The service's address. Else CHANCERY_ADDR, else http://127.0.0.1:8200.", valueName: "url"))
  var address: String?

  @Option(help: ArgumentHelp("The name to log in by.", valueName: "name"))
  var user: String?

  func run() async throws {
    guard let file = TokenFile.standard else {
      throw CommandFailure(.usage, "there is no home folder to keep the token in", remedy: "Set HOME.")
    }
    var options = ClientOptions()
    options.address = address
    let secret = try SecretValue.fromInput(prompt: user.map { "password of \($0)" } ?? "token", limit: 4096)
    let token: String
    let words: String
    if let user {
      (token, words) = try await Self.byPassword(user, secret, options)
    } else {
      (token, words) = try await Self.byToken(secret, options)
    }
    let place = try ServiceAddress(options.effectiveAddress)
    try file.write(token, for: place)
    Terminal.output.line(SafeText.show("logged in to \(place.text) as \(words)"))
  }

  private static func byPassword(
    _ user: String, _ password: String, _ options: ClientOptions
  ) async throws -> (token: String, words: String) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("password")
    writer.string(password)
    writer.endObject()
    let body = writer.finish()
    return try await APIClient.connect(options, as: .nobody) { api in
      let answer = try await api.exchange(.POST, APIPath("v1", "auth", "userpass", "login", user), body: body)
      guard answer.status != 400 else { throw CommandFailure(.notSo, "the name or the password is wrong") }
      guard answer.status == 200 else { throw answer.failure(address: api.address) }
      let auth = try answer.json(api.address)["auth"]
      guard let token = auth?["client_token"]?.string else {
        throw CommandFailure(.unavailable, "the service did not answer with a token")
      }
      let seconds = auth?["lease_duration"]?.integer ?? 0
      let policies = (auth?["policies"]?.strings ?? []).joined(separator: ", ")
      return (token, "\(user); policies \(policies); for \(Span.text((seconds + 59) / 60 * 60_000))")
    }
  }

  private static func byToken(
    _ token: String, _ options: ClientOptions
  ) async throws -> (token: String, words: String) {
    try await APIClient.connect(options, as: .bearer(token)) { api in
      let answer = try await api.send(.GET, APIPath("v1", "auth", "token", "lookup-self"))
      let data = try answer.json(api.address)["data"]
      let policies = (data?["policies"]?.strings ?? []).joined(separator: ", ")
      return (token, "\(data?["entity_id"]?.shown ?? "?"); policies \(policies)")
    }
  }
}

/// `logout`
struct LogoutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Revoke the token of `login` with all that it made, and remove it.")

  @Option(
    help: ArgumentHelp("The service's address. Else CHANCERY_ADDR, else http://127.0.0.1:8200.", valueName: "url"))
  var address: String?

  func run() async throws {
    var options = ClientOptions()
    options.address = address
    let place = try ServiceAddress(options.effectiveAddress)
    guard let file = TokenFile.standard, let token = try file.token(for: place) else {
      return Terminal.output.line("nobody is logged in")
    }
    try await APIClient.connect(options, as: .bearer(token)) { api in
      let answer = try await api.exchange(.POST, APIPath("v1", "auth", "token", "revoke-self"))
      // 403: it has expired or was revoked already.
      guard [200, 204, 403].contains(answer.status) else { throw answer.failure(address: api.address) }
    }
    _ = try file.remove()
    Terminal.output.line("logged out of \(place.text)")
  }
}
