import ArgumentParser
import Encodings

/// `import FILE…`: hands documents to the service, all of them or none.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import documents: native YAML or JSON, or the vendor's JSON.",
    discussion: """
      All files are imported together, or nothing is. Tells what was imported and where it starts, what must still be \
      entered and by which commands, which secrets were granted to which runbook and for which hosts, and what somebody \
      with the capability `grant` has still to grant. A value that stands in clear in a file is sealed at once.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("Documents to import.", valueName: "file"), completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The runbook, by id or name, whose content the file's runbook replaces; id, start URL and group stay.",
      valueName: "runbook"))
  var into: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    let body = try requestBody()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, APIPath("api", "import"), body: body)
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      ImportReport(try answer.json(api.address), address: api.address).write()
    }
  }

  private func requestBody() throws(CommandFailure) -> [UInt8] {
    let documents = try DocumentFiles.read(files)
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("files")
    writer.beginArray()
    for document in documents {
      if let offset = UTF8Text.firstInvalidOffset(document.bytes) {
        let place = TextPosition(offset: offset, in: document.bytes)
        throw CommandFailure(
          .notSo, "\(document.name):\(place.line):\(place.column): error: this is not UTF-8; save the file as UTF-8")
      }
      writer.beginObject()
      writer.key("name")
      writer.string(document.name)
      writer.key("text")
      writer.stringBytes(document.bytes)
      writer.endObject()
    }
    writer.endArray()
    if let into {
      writer.key("into")
      writer.string(into)
    }
    writer.endObject()
    return writer.finish()
  }
}

/// The service's answer to an import, for people.
struct ImportReport {
  private let view: JSONView
  private let address: ServiceAddress

  init(_ view: JSONView, address: ServiceAddress) {
    self.view = view
    self.address = address
  }

  func write() {
    let output = Terminal.output
    for item in list("imported") { output.line(imported(item)) }
    for warning in view["warnings"]?.strings ?? [] { output.line(FaultLine.shown(warning)) }
    section("must still be entered:", list("missing").map(missing))
    section("granted:", list("granted").map(granted))
    section("suspended, until somebody with the capability `grant` runs:", list("suspended").map(grantCommand))
  }

  private func list(_ key: String) -> [JSONView] { view[key]?.items ?? [] }

  private func section(_ heading: String, _ lines: [String]) {
    guard !lines.isEmpty else { return }
    Terminal.output.line(heading)
    for line in lines { Terminal.output.line("  \(SafeText.show(line))") }
  }

  private func imported(_ item: JSONView) -> String {
    let id = item["id"]?.shown ?? ""
    let name = item["name"]?.shown ?? ""
    let shownName = name == id ? "" : " (\(name))"
    let first =
      "imported \(item["kind"]?.shown ?? "document") \(id)\(shownName), revision \(item["revision"]?.shown ?? "?")"
    if let fault = item["endpoint_fault"]?.shown {
      return SafeText.show(first) + "\n  no start from outside: \(SafeText.show(fault))"
    }
    guard let url = item["start_url"]?.string else { return SafeText.show(first) }
    return SafeText.show(first) + "\n  start URL: \(SafeText.show(StartURL.absolute(url, address)))"
  }

  private func missing(_ item: JSONView) -> String {
    let command = item["command"]?.shown ?? ""
    if let detail = item["detail"]?.shown { return "\(command)   (\(detail))" }
    guard let from = item["bound_to"]?.shown, let to = item["url"]?.shown else { return command }
    return from == to
      ? "\(command)   (the URL was another one in the meantime)"
      : "\(command)   (the URL changed from \(from) to \(to))"
  }

  private func granted(_ item: JSONView) -> String { GrantText.line(item) }

  private func grantCommand(_ item: JSONView) -> String {
    "chancery grant \(item["runbook"]?.shown ?? "RUNBOOK") \(item["secret"]?.shown ?? "")"
  }
}

/// Start URLs: a service that has no public URL configured names the path alone.
enum StartURL {
  static func absolute(_ url: String, _ address: ServiceAddress) -> String {
    url.hasPrefix("/") ? address.text + url : url
  }
}

/// A grant as one line.
enum GrantText {
  /// In the place of a secret's path: what the runbook's own calls bring back, where it is encrypted.
  private static let ownMethods = "(own methods)"

  static func line(_ item: JSONView) -> String {
    let hosts = item["hosts"]?.strings ?? []
    let runbook = item["runbook"]?.shown ?? ""
    let secret = item["secret"]?.shown ?? ""
    let reach = hosts.isEmpty ? "is sent nowhere" : "may be sent to \(hosts.joined(separator: ", "))"
    guard secret != ownMethods else { return "\(runbook): what its calls bring back encrypted \(reach)" }
    guard secret.hasPrefix("keys/"), secret.contains("#") else { return "\(runbook) may use \(secret), which \(reach)" }
    return hosts.isEmpty ? "\(runbook) may use \(secret)" : "\(runbook) may use \(secret); what it makes \(reach)"
  }

  /// Grants as a list, for machines.
  static func json(_ grants: [JSONView]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginArray()
    for grant in grants {
      writer.beginObject()
      for key in ["secret", "state"] {
        writer.key(key)
        writer.string(grant[key]?.string ?? "")
      }
      writer.key("hosts")
      writer.beginArray()
      for host in grant["hosts"]?.strings ?? [] { writer.string(host) }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    return writer.finish()
  }
}
