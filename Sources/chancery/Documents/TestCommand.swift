import ArgumentParser
import Encodings

/// `test INTEGRATION/METHOD`: one real request.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Try a method out: sends its real request, and shows the answer as you may see it.",
    discussion: """
      The request goes through the guard with the method's own authorisation. Secrets of the store are used by the right \
      of a runbook that calls the method and has been granted them. Of an encrypted answer only names and types are shown.

      The exit code is 1 where no answer came, or one outside 200 to 299.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("INTEGRATION/METHOD.", valueName: "method"))
  var target: String

  @Option(
    name: .customLong("variable"),
    help: ArgumentHelp(
      "A value for a placeholder: JSON, or else a text. For <<ticket^id>>, and other parts of a record, the request or a "
        + "failure, it is all of it: ticket={\"id\":1}.", valueName: "name=value"))
  var variables: [String] = []

  @Option(
    name: .customLong("secret-variable"),
    help: ArgumentHelp(
      "A placeholder whose value comes from standard input, one line for each in their order, or from a prompt; it is "
        + "masked in what is shown.", valueName: "name"))
  var secretVariables: [String] = []

  @OptionGroup var json: JSONOption

  func run() async throws {
    let parts = target.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw CommandFailure(.usage, "the method is written INTEGRATION/METHOD")
    }
    let body = try requestBody()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(
        .POST, APIPath("api", "methods", parts[0], parts[1], "test"), body: body, with: .others)
      let view = try answer.json(api.address)
      if json.isOn {
        Terminal.output.write(answer.body + [0x0A])
      } else {
        show(view)
      }
      if let failure = view["failure"]?.string {
        throw CommandFailure(
          .notSo, "\(SafeText.show(failure)): \(SafeText.show(view["sentence"]?.string ?? ""))",
          remedy: failure == "unresolved" ? Self.standIns : nil)
      }
    }
  }

  private static let standIns =
    "A test has no run: give it each value that it needs with --variable NAME=VALUE, or --secret-variable NAME."

  private func show(_ view: JSONView) {
    if let status = view["status"]?.integer {
      Terminal.output.line("status \(status) after \(view["duration_ms"]?.integer ?? 0) ms")
    }
    for (key, title) in [("headers", "headers"), ("body", "body"), ("shape", "shape of the encrypted body")] {
      guard let text = view[key]?.string else { continue }
      Terminal.output.line("\(title):\n  \(SafeText.show(text))")
    }
    for output in view["outputs"]?.items ?? [] {
      let origins = (output["origins"]?.items ?? []).compactMap(\.string)
      let words = origins.isEmpty ? "" : "  (\(SafeText.show(origins.joined(separator: "; "))))"
      Terminal.output.line(
        "output \(SafeText.show(output["name"]?.string ?? "")) = "
          + SafeText.show(output["value"]?.string ?? "") + words)
    }
  }

  private func requestBody() throws(CommandFailure) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("variables")
    writer.beginObject()
    for variable in variables {
      let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw CommandFailure(.usage, "--variable is written NAME=VALUE")
      }
      writer.key(String(parts[0]))
      let value = Array(parts[1].utf8)
      if (try? JSONTape(value)) != nil { writer.raw(value) } else { writer.string(String(parts[1])) }
    }
    writer.endObject()
    writer.key("secret_variables")
    writer.beginObject()
    if !secretVariables.isEmpty {
      let input = try SecretValue.fromInput(
        prompt: "the value of \(secretVariables.joined(separator: ", "))", limit: 64 << 10)
      let values =
        secretVariables.count == 1 ? [input[...]] : input.split(separator: "\n", omittingEmptySubsequences: false)
      guard values.count == secretVariables.count else {
        throw CommandFailure(.usage, "standard input has \(values.count) lines for \(secretVariables.count) variables")
      }
      for (name, value) in zip(secretVariables, values) {
        writer.key(name)
        writer.string(String(value))
      }
    }
    writer.endObject()
    writer.endObject()
    return writer.finish()
  }
}
