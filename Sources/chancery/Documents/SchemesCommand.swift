import ArgumentParser
import Runbooks

/// `schemes [NAME]`: the signature schemes that endpoints can use.
struct SchemesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schemes", abstract: "List the signature schemes, or show one.",
    discussion: """
      Endpoints with `auth: signature` name one of them. Your own are documents of the kind `scheme`, imported like \
      others; what a scheme shows here is how it would be written, to begin one of your own with.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The scheme to show.", valueName: "name"))
  var name: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, name.map { APIPath("api", "schemes", $0) } ?? APIPath("api", "schemes"))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      guard name == nil else { return show(view) }
      DocumentListing.tellUnreadable(view, "scheme")
      list(view["schemes"]?.items ?? [])
    }
  }

  private func list(_ schemes: [JSONView]) {
    var table = Table(["NAME", "SENDER", "ALGORITHM", "ORIGIN", "NOTE"])
    for scheme in schemes {
      let note = scheme["is_usable"]?.bool == true ? "" : "has a warning that nobody has accepted"
      table.add([
        scheme["name"]?.shown ?? "", scheme["title"]?.shown ?? "", scheme["algorithm"]?.shown ?? "",
        scheme["origin"]?.shown ?? "", note,
      ])
    }
    table.write(to: .output)
  }

  private func show(_ scheme: JSONView) {
    let output = Terminal.output
    func line(_ label: String, _ text: String?) {
      guard let text, !text.isEmpty else { return }
      output.line("\(label): \(SafeText.show(text))")
    }
    line("scheme", scheme["name"]?.shown)
    line("sender", scheme["title"]?.shown)
    line("described at", scheme["page"]?.shown)
    line("origin", scheme["origin"]?.shown)
    line("key", scheme["key"]?.shown)
    line("key is written as", scheme["key_encoding"]?.shown)
    for setting in scheme["settings"]?.strings ?? [] { line("needs the setting", setting) }
    for note in scheme["notes"]?.strings ?? [] { line("note", note) }
    for warning in scheme["warnings"]?.items ?? [] {
      let isAccepted = warning["is_accepted"]?.bool == true
      let text = "\(warning["message"]?.shown ?? "") [\(warning["code"]?.shown ?? "")]"
      line(isAccepted ? "warning" : "warning, not accepted", text)
    }
    for remark in scheme["remarks"]?.strings ?? [] { line("remark", remark) }
    guard let document = scheme["document"] else { return }
    output.line("document:")
    output.write(Array(DocumentWriter.pretty(Array(document.shown.utf8)).utf8))
  }
}
