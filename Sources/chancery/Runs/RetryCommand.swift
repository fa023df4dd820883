import ArgumentParser
import Encodings

/// `retry RUN`.
struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Repeat a run that has ended, as a new run.",
    discussion: """
      From the failed step, the new run takes over everything that happened before that step, and goes on with it: what \
      was done is not done again. From the start, it begins with the request that the old run was started with. Either \
      way it uses the documents that the old run was pinned to, unless --latest is given, and the secrets as they are \
      now.

      A request that asks for the same under one idempotency key is sent under another one by the new run: the other \
      side does not take it for a repetition.

      With --idempotency-key, a command that is repeated because its answer was lost starts nothing again: it names the run \
      that the first one started, and follows that.
      """)

  enum Beginning: String, CaseIterable, ExpressibleByArgument {
    case start
    case failedStep = "failed-step"
  }

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  @Option(help: "Where the new run begins: start or failed-step.")
  var from: Beginning = .failedStep

  @Flag(help: "Use the documents as they are now.")
  var latest = false

  @Flag(help: "Show the log live and end with the run's result.")
  var follow = false

  @OptionGroup var order: OrderOptions

  @OptionGroup var json: JSONOption

  func run() async throws {
    let key = try order.key()
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("from")
    writer.string(from.rawValue)
    writer.key("latest")
    writer.bool(latest)
    writer.endObject()
    let body = writer.finish()
    try await APIClient.connect(client) { api in
      let path = APIPath("api", "runs", runID, "retry")
      let answer = try await api.send(.POST, path, body: body, order: key, expecting: [200, 202])
      let view = try answer.json(api.address)
      guard let run = view["run_id"]?.string else {
        throw CommandFailure(.unavailable, "the service did not name the run that it started")
      }
      if json.isOn {
        Terminal.output.write(answer.body + [0x0A])
      } else {
        let said =
          view["duplicate"]?.bool == true
          ? "is repeated already, with this idempotency key, by run \(run)" : "is repeated by run \(run)"
        Terminal.output.line(
          "run \(SafeText.show(runID)) \(said)" + (follow ? "" : "\n  chancery log \(run) --follow"))
      }
      if follow { try await RunFollowing(api: api, run: run).show(asJSON: json.isOn) }
    }
  }
}
