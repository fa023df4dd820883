/// Everything that can go wrong in this room. No case holds a key, a plaintext or a context: names, numbers and sizes.
package enum KeyringError: Error, Equatable, Sendable {
  // An envelope that does not open.
  case notAnEnvelope
  case unknownVersion(UInt8)
  case unknownSuite(UInt8)
  /// The keyring has no such term; 0 is the number of run keys.
  case unknownTerm(UInt32)
  /// Too short, or not of a size class: something was cut off or added.
  case wrongLength(count: Int)
  /// Another key than the one it was sealed under: other purpose, context, term, run or installation.
  case commitmentMismatch
  /// The right key, but changed bytes, or another table, row, column or version.
  case cannotOpen
  case malformedPadding

  // Use.
  case sealed
  /// A key of one purpose was asked for an algorithm of another: a bug of ours.
  case wrongPurpose(Purpose)
  /// Another number of context fields than the purpose declares: a bug of ours.
  case wrongContext(Purpose, expected: Int, given: Int)
  case tooLarge(count: Int)
  case termLimitReached(count: Int)

  // The folder.
  case notInitialised
  case alreadyInitialised
  case runKeysWithoutKeyring
  /// A file of the keyring is not what this program wrote.
  case damaged(KeyringFileKind)
  /// A file of the keyring has a version that this program does not know.
  case newerFormat(KeyringFileKind, version: UInt8)
  /// Keyring and seal belong to different root keys: files of two installations were mixed.
  case mixedInstallations

  // Seals.
  case keyFileNotThere
  case notAKeyFile
  case damagedKeyFile
  case keyFileTooOpen(mode: UInt32)
  case wrongKeyFile(given: KeyFileID, expected: [KeyFileID])
  /// The key file has the right name but another key.
  case keyFileDoesNotOpen(KeyFileID)
  case sealAlreadyThere(KeyFileID)
  case devSealStandsAlone
  /// No seal has this name, or several have it.
  case noSuchSeal(String)
  /// It opens nothing any more: a removal is under way.
  case sealRemoved(KeyFileID)
  /// The only seal of a folder cannot be removed.
  case lastSeal
  /// A seal that is to stay gets the new root key, so it must be shown.
  case sealNotShown(SealKind, KeyFileID)
  case folderHasDevSeal
  case folderHasNoDevSeal
  /// The folder has no seal of the kind that was brought.
  case noSeal(SealKind)

  // Passphrases.
  /// Too short to be safe, or longer than any that is typed.
  case passphraseLength
  /// It opens none of the folder's passphrase seals. A changed header of a seal looks the same.
  case passphraseDoesNotOpen
  /// A seal file asks for more work than a seal may, or for none.
  case sealCostOutOfBounds(file: String, passes: UInt32, kibibytes: UInt32)
  /// The system does not give the memory that the derivation needs.
  case passphraseMemory(bytes: Int)
  /// Another passphrase is being tried at this moment; there are never two at once.
  case passphraseBusy
  case tooManyPassphraseSeals(limit: Int)

  // Run keys.
  case unknownRunKey(slot: UInt32)
  case runKeyDestroyed(slot: UInt32)
  case runKeysDamaged(block: Int)
  case runKeysFull

  // Files.
  case file(FileFault)
}

/// The kinds of files that the keyring keeps.
package enum KeyringFileKind: String, Sendable {
  case keyring = "seal/keyring"
  case seal = "seal/*.seal"
  case runKeys = "run-keys"
}
