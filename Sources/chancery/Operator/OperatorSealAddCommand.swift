import ArgumentParser
import Cryptography
import Keyring

/// `operator seal-add`: a further seal beside those that a data folder has.
struct OperatorSealAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal-add",
    abstract: "Add a seal to a data folder: a further key file or passphrase that opens it.",
    discussion: """
      Works on the folder itself, while no service has it open. What opens it already must be shown: --with-key-file \
      or --with-passphrase. Each seal opens everything, so the weakest counts. Passphrases are asked for at a terminal, \
      else read from standard input, a line each: first the one that opens the folder, then the new one.
      """)

  @OptionGroup var folder: DataFolderOption

  @Option(help: ArgumentHelp("A key file that opens the folder already.", valueName: "file"), completion: .file())
  var withKeyFile: String?

  @Flag(help: "A passphrase opens the folder already.")
  var withPassphrase = false

  @Option(
    help: ArgumentHelp("Add this key file; it is made when nothing is there.", valueName: "file"), completion: .file())
  var keyFile: String?

  @Flag(help: "Add a passphrase of at least 12 bytes.")
  var passphrase = false

  @Flag(help: "Add a passphrase of 100 random bits, made here and written to standard output, this once.")
  var generatePassphrase = false

  func run() async throws {
    // What is wrong with the command line is said before anything is asked.
    guard (withKeyFile != nil) != withPassphrase else {
      throw CommandFailure(.usage, "give --with-key-file FILE or --with-passphrase: what opens the folder already")
    }
    guard [keyFile != nil, passphrase, generatePassphrase].count(where: { $0 }) == 1 else {
      throw CommandFailure(
        .usage, "give --key-file FILE, --passphrase or --generate-passphrase: what is to open the folder too")
    }
    guard try KeyringFolder(folder.path).isInitialised else { throw KeyringError.notInitialised }
    let proof: SealCredential
    if let withKeyFile {
      proof = .keyFile(path: withKeyFile)
    } else {
      proof = .passphrase(try Passphrase(try PassphraseInput.existing("passphrase that opens it now")))
    }
    let change: SealCeremony.Change
    var generated: GuardedBytes?
    if let keyFile {
      try folder.refuseInside(keyFile)
      change = .addKeyFile(path: keyFile)
    } else if generatePassphrase {
      let text = Passphrase.generated()
      generated = text
      change = .addPassphrase(try Passphrase(text))
    } else {
      change = .addPassphrase(try Passphrase(try PassphraseInput.new("new passphrase")))
    }
    let seal = try await SealCeremony(folder: folder.path, proof: proof, change: change).perform()
    if let generated {
      Terminal.errors.line("The passphrase, shown this once and stored nowhere:")
      PassphraseInput.show(generated)
    }
    let said = generated == nil ? Terminal.output : Terminal.errors
    said.line(
      "the data folder \(SafeText.show(folder.path)) has a further seal: \(seal.kind.rawValue) \(seal.id.short)")
  }
}
