package import Cryptography
package import Encodings

/// The part of the data folder that belongs to this room: `seal/` (the seals, the keyring, under `--dev` the
/// development key) and `run-keys`. One process at a time works in it: the lock on the data folder is the store's.
package struct KeyringFolder: Sendable {
  let path: String
  let files: any KeyFileSystem
  let random: RandomSource

  /// `path` is the data folder.
  package init(_ path: String, files: any KeyFileSystem = DiskFiles(), random: RandomSource = .system) {
    self.path = path
    self.files = files
    self.random = random
  }

  /// Whether there is a keyring. Throws `runKeysWithoutKeyring` or `file`.
  package var isInitialised: Bool {
    get throws(KeyringError) {
      try filing { () throws(FileFault) in try files.status(keyringPath) != nil } ? true : try checkNothingIsLost()
    }
  }

  /// The seals of the folder: those of key files, then those of passphrases, each by the names of their files. Throws
  /// `damaged`, `newerFormat`, `sealCostOutOfBounds`, `tooManyPassphraseSeals` or `file`.
  package func seals() throws(KeyringError) -> [SealDescription] { try sealFiles().descriptions }

  /// The kinds of seals that the folder has; the same kind may stand there several times.
  package var sealKinds: [SealKind] {
    get throws(KeyringError) { try seals().map(\.kind) }
  }

  /// Makes root key, seal and first term, and returns the open keyring. The keyring file is written last: a crash
  /// before leaves a folder that is not initialised and may be initialised again. `passphraseCost` is what each guess
  /// at a passphrase costs from now on; it stands in the seal, and outside the bounds of a seal it is a caller's bug.
  /// Throws `alreadyInitialised`, the faults of a key file, `passphraseMemory`, or `file`.
  package func initialise(
    seal credential: SealCredential, at now: Instant, passphraseCost: PasswordHash.Cost = .moderate
  ) throws(KeyringError) -> Keyring {
    guard try !isInitialised else { throw .alreadyInitialised }
    try filing { () throws(FileFault) in
      try files.makeFolder(path)
      try files.makeFolder(sealFolder)
      try files.syncFolder(path)
      // What an initialisation left that did not come to its end; no keyring stands behind it.
      for name in try files.list(sealFolder) where name.hasSuffix(SealFile.suffix) {
        try files.remove(sealFolder + "/" + name)
      }
      if credential.kind != .dev { try files.remove(devKeyPath) }
    }
    let root = GuardedBytes(random: 32, placement: .guardedPages, from: random)
    let installation = random.make(16)
    switch credential {
    case .keyFile(let path):
      try writeKeySeal(root, installation, .keyFile, under: try keyFileForNewSeal(at: path))
    case .dev:
      try writeKeySeal(root, installation, .dev, under: try keyFileForNewSeal(at: devKeyPath))
    case .passphrase(let passphrase):
      let key = try passphraseKey(passphrase, cost: passphraseCost)
      let seal = PassphraseSeal(wrapping: root, installation: installation, under: key, random: random)
      try write(seal.bytes, as: seal.fileName)
    }
    let term = Term(
      number: 1, createdAt: now, key: GuardedBytes(random: 32, placement: .guardedPages, from: random), uses: 0)
    let keyring = OpenKeyring(
      root: root, installation: installation,
      installationKey: GuardedBytes(random: 32, placement: .guardedPages, from: random), terms: [term], current: term)
    try write(keyring, reserving: [term.number: UseCount.reservation])
    term.noteReserved(UseCount.reservation)
    return Keyring(keyring, folder: self)
  }

  /// Opens the folder; with a passphrase that takes the time of a derivation for each passphrase seal that is tried.
  /// Throws `notInitialised`, `wrongKeyFile`, `passphraseDoesNotOpen`, `noSeal`, `folderHasDevSeal` (another credential
  /// than `dev` for a folder with a development seal), `folderHasNoDevSeal`, `damaged` and the others of the folder and
  /// of seals.
  package func open(with credential: SealCredential) throws(KeyringError) -> Keyring {
    Keyring(try keyring(behind: try unwrap(with: credential)), folder: self)
  }

  /// A keyring that is still sealed, for a service that starts so. Throws `notInitialised`, `runKeysWithoutKeyring` or
  /// `file`.
  package func sealedKeyring() throws(KeyringError) -> Keyring {
    guard try isInitialised else { throw .notInitialised }
    return Keyring(nil, folder: self)
  }

  var runKeysPath: String { path + "/run-keys" }
  var sealFolder: String { path + "/seal" }
  private var keyringPath: String { sealFolder + "/keyring" }
  private var devKeyPath: String { sealFolder + "/dev.key" }
  private static let sealFileLimit = 4096
}

/// What a seal gives to whoever opens it.
struct OpenedSeal: Sendable {
  let id: KeyFileID
  let root: GuardedBytes
  let installation: [UInt8]
  /// What the same seal holds for the time after a removal that did not come to its end (`SealRemoval`).
  let next: GuardedBytes?
}

extension KeyringFolder {
  /// The root key behind a seal. Reads nothing that a writer of the keyring may be writing, so no lock is needed while
  /// a passphrase takes its time.
  func unwrap(with credential: SealCredential) throws(KeyringError) -> OpenedSeal {
    guard try isInitialised else { throw .notInitialised }
    let seals = try sealFiles()
    switch credential {
    case .keyFile(let path):
      if seals.hasDev { throw .folderHasDevSeal }
      return try unwrap(with: try KeyFile.read(path, in: files), kind: .keyFile, seals: seals)
    case .dev:
      if !seals.hasDev { throw .folderHasNoDevSeal }
      return try unwrap(with: try KeyFile.read(devKeyPath, in: files), kind: .dev, seals: seals)
    case .passphrase(let passphrase):
      if seals.hasDev { throw .folderHasDevSeal }
      return try unwrap(with: passphrase, seals: seals.passphrases)
    }
  }

  /// The root key behind the seal of a key file whose content was presented; never the development seal's.
  func unwrap(presenting content: GuardedBytes) throws(KeyringError) -> OpenedSeal {
    guard try isInitialised else { throw .notInitialised }
    let seals = try sealFiles()
    if seals.hasDev { throw .folderHasDevSeal }
    return try unwrap(with: try KeyFile.parse(content), kind: .keyFile, seals: seals)
  }

  private func unwrap(
    with keyFile: KeyFile, kind: SealKind, seals: FolderSeals
  ) throws(KeyringError) -> OpenedSeal {
    if seals.keyFiles.isEmpty { throw .noSeal(kind) }
    guard let seal = seals.keyFiles.first(where: { $0.keyFile == keyFile.id && $0.kind == kind }) else {
      throw .wrongKeyFile(given: keyFile.id, expected: seals.keyFiles.map(\.keyFile))
    }
    let next = try nextSeal(seal.keyFile).map { (bytes) throws(KeyringError) in
      try SealFile(parsing: bytes).unwrap(with: keyFile)
    }
    return OpenedSeal(
      id: seal.keyFile, root: try seal.unwrap(with: keyFile), installation: seal.installation, next: next)
  }

  /// Nothing says which seal a passphrase belongs to: they are tried one after the other.
  private func unwrap(with passphrase: Passphrase, seals: [PassphraseSeal]) throws(KeyringError) -> OpenedSeal {
    if seals.isEmpty { throw .noSeal(.passphrase) }
    for seal in seals {
      do throws(KeyringError) {
        let root = try seal.unwrap(with: passphrase)
        let next = try nextSeal(seal.id).map { (bytes) throws(KeyringError) in
          try PassphraseSeal(parsing: bytes, file: SealRemoval.nextName(seal.id)).unwrap(with: passphrase)
        }
        return OpenedSeal(id: seal.id, root: root, installation: seal.installation, next: next)
      } catch {
        guard error == .passphraseDoesNotOpen else { throw error }
      }
    }
    throw .passphraseDoesNotOpen
  }

  /// The keys behind an opened seal. A removal of a seal that did not come to its end is ended, or undone, whichever the
  /// keyring file says. Throws `damaged`, `newerFormat`, `mixedInstallations` or `file`, and `sealRemoved` for the seal
  /// that a removal was to remove, once the keyring is under the new root key.
  func keyring(behind seal: OpenedSeal) throws(KeyringError) -> OpenKeyring {
    let bytes = try filing { () throws(FileFault) in
      try files.contents(of: keyringPath, limit: KeyringFile.byteLimit)
    }
    let removal = try SealRemoval.found(in: self)
    do throws(KeyringError) {
      let keyring = try KeyringFile.decode(bytes, root: seal.root, installation: seal.installation)
      // The seal has the keyring's root key already: either nothing was changed yet, or this seal was moved.
      if let removal {
        try removal.settle(isDone: removal.isDecided && seal.next == nil && removal.removed != seal.id, in: self)
      }
      return keyring
    } catch {
      guard let removal, removal.isDecided, error == .damaged(.keyring) else { throw error }
      guard let next = seal.next else {
        if removal.removed == seal.id { throw .sealRemoved(seal.id) }
        throw error
      }
      let keyring = try KeyringFile.decode(bytes, root: next, installation: seal.installation)
      try removal.settle(isDone: true, in: self)
      return keyring
    }
  }

  /// Replaces the keyring file.
  func write(_ keyring: OpenKeyring, reserving reservations: [UInt32: UInt64]) throws(KeyringError) {
    let bytes = KeyringFile.encode(keyring, reserving: reservations, random: random)
    try filing { () throws(FileFault) in try files.replace(keyringPath, with: bytes) }
  }
}

/// Making seals.
extension KeyringFolder {
  /// A new seal beside the others, proven before this returns: read back and opened.
  func addKeyFileSeal(at path: String, to keyring: OpenKeyring) throws(KeyringError) -> SealDescription {
    let seals = try sealFiles()
    if seals.hasDev { throw .devSealStandsAlone }
    let keyFile = try keyFileForNewSeal(at: path)
    if seals.keyFiles.contains(where: { $0.keyFile == keyFile.id }) { throw .sealAlreadyThere(keyFile.id) }
    let seal = try writeKeySeal(keyring.root, keyring.installation, .keyFile, under: keyFile)
    let written = try SealFile(parsing: contents(ofSeal: seal.fileName))
    guard ConstantTime.areEqual(try written.unwrap(with: try KeyFile.read(path, in: files)), keyring.root) else {
      throw .damaged(.seal)
    }
    return seal.description
  }

  /// The same under a passphrase, whose key was derived before. Read back it must hold the same salt and cost: they are
  /// in what the box commits to, so whatever opens with this key opens with the passphrase.
  func addPassphraseSeal(_ key: PassphraseKey, to keyring: OpenKeyring) throws(KeyringError) -> SealDescription {
    try checkRoomForPassphraseSeal()
    let seal = PassphraseSeal(
      wrapping: keyring.root, installation: keyring.installation, under: key, random: random)
    try write(seal.bytes, as: seal.fileName)
    let written = try PassphraseSeal(parsing: contents(ofSeal: seal.fileName), file: seal.fileName)
    guard written.salt == key.salt, written.cost == key.cost,
      ConstantTime.areEqual(try written.unwrap(with: key), keyring.root)
    else { throw .damaged(.seal) }
    return seal.description
  }

  /// Throws `devSealStandsAlone` or `tooManyPassphraseSeals`.
  func checkRoomForPassphraseSeal() throws(KeyringError) {
    let seals = try sealFiles()
    if seals.hasDev { throw .devSealStandsAlone }
    if seals.passphrases.count >= PassphraseSeal.limit { throw .tooManyPassphraseSeals(limit: PassphraseSeal.limit) }
  }

  /// The key of a new seal under a passphrase, with a salt of its own. Takes the time of a derivation.
  func passphraseKey(_ passphrase: Passphrase, cost: PasswordHash.Cost) throws(KeyringError) -> PassphraseKey {
    try PassphraseKey(passphrase, salt: random.make(PasswordHash.saltCount), cost: cost)
  }

  @discardableResult
  private func writeKeySeal(
    _ root: GuardedBytes, _ installation: [UInt8], _ kind: SealKind, under keyFile: KeyFile
  ) throws(KeyringError) -> SealFile {
    let seal = SealFile(wrapping: root, installation: installation, kind: kind, under: keyFile, random: random)
    try write(seal.bytes, as: seal.fileName)
    return seal
  }

  func write(_ seal: [UInt8], as name: String) throws(KeyringError) {
    try filing { () throws(FileFault) in try files.replace(sealFolder + "/" + name, with: seal) }
  }

  func sealFiles() throws(KeyringError) -> FolderSeals {
    let names = try filing { () throws(FileFault) in try files.list(sealFolder) }
    var seals = FolderSeals()
    for name in names where name.hasSuffix(SealFile.suffix) { try seals.add(contents(ofSeal: name), named: name) }
    return seals
  }

  func contents(ofSeal name: String) throws(KeyringError) -> [UInt8] {
    try filing { () throws(FileFault) in
      try files.contents(of: sealFolder + "/" + name, limit: Self.sealFileLimit)
    }
  }

  /// What a seal is to be after a removal that did not come to its end; nil where there is none.
  private func nextSeal(_ id: KeyFileID) throws(KeyringError) -> [UInt8]? {
    let name = SealRemoval.nextName(id)
    let isThere = try filing { () throws(FileFault) in try files.status(sealFolder + "/" + name) != nil }
    return isThere ? try contents(ofSeal: name) : nil
  }

  /// The key file that is at the path, or a new one there.
  private func keyFileForNewSeal(at path: String) throws(KeyringError) -> KeyFile {
    let isThere = try filing { () throws(FileFault) in try files.status(path) != nil }
    return isThere
      ? try KeyFile.read(path, in: files) : try KeyFile.create(at: path, in: files, random: random)
  }

  /// A folder without a keyring may be initialised only if nothing in it needs the keyring that is not there.
  private func checkNothingIsLost() throws(KeyringError) -> Bool {
    if try filing({ () throws(FileFault) in try files.status(runKeysPath) != nil }) { throw .runKeysWithoutKeyring }
    return false
  }
}

/// The seals of a folder, read and checked as far as that goes without a key.
struct FolderSeals {
  /// Under key files, the development seal included.
  private(set) var keyFiles: [SealFile] = []
  private(set) var passphrases: [PassphraseSeal] = []

  var hasDev: Bool { keyFiles.contains { $0.kind == .dev } }
  var descriptions: [SealDescription] { keyFiles.map(\.description) + passphrases.map(\.description) }

  /// Throws `damaged`, `newerFormat`, `sealCostOutOfBounds` or `tooManyPassphraseSeals`.
  mutating func add(_ bytes: [UInt8], named name: String) throws(KeyringError) {
    try FileHeader.seal.check(bytes)
    guard bytes.count > FileHeader.count, bytes[FileHeader.count] == SealKind.passphrase.code else {
      return keyFiles.append(try SealFile(parsing: bytes))
    }
    passphrases.append(try PassphraseSeal(parsing: bytes, file: name))
    if passphrases.count > PassphraseSeal.limit { throw .tooManyPassphraseSeals(limit: PassphraseSeal.limit) }
  }
}

extension SealCredential {
  /// The kind of seal that it opens.
  package var kind: SealKind {
    switch self {
    case .keyFile: .keyFile
    case .dev: .dev
    case .passphrase: .passphrase
    }
  }
}
