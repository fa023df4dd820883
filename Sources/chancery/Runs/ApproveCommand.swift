import ArgumentParser
import Encodings

/// `approve RUN` and `refuse RUN`.
struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Agree that the request which a run waits with leaves.",
    discussion: """
      `chancery log RUN` shows the request. The answer counts for exactly that one: should it change, it does not leave. \
      Whoever started the run cannot approve it.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  func run() async throws { try await ApprovalAnswer.send("approve", to: runID, client) }
}

struct RefuseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse",
    abstract: "Refuse the request which a run waits with; the run takes the step's failure edge.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  func run() async throws { try await ApprovalAnswer.send("refuse", to: runID, client) }
}

private enum ApprovalAnswer {
  static func send(_ answer: String, to runID: String, _ client: ClientOptions) async throws {
    try await APIClient.connect(client) { api in
      let path = APIPath("api", "approvals", runID)
      let question = try await api.send(.GET, path).json(api.address)
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("answer")
      writer.string(answer)
      writer.key("commitment")
      writer.string(question["commitment"]?.string ?? "")
      writer.endObject()
      _ = try await api.send(.POST, path, body: writer.finish(), expecting: [204])
      let step = SafeText.show(question["step"]?.string ?? "")
      Terminal.output.line("run \(SafeText.show(runID)), step \(step): \(answer == "approve" ? "approved" : "refused")")
    }
  }
}
