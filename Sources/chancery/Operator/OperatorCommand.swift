import ArgumentParser

/// `operator`: the ceremonies of an installation.
struct OperatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Initialise, unseal and seal the service.",
    subcommands: [
      OperatorInitCommand.self, OperatorUnsealCommand.self, OperatorSealCommand.self, OperatorStatusCommand.self,
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
}
