import ArgumentParser
import Encodings

/// `start RUNBOOK`: one run.
struct StartCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Start a runbook, or try it out without any effect.",
    discussion: """
      With --dry-run nothing leaves: no call, no mail, no child run, no change of anything that runs keep. Requests are \
      shown as they would be sent, without token and signature. A call is answered with what --responses gives for its \
      step ({"STEP": {"status": 200, "body": …}}, or STEP/VISIT), or with what run --replay was answered; without an \
      answer the step takes its failure edge with the reason dry-run. Approvals count as given, waits are over at once.

      With --follow, shows the run's log as it is written and ends with its result: exit code 0 where it succeeded, 1 \
      where it failed or was cancelled. Interrupting this command does not touch the run.

      With --idempotency-key, a command that is repeated because its answer was lost starts nothing again: it names the run \
      that the first one started, and follows that.
      """,
    aliases: ["run"])

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

  @Flag(help: "Show what would happen; nothing leaves the service.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("A file with the answers of a dry run, by step; - is standard input.", valueName: "file"),
    completion: .file())
  var responses: String?

  @Option(help: ArgumentHelp("A run whose recorded answers a dry run takes.", valueName: "run"))
  var replay: String?

  @OptionGroup var order: OrderOptions

  @OptionGroup var json: JSONOption

  func validate() throws {
    guard !dryRun || order.text == nil else {
      throw ValidationError("--idempotency-key does not belong to --dry-run, which can be repeated")
    }
    guard dryRun || (responses == nil && replay == nil) else {
      throw ValidationError("--responses and --replay belong to --dry-run")
    }
    guard responses == nil || replay == nil else {
      throw ValidationError("--responses and --replay cannot be used together")
    }
  }

  func run() async throws {
    if dryRun { return try await runDry() }
    let body = try requestBody()
    let key = try order.key()
    try await APIClient.connect(client) { api in
      let path = APIPath("api", "runbooks", name, "start")
      let answer = try await api.send(.POST, path, body: body, order: key, expecting: [200, 202])
      let view = try answer.json(api.address)
      guard let run = view["run_id"]?.string else {
        throw CommandFailure(.unavailable, "the service did not name the run that it started")
      }
      if json.isOn { Terminal.output.write(answer.body + [0x0A]) }
      let said =
        view["duplicate"]?.bool == true
        ? "run \(run) was started before with this idempotency key" : "started run \(run)"
      guard follow else {
        if !json.isOn { Terminal.output.line("\(said)\n  chancery log \(run) --follow") }
        return
      }
      if !json.isOn { Terminal.output.line(said) }
      try await RunFollowing(api: api, run: run).show(asJSON: json.isOn)
    }
  }

  private func requestBody() throws(CommandFailure) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let input {
      writer.key("payload")
      writer.raw(try Self.json(input))
    }
    writer.endObject()
    return writer.finish()
  }

  /// A file's JSON value. The request around it has to stay below the service's limit.
  private static func json(_ file: String) throws(CommandFailure) -> [UInt8] {
    let text = try InputFile.read(file, limit: (1 << 20) - 1024)
    do throws(JSONFault) {
      _ = try JSONTape(text)
    } catch {
      throw CommandFailure(.usage, "\(file == "-" ? "standard input" : file):\(error.message(in: text))")
    }
    return text
  }

  private func runDry() async throws {
    let order = DryRunOrder(
      payload: try input.map { file throws(CommandFailure) in try Self.json(file) },
      responses: try responses.map { file throws(CommandFailure) in try Self.json(file) }, replay: replay)
    try await APIClient.connect(client) { api in try await order.send(name, asJSON: json.isOn, api) }
  }
}
