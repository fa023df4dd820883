/// What goes wrong with a named key. No case carries a byte of a key, a message or a ciphertext.
package enum NamedKeyError: Error, Equatable, Sendable {
  /// A key's name has 1 to 64 characters of a-z 0-9 . _ -, and begins with a letter or a digit.
  case name
  /// The type does not serve the purpose.
  case unsuited(KeyType, KeyPurpose)
  /// A key of the type cannot be derived by context.
  case notDerivable(KeyType)
  /// A key of the type does not sign by the algorithm that is wanted.
  case algorithm(KeyType)
  /// A key of the type has no public half that others could verify with.
  case noPublicHalf(KeyType)
  /// The key has another purpose than this operation.
  case purpose(KeyPurpose)
  /// The key waits for its deletion, or is gone.
  case deleted
  /// There is no such version, or its material was trimmed.
  case unknownVersion(UInt32)
  /// The version is older than the key's settings allow for this operation.
  case versionTooOld(UInt32, minimum: UInt32)
  /// The version has encrypted as often as random nonces of 96 bits allow: rotate the key.
  case exhausted(UInt32)
  /// A derived key needs a context, and another key takes none.
  case context(isWanted: Bool)
  /// A setting out of its bounds.
  case setting(KeySetting)
  /// More bytes, versions or characters than is allowed.
  case tooLarge(limit: Int)
  /// Not a text of the form `chancery:v1:…`.
  case malformed
  /// Another key, version, context or associated data, or changed bytes. Which one cannot be told.
  case cannotOpen
  /// The type needs post-quantum signatures, which this program was built without.
  case noPostQuantum
  /// A stored record or its material is none: its row was damaged.
  case damaged
}

/// Settings that can be out of bounds.
package enum KeySetting: String, Equatable, Sendable {
  case minimumDecryptionVersion = "min_decryption_version"
  case minimumEncryptionVersion = "min_encryption_version"
  case rotationPeriod = "rotation_period"
  case waitingTime = "waiting_time"
  case minimumAvailableVersion = "min_available_version"
}

extension NamedKeyError {
  /// One sentence for people, with what would help.
  package var message: String {
    switch self {
    case .name: "a key's name has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or a digit"
    case .unsuited(let type, let purpose): "a key of type \(type.rawValue) is not for \(purpose.rawValue)"
    case .notDerivable(let type):
      "a key of type \(type.rawValue) cannot be derived by context; leave `derived` out"
    case .algorithm(let type): "a key of type \(type.rawValue) does not sign by this algorithm"
    case .noPublicHalf(let type):
      "a key of type \(type.rawValue) has no public half to verify with; take a key pair that is for signing"
    case .purpose(let purpose): "the key is for \(purpose.rawValue), and for nothing else"
    case .deleted: "the key is deleted; until its waiting time is over it can be restored"
    case .unknownVersion(let version): "the key has no version \(version)"
    case .versionTooOld(let version, let minimum): "version \(version) is below \(minimum), the least that is allowed"
    case .exhausted(let version): "version \(version) has been used as often as is safe: rotate the key"
    case .context(true): "the key is derived by context: name one of 1 to \(NamedKeyLimits.contextCount) bytes"
    case .context(false): "the key is not derived by context: name none"
    case .setting(.minimumAvailableVersion):
      "only versions below min_decryption_version can be destroyed: raise that first (`key config NAME --min-decryption N`)"
    case .setting(let setting): "the setting \(setting.rawValue) is out of its bounds"
    case .tooLarge(let limit): "more than \(limit) is not allowed"
    case .malformed: "not a text that a key of this service made (chancery:v1:…)"
    case .cannotOpen: "cannot be opened"
    case .noPostQuantum: "this program was built without post-quantum signatures"
    case .damaged: "the stored key cannot be read"
    }
  }
}

/// Every limit of this room.
package enum NamedKeyLimits {
  /// Bytes of a message that is encrypted, signed or authenticated in one call.
  package static let messageCount = 4 << 20
  /// Bytes of the context of a derived key.
  package static let contextCount = 1024
  /// Bytes of associated data.
  package static let associatedDataCount = 64 << 10
  /// Versions of a key, trimmed ones counted.
  package static let versions: UInt32 = 4096
  /// Encryptions under one version with random nonces of 96 bits (SP 800-38D §8.3): beyond is refused.
  package static let randomNonceUses: UInt64 = 1 << 32
  /// From here on an answer says that the key should be rotated.
  package static let randomNonceWarning: UInt64 = 1 << 31
  /// Seconds between automatic rotations: an hour to ten years.
  package static let rotationPeriodSeconds: ClosedRange<Int64> = 3600...(10 * 366 * 86_400)
  /// Seconds that a deleted key waits: a day to a year.
  package static let waitingTimeSeconds: ClosedRange<Int64> = 86_400...(366 * 86_400)
  /// 30 days.
  package static let standardWaitingTimeSeconds: Int64 = 30 * 86_400
  /// Uses that one write of the record covers in advance.
  package static let useReservation: UInt64 = 1024
}
