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

  /// The seals of the folder, by the names of their files. Throws `damaged`, `newerFormat` or `file`.
  package func seals() throws(KeyringError) -> [SealDescription] { try sealFiles().map(\.description) }

  /// The kinds of seals that the folder has; the same kind may stand there several times.
  package var sealKinds: [SealKind] {
    get throws(KeyringError) { try seals().map(\.kind) }
  }

  /// Makes root key, seal and first term, and returns the open keyring. The keyring file is written last: a crash
  /// before leaves a folder that is not initialised and may be initialised again. Throws `alreadyInitialised`, the
  /// faults of a key file, or `file`.
  package func initialise(seal credential: SealCredential, at now: Instant) throws(KeyringError) -> Keyring {
    guard try !isInitialised else { throw .alreadyInitialised }
    try filing { () throws(FileFault) in
      try files.makeFolder(path)
      try files.makeFolder(sealFolder)
      try files.syncFolder(path)
      // What an initialisation left that did not come to its end; no keyring stands behind it.
      for name in try files.list(sealFolder) where name.hasSuffix(SealFile.suffix) {
        try files.remove(sealFolder + "/" + name)
      }
      if credential != .dev { try files.remove(devKeyPath) }
    }
    let root = GuardedBytes(random: 32, placement: .guardedPages, from: random)
    let installation = random.make(16)
    let keyFile = try keyFileForNewSeal(credential)
    try write(
      SealFile(
        wrapping: root, installation: installation, kind: credential.kind, under: keyFile, random: random))
    let term = Term(
      number: 1, createdAt: now, key: GuardedBytes(random: 32, placement: .guardedPages, from: random), uses: 0)
    let keyring = OpenKeyring(
      root: root, installation: installation,
      installationKey: GuardedBytes(random: 32, placement: .guardedPages, from: random), terms: [term], current: term)
    try write(keyring, reserving: [term.number: UseCount.reservation])
    term.noteReserved(UseCount.reservation)
    return Keyring(keyring, folder: self)
  }

  /// Opens the folder. Throws `notInitialised`, `wrongKeyFile`, `folderHasDevSeal` (another credential than `dev` for a
  /// folder with a development seal), `folderHasNoDevSeal`, `damaged` and the others of the folder and of seals.
  package func open(with credential: SealCredential) throws(KeyringError) -> Keyring {
    Keyring(try unwrap(with: credential), folder: self)
  }

  /// A keyring that is still sealed, for a service that starts so. Throws `notInitialised`, `runKeysWithoutKeyring` or
  /// `file`.
  package func sealedKeyring() throws(KeyringError) -> Keyring {
    guard try isInitialised else { throw .notInitialised }
    return Keyring(nil, folder: self)
  }

  var runKeysPath: String { path + "/run-keys" }
  private var sealFolder: String { path + "/seal" }
  private var keyringPath: String { sealFolder + "/keyring" }
  private var devKeyPath: String { sealFolder + "/dev.key" }
  private static let sealFileLimit = 4096
}

extension KeyringFolder {
  /// The keys behind a seal.
  func unwrap(with credential: SealCredential) throws(KeyringError) -> OpenKeyring {
    guard try isInitialised else { throw .notInitialised }
    let seals = try sealFiles()
    let isDevFolder = seals.contains { $0.kind == .dev }
    let keyFile: KeyFile
    switch credential {
    case .keyFile(let path):
      if isDevFolder { throw .folderHasDevSeal }
      keyFile = try KeyFile.read(path, in: files)
    case .dev:
      if !isDevFolder { throw .folderHasNoDevSeal }
      keyFile = try KeyFile.read(devKeyPath, in: files)
    }
    return try unwrap(with: keyFile, kind: credential.kind, seals: seals)
  }

  /// The keys behind the seal of a key file whose content was presented; never the development seal's.
  func unwrap(presenting content: GuardedBytes) throws(KeyringError) -> OpenKeyring {
    guard try isInitialised else { throw .notInitialised }
    let seals = try sealFiles()
    if seals.contains(where: { $0.kind == .dev }) { throw .folderHasDevSeal }
    return try unwrap(with: try KeyFile.parse(content), kind: .keyFile, seals: seals)
  }

  private func unwrap(
    with keyFile: KeyFile, kind: SealKind, seals: [SealFile]
  ) throws(KeyringError) -> OpenKeyring {
    guard let seal = seals.first(where: { $0.keyFile == keyFile.id && $0.kind == kind }) else {
      throw .wrongKeyFile(given: keyFile.id, expected: seals.map(\.keyFile))
    }
    let root = try seal.unwrap(with: keyFile)
    let bytes = try filing { () throws(FileFault) in
      try files.contents(of: keyringPath, limit: KeyringFile.byteLimit)
    }
    return try KeyringFile.decode(bytes, root: root, installation: seal.installation)
  }

  /// Replaces the keyring file.
  func write(_ keyring: OpenKeyring, reserving reservations: [UInt32: UInt64]) throws(KeyringError) {
    let bytes = KeyringFile.encode(keyring, reserving: reservations, random: random)
    try filing { () throws(FileFault) in try files.replace(keyringPath, with: bytes) }
  }

  /// A new seal beside the others, proven before this returns: read back and opened.
  func addKeyFileSeal(at path: String, to keyring: OpenKeyring) throws(KeyringError) -> SealDescription {
    let seals = try sealFiles()
    if seals.contains(where: { $0.kind == .dev }) { throw .devSealStandsAlone }
    let keyFile = try keyFileForNewSeal(.keyFile(path: path))
    if seals.contains(where: { $0.keyFile == keyFile.id }) { throw .sealAlreadyThere(keyFile.id) }
    let seal = SealFile(
      wrapping: keyring.root, installation: keyring.installation, kind: .keyFile, under: keyFile, random: random)
    try write(seal)
    let written = try SealFile(parsing: contents(ofSeal: seal.fileName))
    guard ConstantTime.areEqual(try written.unwrap(with: try KeyFile.read(path, in: files)), keyring.root) else {
      throw .damaged(.seal)
    }
    return seal.description
  }

  private func write(_ seal: SealFile) throws(KeyringError) {
    try filing { () throws(FileFault) in try files.replace(sealFolder + "/" + seal.fileName, with: seal.bytes) }
  }

  private func sealFiles() throws(KeyringError) -> [SealFile] {
    let names = try filing { () throws(FileFault) in try files.list(sealFolder) }
    var seals: [SealFile] = []
    for name in names where name.hasSuffix(SealFile.suffix) {
      seals.append(try SealFile(parsing: contents(ofSeal: name)))
    }
    return seals
  }

  private func contents(ofSeal name: String) throws(KeyringError) -> [UInt8] {
    try filing { () throws(FileFault) in
      try files.contents(of: sealFolder + "/" + name, limit: Self.sealFileLimit)
    }
  }

  /// The key file that is at the credential's path, or a new one there.
  private func keyFileForNewSeal(_ credential: SealCredential) throws(KeyringError) -> KeyFile {
    let path =
      switch credential {
      case .keyFile(let path): path
      case .dev: devKeyPath
      }
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

extension SealCredential {
  var kind: SealKind {
    switch self {
    case .keyFile: .keyFile
    case .dev: .dev
    }
  }
}
