import ArgumentParser
import Encodings

/// `replay RUN`.
struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Decide a recorded run anew, and say whether the decisions are the same.",
    discussion: """
      Conditions, iterations, outputs and edges are decided again over the recorded request and the recorded answers, \
      with the runbook as it is now. Nothing is sent and no run is made. Exit code 0: all is the same; 1: the first \
      difference is shown, by names.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  @Flag(help: "Use the documents that the run was pinned to, not those of now.")
  var pinned = false

  @OptionGroup var json: JSONOption

  func run() async throws {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("pinned")
    writer.bool(pinned)
    writer.endObject()
    let body = writer.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, APIPath("api", "runs", runID, "replay"), body: body)
      let view = try answer.json(api.address)
      if json.isOn { Terminal.output.write(answer.body + [0x0A]) }
      let events = view["events"]?.integer ?? 0
      guard let difference = view["difference"], view["same"]?.bool != true else {
        if !json.isOn { Terminal.output.line("the same: \(Count.text(events, "event"))") }
        return
      }
      if !json.isOn {
        Terminal.output.line(
          "differs at event \(difference["seq"]?.integer ?? 0)\n"
            + "  recorded: \(SafeText.show(difference["recorded"]?.shown ?? ""))\n"
            + "  now:      \(SafeText.show(difference["now"]?.shown ?? ""))")
      }
      throw ExitCode(CommandFailure.Outcome.notSo.rawValue)
    }
  }
}
