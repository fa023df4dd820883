package import Cryptography
import Encodings
package import Ledger
package import NamedKeys
import Storage
import Synchronization

/// The named keys, as they are stored: making, changing and using them. Material is opened for one use and forgotten.
package final class KeyBook: Sendable {
  private let parts: ServiceParts
  /// Making a key pair takes up to seconds: one at a time, on a thread of its own.
  private let workshop = LoginGate()
  /// Uses that are on record and not yet used, by the key's id and version. Forgotten uses are counted as used.
  private let covered = Mutex<[String: UInt64]>([:])

  /// Under the lock: keys whose rotation or destruction failed, by id.
  private let failing = Mutex<Set<String>>([])

  /// How often a change is tried again that another one overtook.
  private static let attempts = 8
  /// Keys that a service holds.
  package static let maximumCount = 10_000

  /// The keys of a service.
  package init(parts: ServiceParts) { self.parts = parts }

  // MARK: Reading

  /// Names, sorted.
  package func names() async throws -> [String] { try await parts.store.namedKeyNames() }

  /// Throws `notFound`.
  package func key(_ name: KeyName) async throws -> NamedKey { try await load(name).key }

  /// For a caller who wants no other type. Throws `notFound`, `conflict` where the key is of another type.
  package func expectType(_ type: KeyType, of name: KeyName) async throws {
    let found = try await key(name).type
    guard found == type else {
      throw ServiceFault.conflict("The key `\(name.text)` is of type \(found.rawValue), not \(type.rawValue).")
    }
  }

  private func load(_ name: KeyName) async throws -> (key: NamedKey, revision: UInt64) {
    guard let row = try await parts.store.namedKey(name.text) else {
      throw ServiceFault.notFound(kind: "key", name: name.text)
    }
    let record = try parts.keyring.open(row.record, in: KeySeal.recordContext(row.name, revision: row.revision))
    return (try NamedKey(record: record, name: name), row.revision)
  }

  func material(_ key: NamedKey, _ version: UInt32) async throws -> KeyMaterial {
    guard let envelope = try await parts.store.keyMaterial(key.name.text, version: version) else {
      throw NamedKeyError.unknownVersion(version)
    }
    let bytes = try parts.keyring.openGuarded(
      envelope, in: KeySeal.materialContext(key.name.text, id: key.id, version: version))
    return try KeyMaterial.read(key.type, bytes, postQuantum: parts.postQuantum)
  }

  // MARK: Changing

  /// Makes a key. Throws `conflict` where the name is taken.
  package func create(
    _ name: KeyName, type: KeyType, purpose: KeyPurpose?, isDerived: Bool, rotationPeriodSeconds: Int64?,
    by actor: LedgerActor
  ) async throws -> NamedKey {
    guard try await parts.store.namedKey(name.text) == nil else {
      throw ServiceFault.conflict("A key `\(name.text)` exists already.")
    }
    guard try await names().count < Self.maximumCount else { throw NamedKeyError.tooLarge(limit: Self.maximumCount) }
    let made = try await generate(type)
    var key = try NamedKey(
      name: name, type: type, purpose: purpose, isDerived: isDerived, firstPublicKey: made.publicKey,
      createdAt: parts.clock.now())
    if let period = rotationPeriodSeconds { try key.configure(rotationPeriodSeconds: period) }
    try await save(key, revision: 1, adding: (1, made), action: "key-create", by: actor)
    return key
  }

  private func generate(_ type: KeyType) async throws -> KeyMaterial {
    let library = parts.postQuantum
    return try await workshop.pass { try KeyMaterial.generate(type, postQuantum: library) }
  }

  /// Adds a version.
  package func rotate(_ name: KeyName, by actor: LedgerActor) async throws -> NamedKey {
    let type = try await key(name).type
    let made = try await generate(type)
    return try await change(name, action: "key-rotate", by: actor) { key, now in
      try key.rotate(at: now, publicKey: made.publicKey)
      return (adding: (key.versions.latest, made), removing: [])
    }
  }

  /// Changes settings.
  package func configure(
    _ name: KeyName, minimumDecryption: UInt32?, minimumEncryption: UInt32?, rotationPeriodSeconds: Int64?,
    by actor: LedgerActor
  ) async throws -> NamedKey {
    try await change(name, action: "key-config", by: actor) { key, _ in
      try key.configure(
        minimumDecryption: minimumDecryption, minimumEncryption: minimumEncryption,
        rotationPeriodSeconds: rotationPeriodSeconds)
      return (adding: nil, removing: [])
    }
  }

  /// Destroys the material of versions below `minimum`.
  package func trim(_ name: KeyName, below minimum: UInt32, by actor: LedgerActor) async throws -> NamedKey {
    try await change(name, action: "key-trim", by: actor) { key, _ in
      (adding: nil, removing: try key.trim(below: minimum))
    }
  }

  /// Marks for destruction.
  package func delete(_ name: KeyName, waitingTimeSeconds: Int64?, by actor: LedgerActor) async throws -> NamedKey {
    try await change(name, action: "key-delete", by: actor) { key, now in
      try key.delete(at: now, waitingTimeSeconds: waitingTimeSeconds)
      return (adding: nil, removing: [])
    }
  }

  /// Takes a deletion back.
  package func restore(_ name: KeyName, by actor: LedgerActor) async throws -> NamedKey {
    try await change(name, action: "key-restore", by: actor) { key, now in
      try key.restore(at: now)
      return (adding: nil, removing: [])
    }
  }

  /// Rotates what is due, and destroys what has waited long enough. Called from time to time, by a clock that is believed.
  /// Whether something changed: endpoints check by the versions that there are. A key that fails stops no other one; the
  /// first time it stands in the ledger.
  package func tend() async -> Bool {
    var hasChanged = false
    for text in (try? await names()) ?? [] {
      guard let name = try? KeyName(text), let key = try? await key(name) else { continue }
      do {
        if try await tend(key) { hasChanged = true }
        failing.withLock { _ = $0.remove(key.id) }
      } catch {
        guard failing.withLock({ $0.insert(key.id).inserted }) else { continue }
        let action = key.isDestructionDue(at: parts.clock.now()) ? "key-destroy" : "key-rotate"
        try? await record(
          key, key.versions.latest, action, by: .service, outcome: "ALARM: \(ServiceFault.sentence(of: error))")
      }
    }
    return hasChanged
  }

  private func tend(_ key: NamedKey) async throws -> Bool {
    let now = parts.clock.now()
    if key.isDestructionDue(at: now) {
      let draft = draft(key, key.versions.latest, "key-destroy", by: .service)
      let intentions = [Intention.deleteNamedKey(name: key.name.text)] + (try await grants(of: key.name))
      try await commit(WriteBatch(intentions, ledger: [draft]))
    } else if key.isRotationDue(at: now) {
      _ = try await rotate(key.name, by: .service)
    } else {
      return false
    }
    return true
  }

  /// What takes every right to the key from every runbook: a later key of its name is another one.
  private func grants(of name: KeyName) async throws -> [Intention] {
    var found: [Intention] = []
    for runbook in try await parts.store.documents(.runbook) {
      for grant in try await parts.store.grants(runbookID: runbook.id) where KeyUse(grant.secretPath)?.name == name {
        found.append(.deleteGrant(runbookID: runbook.id, secretPath: grant.secretPath))
      }
    }
    return found
  }

  private typealias Change = (adding: (UInt32, KeyMaterial)?, removing: [UInt32])

  private func change(
    _ name: KeyName, action: String, by actor: LedgerActor,
    _ body: @Sendable (inout NamedKey, Instant) throws -> Change
  ) async throws -> NamedKey {
    for attempt in 1... {
      let loaded = try await load(name)
      var key = loaded.key
      let change = try body(&key, parts.clock.now())
      do {
        try await save(
          key, revision: loaded.revision + 1, adding: change.adding, removing: change.removing, action: action,
          by: actor)
        return key
      } catch CommitRefusal.revisionMoved where attempt < Self.attempts {
        continue
      }
    }
    throw ServiceFault.conflict("The key is being changed by others; try again.")
  }

  private func save(
    _ key: NamedKey, revision: UInt64, adding: (UInt32, KeyMaterial)?, removing: [UInt32] = [], action: String,
    by actor: LedgerActor
  ) async throws {
    let record = try KeySeal.seal(key, revision: revision, under: parts.keyring)
    var materials: [StoredKeyMaterial] = []
    if let (version, made) = adding {
      materials.append(
        StoredKeyMaterial(
          version: version, material: try KeySeal.seal(made, of: key, version: version, under: parts.keyring)))
    }
    let row = StoredNamedKey(
      name: key.name.text, revision: revision, updatedAt: parts.clock.now(), record: record)
    try await commit(
      WriteBatch(
        [.saveNamedKey(row, adding: materials, removing: removing)],
        ledger: [draft(key, key.versions.latest, action, by: actor)]))
  }

  private func commit(_ batch: WriteBatch) async throws { _ = try await parts.store.commit(batch) }

  private func draft(
    _ key: NamedKey, _ version: UInt32, _ action: String, by actor: LedgerActor, outcome: String = "ok"
  ) -> LedgerDraft {
    LedgerDraft(
      .key(version: UInt64(version)), actor: actor, action: action, subject: key.name.text, outcome: outcome)
  }
}

// MARK: Using

extension KeyBook {
  /// What a use gives beside its result.
  package struct Used<Result: Sendable>: Sendable {
    /// What was made or opened.
    package let result: Result
    /// Which version did it.
    package let version: UInt32
    /// Whether the version should be followed by another soon.
    package let shouldRotate: Bool
  }

  /// Encrypts for a caller.
  package func encrypt(
    _ message: GuardedBytes, with name: KeyName, version: UInt32?, context: [UInt8]?, associatedData: [UInt8],
    by actor: LedgerActor
  ) async throws -> Used<String> {
    let (key, material, chosen) = try await prepare(name, .encryption, version)
    let cipher = try DataCipher.encrypting(key, chosen, material, context: context)
    let rotates = try await cover(key, chosen)
    let text = try cipher.encrypt(message, associatedData: associatedData)
    try await record(key, chosen, "encrypt", by: actor)
    return Used(result: text.text, version: chosen, shouldRotate: rotates)
  }

  /// Decrypts for a caller: the plaintext leaves the service.
  package func decrypt(
    _ text: KeyText, with name: KeyName, context: [UInt8]?, associatedData: [UInt8], by actor: LedgerActor
  ) async throws -> Used<GuardedBytes> {
    let key = try await key(name)
    try key.expectUsable(for: .encryption)
    _ = try key.versions.opening(text.version)
    let cipher = try DataCipher.decrypting(
      key, text.version, try await material(key, text.version), context: context)
    do {
      let plaintext = try cipher.decrypt(text, associatedData: associatedData)
      // On record before it is given out.
      try await record(key, text.version, "decrypt", by: actor)
      return Used(result: plaintext, version: text.version, shouldRotate: false)
    } catch NamedKeyError.cannotOpen {
      try await record(key, text.version, "decrypt", by: actor, outcome: "cannot open")
      throw NamedKeyError.cannotOpen
    }
  }

  /// Signs a message together with the key's name, type and version.
  package func sign(
    _ message: [UInt8], with name: KeyName, version: UInt32?, context: [UInt8]?, by actor: LedgerActor
  ) async throws -> Used<String> {
    let (key, material, chosen) = try await prepare(name, .signing, version)
    let signer = try Signer(key, chosen, material, context: context)
    let rotates = try await cover(key, chosen)
    let text = try signer.sign(message)
    try await record(key, chosen, "sign", by: actor)
    return Used(result: text.text, version: chosen, shouldRotate: rotates)
  }

  /// Signs a bare message in the form of others.
  package func signMessage(
    _ message: [UInt8], with name: KeyName, as way: BareSigner.Way, version: UInt32?, context: [UInt8]?,
    by actor: LedgerActor
  ) async throws -> Used<[UInt8]> {
    let (key, material, chosen) = try await prepare(name, .messages, version)
    let signer = try BareSigner(key, chosen, material, context: context)
    let rotates = try await cover(key, chosen)
    let signature = try signer.sign(message, as: way)
    try await record(key, chosen, "sign-message", by: actor)
    return Used(result: signature, version: chosen, shouldRotate: rotates)
  }

  /// Whether a text of `sign` is a signature of the message.
  package func verify(
    _ text: KeyText, for message: [UInt8], with name: KeyName, context: [UInt8]?, by actor: LedgerActor
  ) async throws -> Used<Bool> {
    let key = try await key(name)
    try key.expectUsable(for: .signing)
    _ = try key.versions.opening(text.version)
    let needed = key.type == .hmac ? try await material(key, text.version) : nil
    let verifier = try SignatureVerifier(
      key, text.version, material: needed, context: context, postQuantum: parts.postQuantum)
    let isValid = verifier.isValid(text, for: message)
    try await record(key, text.version, "verify", by: actor, outcome: isValid ? "ok" : "not valid")
    return Used(result: isValid, version: text.version, shouldRotate: false)
  }

  /// Whether the bytes are a bare signature of the message, in the form of others: by the version that is named, else by
  /// any that verifies, the newest first. The version of what is none is the first that was tried.
  ///
  /// Throws `notFound`, and `algorithm` where a key of this type does not sign so.
  package func verifyMessage(
    _ signature: [UInt8], for message: [UInt8], with name: KeyName, as way: BareSigner.Way, version: UInt32?,
    context: [UInt8]?, by actor: LedgerActor
  ) async throws -> Used<Bool> {
    let key = try await key(name)
    try key.expectUsable(for: .messages)
    let wanted = try version.map { [try key.versions.opening($0)] } ?? key.versions.verifying
    var fitting: UInt32?
    for found in wanted.prefix(Self.mostOpening) where fitting == nil {
      let needed = key.type == .hmac ? try await material(key, found.number) : nil
      let verifier = try BareVerifier(key, found.number, as: way, material: needed, context: context)
      if verifier.isValid(signature, for: message) { fitting = found.number }
    }
    let used = fitting ?? wanted.first?.number ?? key.versions.latest
    try await record(key, used, "verify", by: actor, outcome: fitting == nil ? "not valid" : "ok")
    return Used(result: fitting != nil, version: used, shouldRotate: false)
  }

  func prepare(
    _ name: KeyName, _ purpose: KeyPurpose, _ version: UInt32?
  ) async throws -> (NamedKey, KeyMaterial, UInt32) {
    let key = try await key(name)
    try key.expectUsable(for: purpose)
    let chosen = try key.versions.making(version).number
    return (key, try await material(key, chosen), chosen)
  }

  /// Takes one use that is on record, or puts further ones on record first. Whether the key should be rotated.
  func cover(_ key: NamedKey, _ version: UInt32) async throws -> Bool {
    let place = "\(key.id)/\(version)"
    for attempt in 1... {
      let isCovered = covered.withLock { covered in
        guard let left = covered[place], left > 0 else { return false }
        covered[place] = left - 1
        return true
      }
      if isCovered { return key.isNearlyExhausted(version) }
      let loaded = try await load(key.name)
      var newest = loaded.key
      guard newest.id == key.id else { throw NamedKeyError.deleted }
      let count = try newest.reserveUses(of: version)
      do {
        let revision = loaded.revision + 1
        let record = try KeySeal.seal(newest, revision: revision, under: parts.keyring)
        let row = StoredNamedKey(
          name: key.name.text, revision: revision, updatedAt: parts.clock.now(), record: record)
        try await commit(WriteBatch([.saveNamedKey(row, adding: [], removing: [])]))
        covered.withLock { $0[place, default: 0] += count }
      } catch CommitRefusal.revisionMoved where attempt < Self.attempts {
        continue
      }
    }
    throw ServiceFault.busy(retryAfterSeconds: 1)
  }

  func record(
    _ key: NamedKey, _ version: UInt32, _ action: String, by actor: LedgerActor, outcome: String = "ok"
  ) async throws {
    try await commit(WriteBatch(ledger: [draft(key, version, action, by: actor, outcome: outcome)]))
  }
}
