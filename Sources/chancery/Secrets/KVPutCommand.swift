import ArgumentParser
import Destinations
import Encodings
import Glibc

/// `kv put PATH FIELD=VALUE…`
struct KVPutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put",
    abstract: "Write a version of a secret: all of its fields at once.",
    discussion: """
      A value comes from standard input (FIELD=-, at a terminal by a prompt without echo) or from a file (FIELD=@FILE); \
      one line feed at its end is not part of it. FIELD=VALUE is for values that are no secret: other processes of this \
      machine can read a command line.

      Fields that the version before had and this one has not are gone; whoever may read the secret is warned of them \
      by name.

      --hosts says to which hosts the secret may be sent, whoever uses it. Where none is named, granting it to a runbook \
      pins the hosts to which that runbook sends it.
      """)

  @OptionGroup var client: ClientOptions

  @Option(
    help: ArgumentHelp("A host that the secret may be sent to: HOST or HOST:PORT. Repeatable.", valueName: "host"))
  var hosts: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write only if the newest version is this one (0: if there is none), else fail.", valueName: "version"))
  var cas: Int?

  @Flag(name: .customLong("json"), help: "Print the service's JSON.")
  var isJSON = false

  @Argument(help: ArgumentHelp("Where the secret is kept, such as kv/openai.", valueName: "path"))
  var path: String

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("FIELD=-, FIELD=@FILE or FIELD=VALUE.", valueName: "field=value"))
  var fields: [String]

  func run() async throws {
    let path = try SecretPath.read(path)
    let hosts = try hosts.map(Self.host)
    let fields = try SecretFields.read(fields)
    let body = requestBody(fields, hosts)
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, SecretPath.data(path), body: body)
      guard !isJSON else { return Terminal.output.write(answer.body + [0x0A]) }
      let read = try answer.json(api.address)
      for warning in read["warnings"]?.strings ?? [] { Terminal.errors.line("warning: \(SafeText.show(warning))") }
      let version = read["data"]?["version"]?.shown ?? "?"
      Terminal.output.line("\(path.text) is at version \(SafeText.show(version))")
    }
  }

  private func requestBody(_ fields: [(name: String, value: String)], _ hosts: [String]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("data")
    writer.beginObject()
    for field in fields {
      writer.key(field.name)
      writer.string(field.value)
    }
    writer.endObject()
    if let cas {
      writer.key("options")
      writer.beginObject()
      writer.key("cas")
      writer.integer(Int64(cas))
      writer.endObject()
    }
    if !hosts.isEmpty {
      writer.key("hosts")
      writer.beginArray()
      for host in hosts { writer.string(host) }
      writer.endArray()
    }
    writer.endObject()
    return writer.finish()
  }

  private static func host(_ text: String) throws(CommandFailure) -> String {
    do throws(URLFault) {
      _ = try HostPort(parsing: text)
      return text
    } catch {
      throw CommandFailure(.usage, "--hosts takes HOST or HOST:PORT: \(error.message)")
    }
  }
}

/// The `FIELD=…` words of a command line. What stands behind the `=` is never repeated, in no message.
enum SecretFields {
  private static let limit = 32 << 10

  static func read(_ words: [String]) throws(CommandFailure) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    var isInputTaken = false
    for (index, word) in words.enumerated() {
      let (name, source) = try split(word, place: index + 1)
      guard !fields.contains(where: { $0.name == name }) else {
        throw CommandFailure(.usage, "the field \(name) is given twice")
      }
      let value: String
      if source == "-" {
        guard !isInputTaken else {
          throw CommandFailure(
            .usage, "two fields take standard input", remedy: "Put the others into files: FIELD=@FILE.")
        }
        isInputTaken = true
        value = try SecretValue.fromInput(prompt: "value of \(name)", limit: limit)
      } else if source.hasPrefix("@") {
        value = try InputFile.value(String(source.dropFirst()), limit: limit)
      } else {
        value = String(source)
        Terminal.errors.line(
          "warning: the value of \(SafeText.show(name)) was on the command line, where other processes can read it; "
            + "\(SafeText.show(name))=- or \(SafeText.show(name))=@FILE keeps it off")
      }
      fields.append((name, value))
    }
    return fields
  }

  private static func split(_ word: String, place: Int) throws(CommandFailure) -> (String, Substring) {
    guard let mark = word.firstIndex(of: "=") else {
      throw CommandFailure(
        .usage, "the \(place)\(ordinal(place)) field has no =", remedy: "Write FIELD=-, FIELD=@FILE or FIELD=VALUE.")
    }
    let name = String(word[..<mark])
    if name.hasPrefix("-") { throw CommandFailure(.usage, "there is no option \(SafeText.show(name))") }
    guard !name.isEmpty else {
      throw CommandFailure(.usage, "the \(place)\(ordinal(place)) field has no name before its =")
    }
    return (name, word[word.index(after: mark)...])
  }

  private static func ordinal(_ number: Int) -> String {
    switch number {
    case 1: "st"
    case 2: "nd"
    case 3: "rd"
    default: "th"
    }
  }
}

/// One secret value from whoever runs the command.
enum SecretValue {
  /// From a prompt at a terminal, else all of standard input without one line feed at its end. Throws `usage` for an
  /// empty one.
  static func fromInput(prompt: String, limit: Int) throws(CommandFailure) -> String {
    let value =
      isatty(STDIN_FILENO) == 1 ? try HiddenPrompt.read(prompt) : try InputFile.value("-", limit: limit)
    guard !value.isEmpty else { throw CommandFailure(.usage, "the value is empty; nothing was changed") }
    return value
  }
}
