import ArgumentParser
import Runbooks

/// `integrations [NAME]`: the remote systems that methods call.
struct IntegrationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "integrations", abstract: "List the integrations, or show one.",
    discussion:
      "They are documents of the kind `integration`, imported like others; no value that was entered is shown.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The integration to show, by id or name.", valueName: "integration"))
  var name: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let table = Table(["ID", "NAME", "URL", "REVISION"], rightAligned: [3])
    try await DocumentListing.show("integrations", name, client, json, table) { integration in
      ["id", "name", "base_url", "revision"].map { integration[$0]?.shown ?? "" }
    }
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

private enum DocumentListing {
  /// All of a kind as a table, a row each; the document of one that is named; or what the service answers.
  static func show(
    _ kind: String, _ name: String?, _ options: ClientOptions, _ json: JSONOption, _ table: Table,
    row: (JSONView) -> [String]
  ) async throws {
    try await APIClient.connect(options) { api in
      let answer = try await api.send(.GET, name.map { APIPath("api", kind, $0) } ?? APIPath("api", kind))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      guard name == nil else {
        return Terminal.output.line(DocumentWriter.pretty(Array((view["document"]?.shown ?? "").utf8)))
      }
      var table = table
      for document in view[kind]?.items ?? [] { table.add(row(document)) }
      table.write(to: .output)
    }
  }
}
