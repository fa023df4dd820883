package import Cryptography
package import Encodings

/// A named key: everything about it but its material. A pure value; changes are made to it and then stored.
package struct NamedKey: Equatable, Sendable {
  /// Its name.
  package let name: KeyName
  /// 32 hexadecimal digits, drawn when it was made: a later key of the same name is another one, and the material of one
  /// does not open as the other's.
  package let id: String
  /// What it is.
  package let type: KeyType
  /// What it is for, for ever.
  package let purpose: KeyPurpose
  /// Whether each use names a context that the key is derived by.
  package let isDerived: Bool
  /// Its versions.
  package internal(set) var versions: KeyVersions
  /// Seconds between automatic rotations; nil: none.
  package internal(set) var rotationPeriodSeconds: Int64?
  /// When a deleted key is destroyed; nil: it is not deleted.
  package internal(set) var destroyedAt: Instant?

  /// A new key with its first version. Throws `unsuited` where the type does not serve the purpose or the derivation.
  package init(
    name: KeyName, type: KeyType, purpose: KeyPurpose? = nil, isDerived: Bool = false, firstPublicKey: [UInt8]?,
    createdAt: Instant, random: RandomSource = .system
  ) throws(NamedKeyError) {
    let purpose = purpose ?? type.purposes[0]
    guard type.purposes.contains(purpose) else { throw .unsuited(type, purpose) }
    guard !isDerived || type.isDerivable else { throw .notDerivable(type) }
    self.name = name
    id = Hex.encode(random.make(Self.idCount))
    self.type = type
    self.purpose = purpose
    self.isDerived = isDerived
    versions = KeyVersions(first: KeyVersion(number: 1, createdAt: createdAt, publicKey: firstPublicKey))
  }

  /// Bytes of an id.
  static let idCount = 16

  init(
    name: KeyName, id: String, type: KeyType, purpose: KeyPurpose, isDerived: Bool, versions: KeyVersions,
    rotationPeriodSeconds: Int64?, destroyedAt: Instant?
  ) throws(NamedKeyError) {
    guard type.purposes.contains(purpose), !isDerived || type.isDerivable,
      rotationPeriodSeconds.map(NamedKeyLimits.rotationPeriodSeconds.contains) ?? true,
      Hex.decode(id)?.count == Self.idCount
    else { throw .damaged }
    self.name = name
    self.id = id
    self.type = type
    self.purpose = purpose
    self.isDerived = isDerived
    self.versions = versions
    self.rotationPeriodSeconds = rotationPeriodSeconds
    self.destroyedAt = destroyedAt
  }

  /// Throws `deleted` for a key that waits for its end: it does nothing meanwhile.
  package func expectUsable(for purpose: KeyPurpose) throws(NamedKeyError) {
    guard destroyedAt == nil else { throw .deleted }
    guard self.purpose == purpose else { throw .purpose(self.purpose) }
  }

  /// Adds a version; its material is stored in the same step.
  package mutating func rotate(at now: Instant, publicKey: [UInt8]?) throws(NamedKeyError) {
    guard destroyedAt == nil else { throw .deleted }
    try versions.append(createdAt: now, publicKey: publicKey)
  }

  /// Whether the rotation period has passed since the newest version.
  package func isRotationDue(at now: Instant) -> Bool {
    guard let period = rotationPeriodSeconds, destroyedAt == nil, let newest = versions.latestCreatedAt else {
      return false
    }
    return now.milliseconds(since: newest) >= period * 1000
  }

  /// Changes what is given. Throws `setting`, and has changed nothing then. A rotation period of 0 ends the automatic
  /// rotation.
  package mutating func configure(
    minimumDecryption: UInt32? = nil, minimumEncryption: UInt32? = nil, rotationPeriodSeconds: Int64? = nil
  ) throws(NamedKeyError) {
    guard destroyedAt == nil else { throw .deleted }
    if let period = rotationPeriodSeconds, period != 0, !NamedKeyLimits.rotationPeriodSeconds.contains(period) {
      throw .setting(.rotationPeriod)
    }
    try versions.configure(minimumDecryption: minimumDecryption, minimumEncryption: minimumEncryption)
    if let period = rotationPeriodSeconds { self.rotationPeriodSeconds = period == 0 ? nil : period }
  }

  /// Forgets old versions and says which.
  package mutating func trim(below minimum: UInt32) throws(NamedKeyError) -> [UInt32] {
    guard destroyedAt == nil else { throw .deleted }
    return try versions.trim(below: minimum)
  }

  /// Marks the key as deleted; after the waiting time it is destroyed. Throws `deleted` where it is already.
  package mutating func delete(at now: Instant, waitingTimeSeconds: Int64?) throws(NamedKeyError) {
    guard destroyedAt == nil else { throw .deleted }
    let waiting = waitingTimeSeconds ?? NamedKeyLimits.standardWaitingTimeSeconds
    guard NamedKeyLimits.waitingTimeSeconds.contains(waiting) else { throw .setting(.waitingTime) }
    destroyedAt = now.advanced(byMilliseconds: waiting * 1000)
  }

  /// Takes a deletion back, whose time has not come. Throws `deleted` where it has.
  package mutating func restore(at now: Instant) throws(NamedKeyError) {
    guard let end = destroyedAt else { return }
    guard now < end else { throw .deleted }
    destroyedAt = nil
  }

  /// Whether the waiting time of a deleted key is over.
  package func isDestructionDue(at now: Instant) -> Bool { destroyedAt.map { $0 <= now } ?? false }

  /// Puts `NamedKeyLimits.useReservation` further uses of a version on record (fewer where the limit is near). Throws
  /// `exhausted` where there are none left.
  package mutating func reserveUses(of version: UInt32) throws(NamedKeyError) -> UInt64 {
    guard let limit = type.useLimit, let used = versions.all.first(where: { $0.number == version })?.reservedUses
    else {
      try versions.reserve(NamedKeyLimits.useReservation, of: version, limit: nil)
      return NamedKeyLimits.useReservation
    }
    let count = min(NamedKeyLimits.useReservation, limit > used ? limit - used : 0)
    guard count > 0 else { throw .exhausted(version) }
    try versions.reserve(count, of: version, limit: limit)
    return count
  }

  /// Whether a version should be followed by another because of its uses.
  package func isNearlyExhausted(_ version: UInt32) -> Bool {
    guard type.useLimit != nil, let found = versions.all.first(where: { $0.number == version }) else { return false }
    return found.reservedUses >= NamedKeyLimits.randomNonceWarning
  }
}
