import ArgumentParser
import Keyring

/// `operator seal-remove`: one of the seals of a data folder goes.
struct OperatorSealRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal-remove",
    abstract: "Remove a seal from a data folder: its key file or passphrase opens it no more.",
    discussion: """
      Works on the folder itself, while no service has it open. The keyring gets a new root key and a new term, so each \
      seal that stays is made anew and must be shown: its key file with --with-key-file, once for each, and the \
      passphrases of those that stay, asked for at a terminal, else read from standard input, a line each. Copies of the \
      folder that were made before still open with the removed seal. `operator seals` lists the names.
      """)

  @OptionGroup var folder: DataFolderOption

  @Argument(help: "The name of the seal, or its first eight characters or more.")
  var seal: String

  @Option(
    help: ArgumentHelp("The key file of a seal that stays; may be given several times.", valueName: "file"),
    completion: .file())
  var withKeyFile: [String] = []

  func run() async throws {
    let keys = KeyringFolder(folder.path)
    guard try keys.isInitialised else { throw KeyringError.notInitialised }
    // What cannot be done is said before anything is asked.
    let seals = try keys.seals()
    let staying = seals.filter { !$0.id.text.hasPrefix(seal) }
    guard staying.count == seals.count - 1 else { throw KeyringError.noSuchSeal(seal) }
    guard !staying.isEmpty else { throw KeyringError.lastSeal }
    var credentials = withKeyFile.map { SealCredential.keyFile(path: $0) }
    for description in staying where description.kind == .passphrase {
      let text = try PassphraseInput.existing("passphrase of the seal \(description.id.short), which stays")
      credentials.append(.passphrase(try Passphrase(text)))
    }
    guard let proof = credentials.first else {
      throw KeyringError.sealNotShown(staying[0].kind, staying[0].id)
    }
    let removed = try await SealCeremony(
      folder: folder.path, proof: proof, change: .remove(named: seal, staying: credentials)
    ).perform()
    Terminal.output.line(
      "the seal \(removed.id.short) (\(removed.kind.rawValue)) of \(SafeText.show(folder.path)) is removed; \(staying.count) "
        + (staying.count == 1 ? "is left" : "are left"))
    Terminal.errors.line("Copies of the folder that were made before still open with it.")
  }
}

/// `operator seals`: what opens a data folder.
struct OperatorSealsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seals",
    abstract: "List the seals of a data folder: kind and name. Each of them opens everything.")

  @OptionGroup var folder: DataFolderOption

  func run() async throws {
    let keys = KeyringFolder(folder.path)
    guard try keys.isInitialised else { throw KeyringError.notInitialised }
    for seal in try keys.seals() { Terminal.output.line("\(seal.kind.rawValue)  \(seal.id.text)") }
  }
}
