import ArgumentParser

extension RunbookCommand {
  /// `runbook delete NAME`.
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a runbook with all that belongs to it.",
      discussion: """
        Its earlier saves, grants, entered values, kept variables, schedules and figures go with it. Refused while another \
        runbook starts it, or a run of it is not over. Runs that are over stay readable until their retention ends.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    func run() async throws { try await DocumentDeleting.delete("runbook", name, client) }
  }
}

/// `integration delete NAME`.
struct IntegrationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integration", abstract: "Delete an integration.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an integration with all that belongs to it.",
      discussion: """
        Its earlier saves, entered credentials and parameters, and its token go with it. Refused while a runbook, or a run \
        that is not over, calls one of its methods.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The integration's id or name.", valueName: "integration"))
    var name: String

    func run() async throws { try await DocumentDeleting.delete("integration", name, client) }
  }
}

/// `data-source delete NAME`.
struct DataSourceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data-source", abstract: "Delete a data source.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a data source and its earlier saves.",
      discussion:
        "Refused while a runbook, or a run that is not over, has steps on it. The database itself is left alone.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The data source's name.")
    var name: String

    func run() async throws { try await DocumentDeleting.delete("data_source", name, client) }
  }
}

/// `scheme delete NAME`.
struct SchemeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scheme", abstract: "Delete a signature scheme of your own.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a signature scheme of your own and its earlier saves.",
      discussion: """
        Refused while endpoints use it, unless a scheme that comes with the program has its name: endpoints that use it have \
        that one again. `chancery runbooks` shows which of them need something else then, such as a setting.
        """)

    @OptionGroup var client: ClientOptions

    @Argument(help: "The scheme's name.")
    var name: String

    func run() async throws { try await DocumentDeleting.delete("scheme", name, client) }
  }
}

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

    func run() async throws { try await DocumentDeleting.delete("template", name, client) }
  }
}

private enum DocumentDeleting {
  static func delete(_ kind: String, _ name: String, _ options: ClientOptions) async throws {
    try await APIClient.connect(options) { api in
      _ = try await api.send(.DELETE, APIPath("api", kind + "s", name), expecting: [204])
      let word = kind == "data_source" ? "data source" : kind
      Terminal.output.line("deleted the \(word) \(SafeText.show(name))")
    }
  }
}
