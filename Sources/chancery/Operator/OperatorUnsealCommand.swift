import ArgumentParser
import Encodings

/// `operator unseal --key-file F`
struct OperatorUnsealCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal", abstract: "Open the service with a key file, which is sent to it.")

  @OptionGroup var client: ClientOptions

  @Option(help: ArgumentHelp("The key file that `operator init` made.", valueName: "file"), completion: .file())
  var keyFile: String

  func run() async throws {
    let bytes = try InputFile.read(keyFile, limit: 4096)
    if keyFile != "-", InputFile.isOpenToOthers(keyFile) {
      Terminal.errors.line("warning: others may read the key file \(SafeText.show(keyFile)); chmod 600 closes it")
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("key")
    writer.string(Base64.encode(bytes))
    writer.endObject()
    let body = writer.finish()
    try await APIClient.connect(client, as: .nobody) { api in
      let answer = try await api.exchange(.PUT, APIPath("v1", "sys", "unseal"), body: body)
      if answer.status == 400 {
        throw CommandFailure(
          .notSo, "the service does not open with this key file",
          remedy: "Name the key file that was made with its data folder, or a copy of it.")
      }
      guard answer.status == 200 else { throw answer.failure(address: api.address) }
      guard try answer.json(api.address)["sealed"]?.bool == false else {
        throw CommandFailure(.unavailable, "the service is still sealed")
      }
      Terminal.output.line("the service is unsealed")
    }
  }
}
