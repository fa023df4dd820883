internal import Cryptography

/// The removal of one seal of several: root key and term change, and each seal that stays is wrapped anew
/// (`docs/spec/keyring.md`, section "Removal of a seal").
///
/// Files, in this order: `ID.next` for each seal that stays, `ID.gone` for the one that goes, then the keyring under the
/// new root key, which decides. Afterwards the seal goes, each `.next` takes its seal's place, and `.gone` is removed.
struct SealRemoval {
  /// The seal that goes.
  let seal: SealDescription
  /// The new root key.
  let root: GuardedBytes
  private let next: [(id: KeyFileID, bytes: [UInt8])]

  static let nextSuffix = ".next"
  static let goneSuffix = ".gone"

  static func nextName(_ id: KeyFileID) -> String { id.text + nextSuffix }

  /// Everything that takes time or can be refused, with nothing written. Throws `devSealStandsAlone`, `noSuchSeal`,
  /// `lastSeal`, `sealNotShown` or the faults of a credential.
  static func prepare(
    _ folder: KeyringFolder, _ keyring: OpenKeyring, removing name: String, staying credentials: [SealCredential]
  ) throws(KeyringError) -> SealRemoval {
    let seals = try folder.sealFiles()
    if seals.hasDev { throw .devSealStandsAlone }
    let found = seals.descriptions.filter { name.utf8.count >= 8 && $0.id.text.hasPrefix(name) }
    guard found.count == 1, let seal = found.first else { throw .noSuchSeal(name) }
    guard seals.descriptions.count > 1 else { throw .lastSeal }
    let root = GuardedBytes(random: 32, placement: .guardedPages, from: folder.random)
    var next: [(id: KeyFileID, bytes: [UInt8])] = []
    let keyFiles = try keyFiles(credentials, folder)
    for old in seals.keyFiles where old.keyFile != seal.id {
      guard let keyFile = keyFiles.first(where: { $0.id == old.keyFile }) else {
        throw .sealNotShown(.keyFile, old.keyFile)
      }
      try check(try old.unwrap(with: keyFile), is: keyring)
      let new = SealFile(
        wrapping: root, installation: keyring.installation, kind: old.kind, under: keyFile, random: folder.random)
      guard ConstantTime.areEqual(try SealFile(parsing: new.bytes).unwrap(with: keyFile), root) else {
        throw .damaged(.seal)
      }
      next.append((old.keyFile, new.bytes))
    }
    for old in seals.passphrases where old.id != seal.id {
      guard let passphrase = try passphrase(of: old, among: credentials, keyring) else {
        throw .sealNotShown(.passphrase, old.id)
      }
      let key = try folder.passphraseKey(passphrase, cost: old.cost)
      let new = PassphraseSeal(
        wrapping: root, installation: keyring.installation, under: key, random: folder.random, id: old.id)
      guard ConstantTime.areEqual(try new.unwrap(with: key), root) else { throw .damaged(.seal) }
      next.append((old.id, new.bytes))
    }
    return SealRemoval(seal: seal, root: root, next: next)
  }

  private static func keyFiles(
    _ credentials: [SealCredential], _ folder: KeyringFolder
  ) throws(KeyringError) -> [KeyFile] {
    var files: [KeyFile] = []
    for case .keyFile(let path) in credentials { files.append(try KeyFile.read(path, in: folder.files)) }
    return files
  }

  private static func passphrase(
    of seal: PassphraseSeal, among credentials: [SealCredential], _ keyring: OpenKeyring
  ) throws(KeyringError) -> Passphrase? {
    for case .passphrase(let passphrase) in credentials {
      do throws(KeyringError) {
        try check(try seal.unwrap(with: passphrase), is: keyring)
        return passphrase
      } catch {
        guard error == .passphraseDoesNotOpen else { throw error }
      }
    }
    return nil
  }

  /// A seal that holds another root key belongs to another installation, whatever it says.
  private static func check(_ root: GuardedBytes, is keyring: OpenKeyring) throws(KeyringError) {
    guard ConstantTime.areEqual(root, keyring.root) else { throw .mixedInstallations }
  }

  /// Writes all of it. `keyring` is the one under the new root key. When it throws, the next opening ends it or undoes it.
  func perform(_ folder: KeyringFolder, _ keyring: OpenKeyring) throws(KeyringError) {
    for (id, bytes) in next { try folder.write(bytes, as: Self.nextName(id)) }
    // What was written is what the seals will be: read back before the old ones lose their meaning.
    for (id, bytes) in next where try folder.contents(ofSeal: Self.nextName(id)) != bytes { throw .damaged(.seal) }
    try folder.write([], as: seal.id.text + Self.goneSuffix)
    try folder.write(keyring, reserving: [keyring.current.number: UseCount.reservation])
    try Unsettled(removed: seal.id, isDecided: true, next: next.map(\.id)).settle(isDone: true, in: folder)
  }

  /// A removal that did not come to its end; nil where there is none.
  static func found(in folder: KeyringFolder) throws(KeyringError) -> Unsettled? {
    let names = try filing { () throws(FileFault) in try folder.files.list(folder.sealFolder) }
    let next = names.filter { $0.hasSuffix(nextSuffix) }.compactMap { KeyFileID(hex: $0.dropLast(nextSuffix.count)) }
    let gone = names.filter { $0.hasSuffix(goneSuffix) }.compactMap { KeyFileID(hex: $0.dropLast(goneSuffix.count)) }
    guard !next.isEmpty || !gone.isEmpty else { return nil }
    return Unsettled(removed: gone.first, isDecided: gone.count == 1, next: next)
  }

  /// What a removal left in the folder.
  struct Unsettled {
    /// The seal that was to go; nil where not everything had been written.
    let removed: KeyFileID?
    /// Whether everything was ready before the keyring was written.
    let isDecided: Bool
    let next: [KeyFileID]

    /// Ends the removal, or undoes it. Whoever calls has opened the keyring, and so knows which root key it is under.
    /// Each step may be repeated. Throws `file`.
    func settle(isDone: Bool, in folder: KeyringFolder) throws(KeyringError) {
      let files = folder.files
      let place = { (name: String) in folder.sealFolder + "/" + name }
      try filing { () throws(FileFault) in
        if isDone {
          if let removed { try files.remove(place(removed.text + SealFile.suffix)) }
          for id in next { try files.rename(place(nextName(id)), to: place(id.text + SealFile.suffix)) }
        } else if let removed {
          try files.remove(place(removed.text + goneSuffix))
        }
        try files.syncFolder(folder.sealFolder)
        if isDone {
          if let removed { try files.remove(place(removed.text + goneSuffix)) }
        } else {
          for id in next { try files.remove(place(nextName(id))) }
        }
        try files.syncFolder(folder.sealFolder)
      }
    }
  }
}
