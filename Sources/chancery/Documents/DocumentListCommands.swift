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
    try await DocumentListing.show(
      "integrations", name, client, json,
      columns: [("ID", "id"), ("NAME", "name"), ("URL", "base_url"), ("REVISION", "revision")])
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
    try await DocumentListing.show(
      "data_sources", name, client, json,
      columns: [("NAME", "id"), ("KIND", "kind"), ("ACCESS", "access"), ("REVISION", "revision")])
  }
}

private enum DocumentListing {
  static func show(
    _ kind: String, _ name: String?, _ options: ClientOptions, _ json: JSONOption,
    columns: [(title: String, member: String)]
  ) async throws {
    try await APIClient.connect(options) { api in
      let answer = try await api.send(.GET, name.map { APIPath("api", kind, $0) } ?? APIPath("api", kind))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      guard name == nil else {
        return Terminal.output.line(DocumentWriter.pretty(Array((view["document"]?.shown ?? "").utf8)))
      }
      var table = Table(columns.map(\.title), rightAligned: [columns.count - 1])
      for document in view[kind]?.items ?? [] { table.add(columns.map { document[$0.member]?.shown ?? "" }) }
      table.write(to: .output)
    }
  }
}
