import Keyring
import Ledger
import Runner
import SQLiteStore
import Storage

/// A change of the seals of a folder that no service has open: proven before it counts, and told to the ledger.
struct SealCeremony: Sendable {
  enum Change: Sendable {
    /// One more, which a key file opens; it is made when nothing is at the path.
    case addKeyFile(path: String)
    /// One more, which a passphrase opens.
    case addPassphrase(Passphrase)
    /// One less. All that stay must be shown.
    case remove(named: String, staying: [SealCredential])

    fileprivate var action: String {
      switch self {
      case .addKeyFile, .addPassphrase: "add-seal"
      case .remove: "remove-seal"
      }
    }
  }

  let folder: String
  /// What opens the folder already.
  let proof: SealCredential
  let change: Change

  /// Holds the lock on the folder while it works. The ledger says what is begun before it is done, so that no seal can
  /// come or go unseen; after a crash in between it may have happened or not. Throws `KeyringError`, `StoreFault`, or
  /// `CommandFailure` for a folder whose initialisation did not come to its end.
  func perform() async throws -> SealDescription {
    guard try KeyringFolder(folder).isInitialised else { throw KeyringError.notInitialised }
    let signer = HeadSigner()
    let store = try SQLiteStore.forCeremony(
      folder, signer, onFailedSync: "the disk did not keep what was written; the seals may have changed or not")
    do {
      let seal = try await perform(store, signer)
      await store.close()
      return seal
    } catch {
      await store.close()
      throw error
    }
  }

  private func perform(_ store: SQLiteStore, _ signer: HeadSigner) async throws -> SealDescription {
    guard try await store.ledgerState().size > 0 else {
      throw CommandFailure(
        .notSo, "the initialisation of the data folder did not come to its end",
        remedy: "Complete it with `chancery operator init`.")
    }
    let keyring = try KeyringFolder(folder).open(with: proof)
    let identity = try LedgerIdentity(keyring)
    try await checkLedger(store, identity)
    signer.use(identity)
    try await tell(store, keyring, outcome: "begun")
    let seal: SealDescription
    do throws(KeyringError) {
      switch change {
      case .addKeyFile(let path): seal = try keyring.addKeyFileSeal(at: path)
      case .addPassphrase(let passphrase): seal = try keyring.addPassphraseSeal(passphrase)
      case .remove(let name, let staying):
        seal = try keyring.removeSeal(named: name, staying: staying, at: ServiceClock.system.now())
      }
    } catch {
      try? await tell(store, keyring, outcome: error.ledgerReason)
      throw error
    }
    try await tell(store, keyring, outcome: "ok")
    keyring.wipe()
    return seal
  }

  /// Nothing is signed on top of a ledger that somebody changed.
  private func checkLedger(_ store: SQLiteStore, _ identity: LedgerIdentity) async throws {
    var head: SignedHead?
    if let text = try await store.ledgerHead(), let key = identity.verifierKey {
      do throws(LedgerFault) {
        head = try SignedHead.verify(text, keys: [key])
      } catch {
        throw StoreFault.ledgerBroken(error)
      }
    }
    _ = try await store.anchor(AnchorReading(from: AnchorCheckpoint(), to: head))
  }

  private func tell(_ store: SQLiteStore, _ keyring: Keyring, outcome: String) async throws {
    let kinds: [SealKind] =
      switch change {
      case .addKeyFile: [.keyFile]
      case .addPassphrase: [.passphrase]
      case .remove: try keyring.sealKinds
      }
    let entry = LedgerDraft(
      .ceremony(seals: kinds.map(\.rawValue), term: try keyring.currentTerm),
      actor: .seal(proof.kind.rawValue), action: change.action, subject: "data folder", outcome: outcome)
    _ = try await store.commit(WriteBatch(ledger: [entry]))
  }
}
