package import Cryptography
package import Encodings
internal import Synchronization

/// The keys of an installation. One object for the life of the process: it may be sealed (keys wiped, every use refused
/// with `sealed`) and unsealed again.
package final class Keyring: Sendable {
  /// The keys of runs; sealed together with the keyring.
  package let runKeys: RunKeys

  private let folder: KeyringFolder
  private let cell: KeyringCell
  /// Held while the keyring file is written, so that one writer's file never replaces a later one's.
  private let writing = Mutex(())
  /// What is made of passphrases is made in here, outside `writing`.
  let deriving = DerivationGate()

  init(_ keyring: OpenKeyring?, folder: KeyringFolder) {
    self.folder = folder
    self.cell = KeyringCell(keyring)
    self.runKeys = RunKeys(path: folder.runKeysPath, files: folder.files, random: folder.random, cell: cell)
  }

  /// Sealed or open, and under which term.
  package var state: KeyringState { cell.state }

  /// The term under which new values are sealed. Throws `sealed`.
  package var currentTerm: UInt32 {
    get throws(KeyringError) { try cell.keyring().current.number }
  }

  /// All terms, oldest first. Throws `sealed`.
  package func terms() throws(KeyringError) -> [TermStatus] {
    let keyring = try cell.keyring()
    return keyring.terms.map { term in
      TermStatus(
        number: term.number, createdAt: term.createdAt, uses: term.useCount, isCurrent: term === keyring.current)
    }
  }
}

// MARK: Values and keys

extension Keyring {
  /// Seals under the current term. Throws `sealed`, `tooLarge`, or `file` when the term's use count cannot be kept; and
  /// `wrongPurpose` or `wrongContext`, which are bugs of the caller.
  package func seal(
    _ plaintext: some Collection<UInt8>, in context: EnvelopeContext
  ) throws(KeyringError) -> Envelope {
    try plaintext.withRawBytes { (plaintext) throws(KeyringError) in try seal(raw: plaintext, in: context) }
  }

  /// The same for a plaintext in secret memory.
  package func seal(_ plaintext: GuardedBytes, in context: EnvelopeContext) throws(KeyringError) -> Envelope {
    try plaintext.withBytes { (plaintext) throws(KeyringError) in try seal(raw: plaintext, in: context) }
  }

  private func seal(raw plaintext: UnsafeRawBufferPointer, in context: EnvelopeContext) throws(KeyringError) -> Envelope
  {
    try Self.check(context.purpose, .envelope, context.context)
    let keyring = try cell.keyring()
    let term = keyring.current
    let keys = try keyring.keys(for: context.purpose, term: term)
    try countUse(of: term)
    return try keys.withContextKey(context.purpose, context.context) { (key) throws(KeyringError) in
      try Envelope.seal(plaintext, in: context, contextKey: key, term: term.number, random: folder.random)
    }
  }

  /// Opens under whatever term it was sealed; the plaintext lies in ordinary memory. Throws `sealed`, `unknownTerm`,
  /// `commitmentMismatch` or `cannotOpen`. Tell the caller no more than `callerMessage`.
  package func open(_ envelope: Envelope, in context: EnvelopeContext) throws(KeyringError) -> [UInt8] {
    try withContextKey(for: envelope, context) { (key) throws(KeyringError) in
      try envelope.open(in: context, contextKey: key)
    }
  }

  /// The same, with the plaintext in secret memory.
  package func openGuarded(_ envelope: Envelope, in context: EnvelopeContext) throws(KeyringError) -> GuardedBytes {
    try withContextKey(for: envelope, context) { (key) throws(KeyringError) in
      try envelope.openGuarded(in: context, contextKey: key)
    }
  }

  /// The same content under the current term; nil where it is that already. The plaintext is in secret memory meanwhile.
  /// Throws as `openGuarded` and `seal`.
  package func resealed(_ envelope: Envelope, in context: EnvelopeContext) throws(KeyringError) -> Envelope? {
    guard try envelope.term != currentTerm else { return nil }
    let content = try openGuarded(envelope, in: context)
    let outcome: Result<Envelope, KeyringError> = content.withBytes { bytes in
      do throws(KeyringError) { return .success(try seal(raw: bytes, in: context)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  /// A keyed hash of 32 bytes, for purposes whose algorithm is that. Stays the same when the keyring is rotated.
  /// Throws `sealed`; `wrongPurpose` and `wrongContext` are bugs of the caller.
  package func mac(
    _ purpose: Purpose, context: [[UInt8]] = [], message: some Collection<UInt8>
  ) throws(KeyringError) -> [UInt8] {
    try message.withRawBytes { (message) throws(KeyringError) in
      try mac(purpose, context: context, raw: message)
    }
  }

  /// The same of a secret, which stays in guarded memory.
  package func mac(
    _ purpose: Purpose, context: [[UInt8]] = [], secret: GuardedBytes
  ) throws(KeyringError) -> [UInt8] {
    try secret.withBytes { (secret) throws(KeyringError) in try mac(purpose, context: context, raw: secret) }
  }

  private func mac(
    _ purpose: Purpose, context: [[UInt8]], raw message: UnsafeRawBufferPointer
  ) throws(KeyringError) -> [UInt8] {
    try Self.check(purpose, .keyedHash, context)
    let keyring = try cell.keyring()
    return try keyring.keys(for: purpose, term: keyring.current).withContextKey(purpose, context) { key in
      Array(unsafeUninitializedCapacity: 32) { output, filled in
        let hash = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<32])
        BLAKE2b.hash(into: hash, rawKey: key) { $0.append(message) }
        filled = 32
      }
    }
  }

  /// 32 bytes of key, for purposes whose rooms need the key itself (the seed of the ledger's heads, the decoy of
  /// unknown endpoints). Throws `sealed`; `wrongPurpose` and `wrongContext` are bugs of the caller.
  package func key(
    _ purpose: Purpose, context: [[UInt8]] = [], placement: GuardedBytes.Placement = .arena
  ) throws(KeyringError) -> GuardedBytes {
    switch purpose.algorithm {
    case .ed25519Seed, .secret: break
    case .envelope, .keyedHash, .blockEncryption: throw .wrongPurpose(purpose)
    }
    try Self.check(purpose, purpose.algorithm, context)
    let keyring = try cell.keyring()
    return try keyring.keys(for: purpose, term: keyring.current).withContextKey(purpose, context) { key in
      GuardedBytes(copying: key, placement: placement)
    }
  }

  private func withContextKey<R>(
    for envelope: Envelope, _ context: EnvelopeContext, _ body: (UnsafeRawBufferPointer) throws(KeyringError) -> R
  ) throws(KeyringError) -> R {
    try Self.check(context.purpose, .envelope, context.context)
    let keyring = try cell.keyring()
    let keys = try keyring.keys(for: context.purpose, term: try keyring.term(envelope.term))
    return try keys.withContextKey(context.purpose, context.context, body)
  }

  static func check(
    _ purpose: Purpose, _ algorithm: Purpose.Algorithm, _ context: [[UInt8]]
  ) throws(KeyringError) {
    guard purpose.algorithm == algorithm else { throw .wrongPurpose(purpose) }
    let expected = purpose.contextFields.count
    guard context.count == expected else {
      throw .wrongContext(purpose, expected: expected, given: context.count)
    }
  }
}

// MARK: Life of the keyring

extension Keyring {
  /// Makes a new term and seals new values under it; older ones still open. On disk before it is used. When it throws
  /// `file`, the term in use is the old one, and the file holds either. Returns the new term's number.
  @discardableResult
  package func rotate(at now: Instant) throws(KeyringError) -> UInt32 {
    try whileWriting { () throws(KeyringError) in
      let keyring = try cell.keyring()
      let term = try nextTerm(after: keyring, at: now)
      let next = keyring.adding(term)
      try folder.write(next, reserving: [term.number: UseCount.reservation])
      term.noteReserved(UseCount.reservation)
      try cell.apply(.rotated(term: term.number), next)
      return term.number
    }
  }

  /// Opens the sealed keyring again; an open one stays as it is. Whether it was this call that opened it. A passphrase
  /// takes its time on the caller's thread, outside every lock. Throws as `KeyringFolder.open`, and `passphraseBusy`.
  @discardableResult
  package func unseal(with credential: SealCredential) throws(KeyringError) -> Bool {
    let seal =
      switch credential {
      case .keyFile, .dev: try folder.unwrap(with: credential)
      case .passphrase: try deriving.pass { () throws(KeyringError) in try folder.unwrap(with: credential) }
      }
    return try unseal(seal)
  }

  /// The same with a passphrase, while the caller's thread goes on with other work: a derivation takes most of a second.
  @discardableResult
  package func unseal(awaiting passphrase: Passphrase) async throws(KeyringError) -> Bool {
    let folder = folder
    return try unseal(
      try await deriving.passElsewhere { () throws(KeyringError) in try folder.unwrap(with: .passphrase(passphrase)) })
  }

  /// Opens the sealed keyring with the content of a key file, for an operator who is elsewhere. The content is the key:
  /// whoever hands it over has it in guarded memory and wipes it. Throws as `unseal(with:)`.
  @discardableResult
  package func unseal(presenting content: GuardedBytes) throws(KeyringError) -> Bool {
    try unseal(try folder.unwrap(presenting: content))
  }

  private func unseal(_ seal: OpenedSeal) throws(KeyringError) -> Bool {
    try whileWriting { () throws(KeyringError) in
      let keyring = try folder.keyring(behind: seal)
      return try cell.apply(.unsealed(term: keyring.current.number), keyring)
    }
  }

  /// Seals: nothing can be sealed, opened or hashed until `unseal`, and the keys are wiped as soon as the calls that
  /// are using them have ended. Then writes the use counts; if that fails, they are counted too high, never too low.
  package func wipe() {
    whileWriting {
      guard let keyring = try? cell.keyring() else { return }
      _ = try? cell.apply(.sealed, nil)
      runKeys.wipe()
      // Calls that took the keyring before it was sealed may still count a use each.
      let counts = keyring.terms.map { ($0.number, min($0.reservedUses, $0.useCount + UseCount.inFlight)) }
      try? folder.write(keyring, reserving: Dictionary(uniqueKeysWithValues: counts))
    }
  }

  /// Adds a seal that another key file opens; one is made when nothing is at the path. The seal is read back and opened
  /// before this returns. Each seal opens everything, so the weakest counts. Throws `sealed`, `sealAlreadyThere`,
  /// `devSealStandsAlone`, the faults of a key file, or `file`.
  @discardableResult
  package func addKeyFileSeal(at path: String) throws(KeyringError) -> SealDescription {
    try whileWriting { () throws(KeyringError) in
      let keyring = try cell.keyring()
      return try folder.addKeyFileSeal(at: path, to: keyring)
    }
  }

  /// Adds a seal that a passphrase opens, as `addKeyFileSeal`; `cost` is what each guess at it costs, and outside the
  /// bounds of a seal it is a caller's bug. The derivation is done outside every lock. Throws `sealed`,
  /// `devSealStandsAlone`, `tooManyPassphraseSeals`, `passphraseBusy`, `passphraseMemory` or `file`.
  @discardableResult
  package func addPassphraseSeal(
    _ passphrase: Passphrase, cost: PasswordHash.Cost = .moderate
  ) throws(KeyringError) -> SealDescription {
    _ = try cell.keyring()
    // What cannot be done is said before the work.
    try folder.checkRoomForPassphraseSeal()
    let key = try deriving.pass { () throws(KeyringError) in try folder.passphraseKey(passphrase, cost: cost) }
    return try whileWriting { () throws(KeyringError) in
      try folder.addPassphraseSeal(key, to: try cell.keyring())
    }
  }

  /// Removes the seal that `name` names (its beginning is enough) and puts the keyring under a new root key and a new
  /// term, so that a copy of the removed seal opens nothing that is written from now on; older copies of the whole folder
  /// still open with it. Each seal that stays is wrapped anew, so `staying` must open each of them. On disk before it
  /// returns; cut off in between, the next opening ends it or undoes it, and where a write fails the keyring is sealed. Passphrases take their time, outside every lock.
  /// Throws `sealed`, `devSealStandsAlone`, `noSuchSeal`, `lastSeal`, `sealNotShown`, `termLimitReached`, the faults of
  /// credentials, or `file`.
  package func removeSeal(
    named name: String, staying credentials: [SealCredential], at now: Instant
  ) throws(KeyringError) -> SealDescription {
    let keyring = try cell.keyring()
    let removal = try deriving.pass { () throws(KeyringError) in
      try SealRemoval.prepare(folder, keyring, removing: name, staying: credentials)
    }
    return try whileWriting { () throws(KeyringError) in
      let next = try nextTerm(after: try cell.keyring(), at: now)
      let changed = try cell.keyring().adding(next, under: removal.root)
      do throws(KeyringError) {
        try removal.perform(folder, changed)
      } catch {
        // Nobody knows under which root key the file is. Whatever this process wrote now could undo what was decided.
        _ = try? cell.apply(.sealed, nil)
        throw error
      }
      next.noteReserved(UseCount.reservation)
      try cell.apply(.rotated(term: next.number), changed)
      return removal.seal
    }
  }

  private func nextTerm(after keyring: OpenKeyring, at now: Instant) throws(KeyringError) -> Term {
    guard keyring.terms.count < KeyringFile.maximumTerms, let last = keyring.terms.last else {
      throw .termLimitReached(count: keyring.terms.count)
    }
    return Term(
      number: last.number + 1, createdAt: now,
      key: GuardedBytes(random: 32, placement: .guardedPages, from: folder.random), uses: 0)
  }

  /// The kinds of seals that the folder has now, for those who ask what opens it. Throws as `KeyringFolder.seals`.
  package var sealKinds: [SealKind] {
    get throws(KeyringError) { try folder.sealKinds }
  }

  private func countUse(of term: Term) throws(KeyringError) {
    switch term.countUse() {
    case .none: return
    // The use is covered by what the file says already: a failure is tried again later.
    case .reserveSoon: try? reserve(term)
    case .reserveNow: try reserve(term)
    }
  }

  private func reserve(_ term: Term) throws(KeyringError) {
    try whileWriting { () throws(KeyringError) in
      let count = term.useCount
      // Another thread may have done it while this one waited.
      guard UInt64(term.reservedUses) < count + UseCount.margin else { return }
      let reservation = count + UseCount.reservation
      try folder.write(try cell.keyring(), reserving: [term.number: reservation])
      term.noteReserved(reservation)
    }
  }

  private func whileWriting<R, E>(_ body: () throws(E) -> R) throws(E) -> R {
    let outcome: Result<R, E> = writing.withLock { _ in
      do throws(E) { return .success(try body()) } catch { return .failure(error) }
    }
    return try outcome.get()
  }
}
