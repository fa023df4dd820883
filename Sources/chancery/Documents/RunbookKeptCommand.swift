import ArgumentParser

extension RunbookCommand {
  /// `runbook kept NAME [--clear VARIABLE]`.
  struct Kept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the variables that are kept for a runbook's next run (`persist`), or clear one.",
      discussion: """
        Which, since when, and about how large; a value is shown to nobody. What is cleared is gone: the next run begins \
        with what the document says. A run under way still has what it began with, and leaves it where its steps set the \
        variable: pause the runbook first, or wait for its runs.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    @Option(help: ArgumentHelp("Clear this variable.", valueName: "variable"))
    var clear: String?

    @OptionGroup var json: JSONOption

    func run() async throws {
      try await APIClient.connect(client) { api in
        if let clear {
          _ = try await api.send(.DELETE, APIPath("api", "runbooks", name, "kept", clear), expecting: [204])
          Terminal.output.line("cleared the kept variable \(SafeText.show(clear))")
          return
        }
        let answer = try await api.send(.GET, APIPath("api", "runbooks", name, "kept"))
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        var table = Table(["VARIABLE", "KEPT (UTC)", "BYTES", "NOTE"], rightAligned: [2])
        for kept in try answer.json(api.address)["kept"]?.items ?? [] {
          let time = Moment.text(kept["kept_at"]?.string)
          table.add([
            kept["name"]?.shown ?? "", time.isEmpty ? "by an earlier release" : time, kept["size_class"]?.shown ?? "",
            kept["is_used"]?.bool == true ? "" : "not kept by the runbook as it is now",
          ])
        }
        table.write(to: .output)
      }
    }
  }
}
