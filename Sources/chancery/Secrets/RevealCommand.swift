import ArgumentParser
import Encodings

/// `reveal`: having a value shown, with a reason, on the record.
struct RevealCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reveal",
    abstract: "Have a value shown: with a reason, once, on the record.",
    discussion: """
      It takes the capability `reveal`. Where a policy says `second_person = true`, the command asks and prints the \
      request's id; another person consents with `chancery reveal consent ID`, and then `--request ID` in place of \
      `--reason` shows the value, once, within 15 minutes.

      Write-only values (encrypted parameters and variables, credentials) are shown to nobody.
      """,
    subcommands: [KV.self, Run.self, List.self, Consent.self, Decline.self])

  /// Why, or for which request.
  struct Grounds: ParsableArguments {
    @Option(help: ArgumentHelp("Why, in one line: it stands in the ledger for good.", valueName: "text"))
    var reason: String?

    @Option(help: ArgumentHelp("A request that another person consented to.", valueName: "id"))
    var request: String?

    func validate() throws {
      guard (reason == nil) != (request == nil) else { throw ValidationError("give --reason, or --request") }
    }

    func write(to writer: inout JSONWriter) {
      if let reason {
        writer.key("reason")
        writer.string(reason)
      }
      if let request {
        writer.key("request")
        writer.string(request)
      }
    }
  }

  /// Sends, and writes the value to standard output alone, or says that it waits for a second person.
  fileprivate static func show(
    _ api: APIClient, _ path: APIPath, body: [UInt8], as key: String = "value", write: (JSONView) throws -> Void
  ) async throws {
    let answer = try await api.send(.POST, path, body: body, expecting: [200, 202])
    let view = try answer.json(api.address)
    if answer.status == 200 {
      guard let value = view[key] else {
        throw CommandFailure(.unavailable, "the service did not answer with a value")
      }
      return try write(value)
    }
    let id = view["request"]?.string ?? "?"
    Terminal.errors.line(
      SafeText.show(
        "a second person must consent, until \(Moment.text(view["expires_at"]?.string)) (UTC): chancery reveal consent \(id)"
      ))
    Terminal.output.line(SafeText.show(id))
  }

  /// Byte for byte into a file or a pipe; without control characters at a terminal.
  fileprivate static func write(text: String) {
    if Terminal.output.isInteractive {
      Terminal.output.line(SafeText.show(text, keepsLines: true))
    } else {
      Terminal.output.write(Array(text.utf8))
    }
  }

  struct KV: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kv", abstract: "Show a secret of the key/value store, or one field of it.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var grounds: Grounds

    @Argument(help: ArgumentHelp("Where the secret is kept, such as kv/openai.", valueName: "path"))
    var path: String

    @Argument(help: "One field of it.")
    var field: String?

    func run() async throws {
      let path = try SecretPath.read(path)
      var writer = JSONWriter()
      writer.beginObject()
      grounds.write(to: &writer)
      if let field {
        writer.key("field")
        writer.string(field)
      }
      writer.endObject()
      let body = writer.finish()
      try await APIClient.connect(client) { api in
        let route = APIPath(["api", "reveals", "kv"] + path.segments.dropFirst())
        try await RevealCommand.show(api, route, body: body) { value in
          guard field == nil else { return RevealCommand.write(text: value.shown) }
          var table = Table(["FIELD", "VALUE"])
          for (name, member) in value.members { table.add([name, member.shown]) }
          table.write(to: .output)
        }
      }
    }
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run",
      abstract: "Show a part of a run's log that is masked or removed.",
      discussion: """
        SEQ is the number of the line, PART what the line itself calls it: request.url, request.headers, request.body, \
        query, response.headers, response.body or variables.NAME. Shown is what answers and the starting request brought; \
        write-only values and secrets of the key/value store stay masked. With --file the part is written to a file byte \
        for byte, as a file that an answer was; that is refused where anything in it would have to stay masked.

        With --opening, what opens a commitment of the run's receipt is written to a file: the value and its salt. SEQ and \
        PART are then those of the receipt, whose first line has request, request_headers and variables.NAME. Whoever gets \
        receipt and file checks both without the service: `chancery verify-receipt --opening`.
        """)

    @OptionGroup var client: ClientOptions
    @OptionGroup var grounds: Grounds

    @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
    var runID: String

    @Argument(help: "The number of a line of its log.")
    var seq: Int

    @Argument(help: "Which part of the line.")
    var part: String

    @Option(help: ArgumentHelp("Write the bytes to this file, which only you may read.", valueName: "path"))
    var file: String?

    @Option(
      help: ArgumentHelp("Write the value with its salt to this file, which only you may read.", valueName: "path"))
    var opening: String?

    func validate() throws {
      guard file == nil || opening == nil else { throw ValidationError("give --file, or --opening") }
    }

    func run() async throws {
      var writer = JSONWriter()
      writer.beginObject()
      grounds.write(to: &writer)
      writer.key("seq")
      writer.integer(Int64(seq))
      writer.key("part")
      writer.string(part)
      if file != nil || opening != nil {
        writer.key("as")
        writer.string(file == nil ? "opening" : "bytes")
      }
      writer.endObject()
      let body = writer.finish()
      let path = APIPath("api", "reveals", "runs", runID)
      try await APIClient.connect(client) { api in
        if let opening {
          return try await RevealCommand.show(api, path, body: body, as: "opening") { value in
            try OutputFile.replace(opening, with: Array((value.shown + "\n").utf8), mode: 0o600)
            Terminal.output.line("\(SafeText.show(opening)) opens \(SafeText.show(part)) of line \(seq) of the receipt")
          }
        }
        guard let file else {
          return try await RevealCommand.show(api, path, body: body) { RevealCommand.write(text: $0.shown) }
        }
        try await RevealCommand.show(api, path, body: body, as: "base64") { value in
          guard let bytes = Base64.decode(value.string ?? "") else {
            throw CommandFailure(.unavailable, "the service did not answer with bytes")
          }
          try OutputFile.replace(file, with: bytes, mode: 0o600)
          Terminal.output.line("\(bytes.count) bytes in \(SafeText.show(file))")
        }
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List requests that have not expired.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var json: JSONOption

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, APIPath("api", "reveals"))
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let requests = try answer.json(api.address)["reveals"]?.items ?? []
        guard !requests.isEmpty else { return Terminal.errors.line("no request waits") }
        var table = Table(["REQUEST", "STATE", "WHO", "WHAT", "VERSION", "PART", "UNTIL (UTC)", "REASON"])
        for request in requests {
          table.add(
            ["request", "state", "requester", "path", "version", "part"].map { request[$0]?.shown ?? "" } + [
              Moment.text(request["expires_at"]?.string), request["reason"]?.shown ?? "",
            ])
        }
        table.write(to: .output)
      }
    }
  }

  struct Consent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Consent to another person's request. Shows nothing of the value.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The request's id.")
    var id: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        let view = try await api.send(.POST, APIPath("api", "reveals", id, "consent")).json(api.address)
        let words =
          "\(view["requester"]?.shown ?? "?") may have \(view["path"]?.shown ?? "?") shown once, until "
          + "\(Moment.text(view["expires_at"]?.string)) (UTC)"
        Terminal.output.line(SafeText.show(words))
      }
    }
  }

  struct Decline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decline a request, or withdraw your own.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The request's id.")
    var id: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, APIPath("api", "reveals", id, "decline"))
        Terminal.output.line(SafeText.show("the request \(id) is declined"))
      }
    }
  }
}
