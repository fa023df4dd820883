import Cryptography
import Encodings
import Keyring
import Ledger
import Synchronization

/// The ledger's name and its signing key, both derived from the installation's key: they stay as long as the keyring.
///
/// The name holds a hash of the public key, so that the ledgers of two installations never have the same name and a
/// head of one is not taken for a head of the other.
struct LedgerIdentity: Sendable {
  let origin: LedgerOrigin
  private let key: Ed25519.SigningKey

  /// Throws `sealed`.
  init(_ keyring: Keyring) throws {
    key = Ed25519.SigningKey(seed: try keyring.key(.ledgerHead, placement: .guardedPages), placement: .guardedPages)
    origin = try LedgerOrigin("chancery/\(Hex.encode(Digest.sha256(key.publicKey).prefix(8)))")
  }

  /// What an outsider needs to verify heads; never nil, because the key has the length that it asks for.
  var verifierKey: VerifierKey? { VerifierKey(origin: origin, publicKey: key.publicKey) }

  /// The receipt of a finished run.
  func receipt(of statement: RunReceipt.Statement) -> RunReceipt { RunReceipt.sign(statement, as: origin, with: key) }

  /// The signed note over a state.
  func head(of state: LedgerState) -> String { SignedHead.sign(state, as: origin, with: key).text }
}

/// Signs heads for a store that is opened before there is a key, and outlives its sealing.
final class HeadSigner: Sendable {
  /// Under the lock: nil while there is no key.
  private let identity = Mutex<LedgerIdentity?>(nil)

  /// From now on heads are signed by this key; nil: by none.
  func use(_ identity: LedgerIdentity?) { self.identity.withLock { $0 = identity } }

  func receipt(of statement: RunReceipt.Statement) -> RunReceipt? {
    identity.withLock { $0 }?.receipt(of: statement)
  }

  func sign(_ state: LedgerState) -> String? { identity.withLock { $0 }?.head(of: state) }
}
