import ArgumentParser
import Encodings

/// `versions KIND ID`: the saves of a document.
struct VersionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions", abstract: "List the saves of a document: when, by whom, and which is current.",
    discussion: "Every save keeps the one before, the newest hundred of a document.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("runbook, integration, scheme, template or data_source.", valueName: "kind"))
  var kind: DocumentWord

  @Argument(help: ArgumentHelp("The document's id or name.", valueName: "id"))
  var name: String

  @OptionGroup var json: JSONOption

  func run() async throws {
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, DocumentAddress(kind: kind, name: name).path("versions"))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      var table = Table(["REVISION", "SAVED", "BY", "STATE", "NAME", ""], rightAligned: [0])
      for version in try answer.json(api.address)["versions"]?.items ?? [] {
        table.add([
          version["revision"]?.shown ?? "", version["saved_at"]?.shown ?? "", version["saved_by"]?.string ?? "-",
          version["is_active"]?.bool == true ? "active" : "inactive", version["name"]?.shown ?? "",
          version["is_current"]?.bool == true ? "current" : "",
        ])
      }
      table.write(to: .output)
    }
  }
}

/// `diff ID REV [REV]`: what changed between two saves.
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changed in a document between two revisions, or since one.",
    discussion: """
      The difference of the documents' native JSON, in the unified format. Values that are encrypted are markers; one that \
      was in clear before it was encrypted is a marker in the older text too.

      Where documents of several kinds have the same name, write KIND:NAME: runbook, integration, scheme, template or \
      data_source.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The document, by id or name.", valueName: "id"))
  var name: String

  @Argument(help: ArgumentHelp("The revision to compare with.", valueName: "revision"))
  var old: String

  @Argument(help: ArgumentHelp("The revision to compare; the current one if left out.", valueName: "revision"))
  var new: String?

  func run() async throws {
    let old = try Revision.read(old)
    let new = try new.map(Revision.read)
    try await APIClient.connect(client) { api in
      var query = [(name: "from", value: String(old))]
      if let new { query.append((name: "to", value: String(new))) }
      let path = try await DocumentAddress.find(name, api).path("diff", query: query)
      let text = try (await api.send(.GET, path)).json(api.address)["diff"]?.string ?? ""
      for line in text.split(separator: "\n") { Terminal.output.line(SafeText.show(String(line))) }
    }
  }
}

/// `rollback ID REV`: an earlier text as a new revision.
struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Save a document's text of an earlier revision as a new one.",
    discussion: """
      An import of that text, with an import's checks: grants are suspended where they would reach further, and what must \
      be entered again is listed. What was encrypted since stays encrypted; a runbook keeps its id, start URL and group, and \
      one that is disabled stays so.

      Where documents of several kinds have the same name, write KIND:NAME: runbook, integration, scheme, template or \
      data_source.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The document, by id or name.", valueName: "id"))
  var name: String

  @Argument(help: ArgumentHelp("The revision to go back to.", valueName: "revision"))
  var revision: String

  @OptionGroup var json: JSONOption

  func run() async throws {
    let revision = try Revision.read(revision)
    try await APIClient.connect(client) { api in
      let path = try await DocumentAddress.find(name, api).path("rollback")
      let answer = try await api.send(.POST, path, body: Array(#"{"revision":\#(revision)}"#.utf8))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      ImportReport(try answer.json(api.address), address: api.address).write()
    }
  }
}

/// The number of a save. What was written in its place is not repeated: it may be a secret that slipped into the line.
private enum Revision {
  static func read(_ text: String) throws(CommandFailure) -> UInt64 {
    guard let number = UInt64(text), number > 0 else {
      throw CommandFailure(.usage, "a revision is a number from 1; `chancery versions KIND ID` lists them")
    }
    return number
  }
}
