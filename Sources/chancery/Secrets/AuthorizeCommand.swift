import ArgumentParser
import Encodings

/// `authorize INTEGRATION`: a person's yes at an authorisation server.
struct AuthorizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "authorize",
    abstract: "Authorise an integration at its authorisation server (OAuth 2 with the grant authorization_code).",
    discussion: """
      Prints the address to open in a browser. After you said yes there, the browser is sent to the integration's \
      redirect_uri, where nothing needs to answer: copy that address out of the browser, and enter it here. It comes from \
      standard input, or at a terminal from a prompt without echo. What it holds is used once, within ten minutes.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: "The integration's id or name.")
  var integration: String

  func run() async throws {
    try await APIClient.connect(client) { api in
      let begun = try await api.send(
        .POST, APIPath("api", "integrations", integration, "authorize"), body: nil, expecting: [200]
      ).json(api.address)
      guard let url = begun["url"]?.string else {
        throw CommandFailure(.unavailable, "the service did not name the address to open")
      }
      Terminal.output.line("open this address in a browser, and say yes there:\n  \(SafeText.show(url))")
      let redirect = try SecretValue.fromInput(prompt: "the address that you were sent to", limit: 16 << 10)
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("redirect")
      writer.string(redirect)
      writer.endObject()
      _ = try await api.send(
        .POST, APIPath("api", "integrations", integration, "authorized"), body: writer.finish(), expecting: [204])
      Terminal.output.line("\(SafeText.show(integration)) is authorised")
    }
  }
}
