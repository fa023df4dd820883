package import Encodings

/// One version of a key: what may be known of it. Its material is elsewhere, sealed.
package struct KeyVersion: Equatable, Sendable {
  /// From 1.
  package let number: UInt32
  /// When it was made.
  package let createdAt: Instant
  /// The public half: SubjectPublicKeyInfo of a key pair, the bare key of ML-DSA, nil where there is none.
  package let publicKey: [UInt8]?
  /// Uses that are on record: never fewer than there were.
  package internal(set) var reservedUses: UInt64

  /// A version that was not used yet.
  package init(number: UInt32, createdAt: Instant, publicKey: [UInt8]?) {
    self.init(number: number, createdAt: createdAt, publicKey: publicKey, reservedUses: 0)
  }

  init(number: UInt32, createdAt: Instant, publicKey: [UInt8]?, reservedUses: UInt64) {
    self.number = number
    self.createdAt = createdAt
    self.publicKey = publicKey
    self.reservedUses = reservedUses
  }
}

/// The versions of a key, and which of them may do what. A pure value; each rule stands in one function.
///
/// available ≤ decryption ≤ latest, and encryption is 0 (the newest is used unless another is named) or between
/// decryption and latest.
package struct KeyVersions: Equatable, Sendable {
  /// In order of their numbers, without gaps, from `minimumAvailable` to `latest`.
  package private(set) var all: [KeyVersion]
  /// The least version that decrypts and verifies.
  package private(set) var minimumDecryption: UInt32
  /// The least version that encrypts and signs; 0: as `minimumDecryption`.
  package private(set) var minimumEncryption: UInt32

  /// The first version.
  package init(first: KeyVersion) {
    all = [first]
    minimumDecryption = 1
    minimumEncryption = 0
  }

  /// As stored. Throws `damaged` where the rules above do not hold.
  init(all: [KeyVersion], minimumDecryption: UInt32, minimumEncryption: UInt32) throws(NamedKeyError) {
    guard let first = all.first, let last = all.last, first.number >= 1, last.number <= NamedKeyLimits.versions,
      zip(all, all.dropFirst()).allSatisfy({ $0.number + 1 == $1.number }),
      (first.number...last.number).contains(minimumDecryption),
      minimumEncryption == 0 || (minimumDecryption...last.number).contains(minimumEncryption)
    else { throw .damaged }
    self.all = all
    self.minimumDecryption = minimumDecryption
    self.minimumEncryption = minimumEncryption
  }

  /// The newest.
  package var latest: UInt32 { all.last?.number ?? 0 }
  /// The oldest whose material is kept.
  package var minimumAvailable: UInt32 { all.first?.number ?? 0 }
  /// When the newest was made.
  package var latestCreatedAt: Instant? { all.last?.createdAt }

  /// The versions that open and verify, newest first.
  package var verifying: [KeyVersion] { all.reversed().filter { $0.number >= minimumDecryption } }

  /// The version that opens or verifies. Throws `unknownVersion`, `versionTooOld`.
  package func opening(_ number: UInt32) throws(NamedKeyError) -> KeyVersion {
    guard let version = all.first(where: { $0.number == number }) else {
      // A trimmed version is as unknown as one that never was.
      throw .unknownVersion(number)
    }
    guard number >= minimumDecryption else { throw .versionTooOld(number, minimum: minimumDecryption) }
    return version
  }

  /// The version that encrypts or signs: the newest, or the one that is named. Throws as `opening`.
  package func making(_ number: UInt32?) throws(NamedKeyError) -> KeyVersion {
    let version = try opening(number ?? latest)
    guard version.number >= minimumEncryption else {
      throw .versionTooOld(version.number, minimum: minimumEncryption)
    }
    return version
  }

  /// Throws `tooLarge` at the limit.
  package mutating func append(createdAt: Instant, publicKey: [UInt8]?) throws(NamedKeyError) {
    guard latest < NamedKeyLimits.versions else { throw .tooLarge(limit: Int(NamedKeyLimits.versions)) }
    all.append(KeyVersion(number: latest + 1, createdAt: createdAt, publicKey: publicKey))
  }

  /// Throws `setting` where a minimum is out of its bounds; nothing has changed then.
  package mutating func configure(
    minimumDecryption: UInt32?, minimumEncryption: UInt32?
  ) throws(NamedKeyError) {
    let decryption = minimumDecryption ?? self.minimumDecryption
    let encryption = minimumEncryption ?? self.minimumEncryption
    guard (minimumAvailable...latest).contains(decryption) else { throw .setting(.minimumDecryptionVersion) }
    guard encryption == 0 || (decryption...latest).contains(encryption) else {
      throw .setting(.minimumEncryptionVersion)
    }
    self.minimumDecryption = decryption
    self.minimumEncryption = encryption
  }

  /// Forgets the versions below `minimum` and says which: their material is to be destroyed. Only versions that no
  /// longer decrypt can be trimmed. Throws `setting`.
  package mutating func trim(below minimum: UInt32) throws(NamedKeyError) -> [UInt32] {
    guard (minimumAvailable...minimumDecryption).contains(minimum) else { throw .setting(.minimumAvailableVersion) }
    let gone = all.prefix { $0.number < minimum }.map(\.number)
    all.removeFirst(gone.count)
    return gone
  }

  /// Puts further uses on record before they happen. Throws `exhausted` where the version would pass `limit`.
  package mutating func reserve(
    _ count: UInt64, of number: UInt32, limit: UInt64?
  ) throws(NamedKeyError) {
    guard let index = all.firstIndex(where: { $0.number == number }) else { throw .unknownVersion(number) }
    let (total, overflows) = all[index].reservedUses.addingReportingOverflow(count)
    guard !overflows, limit.map({ total <= $0 }) ?? true else { throw .exhausted(number) }
    all[index].reservedUses = total
  }
}
