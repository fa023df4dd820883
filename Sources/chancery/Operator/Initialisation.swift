import Access
import Destinations
import Egress
import Encodings
import Glibc
import Keyring
import Ledger
import NIOPosix
import Runner
import SQLiteStore
import Storage

/// The making of an installation: store, keys, root token, the first entries of the ledger.
struct Initialisation: Sendable {
  struct Result: Sendable {
    /// To be shown once.
    var rootToken: String
    /// The text of the ledger's verifier key.
    var ledgerKey: String
  }

  let folder: String
  let credential: SealCredential

  /// Holds the lock on the folder while it works. Throws `KeyringError` or `StoreFault`. A folder whose keys were made
  /// but whose ledger has no entry was left by an initialisation that did not come to its end: with what opens it this
  /// completes it, because nobody has ever had a token for it.
  func perform() async throws -> Result {
    let signer = HeadSigner()
    let store = try SQLiteStore.forCeremony(
      folder, signer, onFailedSync: "the disk did not keep what was written; initialise another folder")
    do {
      let result = try await perform(store, signer)
      await store.close()
      return result
    } catch {
      await store.close()
      throw error
    }
  }

  private func perform(_ store: SQLiteStore, _ signer: HeadSigner) async throws -> Result {
    let keys = KeyringFolder(folder)
    let isInitialised = try keys.isInitialised
    if isInitialised, try await store.ledgerState().size > 0 { throw KeyringError.alreadyInitialised }
    let now = ServiceClock.system.now()
    let keyring = try isInitialised ? keys.open(with: credential) : keys.initialise(seal: credential, at: now)
    let identity = try LedgerIdentity(keyring)
    signer.use(identity)
    let token = try await rootToken(store, keyring, now)
    let entry = LedgerDraft(
      .ceremony(seals: [credential.kind.rawValue], term: try keyring.currentTerm),
      actor: .seal(credential.kind.rawValue), action: "init", subject: "data folder", outcome: "ok")
    let ledgerKey = identity.verifierKey?.text ?? ""
    let setting = Intention.saveSetting(name: "ledger-key", value: Array(ledgerKey.utf8))
    _ = try await store.commit(WriteBatch([setting], ledger: [entry]))
    return Result(rootToken: token, ledgerKey: ledgerKey)
  }

  private func rootToken(_ store: SQLiteStore, _ keyring: Keyring, _ now: Instant) async throws -> String {
    // Nothing is sent here; the token's book takes the parts of a whole service.
    let group = MultiThreadedEventLoopGroup.singleton
    let rules = EgressRules(allowed: [], publicReach: .onlyNamed)
    let resolver = SystemResolver(group: group, limits: EgressLimits())
    let client = EgressGuard(rules: rules, resolver: resolver, group: group)
    let parts = ServiceParts(
      store: store, keyring: keyring, client: client, rules: rules, clock: .system, publicURL: nil)
    let book = TokenBook(parts: parts)
    let issued = try TokenIssuance.root(now: now, hasher: book.hasher)
    try await book.store(issued, by: EntityID.root.text)
    await client.shutDown()
    await resolver.shutDown()
    return issued.secret.disclosedToHolder()
  }
}

extension SQLiteStore {
  /// The store of a folder that no service has open: it holds the lock until it is closed. Throws `StoreFault`.
  static func forCeremony(
    _ folder: String, _ signer: HeadSigner, onFailedSync sentence: String
  ) throws -> SQLiteStore {
    try SQLiteStore(
      SQLiteStore.Configuration(
        folder: folder, now: ServiceClock.system.now, signHead: { signer.sign($0) },
        onFailedSync: {
          Terminal.errors.line("error: \(sentence)")
          _exit(1)
        }))
  }
}
