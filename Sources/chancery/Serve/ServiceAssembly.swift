import Access
import Cryptography
import DataSources
import Destinations
import Egress
import Encodings
import Glibc
import Keyring
import Ledger
import Logging
import NIOPosix
import PostQuantum
import Runner
import SQLiteStore
import Server
import ServiceLifecycle
import Storage
import Webhooks

/// Joins the parts of the service and runs them until it is told to stop.
struct ServiceAssembly: Sendable {
  let settings: ServiceSettings
  let folder: String
  let isDevelopment: Bool
  let keyFile: String?
  /// The clock is right, though an earlier reading was later.
  let acceptsClock: Bool
  /// What the process has taken from itself, in a line.
  let hardening: String

  func run() async throws {
    // Before the store, which would make what is missing.
    try checkFolder()
    let signer = HeadSigner()
    let store = try await openStore(signer)
    do {
      try await run(store, signer)
      await store.close()
    } catch {
      await store.close()
      throw error
    }
  }

  /// A service whose watcher was killed is killed by the kernel, and has the folder for some milliseconds more: the next
  /// one waits a second for it.
  private func openStore(_ signer: HeadSigner) async throws -> SQLiteStore {
    for _ in 0..<50 {
      do {
        return try makeStore(signer)
      } catch StoreFault.folderLocked {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    return try makeStore(signer)
  }

  private func makeStore(_ signer: HeadSigner) throws -> SQLiteStore {
    try SQLiteStore(
      SQLiteStore.Configuration(
        folder: folder, now: ServiceClock.system.now, signHead: { signer.sign($0) },
        onFailedSync: {
          Terminal.errors.line(
            "error: the disk did not keep what was written; the service ends so that nothing is lost")
          _exit(1)
        }))
  }

  private func sqliteFolder() throws(CommandFailure) -> SQLiteFolder? {
    guard let path = settings.sqliteFolder else { return nil }
    do throws(SQLiteFolder.Refusal) {
      return try SQLiteFolder(path, own: folder)
    } catch {
      switch error {
      case .notAFolder:
        throw CommandFailure(.usage, "--sqlite-folder \(SafeText.show(path)) is no folder.", remedy: "Make it first.")
      case .holdsOwnData:
        throw CommandFailure(
          .usage, "--sqlite-folder \(SafeText.show(path)) holds the service's own data folder, or lies in it.",
          remedy: "Give data sources a folder of their own.")
      }
    }
  }

  private func run(_ store: SQLiteStore, _ signer: HeadSigner) async throws {
    if !isDevelopment, try await store.ledgerState().size == 0 {
      throw CommandFailure(
        .notSo, "The data folder \(folder) has keys, but nothing is in its database: not even how it began.",
        remedy: "Restore the database from a backup, or complete an interrupted `chancery operator init`.")
    }
    let keyring = try openKeyring()
    let group = MultiThreadedEventLoopGroup.singleton
    let rules = EgressRules(allowed: settings.allowed)
    let resolver = SystemResolver(group: group, limits: EgressLimits())
    let client = EgressGuard(rules: rules, resolver: resolver, group: group)
    let address = settings.listen
    let scheme = settings.tls == nil ? "http" : "https"
    let own = "\(scheme)://\(address.host.contains(":") ? "[\(address.host)]" : address.host):\(address.port)"
    let parts = ServiceParts(
      store: store, keyring: keyring, client: client, rules: rules, clock: .system,
      publicURL: settings.publicURL ?? own, postQuantum: MLDSA(), dataSources: DataSources(folder: try sqliteFolder()))
    let library = DocumentLibrary(parts: parts)
    let runner = Runner(parts: parts, library: library, caps: settings.caps)
    let core = ServerCore(
      parts: parts, library: library, endpoints: EndpointBook(library: library), runner: runner,
      admission: Admission(runner: runner), policies: PolicyShelf(parts: parts),
      verifier: WebhookVerifier(decoyKey: GuardedBytes(random: 32), isOwnToken: { PresentedToken.hasForm($0) }),
      isDevelopment: isDevelopment)
    let awakening = Awakening(core: core, signer: signer, folder: folder, isDevelopment: isDevelopment)
    try await awakening.beginClock(accepting: acceptsClock)
    // Nothing is written before the service listens: a start that fails leaves the folder as it was. Until everything is
    // read, requests are told to come again.
    let beginning = Beginning()
    let listener = try Listener.service(
      core: core, address: address, tls: settings.tls, proxies: settings.trustedProxies
    ) { port in
      do {
        if !parts.isSealed { try await awakening.first() }
        await awakening.announce(port: port, scheme: scheme, host: address.host, hardening: hardening)
      } catch {
        await beginning.fail(with: error)
      }
    }
    let silent = Logger(label: "chancery.services") { _ in SwiftLogNoOpLogHandler() }
    let services = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          runner,
          Outbox(runner: runner, endpoints: core.endpoints),
          ScheduledStarts(runner: runner, admission: core.admission) { !core.isSealed },
          Housekeeping(
            core: core, awakening: awakening, retentionDays: settings.retentionDays,
            requestLogDays: settings.requestLogDays, rotationDays: settings.rotationDays),
          listener,
        ],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: silent))
    beginning.stop = { await services.triggerGracefulShutdown() }
    do {
      try await services.run()
      if let failure = beginning.failure { throw failure }
    } catch {
      await client.shutDown()
      await resolver.shutDown()
      throw listeningFailure(error)
    }
    await client.shutDown()
    await resolver.shutDown()
    // Without it the next start only reads more.
    try? await awakening.keepCheckpoint()
    keyring.wipe()
    Terminal.errors.line("chancery has stopped")
  }

  /// A taken port and the like, in words; other errors by their kind only.
  private func listeningFailure(_ error: any Error) -> any Error {
    guard "\(type(of: error))" == "IOError" || "\(type(of: error))" == "NIOFcntlFailedError" else { return error }
    return CommandFailure(
      .notSo, "The service cannot listen on \(settings.listen.host):\(settings.listen.port).",
      remedy: "Another process may have the port; name another one with --listen HOST:PORT.")
  }

  /// Refuses a folder that the service would have to make up: one without keys, and one whose keys are there and whose
  /// database is not. Touches nothing.
  private func checkFolder() throws {
    var status = stat()
    let isThere = stat(folder, &status) == 0
    if isThere, status.st_mode & S_IFMT != S_IFDIR { throw StoreFault.notAFolder(path: folder) }
    let isInitialised = try isThere && KeyringFolder(folder).isInitialised
    guard isInitialised else {
      if isDevelopment { return }
      throw CommandFailure(
        .notSo, "The data folder \(folder) is not initialised.",
        remedy: "Run: chancery operator init --data \(folder)   (or serve --dev, to try things out)")
    }
    let database = "\(folder)/chancery.db"
    let hasContent = stat(database, &status) == 0 && status.st_size > 0
    // An initialisation that was interrupted before its database is no loss: nobody has had a token for it yet.
    let wasUsed = !isDevelopment || access("\(folder)/dev/root-token", F_OK) == 0
    if wasUsed, !hasContent {
      throw CommandFailure(
        .notSo, "The data folder \(folder) has keys, but its database \(database) is missing or empty.",
        remedy: "Restore the database from a backup; nothing was changed. A new one would begin with an empty ledger.")
    }
  }

  /// The keyring of the folder: open under `--dev` and `--key-file`, else sealed.
  private func openKeyring() throws -> Keyring {
    let keys = KeyringFolder(folder)
    if isDevelopment {
      guard try keys.isInitialised else { return try keys.initialise(seal: .dev, at: ServiceClock.system.now()) }
      return try keys.open(with: .dev)
    }
    if try keys.sealKinds.contains(.dev) { throw KeyringError.folderHasDevSeal }
    if let keyFile { return try keys.open(with: .keyFile(path: keyFile)) }
    return try keys.sealedKeyring()
  }
}
