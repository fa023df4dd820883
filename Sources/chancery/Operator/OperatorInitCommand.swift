import ArgumentParser
import Cryptography
import Keyring

/// `operator init`: makes an installation, without a service.
struct OperatorInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a data folder: keys, key file or passphrase, root token.",
    discussion: """
      Works on the folder itself, before the service is started for the first time. The key file opens the service: keep \
      it apart from the data folder, and keep a copy of it. What is at its path already is used, if it is a key file. \
      With --passphrase a passphrase opens the service instead, and no key file is made: it is asked for twice at a \
      terminal, else read from the first line of standard input. \
      With --generate-passphrase it is made here, of 100 random bits, and is the first line of standard output. \
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

  @Flag(help: "A passphrase of at least 12 bytes opens the service, instead of a key file.")
  var passphrase = false

  @Flag(help: "The same, with a passphrase of 100 random bits that is made here and shown once.")
  var generatePassphrase = false

  func run() async throws {
    guard [keyFile != nil, passphrase, generatePassphrase].count(where: { $0 }) <= 1 else {
      throw CommandFailure(
        .usage, "--key-file, --passphrase and --generate-passphrase are ways to open a folder; give one of them")
    }
    let hasPassphrase = passphrase || generatePassphrase
    var generated: GuardedBytes?
    let keyPath = keyFile ?? folder.path + ".key"
    let credential: SealCredential
    if generatePassphrase {
      let text = Passphrase.generated()
      generated = text
      credential = .passphrase(try Passphrase(text))
    } else if passphrase {
      credential = .passphrase(try Passphrase(try PassphraseInput.new("passphrase")))
    } else {
      try folder.refuseInside(keyPath)
      credential = .keyFile(path: keyPath)
    }
    if let generated {
      // Before anything is made with it: an initialisation that is interrupted can then be completed.
      Terminal.errors.line("The passphrase, shown this once and stored nowhere:")
      PassphraseInput.show(generated)
    }
    let result = try await Initialisation(folder: folder.path, credential: credential).perform()
    let said = Terminal.errors
    said.line("The data folder \(SafeText.show(folder.path)) is initialised.")
    if !hasPassphrase { said.line("  key file    \(SafeText.show(keyPath))") }
    said.line("  ledger key  \(result.ledgerKey)")
    if hasPassphrase {
      said.line("Keep the passphrase: it is stored nowhere, and without it nothing can be opened.")
    } else {
      said.line("Keep the key file apart from the folder, and a copy of it: without it nothing can be opened.")
    }
    said.line("Keep the ledger key: with it anybody can verify that the ledger was not changed.")
    said.line("Next: chancery serve --data \(SafeText.show(folder.path))")
    said.line(
      "      chancery operator unseal \(hasPassphrase ? "--passphrase" : "--key-file \(SafeText.show(keyPath))")")
    said.line("The root token, shown this once, valid for 24 hours:")
    Terminal.output.line(result.rootToken)
  }
}
