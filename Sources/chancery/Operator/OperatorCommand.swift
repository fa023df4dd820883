import ArgumentParser
import Glibc

/// `operator`: the ceremonies of an installation.
struct OperatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Initialise, unseal and seal the service.",
    subcommands: [
      OperatorInitCommand.self, OperatorUnsealCommand.self, OperatorSealCommand.self, OperatorSealAddCommand.self,
      OperatorSealRemoveCommand.self, OperatorSealsCommand.self, OperatorRotateCommand.self, OperatorStatusCommand.self,
    ])
}

/// The data folder of an installation.
struct DataFolderOption: ParsableArguments {
  @Option(help: ArgumentHelp("The data folder.", valueName: "folder"), completion: .directory)
  var data = "chancery-data"

  /// Without a slash at its end.
  var path: String {
    var path = data
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// A key in the folder that it opens protects nothing: both would be copied and lost together. Throws `usage`.
  func refuseInside(_ keyPath: String) throws(CommandFailure) {
    let slash = keyPath.lastIndex(of: "/")
    let parent = slash.map { $0 == keyPath.startIndex ? "/" : String(keyPath[..<$0]) } ?? "."
    let inside = CommandFailure(
      .usage, "the key file would lie in the data folder that it opens",
      remedy: "Name a place outside it with --key-file.")
    guard let keyFolder = Self.resolved(parent) else {
      // The data folder may be still to make: then only the paths can say it.
      if parent == path || parent.hasPrefix(path + "/") { throw inside }
      throw CommandFailure(
        .usage, "the folder of the key file is not there", remedy: "Make it, or name another place with --key-file.")
    }
    guard let dataFolder = Self.resolved(path) else { return }
    if keyFolder == dataFolder || keyFolder.hasPrefix(dataFolder + "/") { throw inside }
  }

  private static func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }
}
