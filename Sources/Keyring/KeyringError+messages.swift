/// What each reader is told. The caller of an API learns only that it cannot be opened; the ledger gets the reason; the
/// operator gets a sentence and, where there is one, the remedy.
extension KeyringError {
  /// A stable number; never reused for another meaning.
  package var number: Int {
    switch self {
    case .notAnEnvelope: 301
    case .unknownVersion: 302
    case .unknownSuite: 303
    case .unknownTerm: 304
    case .wrongLength: 305
    case .commitmentMismatch: 306
    case .cannotOpen: 307
    case .malformedPadding: 308
    case .sealed: 310
    case .wrongPurpose: 311
    case .wrongContext: 312
    case .tooLarge: 313
    case .termLimitReached: 314
    case .notInitialised: 320
    case .alreadyInitialised: 321
    case .runKeysWithoutKeyring: 322
    case .damaged: 323
    case .newerFormat: 324
    case .mixedInstallations: 325
    case .keyFileNotThere: 330
    case .notAKeyFile: 331
    case .damagedKeyFile: 332
    case .keyFileTooOpen: 333
    case .wrongKeyFile: 334
    case .keyFileDoesNotOpen: 335
    case .sealAlreadyThere: 336
    case .devSealStandsAlone: 337
    case .folderHasDevSeal: 338
    case .folderHasNoDevSeal: 339
    case .unknownRunKey: 340
    case .runKeyDestroyed: 341
    case .runKeysDamaged: 342
    case .runKeysFull: 343
    case .file: 350
    case .noSeal: 360
    case .passphraseLength: 361
    case .passphraseDoesNotOpen: 362
    case .sealCostOutOfBounds: 363
    case .passphraseMemory: 364
    case .passphraseBusy: 365
    case .tooManyPassphraseSeals: 366
    case .noSuchSeal: 367
    case .sealRemoved: 368
    case .lastSeal: 369
    case .sealNotShown: 370
    }
  }

  /// A short word for the ledger, the counts and the metrics; no value of anybody.
  package var ledgerReason: String {
    switch self {
    case .notAnEnvelope: "not-an-envelope"
    case .unknownVersion: "unknown-version"
    case .unknownSuite: "unknown-suite"
    case .unknownTerm: "unknown-term"
    case .wrongLength: "wrong-length"
    case .commitmentMismatch: "commitment-mismatch"
    case .cannotOpen: "tag-mismatch"
    case .malformedPadding: "malformed-padding"
    case .sealed: "sealed"
    case .wrongPurpose: "wrong-purpose"
    case .wrongContext: "wrong-context"
    case .tooLarge: "too-large"
    case .termLimitReached: "term-limit"
    case .notInitialised: "not-initialised"
    case .alreadyInitialised: "already-initialised"
    case .runKeysWithoutKeyring: "run-keys-without-keyring"
    case .damaged: "damaged-file"
    case .newerFormat: "newer-format"
    case .mixedInstallations: "mixed-installations"
    case .keyFileNotThere: "key-file-not-there"
    case .notAKeyFile: "not-a-key-file"
    case .damagedKeyFile: "damaged-key-file"
    case .keyFileTooOpen: "key-file-too-open"
    case .wrongKeyFile: "wrong-key-file"
    case .keyFileDoesNotOpen: "key-file-does-not-open"
    case .sealAlreadyThere: "seal-already-there"
    case .devSealStandsAlone: "dev-seal-stands-alone"
    case .noSuchSeal: "no-such-seal"
    case .sealRemoved: "seal-removed"
    case .lastSeal: "last-seal"
    case .sealNotShown: "seal-not-shown"
    case .folderHasDevSeal: "folder-has-dev-seal"
    case .folderHasNoDevSeal: "folder-has-no-dev-seal"
    case .unknownRunKey: "unknown-run-key"
    case .runKeyDestroyed: "run-key-destroyed"
    case .runKeysDamaged: "run-keys-damaged"
    case .runKeysFull: "run-keys-full"
    case .file: "file-fault"
    case .noSeal: "no-such-seal"
    case .passphraseLength: "passphrase-length"
    case .passphraseDoesNotOpen: "passphrase-does-not-open"
    case .sealCostOutOfBounds: "seal-cost-out-of-bounds"
    case .passphraseMemory: "passphrase-memory"
    case .passphraseBusy: "passphrase-busy"
    case .tooManyPassphraseSeals: "too-many-passphrase-seals"
    }
  }

  /// What a caller of the API may know. Which check failed is not among it.
  package var callerMessage: String {
    switch self {
    case .notAnEnvelope, .unknownVersion, .unknownSuite, .unknownTerm, .wrongLength, .commitmentMismatch, .cannotOpen,
      .malformedPadding, .unknownRunKey, .runKeyDestroyed, .runKeysDamaged, .wrongPurpose, .wrongContext:
      "cannot be opened"
    case .sealed: "the service is sealed"
    case .passphraseLength, .passphraseBusy: operatorMessage
    case .tooLarge: "the value is too large"
    case .termLimitReached, .notInitialised, .alreadyInitialised, .runKeysWithoutKeyring, .damaged, .newerFormat,
      .mixedInstallations, .keyFileNotThere, .notAKeyFile, .damagedKeyFile, .keyFileTooOpen, .wrongKeyFile,
      .keyFileDoesNotOpen, .sealAlreadyThere, .devSealStandsAlone, .folderHasDevSeal, .folderHasNoDevSeal,
      .noSuchSeal, .sealRemoved, .lastSeal, .sealNotShown,
      .runKeysFull, .file, .noSeal, .passphraseDoesNotOpen, .sealCostOutOfBounds, .passphraseMemory,
      .tooManyPassphraseSeals:
      "the keyring is not available"
    }
  }

  /// One sentence for the operator.
  package var operatorMessage: String {
    switch self {
    case .notAnEnvelope: "a stored value is not an envelope"
    case .unknownVersion(let version): "a stored value has the unknown version \(version)"
    case .unknownSuite(let suite): "a stored value has the unknown suite \(suite)"
    case .unknownTerm(let term): "a stored value was sealed under term \(term), which this keyring does not have"
    case .wrongLength(let count): "a stored value has \(count) bytes, which no envelope has"
    case .commitmentMismatch: "a stored value was sealed under another key or for another purpose or context"
    case .cannotOpen: "a stored value was changed, or moved from another table, row, column or version"
    case .malformedPadding: "a stored value opens but is not padded as it should be"
    case .sealed: "the keyring is sealed"
    case .wrongPurpose(let purpose): "a key of the purpose \(purpose.rawValue) was asked for something else"
    case .wrongContext(let purpose, let expected, let given):
      "the purpose \(purpose.rawValue) has \(expected) context fields, \(given) were given"
    case .tooLarge(let count): "a value of \(count) bytes is too large to be sealed"
    case .termLimitReached(let count): "the keyring has \(count) terms, which is the most it can have"
    case .notInitialised: "the data folder is not initialised"
    case .alreadyInitialised: "the data folder is initialised already"
    case .runKeysWithoutKeyring: "the data folder has run keys but no seal/keyring: its keyring was lost or moved"
    case .damaged(let file): "\(file.rawValue) is damaged"
    case .newerFormat(let file, let version):
      "\(file.rawValue) has version \(version), newer than this program"
    case .mixedInstallations: "the seal and the keyring belong to two different installations"
    case .keyFileNotThere: "the key file is not there"
    case .notAKeyFile: "this is not a Chancery key file"
    case .damagedKeyFile: "the key file is damaged: its check value does not fit"
    case .keyFileTooOpen(let mode): "others may read or change the key file (mode \(String(mode, radix: 8)))"
    case .wrongKeyFile(let given, let expected):
      "wrong key file: this is \(given.short), the folder is sealed with \(expected.map(\.short).joined(separator: ", "))"
    case .keyFileDoesNotOpen(let id): "the key file \(id.short) does not open its seal: one of the two was changed"
    case .sealAlreadyThere(let id): "the folder has a seal for the key file \(id.short) already"
    case .devSealStandsAlone: "a development seal stands alone: no other seal may be beside it"
    case .noSuchSeal(let name): "the data folder has no seal, or more than one, whose name begins with `\(name)`"
    case .sealRemoved(let id): "the seal \(id.short) was removed: it opens nothing any more"
    case .lastSeal: "this is the only seal of the data folder: without it nothing could be opened"
    case .sealNotShown(let kind, let id):
      "the \(kind.rawValue) seal \(id.short) is to stay and was not shown: it cannot get the new root key"
    case .folderHasDevSeal: "the data folder has a development seal: anyone who can read the folder can open it"
    case .folderHasNoDevSeal: "the data folder has no development seal"
    case .unknownRunKey(let slot): "the run-keys file has no slot \(slot): it is older than the database, or was lost"
    case .runKeyDestroyed(let slot): "the run key in slot \(slot) was destroyed"
    case .runKeysDamaged(let block): "block \(block) of run-keys is damaged"
    case .runKeysFull: "run-keys has no room for more runs"
    case .file(let fault): fault.message
    case .noSeal(let kind): "the data folder has no \(kind.rawValue) seal"
    case .passphraseLength:
      "a passphrase has at least \(Passphrase.minimumCount) and at most \(Passphrase.maximumCount) bytes"
    case .passphraseDoesNotOpen: "the passphrase does not open the data folder"
    case .sealCostOutOfBounds(let file, let passes, let kibibytes):
      "\(file) asks for \(passes) passes over \(kibibytes) KiB of memory, which no seal does: it was changed"
    case .passphraseMemory(let bytes):
      "the system does not give the \(bytes >> 20) MiB of memory that a passphrase is tried with"
    case .passphraseBusy: "another passphrase is being tried"
    case .tooManyPassphraseSeals(let limit): "a data folder has at most \(limit) passphrase seals"
    }
  }

  /// What to do about it, where there is something to do.
  package var remedy: String? {
    switch self {
    case .sealed: "Run `chancery operator unseal`."
    case .notInitialised: "Run `chancery operator init`."
    case .alreadyInitialised: "Use another folder, or unseal this one with `chancery operator unseal`."
    case .runKeysWithoutKeyring, .damaged, .sealCostOutOfBounds: "Restore the folder from a backup."
    case .newerFormat: "Use the version of Chancery that wrote it, or a newer one."
    case .mixedInstallations: "Restore the whole seal folder from one backup."
    case .keyFileNotThere, .notAKeyFile, .wrongKeyFile: "Name the key file that was made with this folder."
    case .damagedKeyFile, .keyFileDoesNotOpen: "Use a copy of the key file."
    case .keyFileTooOpen: "Set its mode to 0600 or 0400."
    case .devSealStandsAlone, .folderHasDevSeal:
      "End the service and start it with `--dev`, which opens it; or make a folder with a real seal."
    case .folderHasNoDevSeal: "Start without `--dev`, or use an empty folder."
    case .noSuchSeal: "See `chancery operator seals`; the first eight characters of a name are enough."
    case .sealRemoved: "Open the folder with another of its seals."
    case .lastSeal: "Add another with `chancery operator seal-add` first."
    case .sealNotShown(.passphrase, _): "Give its passphrase too: each passphrase that stays is asked for."
    case .sealNotShown: "Give its key file too, with --with-key-file."
    case .unknownRunKey, .runKeysDamaged: "Restore run-keys from its backup."
    case .runKeysFull: "Delete old runs."
    case .file(let fault): fault.remedy
    case .noSeal: "Open it with what it was sealed with: its key file or its passphrase."
    case .passphraseLength: "Four or more words drawn by lot are easy to type and hard to guess."
    case .passphraseDoesNotOpen:
      "Type it as it was when the seal was made; if it surely is the right one, restore the seal folder from a backup."
    case .passphraseMemory: "Give the process more memory."
    case .passphraseBusy: "Try again in a few seconds."
    case .tooManyPassphraseSeals: "Remove one that is not needed with `chancery operator seal-remove`."
    case .notAnEnvelope, .unknownVersion, .unknownSuite, .unknownTerm, .wrongLength, .commitmentMismatch, .cannotOpen,
      .malformedPadding, .wrongPurpose, .wrongContext, .tooLarge, .termLimitReached, .sealAlreadyThere,
      .runKeyDestroyed:
      nil
    }
  }
}
