import ArgumentParser
import Runbooks

/// `integrations [NAME]`: the remote systems that methods call.
struct IntegrationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integrations", abstract: "List the integrations, or show one.",
    discussion: """
      They are documents of the kind `integration`, imported like others; no value that was entered is shown. Where a \
      person has to authorise one (`chancery authorize`), the list says whether that is so.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The integration to show, by id or name.", valueName: "integration"))
  var name: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let table = Table(["ID", "NAME", "URL", "REVISION", "NOTE"], rightAligned: [3])
    try await DocumentListing.show("integrations", name, client, json, table, note: Self.note) { integration in
      ["id", "name", "base_url", "revision"].map { integration[$0]?.shown ?? "" } + [Self.note(integration) ?? ""]
    }
  }

  /// What is said of the authorisation by a person; nil where none is needed.
  private static func note(_ integration: JSONView) -> String? {
    guard let authorization = integration["authorization"] else { return nil }
    guard let command = authorization["command"]?.shown else {
      return "authorised, with a token of \(authorization["token_at"]?.shown ?? "?")"
    }
    return "not authorised: \(authorization["detail"]?.shown ?? ""); \(command)"
  }
}

/// `data-sources [NAME]`: the databases that SQL steps send their statements to.
struct DataSourcesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data-sources", abstract: "List the data sources, or show one.",
    discussion: "They are documents of the kind `data_source`, imported like others; no password is shown.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The data source to show.", valueName: "name"))
  var name: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let table = Table(["NAME", "KIND", "ACCESS", "REVISION"], rightAligned: [3])
    try await DocumentListing.show("data_sources", name, client, json, table) { source in
      ["id", "kind", "access", "revision"].map { source[$0]?.shown ?? "" }
    }
  }
}

/// `templates [NAME]`: the mails that failed runs can ask for.
struct TemplatesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "templates", abstract: "List the mail templates, or show one.",
    discussion: "They are documents of the kind `template`, imported like others.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The template to show.", valueName: "name"))
  var name: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    try await DocumentListing.show("templates", name, client, json, Table(["NAME", "SUBJECT", "PARTS"])) { template in
      let parts = [("has_text", "text"), ("has_html", "html")].filter { template[$0.0]?.bool == true }.map(\.1)
      return [template["id"]?.shown ?? "", template["subject"]?.shown ?? "", parts.joined(separator: ", ")]
    }
  }
}

enum DocumentListing {
  /// All of a kind as a table, a row each; the document of one that is named; or what the service answers.
  ///
  /// - Parameter note: what is said of one beside its document: not on the standard output, which is the document alone.
  static func show(
    _ kind: String, _ name: String?, _ options: ClientOptions, _ json: JSONOption, _ table: Table,
    note: (JSONView) -> String? = { _ in nil }, row: (JSONView) -> [String]
  ) async throws {
    try await APIClient.connect(options) { api in
      let answer = try await api.send(.GET, name.map { APIPath("api", kind, $0) } ?? APIPath("api", kind))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      guard name == nil else {
        Terminal.output.line(DocumentWriter.pretty(Array((view["document"]?.shown ?? "").utf8)))
        if let said = note(view) { Terminal.errors.line(SafeText.show("note: \(said)")) }
        return
      }
      tellUnreadable(view, kind == "data_sources" ? "data-source" : String(kind.dropLast()))
      var table = table
      for document in view[kind]?.items ?? [] { table.add(row(document)) }
      table.write(to: .output)
    }
  }

  /// Says which documents of a list the service cannot read, and what helps.
  ///
  /// - Parameter kind: in the singular, as its commands have it.
  static func tellUnreadable(_ list: JSONView, _ kind: String) {
    let word = kind == "data-source" ? "data source" : kind
    for document in list["unreadable"]?.items ?? [] {
      let id = SafeText.show(document["id"]?.shown ?? "")
      let reason = SafeText.show(document["reason"]?.shown ?? "")
      let into = kind == "runbook" ? "`chancery import --into \(id) FILE`" : "`chancery import FILE`"
      Terminal.errors.line(
        "warning: the \(word) \(id) cannot be read: \(reason); go back with `chancery rollback \(id) REVISION`, replace it "
          + "with \(into), or delete it with `chancery \(kind) delete \(id)`")
    }
  }
}
