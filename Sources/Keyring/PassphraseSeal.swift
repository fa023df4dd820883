internal import Cryptography

/// A seal under a passphrase: the root key, wrapped under what Argon2id makes of it (`docs/spec/keyring.md`). Header (5)
/// · kind (1) · id (16) · installation id (16) · salt (16) · passes (4) · memory in KiB (4) · commitment (32) · nonce
/// (24) · root key (32) · tag (16).
struct PassphraseSeal: Sendable {
  /// Names this seal; random, not secret.
  let id: KeyFileID
  let installation: [UInt8]
  let salt: [UInt8]
  let cost: PasswordHash.Cost
  /// All of the file.
  let bytes: [UInt8]

  /// Seals under a passphrase that a folder may have: each of them is tried, at its full cost.
  static let limit = 4
  private static let costStart = FileHeader.count + 1 + KeyFileID.count + 16 + PasswordHash.saltCount
  private static let headerCount = costStart + 4 + 4
  private static let count = headerCount + SealBox.count
  private static let label: StaticString = "chancery passphrase seal v1"

  /// Wraps the root key. Each seal is independent of the others. `id` is that of a seal whose place this one takes.
  init(
    wrapping root: GuardedBytes, installation: [UInt8], under key: PassphraseKey, random: RandomSource,
    id: KeyFileID? = nil
  ) {
    let id = id ?? KeyFileID(random.make(KeyFileID.count))
    self.id = id
    self.installation = installation
    salt = key.salt
    cost = key.cost
    let header =
      FileHeader.seal.bytes + [SealKind.passphrase.code] + id.bytes + installation + salt
      + Self.bigEndian(UInt32(cost.passes)) + Self.bigEndian(UInt32(cost.memoryBytes / 1024))
    bytes = header + SealBox.wrap(root, label: Self.label, key: key.key, header: header, random: random)
  }

  /// `file` is what messages call it. Throws `damaged`, `newerFormat` or `sealCostOutOfBounds`: whoever wrote the file
  /// must not be able to make this process take more memory and time than a seal may.
  init(parsing bytes: [UInt8], file: String) throws(KeyringError) {
    try FileHeader.seal.check(bytes)
    guard bytes.count == Self.count, bytes[FileHeader.count] == SealKind.passphrase.code else { throw .damaged(.seal) }
    id = KeyFileID(bytes[6..<22])
    installation = Array(bytes[22..<38])
    salt = Array(bytes[38..<Self.costStart])
    let passes = Self.number(bytes[Self.costStart..<(Self.costStart + 4)])
    let kibibytes = Self.number(bytes[(Self.costStart + 4)..<Self.headerCount])
    cost = PasswordHash.Cost(passes: UInt64(passes), memoryBytes: Int(kibibytes) * 1024)
    guard cost.isWithinBounds else {
      throw .sealCostOutOfBounds(file: file, passes: passes, kibibytes: kibibytes)
    }
    self.bytes = bytes
  }

  var fileName: String { id.text + SealFile.suffix }
  var description: SealDescription { SealDescription(kind: .passphrase, id: id) }

  /// The root key. Takes the whole time of a derivation, whether it opens or not. Throws `passphraseDoesNotOpen` (a
  /// wrong passphrase and a changed header cannot be told apart), `passphraseMemory` or `damaged`.
  func unwrap(with passphrase: Passphrase) throws(KeyringError) -> GuardedBytes {
    try unwrap(with: PassphraseKey(passphrase, salt: salt, cost: cost))
  }

  /// The same, with the key that was derived.
  func unwrap(with key: PassphraseKey) throws(KeyringError) -> GuardedBytes {
    try SealBox.unwrap(
      bytes, label: Self.label, key: key.key, headerCount: Self.headerCount, mismatch: .passphraseDoesNotOpen)
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}

/// What Argon2id makes of a passphrase, with what it was made by.
struct PassphraseKey: Sendable {
  let salt: [UInt8]
  let cost: PasswordHash.Cost
  let key: GuardedBytes

  /// Takes the memory and the time that `cost` says. Throws `passphraseMemory` where the memory cannot be had; a cost
  /// outside the bounds is a bug of the caller.
  init(_ passphrase: Passphrase, salt: [UInt8], cost: PasswordHash.Cost) throws(KeyringError) {
    precondition(cost.isWithinBounds, "the cost of a seal is checked before it is used")
    self.salt = salt
    self.cost = cost
    do throws(CryptographyError) {
      key = try PasswordHash.argon2id(password: passphrase.bytes, salt: salt, cost: cost, count: Derivation.keyCount)
    } catch {
      throw .passphraseMemory(bytes: cost.memoryBytes)
    }
  }
}

extension PasswordHash.Cost {
  private static let passesAllowed: ClosedRange<UInt64> = 1...10
  /// From the least that Argon2 works with up to 1 GiB.
  private static let memoryAllowed = (8 << 10)...(1 << 30)

  /// Whether a seal may have this cost: passes that end in seconds, memory in whole KiB that a small machine has.
  var isWithinBounds: Bool {
    Self.passesAllowed.contains(passes) && Self.memoryAllowed.contains(memoryBytes) && memoryBytes.isMultiple(of: 1024)
  }
}
