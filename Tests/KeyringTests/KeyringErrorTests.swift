import Glibc
import Testing

@testable import Keyring

@Suite("Errors of the keyring")
struct KeyringErrorTests {
  private static let id = KeyFileID(Array(0..<16))
  static let all: [KeyringError] = [
    .notAnEnvelope, .unknownVersion(9), .unknownSuite(9), .unknownTerm(9), .wrongLength(count: 9), .commitmentMismatch,
    .cannotOpen, .malformedPadding, .sealed, .wrongPurpose(.variable),
    .wrongContext(.variable, expected: 3, given: 1), .tooLarge(count: 9), .termLimitReached(count: 9),
    .notInitialised, .alreadyInitialised, .runKeysWithoutKeyring, .damaged(.keyring), .newerFormat(.seal, version: 2),
    .mixedInstallations, .keyFileNotThere, .notAKeyFile, .damagedKeyFile, .keyFileTooOpen(mode: 0o644),
    .wrongKeyFile(given: id, expected: [id]), .keyFileDoesNotOpen(id), .sealAlreadyThere(id), .devSealStandsAlone,
    .folderHasDevSeal, .folderHasNoDevSeal, .unknownRunKey(slot: 9), .runKeyDestroyed(slot: 9),
    .runKeysDamaged(block: 9), .runKeysFull, .file(FileFault(.write, file: "/data/seal/keyring", code: ENOSPC)),
    .noSeal(.passphrase), .passphraseLength, .passphraseDoesNotOpen,
    .sealCostOutOfBounds(file: "0.seal", passes: 9, kibibytes: 9), .passphraseMemory(bytes: 1 << 20), .passphraseBusy,
    .tooManyPassphraseSeals(limit: 4),
  ]

  @Test("Each has its own number, ledger word and sentence, and no sentence ends in a full stop")
  func distinct() {
    #expect(Set(Self.all.map(\.number)).count == Self.all.count)
    #expect(Set(Self.all.map(\.ledgerReason)).count == Self.all.count)
    #expect(Set(Self.all.map(\.operatorMessage)).count == Self.all.count)
    for error in Self.all {
      #expect(!error.operatorMessage.hasSuffix("."))
      #expect(error.remedy?.hasSuffix(".") ?? true)
      #expect(!error.operatorMessage.contains("\n"))
    }
  }

  @Test("The caller cannot tell one failed opening from another")
  func uniform() {
    let openings = Self.all.filter { (301...308).contains($0.number) || (340...342).contains($0.number) }
    #expect(openings.count == 11)
    #expect(Set(openings.map(\.callerMessage)) == ["cannot be opened"])
  }

  @Test("File faults name the file, the step and the cause, and no folder")
  func faults() {
    let causes: [(Int32, String)] = [
      (ENOSPC, "the disk is full"), (EDQUOT, "the disk is full"), (EROFS, "the file system is read-only"),
      (EACCES, "permission is denied"), (EPERM, "permission is denied"), (ENOENT, "it is not there"),
      (ELOOP, "it is a symbolic link, which is not followed"), (EEXIST, "it exists already"),
      (EIO, "the disk reported an input/output error"), (EBADF, "system error \(EBADF)"),
    ]
    for (code, cause) in causes {
      let fault = FileFault(.write, file: "/data/seal/keyring", code: code)
      #expect(fault.message == "keyring: cannot write: \(cause)")
    }
    #expect(KeyringError.file(FileFault(.write, file: "/x/keyring", code: ENOSPC)).remedy?.contains("space") == true)
    #expect(KeyringError.file(FileFault(.write, file: "/x/keyring", code: EIO)).remedy?.contains("disk") == true)
    #expect(KeyringError.file(FileFault(.open, file: "/x/keyring", code: ENOENT)).remedy == nil)
  }
}
