import ArgumentParser
import Encodings

/// `start RUNBOOK`: one run.
struct StartCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Start a runbook.",
    discussion: """
      With --follow, shows the run's log as it is written and ends with its result: exit code 0 where it succeeded, 1 \
      where it failed or was cancelled. Interrupting this command does not touch the run.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
  var name: String

  @Option(
    help: ArgumentHelp(
      "A file with the payload, a JSON value, in the place of a webhook's body; - is standard input.",
      valueName: "file"),
    completion: .file())
  var input: String?

  @Flag(help: "Show the log live and end with the run's result.")
  var follow = false

  @OptionGroup var json: JSONOption

  func run() async throws {
    let body = try requestBody()
    try await APIClient.connect(client) { api in
      let path = APIPath("api", "runbooks", name, "start")
      let answer = try await api.send(.POST, path, body: body, expecting: [200, 202])
      guard let run = try answer.json(api.address)["run_id"]?.string else {
        throw CommandFailure(.unavailable, "the service did not name the run that it started")
      }
      if json.isOn { Terminal.output.write(answer.body + [0x0A]) }
      guard follow else {
        if !json.isOn { Terminal.output.line("started run \(run)\n  chancery log \(run) --follow") }
        return
      }
      if !json.isOn { Terminal.output.line("started run \(run)") }
      try await RunFollowing(api: api, run: run).show(asJSON: json.isOn)
    }
  }

  private func requestBody() throws(CommandFailure) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let input {
      // The request around the payload has to stay below the same limit.
      let payload = try InputFile.read(input, limit: (1 << 20) - 1024)
      do throws(JSONFault) {
        _ = try JSONTape(payload)
      } catch {
        throw CommandFailure(.usage, "\(input == "-" ? "standard input" : input):\(error.message(in: payload))")
      }
      writer.key("payload")
      writer.raw(payload)
    }
    writer.endObject()
    return writer.finish()
  }
}
