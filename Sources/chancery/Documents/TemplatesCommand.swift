import ArgumentParser
import Runbooks

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
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, name.map { APIPath("api", "templates", $0) } ?? APIPath("api", "templates"))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      guard name == nil else {
        return Terminal.output.line(DocumentWriter.pretty(Array((view["document"]?.shown ?? "").utf8)))
      }
      var table = Table(["NAME", "SUBJECT", "PARTS"])
      for template in view["templates"]?.items ?? [] {
        let parts = [("has_text", "text"), ("has_html", "html")].filter { template[$0.0]?.bool == true }.map(\.1)
        table.add([template["id"]?.shown ?? "", template["subject"]?.shown ?? "", parts.joined(separator: ", ")])
      }
      table.write(to: .output)
    }
  }
}
