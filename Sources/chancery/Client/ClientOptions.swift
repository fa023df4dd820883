import ArgumentParser

/// Which service a client command talks to, and as whom.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The service's address. Else CHANCERY_ADDR, else http://127.0.0.1:8200.", valueName: "url"))
  var address: String?

  @Option(
    help: ArgumentHelp(
      "A file with the token, such as DIR/dev/root-token of a development service. Else CHANCERY_TOKEN, else the token of login.",
      valueName: "file"))
  var tokenFile: String?

  static let standardAddress = "http://127.0.0.1:8200"

  /// The address that holds, before it is checked.
  var effectiveAddress: String { address ?? Environment["CHANCERY_ADDR"] ?? Self.standardAddress }

  /// The token, from the file where one is named, else from the environment, else that of `login` for this service. Throws
  /// `usage`; the sentence never shows it.
  func token(for address: ServiceAddress) throws(CommandFailure) -> String {
    let text: String
    if let tokenFile {
      text = try InputFile.value(tokenFile, limit: 4096)
      if InputFile.isOpenToOthers(tokenFile) {
        Terminal.errors.line("warning: others may read the token file \(SafeText.show(tokenFile)); chmod 600 closes it")
      }
    } else if let value = Environment["CHANCERY_TOKEN"] {
      text = value
    } else if let value = try TokenFile.standard?.token(for: address) {
      text = value
    } else {
      throw CommandFailure(
        .usage, "this command needs a token",
        remedy: "Log in with `chancery login`, set CHANCERY_TOKEN, or name a file with --token-file.")
    }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CommandFailure(
        .usage, "what \(tokenFile.map { SafeText.show($0) } ?? "CHANCERY_TOKEN") holds is no token",
        remedy: "A token is one line of visible characters, such as hvs.….")
    }
    return text
  }
}

/// Lists in the form of programs.
struct JSONOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print the service's JSON instead of a table.")
  var isOn = false
}
