import Keyring
import Ledger
import SQLiteStore
import Storage

/// A further seal for a folder that no service has open: proven before it counts, and told to the ledger.
struct SealAddition: Sendable {
  /// What the new seal is opened with.
  enum Addition: Sendable {
    /// The path of a key file; one is made when nothing is there.
    case keyFile(path: String)
    case passphrase(Passphrase)

    var kind: SealKind {
      switch self {
      case .keyFile: .keyFile
      case .passphrase: .passphrase
      }
    }
  }

  let folder: String
  /// What opens the folder already.
  let proof: SealCredential
  let addition: Addition

  /// Holds the lock on the folder while it works. The ledger says that a seal is being added before there is one, so
  /// that none can come about unseen; after a crash in between the folder may have it or not. Throws `KeyringError`,
  /// `StoreFault`, or `CommandFailure` for a folder whose initialisation did not come to its end.
  func perform() async throws -> SealDescription {
    guard try KeyringFolder(folder).isInitialised else { throw KeyringError.notInitialised }
    let signer = HeadSigner()
    let store = try SQLiteStore.forCeremony(
      folder, signer, onFailedSync: "the disk did not keep what was written; the seal may be there or not")
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
      switch addition {
      case .keyFile(let path): seal = try keyring.addKeyFileSeal(at: path)
      case .passphrase(let passphrase): seal = try keyring.addPassphraseSeal(passphrase)
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
    let entry = LedgerDraft(
      .ceremony(seals: [addition.kind.rawValue], term: try keyring.currentTerm),
      actor: .seal(proof.kind.rawValue), action: "add-seal", subject: "data folder", outcome: outcome)
    _ = try await store.commit(WriteBatch(ledger: [entry]))
  }
}
