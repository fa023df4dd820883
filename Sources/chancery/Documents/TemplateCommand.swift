import ArgumentParser

/// `template delete NAME`.
struct TemplateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "Delete a mail template.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a mail template and its earlier saves.",
      discussion: "Refused while a runbook names it: `chancery export RUNBOOK` shows where.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The template's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.DELETE, APIPath("api", "templates", name), expecting: [204])
        Terminal.output.line("deleted the template \(SafeText.show(name))")
      }
    }
  }
}
