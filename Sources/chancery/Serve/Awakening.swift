import Access
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

  init(core: ServerCore, signer: HeadSigner, folder: String, isDevelopment: Bool) {
    self.core = core
    self.signer = signer
    self.folder = folder
    self.isDevelopment = isDevelopment
    core.onUnseal { [self] in try await first() }
  }

  func first() async throws {
    let identity = try LedgerIdentity(core.parts.keyring)
    signer.use(identity)
    var batch = WriteBatch()
    if let key = identity.verifierKey?.text, try await core.parts.store.setting("ledger-key") == nil {
      batch.intentions.append(.saveSetting(name: "ledger-key", value: Array(key.utf8)))
    }
    batch.ledger.append(
      LedgerDraft(
        kind: .ceremony, actor: .service, action: isDevelopment ? "start-development" : "start", subject: "service",
        outcome: "ok"))
    _ = try await core.parts.store.commit(batch)
    try sweepRunKeys(try await core.parts.store.runKeySlots())
    try await core.policies.renew()
    if core.policies.book.names.isEmpty { try await saveRoles() }
    if isDevelopment { try await saveDevelopmentToken() }
    try await core.awaken()
    if let head = try await core.parts.store.ledgerHead() { Terminal.errors.line("ledger head:\n\(head)") }
  }

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
  func announce(port: Int, scheme: String, host: String) async {
    let shown = host.contains(":") ? "[\(host)]" : host
    let state = core.parts.isSealed ? " (sealed: run `chancery operator unseal`)" : ""
    Terminal.errors.line("chancery is ready on \(scheme)://\(shown):\(port)\(state)")
    guard isDevelopment else { return }
    Terminal.errors.line(
      "DEVELOPMENT: the key of this service lies in its data folder; use it for nothing that matters")
    Terminal.errors.line("  root token: \(folder)/dev/root-token")
  }
}
