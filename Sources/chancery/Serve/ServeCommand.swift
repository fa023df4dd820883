import ArgumentParser
import CHardening
import Cryptography
import Glibc

/// `serve`: the service itself.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run the service.",
    discussion: """
      The service starts sealed unless --key-file names the key file of the data folder (`operator init`); `operator
      unseal` opens a sealed one. A passphrase is never given here: a folder that has no other seal starts sealed. With
      --dev everything is made on the way, for trying things out on this machine: the key lies in the data folder, and
      the root token in dev/root-token below it.

      Calls to loopback, private and link-local addresses are refused, and so is plain HTTP, unless --allow-egress (or
      `egress: { allow: [...] }` in the configuration) names that very host and port.
      """)

  @OptionGroup var folder: DataFolderOption

  @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port"))
  var listen: String?

  @Option(help: ArgumentHelp("Certificate chain, PEM. With --tls-key.", valueName: "file"), completion: .file())
  var tlsCert: String?

  @Option(help: ArgumentHelp("Private key, PEM.", valueName: "file"), completion: .file())
  var tlsKey: String?

  @Option(help: ArgumentHelp("A configuration file, YAML or JSON.", valueName: "file"), completion: .file())
  var config: String?

  @Flag(help: "Development: initialise and unseal by itself, loopback only.")
  var dev = false

  @Option(help: ArgumentHelp("What start URLs and links begin with.", valueName: "url"))
  var publicURL: String?

  @Option(
    help: ArgumentHelp("A host and port that calls may reach although they are not public.", valueName: "host:port"))
  var allowEgress: [String] = []

  @Option(
    help: ArgumentHelp("The folder whose files SQLite data sources may be.", valueName: "folder"),
    completion: .directory)
  var sqliteFolder: String?

  @Option(
    help: ArgumentHelp("Unseal at the start with this key file.", valueName: "file"), completion: .file())
  var keyFile: String?

  @Flag(help: "The clock of this machine is right, though an earlier reading was later.")
  var acceptClock = false

  @Flag(help: "Begin although secrets cannot be kept out of swap: the limit on locked memory is too low.")
  var allowUnlockedMemory = false

  func run() async throws {
    umask(0o077)
    let hardening = chancery_forbid_dumps()
    var settings = try config.map { try ServiceSettings(file: $0) } ?? ServiceSettings()
    try settings.override(with: self)
    let confinement = try Confinement.begin(
      folder: folder.path, sqliteFolder: settings.sqliteFolder, makesFolder: dev, port: settings.listen.port)
    if hardening != 0 {
      Terminal.errors.line("warning: core dumps could not be switched off (error \(hardening))")
    }
    try lockMemory()
    try await ServiceAssembly(
      settings: settings, folder: folder.path, isDevelopment: dev, keyFile: keyFile, acceptsClock: acceptClock,
      hardening: confinement.report
    ).run()
  }

  /// A limit on locked memory that is too low is noticed now, and not under load.
  private func lockMemory() throws {
    do {
      try SecretArena.shared.reserve(allowingUnlocked: allowUnlockedMemory || dev)
    } catch {
      throw CommandFailure(
        .notSo, "Secrets cannot be kept out of swap: the limit on locked memory is too low.",
        remedy: "Raise it to 64 MiB (ulimit -l, LimitMEMLOCK=), or begin with --allow-unlocked-memory.")
    }
    if SecretArena.shared.status.unlockedBytes > 0 {
      Terminal.errors.line("warning: secrets may reach swap: the limit on locked memory is too low")
    }
  }
}
