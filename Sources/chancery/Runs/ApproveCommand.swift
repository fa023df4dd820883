import ArgumentParser
import Encodings

/// `approve RUN --request NAME` and `refuse RUN --request NAME`.
struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Agree that the request which a run waits with leaves.",
    discussion: """
      `chancery log RUN` shows the request, and the name that it has. The answer counts for exactly that one: where the run \
      asks about another one by now, nothing is answered; should it change before it leaves, it does not leave. Whoever \
      started the run cannot approve it.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var answer: ApprovalAnswer

  func run() async throws { try await answer.send("approve", client) }
}

struct RefuseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse",
    abstract: "Refuse the request which a run waits with; the run takes the step's failure edge.",
    discussion: """
      `chancery log RUN` shows the request, and the name that it has. Whoever has agreed can still refuse, as long as the \
      request has not left.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var answer: ApprovalAnswer

  func run() async throws { try await answer.send("refuse", client) }
}

/// Which request is meant: the one that was looked at, not the one that the run asks about by now.
struct ApprovalAnswer: ParsableArguments {
  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  @Option(help: ArgumentHelp("The name of the request, as `chancery log RUN` shows it.", valueName: "name"))
  var request: String

  func validate() throws {
    guard request.count >= RequestName.shortest, request.allSatisfy({ $0.isHexDigit && $0.isASCII }) else {
      throw ValidationError(
        "--request is the name that `chancery log RUN` shows with the request: \(RequestName.shortest) hex digits")
    }
  }

  func send(_ answer: String, _ client: ClientOptions) async throws {
    try await APIClient.connect(client) { api in
      let path = APIPath("api", "approvals", runID)
      let question = try await api.send(.GET, path).json(api.address)
      let commitment = question["commitment"]?.string ?? ""
      guard commitment.hasPrefix(request.lowercased()) else {
        throw CommandFailure(
          .notSo, "the run asks about another request by now", remedy: "`chancery log \(runID)` shows it, and its name."
        )
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("answer")
      writer.string(answer)
      writer.key("commitment")
      writer.string(commitment)
      writer.endObject()
      _ = try await api.send(.POST, path, body: writer.finish(), expecting: [204])
      let step = SafeText.show(question["step"]?.string ?? "")
      Terminal.output.line("run \(SafeText.show(runID)), step \(step): \(answer == "approve" ? "approved" : "refused")")
    }
  }
}

/// What people call a request that waits: the beginning of the commitment to it, long enough that nobody makes another
/// request of the same name.
enum RequestName {
  /// Hex digits: 48 bits, under a key that nobody sees.
  static let shortest = 12

  static func short(_ commitment: String) -> String { String(commitment.prefix(shortest)) }
}
