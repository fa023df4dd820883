internal import Cryptography

/// An open keyring: root key, installation key and terms, all in guarded memory. Immutable; rotation makes another.
final class OpenKeyring: Sendable {
  let root: GuardedBytes
  /// Names the installation; not secret.
  let installation: [UInt8]
  let installationKey: GuardedBytes
  let installationKeys: PurposeKeys
  /// In the order of their numbers; never empty.
  let terms: [Term]
  let current: Term

  init(root: GuardedBytes, installation: [UInt8], installationKey: GuardedBytes, terms: [Term], current: Term) {
    self.root = root
    self.installation = installation
    self.installationKey = installationKey
    self.installationKeys = installationKey.withBytes { PurposeKeys(parent: $0) }
    self.terms = terms
    self.current = current
  }

  private init(after other: OpenKeyring, with term: Term, root: GuardedBytes) {
    self.root = root
    installation = other.installation
    installationKey = other.installationKey
    installationKeys = other.installationKeys
    terms = other.terms + [term]
    current = term
  }

  /// The same keyring with one more term, which becomes the current one.
  func adding(_ term: Term) -> OpenKeyring { OpenKeyring(after: self, with: term, root: root) }

  /// The same with one more term, kept under another root key.
  func adding(_ term: Term, under root: GuardedBytes) -> OpenKeyring {
    OpenKeyring(after: self, with: term, root: root)
  }

  func term(_ number: UInt32) throws(KeyringError) -> Term {
    if number == current.number { return current }
    guard let term = terms.first(where: { $0.number == number }) else { throw .unknownTerm(number) }
    return term
  }

  /// The keys that a purpose of the keyring (not of a run) is derived from.
  func keys(for purpose: Purpose, term: Term) throws(KeyringError) -> PurposeKeys {
    switch purpose.rotation {
    case .term, .rewrite: term.purposeKeys
    case .installation: installationKeys
    case .run: throw .wrongPurpose(purpose)
    }
  }
}
