import ArgumentParser
import Encodings
import Glibc
import Runbooks

/// `export`: documents as they are, for a file or for version control.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write documents out, in the form in which they can be imported again.",
    discussion: """
      A runbook comes with the integrations that its steps call, with its mail template, and with the signature scheme of \
      its endpoint where it is one of your own. Write-only values are not in it: each place says \
      `"sealed": true`, and an import elsewhere lists what is to be entered. Without --to, the documents go to standard \
      output as one stream that `chancery import -` and any YAML reader take.

      Where a runbook and an integration have the same name, write runbook:NAME or integration:NAME; \
      a signature scheme is scheme:NAME, a mail template template:NAME.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("Runbooks and integrations, by id or name.", valueName: "document"))
  var names: [String] = []

  @Flag(help: "Every runbook and every integration.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "A folder to write one file a document into; it is made where it is not there.", valueName: "dir"),
    completion: .directory)
  var to: String?

  @Flag(
    help: """
      Runbooks and integrations as the vendor's JSON, one document or --to a folder. What the vendor's form cannot say is \
      named on standard error.
      """)
  var vendor = false

  @Flag(help: "Replace files that are there.")
  var force = false

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("name documents, or give --all") }
    guard !vendor || to != nil || names.count == 1 else {
      throw ValidationError("the vendor's form holds one document a file: give --to a folder")
    }
  }

  func run() async throws {
    try await APIClient.connect(client) { api in
      var exported = ExportedDocuments(api: api)
      if all {
        try await exported.takeAll()
      } else {
        for name in names { try await exported.take(name) }
      }
      if vendor { try exported.makeVendor(onlyOne: to == nil) }
      if let to { try exported.write(into: to, replacing: force) } else { exported.write(to: .output) }
    }
  }
}

/// The documents of one export, each once, integrations before the runbooks that use them.
private struct ExportedDocuments {
  private struct Document {
    let kind: Kind
    let id: String
    let text: String
  }

  private enum Kind: String {
    case integration
    case runbook
    case scheme
    case template
    case dataSource = "data_source"

    /// The part of the path of its route.
    var path: String { rawValue + "s" }
  }

  let api: APIClient
  private var integrations: [Document] = []
  private var runbooks: [Document] = []
  private var schemes: [Document] = []
  private var templates: [Document] = []
  private var dataSources: [Document] = []

  init(api: APIClient) { self.api = api }

  mutating func takeAll() async throws(CommandFailure) {
    for kind in [Kind.integration, .template, .dataSource, .runbook] {
      let list = try await api.send(.GET, APIPath("api", kind.path)).json(api.address)[kind.path]?.items ?? []
      for id in list.compactMap({ $0["id"]?.string }) {
        guard try await take(kind, id) else { throw gone(id) }
      }
    }
    let list = try await api.send(.GET, APIPath("api", "schemes")).json(api.address)["schemes"]?.items ?? []
    for name in list.filter({ $0["origin"]?.string == "own" }).compactMap({ $0["name"]?.string }) {
      guard try await take(.scheme, name) else { throw gone(name) }
    }
  }

  mutating func take(_ name: String) async throws(CommandFailure) {
    for kind in [Kind.runbook, .integration, .scheme, .template, .dataSource] where name.hasPrefix(kind.rawValue + ":")
    {
      let bare = String(name.dropFirst(kind.rawValue.count + 1))
      guard try await take(kind, bare) else { throw CommandFailure(.notSo, "there is no \(kind.rawValue) `\(bare)`") }
      return
    }
    let found = try await (isThere(.runbook, name), isThere(.integration, name))
    switch found {
    case (true, false): _ = try await take(.runbook, name)
    case (false, true): _ = try await take(.integration, name)
    case (true, true):
      throw CommandFailure(
        .usage, "there are a runbook and an integration `\(name)`",
        remedy: "Write runbook:\(name) or integration:\(name).")
    case (false, false): throw CommandFailure(.notSo, "there is no runbook and no integration `\(name)`")
    }
  }

  private func isThere(_ kind: Kind, _ name: String) async throws(CommandFailure) -> Bool {
    let answer = try await api.exchange(.GET, APIPath("api", kind.path, name))
    guard [200, 404].contains(answer.status) else { throw answer.failure(address: api.address) }
    return answer.status == 200
  }

  /// False where there is none.
  private mutating func take(_ kind: Kind, _ name: String) async throws(CommandFailure) -> Bool {
    let answer = try await api.exchange(.GET, APIPath("api", kind.path, name))
    if answer.status == 404 { return false }
    guard answer.status == 200 else { throw answer.failure(address: api.address) }
    let view = try answer.json(api.address)
    guard let id = view[kind == .scheme ? "name" : "id"]?.string, let document = view["document"] else {
      throw CommandFailure(.unavailable, "the service did not answer with a document")
    }
    let taken = Document(kind: kind, id: id, text: document.shown)
    switch kind {
    case .integration:
      if !integrations.contains(where: { $0.id == id }) { integrations.append(taken) }
    case .runbook:
      guard !runbooks.contains(where: { $0.id == id }) else { return true }
      runbooks.append(taken)
      for integration in Self.integrations(of: document) where !integrations.contains(where: { $0.id == integration }) {
        guard try await take(.integration, integration) else { throw gone(integration) }
      }
      for source in Self.dataSources(of: document) where !dataSources.contains(where: { $0.id == source }) {
        guard try await take(.dataSource, source) else { throw gone(source) }
      }
      if let template = document["on_failure"]?["email"]?["template"]?.string {
        _ = try await take(.template, template)
      }
      if let scheme = document["start"]?["public"]?["scheme"]?.string { try await takeOwn(scheme) }
    case .dataSource:
      if !dataSources.contains(where: { $0.id == id }) { dataSources.append(taken) }
    case .template:
      if !templates.contains(where: { $0.id == id }) { templates.append(taken) }
    case .scheme:
      if !schemes.contains(where: { $0.id == id }) { schemes.append(taken) }
    }
    return true
  }

  /// The scheme of an endpoint, unless it comes with every installation.
  private mutating func takeOwn(_ name: String) async throws(CommandFailure) {
    let answer = try await api.exchange(.GET, APIPath("api", "schemes", name))
    guard answer.status == 200, try answer.json(api.address)["origin"]?.string == "own" else { return }
    _ = try await take(.scheme, name)
  }

  /// The integrations whose methods its steps call: what stands before the slash of `method`.
  private static func integrations(of runbook: JSONView) -> [String] {
    var found: [String] = []
    for (_, step) in runbook["steps"]?.members ?? [] {
      guard let method = step["method"]?.string, let slash = method.firstIndex(of: "/") else { continue }
      let integration = String(method[..<slash])
      if !found.contains(integration) { found.append(integration) }
    }
    return found
  }

  /// The data sources that its steps send statements to.
  private static func dataSources(of runbook: JSONView) -> [String] {
    var found: [String] = []
    for (_, step) in runbook["steps"]?.members ?? [] {
      if let source = step["sql"]?.string, !found.contains(source) { found.append(source) }
    }
    return found
  }

  /// Turns everything into the vendor's form; without a folder, the one document that was named. Schemes have none.
  mutating func makeVendor(onlyOne: Bool) throws(CommandFailure) {
    func damaged(_ document: Document) -> CommandFailure {
      CommandFailure(.unavailable, "the \(document.kind.rawValue) \(SafeText.show(document.id)) cannot be read here")
    }
    var read: [IntegrationDocument] = []
    for document in integrations {
      guard let one = IntegrationDocument(canonicalJSON: Array(document.text.utf8)) else { throw damaged(document) }
      read.append(one)
    }
    var changedRunbooks: [Document] = []
    for document in runbooks {
      guard let one = RunbookDocument(canonicalJSON: Array(document.text.utf8)) else { throw damaged(document) }
      let result = VendorExport.runbook(one, integrations: read)
      changedRunbooks.append(told(document, result))
    }
    var changedIntegrations: [Document] = []
    if !onlyOne || runbooks.isEmpty {
      for (document, one) in zip(integrations, read) {
        changedIntegrations.append(told(document, VendorExport.integration(one)))
      }
    }
    for document in schemes {
      Terminal.errors.line(
        "warning: scheme \(SafeText.show(document.id)): the vendor's form has no signature schemes; it is left out")
    }
    for document in dataSources {
      Terminal.errors.line(
        "warning: data source \(SafeText.show(document.id)): the vendor's form has none; it is left out")
    }
    dataSources = []
    (schemes, runbooks, integrations) = ([], changedRunbooks, changedIntegrations)
  }

  private func told(_ document: Document, _ result: VendorExport.Result) -> Document {
    for place in result.lost {
      Terminal.errors.line(
        "warning: \(document.kind.rawValue) \(SafeText.show(document.id)): "
          + "the vendor's form does not say `\(SafeText.show(place))`")
    }
    return Document(kind: document.kind, id: document.id, text: String(decoding: result.json, as: UTF8.self))
  }

  private func gone(_ id: String) -> CommandFailure {
    CommandFailure(.notSo, "`\(id)` was removed while it was being exported", remedy: "Export again.")
  }

  /// One stream: JSON texts with `---` between them, which is YAML.
  func write(to terminal: Terminal) {
    for (index, document) in (schemes + templates + dataSources + integrations + runbooks).enumerated() {
      if index > 0 { terminal.write(Array("---\n".utf8)) }
      terminal.write(Array(Self.file(document).utf8))
    }
  }

  /// One file a document, `KIND-ID.json`. Nothing is written where one is there already and may not be replaced.
  func write(into folder: String, replacing: Bool) throws(CommandFailure) {
    if mkdir(folder, 0o755) != 0, errno != EEXIST {
      throw CommandFailure(.notSo, "\(SafeText.show(folder)) cannot be made: \(SystemCause.of(errno))")
    }
    let files = (schemes + templates + dataSources + integrations + runbooks).map {
      (path: "\(folder)/\(Self.name($0))", text: Self.file($0))
    }
    if !replacing, let there = files.first(where: { access($0.path, F_OK) == 0 }) {
      throw CommandFailure(
        .notSo, "\(SafeText.show(there.path)) is there already; nothing was written",
        remedy: "--force replaces files, or name another folder.")
    }
    for file in files {
      try OutputFile.replace(file.path, with: Array(file.text.utf8), mode: 0o644)
      Terminal.output.line(SafeText.show(file.path))
    }
  }

  /// Ids may be any text: what could mean something in a path is written as %XX.
  private static func name(_ document: Document) -> String {
    let id = String(decoding: PercentEncoding.encode(document.id.utf8, for: .unreservedOnly), as: UTF8.self)
    return "\(document.kind.rawValue)-\(id).json"
  }

  private static func file(_ document: Document) -> String { DocumentWriter.pretty(Array(document.text.utf8)) + "\n" }
}
