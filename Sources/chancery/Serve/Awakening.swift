import Access
import Cryptography
import Encodings
import Glibc
import Keyring
import Ledger
import Runner
import Server
import Storage
import Synchronization

/// What happens when the keys come: the ledger gets its signer, a first start its policies and, under `--dev`, its
/// token; the head of the ledger is printed, so that whoever keeps the output can tell a rolled-back ledger.
final class Awakening: Sendable {
  private let core: ServerCore
  private let signer: HeadSigner
  private let folder: String
  private let isDevelopment: Bool
  /// Under the lock: the ledger's size at the checkpoint that is kept.
  private let keptSize = Mutex<UInt64>(0)
  /// Under the lock: the reading that the clock was found behind of last.
  private let alarmedAt = Mutex<Instant?>(nil)
  /// Under the lock: whether somebody said that the clock is right.
  private let acceptance = Mutex(false)

  private var isClockAccepted: Bool {
    get { acceptance.withLock { $0 } }
    set { acceptance.withLock { $0 = newValue } }
  }

  init(core: ServerCore, signer: HeadSigner, folder: String, isDevelopment: Bool) {
    self.core = core
    self.signer = signer
    self.folder = folder
    self.isDevelopment = isDevelopment
    core.onUnseal { [self] kind in try await awaken(.seal(kind.rawValue), "unseal") }
    core.onSeal { signer.use(nil) }
    core.onReceipt { signer.receipt(of: $0) }
  }

  // MARK: The clock

  /// What an earlier process read of the clock; before the service listens. With `accepting` the clock is right whatever
  /// that was.
  func beginClock(accepting: Bool) async throws {
    let newest = try await core.parts.store.lastNotedTime()
    core.beginClock(newest: newest)
    isClockAccepted = accepting
    guard accepting else {
      if case .behind(let newest) = core.readClock() { sayBehind(core.parts.clock.now(), newest) }
      return
    }
    core.acceptClock()
  }

  /// The clock is behind: said and recorded once until it is right again.
  func alarm(clock now: Instant, newest: Instant) async {
    guard
      alarmedAt.withLock({ alarmed in
        defer { alarmed = newest }
        return alarmed != newest
      })
    else { return }
    sayBehind(now, newest)
    guard !core.isSealed else { return }
    let draft = LedgerDraft(
      .clock(last: newest, now: now), actor: .service, action: "alarm", subject: "clock", outcome: "behind")
    _ = try? await core.parts.store.commit(WriteBatch(ledger: [draft]))
  }

  private func sayBehind(_ now: Instant, _ newest: Instant) {
    Terminal.errors.line(
      "warning: the clock says \(now.rfc3339), but was read as \(newest.rfc3339) before: starts from outside are refused "
        + "until it has caught up. If it is right now: serve --accept-clock")
  }

  /// At the start of a service that has its keys.
  func first() async throws {
    try await awaken(.service, isDevelopment ? "start-development" : "start")
  }

  private func awaken(_ actor: LedgerActor, _ action: String) async throws {
    let identity = try LedgerIdentity(core.parts.keyring)
    // Before anything is written: a ledger or a policy that somebody changed stops the service with its data as they were.
    try await anchor(identity)
    try await core.policies.renew()
    signer.use(identity)
    var batch = WriteBatch()
    if let key = identity.verifierKey?.text, try await core.parts.store.setting("ledger-key") == nil {
      batch.intentions.append(.saveSetting(name: "ledger-key", value: Array(key.utf8)))
    }
    batch.ledger.append(
      LedgerDraft(kind: .ceremony, actor: actor, action: action, subject: "service", outcome: "ok"))
    if isClockAccepted, let newest = try await core.parts.store.lastNotedTime(), newest > core.parts.clock.now() {
      let now = core.parts.clock.now()
      batch.intentions.append(.resetTime(now))
      batch.ledger.append(
        LedgerDraft(
          .clock(last: newest, now: now), actor: .service, action: "accept", subject: "clock", outcome: "ok"))
    }
    _ = try await core.parts.store.commit(batch)
    try sweepRunKeys(try await core.parts.store.runKeySlots())
    core.parts.search.use(try await core.parts.store.searchDays())
    try await mendDocuments()
    if core.policies.book.names.isEmpty { try await saveRoles() }
    if isDevelopment { try await saveDevelopmentToken() }
    try await core.awaken()
    if let head = try await core.parts.store.ledgerHead() { Terminal.errors.line("ledger head:\n\(head)") }
  }

  // MARK: Which rows stand

  private static let checkpointName = "anchor-checkpoint"
  /// Rows that are worth a checkpoint.
  private static let manyRows: UInt64 = 20_000

  /// Reads the ledger against its signed head, so that a row which was put back or written by somebody else is noticed
  /// when it is read. Before anything is written.
  private func anchor(_ identity: LedgerIdentity) async throws {
    let store = core.parts.store
    var head: SignedHead?
    if let text = try await store.ledgerHead(), let key = identity.verifierKey {
      do throws(LedgerFault) {
        head = try SignedHead.verify(text, keys: [key])
      } catch {
        throw StoreFault.ledgerBroken(error)
      }
    }
    let checkpoint = try await keptCheckpoint() ?? AnchorCheckpoint()
    _ = try await store.anchor(AnchorReading(from: checkpoint, to: head))
    keptSize.withLock { $0 = checkpoint.state.size }
  }

  /// Keeps a checkpoint where the next start would have much to read without it.
  func keepCheckpointIfWorthIt() async throws {
    let size = try await core.parts.store.ledgerState().size
    if size - min(size, keptSize.withLock { $0 }) > Self.manyRows { try await keepCheckpoint() }
  }

  /// The checkpoint that was kept, where it is one of this service's own.
  private func keptCheckpoint() async throws -> AnchorCheckpoint? {
    guard let kept = try await core.parts.store.setting(Self.checkpointName), kept.count > 32 else { return nil }
    let text = Array(kept.dropFirst(32))
    let mac = try core.parts.keyring.mac(.anchorCheckpoint, message: text)
    return ConstantTime.areEqual(mac, kept.prefix(32)) ? AnchorCheckpoint(serialised: text) : nil
  }

  /// Keeps where the next start may begin to read; called at the end, and from time to time.
  func keepCheckpoint() async throws {
    guard !core.parts.isSealed, let checkpoint = try await core.parts.store.anchorCheckpoint() else { return }
    let text = checkpoint.serialised
    let mac = try core.parts.keyring.mac(.anchorCheckpoint, message: text)
    _ = try await core.parts.store.commit(WriteBatch([.saveSetting(name: Self.checkpointName, value: mac + text)]))
    keptSize.withLock { $0 = checkpoint.state.size }
  }

  /// Documents whose names a release before let the database cut.
  private func mendDocuments() async throws {
    for document in try await DocumentMending(library: core.library).run() {
      Terminal.errors.line(
        "warning: the name of \(document) held U+0000, which is no part of a name any more: it was saved anew without")
    }
  }

  // MARK: What a first start brings

  /// Run keys that no stored run needs were allocated ahead of a start that was never committed.
  private func sweepRunKeys(_ needed: Set<UInt32>) throws {
    try core.parts.keyring.runKeys.sweep(keeping: needed)
  }

  private func saveRoles() async throws {
    for (name, text) in RolePolicies.texts {
      guard let policyName = try? PolicyName(name),
        case .success(let policy) = PolicyParser.parse(text, name: policyName)
      else { throw CommandFailure(.notSo, "The role policy \(name) that comes with this release does not parse.") }
      try await core.policies.save(policy, by: "service")
    }
  }

  /// The token lies in the folder for as long as the folder does; an existing one is kept.
  private func saveDevelopmentToken() async throws {
    let path = "\(folder)/dev/root-token"
    if access(path, F_OK) == 0 { return }
    guard mkdir("\(folder)/dev", 0o700) == 0 || errno == EEXIST else {
      throw CommandFailure(.notSo, "The folder \(folder)/dev cannot be made (error \(errno)).")
    }
    let issued = try TokenIssuance.root(
      lifetime: .unlimitedInDevelopment, now: core.parts.clock.now(), hasher: core.tokens.hasher)
    try await core.tokens.store(issued, by: "service")
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CommandFailure(.notSo, "The file \(path) cannot be written (error \(errno)).") }
    defer { close(descriptor) }
    let text = Array((issued.secret.disclosedToHolder() + "\n").utf8)
    guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
      throw CommandFailure(.notSo, "The file \(path) cannot be written (error \(errno)).")
    }
  }

  /// Called once, when the service listens.
  func announce(port: Int, scheme: String, host: String, hardening: String) async {
    Terminal.errors.line(hardening)
    let shown = host.contains(":") ? "[\(host)]" : host
    let state = core.parts.isSealed ? " (sealed: run `chancery operator unseal`)" : ""
    Terminal.errors.line("chancery is ready on \(scheme)://\(shown):\(port)\(state)")
    guard isDevelopment else { return }
    Terminal.errors.line(
      "DEVELOPMENT: the key of this service lies in its data folder; use it for nothing that matters")
    Terminal.errors.line("  root token: \(folder)/dev/root-token")
  }
}
