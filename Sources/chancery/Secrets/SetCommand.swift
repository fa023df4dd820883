import ArgumentParser
import Encodings
import NIOHTTP1

/// `set TARGET KIND NAME`: enters a value that nobody can read again.
struct SetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Enter, or clear, a write-only value: an encrypted parameter, variable or credential.",
    discussion: """
      The value comes from standard input, without one line feed at its end, or at a terminal from a prompt without echo. \
      It is sealed at once and never shown again.

        chancery set INTEGRATION/METHOD query|header|form NAME
        chancery set RUNBOOK variable NAME
        chancery set RUNBOOK auth NAME        the credential of its public endpoint: password, key or secret
        chancery set INTEGRATION auth FIELD   its credential: token, password, key or client_secret

      Where a runbook and an integration have the same name, write runbook:NAME or integration:NAME. \
      `chancery check --missing FILE…` and `chancery import` name what is to be entered.
      """)

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case query, header, form, variable, auth
  }

  @OptionGroup var client: ClientOptions

  @Argument(help: "INTEGRATION/METHOD, RUNBOOK or INTEGRATION.")
  var target: String

  @Argument(help: "query, header, form, variable or auth.")
  var kind: Kind

  @Argument(help: "The name of the parameter, variable or credential.")
  var name: String

  @Argument(help: .hidden)
  var surplus: [String] = []

  @Flag(help: "Discard the value instead of entering one.")
  var clear = false

  func run() async throws {
    guard surplus.isEmpty else {
      throw CommandFailure(
        .usage, "the value does not stand on the command line, where other processes can read it",
        remedy: "Pipe it in, or enter it at the prompt.")
    }
    let place = try SetPlace(target, kind, name)
    let body = clear ? nil : try requestBody()
    try await APIClient.connect(client) { api in
      let path = try await place.path(api)
      _ = try await api.send(clear ? .DELETE : .PUT, path, body: body, expecting: [200, 204])
      Terminal.output.line(SafeText.show("\(kind.rawValue) \(name) of \(target) is \(clear ? "cleared" : "entered")"))
      if kind == .auth, !clear { await showNotes(of: path, api) }
    }
  }

  /// What the endpoint says of the key now: whoever may not read the runbook is told nothing.
  private func showNotes(of path: APIPath, _ api: APIClient) async {
    let parts = path.text.split(separator: "/")
    guard parts.count > 3, parts[1] == "runbooks",
      let answer = try? await api.send(.GET, APIPath("api", "runbooks", String(parts[2]))),
      let runbook = try? answer.json(api.address)
    else { return }
    for note in runbook["endpoint_notes"]?.strings ?? [] where note.contains("`\(name)`") {
      Terminal.output.line(SafeText.show("note: \(note)"))
    }
  }

  private func requestBody() throws(CommandFailure) -> [UInt8] {
    let value = try SecretValue.fromInput(prompt: "\(kind.rawValue) \(name) of \(target)", limit: 32 << 10)
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("value")
    writer.string(value)
    writer.endObject()
    return writer.finish()
  }
}

/// What a value is entered for.
private enum SetPlace {
  case parameter(integration: String, method: String, kind: String, name: String)
  case variable(runbook: String, name: String)
  case runbookCredential(runbook: String, name: String)
  case integrationCredential(integration: String, name: String)
  /// A runbook's or an integration's: the service knows which it has.
  case credential(owner: String, name: String)

  init(_ target: String, _ kind: SetCommand.Kind, _ name: String) throws(CommandFailure) {
    let parts = target.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard !target.isEmpty, !name.isEmpty, parts.allSatisfy({ !$0.isEmpty }) else {
      throw CommandFailure(.usage, "target and name must not be empty")
    }
    switch kind {
    case .query, .header, .form:
      guard parts.count == 2 else {
        throw CommandFailure(
          .usage, "a \(kind.rawValue) parameter belongs to a method", remedy: "Write INTEGRATION/METHOD as the target.")
      }
      self = .parameter(integration: parts[0], method: parts[1], kind: kind.rawValue, name: name)
    case .variable:
      self = .variable(runbook: Self.stripped(target, "runbook:") ?? target, name: name)
    case .auth:
      if let runbook = Self.stripped(target, "runbook:") {
        self = .runbookCredential(runbook: runbook, name: name)
      } else if let integration = Self.stripped(target, "integration:") {
        self = .integrationCredential(integration: integration, name: name)
      } else {
        self = .credential(owner: target, name: name)
      }
    }
  }

  /// The route, after asking the service what it has where the target can be read in two ways.
  func path(_ api: APIClient) async throws(CommandFailure) -> APIPath {
    switch self {
    case .parameter(let integration, let method, let kind, let name):
      return APIPath("api", "integrations", integration, "methods", method, kind, name)
    case .variable(let runbook, let name): return APIPath("api", "runbooks", runbook, "variables", name)
    case .runbookCredential(let runbook, let name): return APIPath("api", "runbooks", runbook, "auth", name)
    case .integrationCredential(let integration, let name):
      return APIPath("api", "integrations", integration, "auth", name)
    case .credential(let owner, let name):
      let found = try await (isThere("runbooks", owner, api), isThere("integrations", owner, api))
      switch found {
      case (true, false): return APIPath("api", "runbooks", owner, "auth", name)
      case (false, true): return APIPath("api", "integrations", owner, "auth", name)
      case (true, true):
        throw CommandFailure(
          .usage, "there are a runbook and an integration `\(owner)`",
          remedy: "Write runbook:\(owner) or integration:\(owner).")
      case (false, false):
        throw CommandFailure(.notSo, "there is no runbook and no integration `\(owner)`")
      }
    }
  }

  private func isThere(_ kind: String, _ owner: String, _ api: APIClient) async throws(CommandFailure) -> Bool {
    let path = APIPath("api", kind, owner)
    let answer = try await api.exchange(.GET, path)
    switch answer.status {
    case 200: return true
    case 404: return false
    default: throw answer.failure(address: api.address)
    }
  }

  private static func stripped(_ text: String, _ prefix: String) -> String? {
    text.hasPrefix(prefix) && text.count > prefix.count ? String(text.dropFirst(prefix.count)) : nil
  }
}
