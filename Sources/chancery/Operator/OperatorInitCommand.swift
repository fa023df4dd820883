import ArgumentParser
import Glibc

/// `operator init`: makes an installation, without a service.
struct OperatorInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a data folder: keys, key file, root token.",
    discussion: """
      Works on the folder itself, before the service is started for the first time. The key file opens the service: keep \
      it apart from the data folder, and keep a copy of it. What is at its path already is used, if it is a key file. \
      Standard output holds the root token alone, this once; it lives 24 hours, long enough to make an administrator's \
      token. Everything else goes to standard error. An initialisation that was interrupted is completed.

      `chancery serve --dev` makes a development folder by itself.
      """)

  @OptionGroup var folder: DataFolderOption

  @Option(
    help: ArgumentHelp(
      "Where the key file is put. Else beside the data folder: its name and `.key`.", valueName: "file"),
    completion: .file())
  var keyFile: String?

  func run() async throws {
    let keyPath = keyFile ?? folder.path + ".key"
    try refuseInside(keyPath)
    let result = try await Initialisation(folder: folder.path, keyFile: keyPath).perform()
    let said = Terminal.errors
    said.line("The data folder \(SafeText.show(folder.path)) is initialised.")
    said.line("  key file    \(SafeText.show(keyPath))")
    said.line("  ledger key  \(result.ledgerKey)")
    said.line("Keep the key file apart from the folder, and a copy of it: without it nothing can be opened.")
    said.line("Keep the ledger key: with it anybody can verify that the ledger was not changed.")
    said.line("Next: chancery serve --data \(SafeText.show(folder.path))")
    said.line("      chancery operator unseal --key-file \(SafeText.show(keyPath))")
    said.line("The root token, shown this once, valid for 24 hours:")
    Terminal.output.line(result.rootToken)
  }

  /// A key in the folder that it opens protects nothing: both would be copied and lost together.
  private func refuseInside(_ keyPath: String) throws(CommandFailure) {
    let slash = keyPath.lastIndex(of: "/")
    let parent = slash.map { $0 == keyPath.startIndex ? "/" : String(keyPath[..<$0]) } ?? "."
    let inside = CommandFailure(
      .usage, "the key file would lie in the data folder that it opens",
      remedy: "Name a place outside it with --key-file.")
    guard let keyFolder = Self.resolved(parent) else {
      // The data folder may be still to make: then only the paths can say it.
      if parent == folder.path || parent.hasPrefix(folder.path + "/") { throw inside }
      throw CommandFailure(
        .usage, "the folder of the key file is not there", remedy: "Make it, or name another place with --key-file.")
    }
    guard let dataFolder = Self.resolved(folder.path) else { return }
    if keyFolder == dataFolder || keyFolder.hasPrefix(dataFolder + "/") { throw inside }
  }

  private static func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }
}
