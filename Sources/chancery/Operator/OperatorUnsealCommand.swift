import ArgumentParser
import Cryptography
import Encodings

/// `operator unseal --key-file F` and `operator unseal --passphrase`
struct OperatorUnsealCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal", abstract: "Open the service with a key file or a passphrase, which is sent to it.",
    discussion: """
      The passphrase is asked for at a terminal, else read from the first line of standard input. The service tries one \
      at a time; while it tries another, this waits a few seconds.
      """)

  @OptionGroup var client: ClientOptions

  @Option(help: ArgumentHelp("The key file that `operator init` made.", valueName: "file"), completion: .file())
  var keyFile: String?

  @Flag(help: "Open it with the passphrase that `operator init --passphrase` was given.")
  var passphrase = false

  /// While the service tries another passphrase: how often this one is sent, and how long it waits in between.
  private static let attempts = 10
  private static let pause = Duration.milliseconds(500)

  func run() async throws {
    let body: [UInt8]
    switch (keyFile, passphrase) {
    case (let file?, false): body = try Self.body(keyFile: file)
    case (nil, true): body = Self.body(passphrase: try PassphraseInput.existing("passphrase"))
    default: throw CommandFailure(.usage, "give --key-file FILE or --passphrase: what opens the service")
    }
    try await APIClient.connect(client, as: .nobody) { api in
      let answer = try await send(body, to: api)
      if answer.status == 400 { throw refusal }
      guard answer.status == 200 else { throw answer.failure(address: api.address) }
      guard try answer.json(api.address)["sealed"]?.bool == false else {
        throw CommandFailure(.unavailable, "the service is still sealed")
      }
      Terminal.output.line("the service is unsealed")
    }
  }

  private func send(_ body: [UInt8], to api: APIClient) async throws -> APIAnswer {
    let path = APIPath("v1", "sys", "unseal")
    for _ in 1..<Self.attempts {
      let answer = try await api.exchange(.PUT, path, body: body)
      guard passphrase, answer.status == 503 else { return answer }
      try await Task.sleep(for: Self.pause)
    }
    return try await api.exchange(.PUT, path, body: body)
  }

  private var refusal: CommandFailure {
    passphrase
      ? CommandFailure(
        .notSo, "the service does not open with this passphrase",
        remedy: "Type it as it was when the data folder was initialised.")
      : CommandFailure(
        .notSo, "the service does not open with this key file",
        remedy: "Name the key file that was made with its data folder, or a copy of it.")
  }

  private static func body(keyFile: String) throws(CommandFailure) -> [UInt8] {
    let bytes = try InputFile.read(keyFile, limit: 4096)
    if keyFile != "-", InputFile.isOpenToOthers(keyFile) {
      Terminal.errors.line("warning: others may read the key file \(SafeText.show(keyFile)); chmod 600 closes it")
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("key")
    writer.string(Base64.encode(bytes))
    writer.endObject()
    return writer.finish()
  }

  private static func body(passphrase: GuardedBytes) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("passphrase")
    passphrase.withBytes { writer.stringBytes($0) }
    writer.endObject()
    return writer.finish()
  }
}
