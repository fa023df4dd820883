import ArgumentParser
import Ledger
import NamedKeys
import PostQuantum

/// `verify-receipt FILE`: whether a receipt is what the service signed; needs no service.
struct VerifyReceiptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-receipt",
    abstract: "Verify the receipt of a run, without a service, and print what it states.",
    discussion: """
      A receipt comes from `chancery log RUN --receipt`. The key is that of the service's ledger, as `ledger key` and \
      `operator init` print it; it must come from elsewhere than the receipt. Standard output holds the statement: one \
      JSON object with the documents' hash, the trigger, every step with its outcome, and commitments to the values.

      A receipt that was signed with a named key as well (`log RUN --receipt --key NAME`) is verified by that key with \
      --key NAME --key-file FILE; `chancery key show NAME --public-key` prints what the file holds.

      With --opening, shows besides that the run had the value that the file holds: somebody with the capability `reveal` \
      writes it with `chancery reveal run RUN SEQ NAME --opening FILE`. The value is not printed.
      """)

  @Argument(help: ArgumentHelp("The receipt.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: ArgumentHelp("The ledger's key.", valueName: "key"))
  var publicKey: String?

  @Option(help: ArgumentHelp("A named key that signed it.", valueName: "name"))
  var key: String?

  @Option(help: ArgumentHelp("The file with the named key's public half.", valueName: "file"), completion: .file())
  var keyFile: String?

  @Option(
    help: ArgumentHelp("A file that opens a commitment of the receipt.", valueName: "file"), completion: .file())
  var opening: String?

  func validate() throws {
    if (key == nil) != (keyFile == nil) { throw ValidationError("--key and --key-file go together") }
    if publicKey == nil, key == nil { throw ValidationError("verify by --public-key, or by --key and --key-file") }
  }

  func run() async throws {
    let text = try InputFile.readText(file, limit: LedgerLimits.receiptBytes)
    var receipt: RunReceipt?
    if let publicKey {
      let ledgerKey = try Self.ledgerKey(publicKey)
      do throws(LedgerFault) {
        let verified = try RunReceipt.verify(text, keys: [ledgerKey])
        Terminal.errors.line("verified: signed by \(SafeText.show(verified.origin.text))")
        receipt = verified
      } catch {
        throw Self.failure(error, text, remedy: "`chancery ledger key` prints the key of a service's ledger.")
      }
    }
    if let key, let keyFile {
      let (verified, signer) = try Self.verify(text, key, try InputFile.readText(keyFile, limit: Self.keyLimit))
      Terminal.errors.line("verified: signed by \(SafeText.show(signer))")
      receipt = verified
    }
    guard let proven = receipt else { return }
    if let opening { try Self.check(opening, against: proven) }
    Terminal.output.line(SafeText.show(proven.statement))
  }

  /// Throws where the file does not open a commitment of the receipt. Says nothing of the value.
  private static func check(_ file: String, against receipt: RunReceipt) throws {
    guard let opening = ReceiptOpening(json: try InputFile.read(file, limit: LedgerLimits.openingBytes)) else {
      throw CommandFailure(
        .usage, "\(file) holds no opening of a receipt",
        remedy: "`chancery reveal run RUN SEQ NAME --opening FILE` writes one.")
    }
    let place = "\(opening.name) of line \(opening.sequence)"
    switch receipt.judge(opening) {
    case .opens:
      Terminal.errors.line(
        SafeText.show("opened: \(place) is the value of \(Count.text(opening.value.count, "byte")) in \(file)"))
    case .otherRun: throw CommandFailure(.notSo, "the opening is of another run than the receipt")
    case .noSuchValue: throw CommandFailure(.notSo, "the receipt has no value \(place)")
    case .otherValue: throw CommandFailure(.notSo, "the receipt commits to another value as \(place)")
    }
  }

  private static let keyLimit = 64 << 10

  private static func ledgerKey(_ text: String) throws -> VerifierKey {
    do throws(LedgerFault) {
      return try VerifierKey(text)
    } catch {
      throw CommandFailure(
        .usage, "--public-key takes NAME+ID+KEY: \(error.message)",
        remedy: "`chancery ledger key` and `chancery operator init` print it.")
    }
  }

  /// Whose lines the receipt has, where that is what does not fit: nobody has verified them.
  private static func failure(_ fault: LedgerFault, _ text: String, remedy: String) -> CommandFailure {
    let sentence = "the receipt does not verify: \(fault.receiptMessage)"
    guard fault == .unknownKey || fault == .otherOrigin,
      let signers = try? RunReceipt.unverifiedSigners(of: text)
    else { return CommandFailure(.notSo, sentence) }
    let names = signers.prefix(mostShown).map { String($0.prefix(LedgerLimits.nameBytes)) }.joined(separator: ", ")
    return CommandFailure(.notSo, "\(sentence); its signature lines are by \(names)", remedy: remedy)
  }

  private static let mostShown = 8

  /// What prints the public half of the key that the receipt says it was signed with.
  private static func remedy(_ text: String, _ name: String) -> String {
    let signers = (try? RunReceipt.unverifiedSigners(of: text)) ?? []
    let versions: [UInt32] = signers.compactMap { signer in
      signer.hasPrefix("keys/\(name):") ? UInt32(signer.dropFirst("keys/\(name):".count)) : nil
    }
    guard let version = versions.first else { return "--key takes the name of one that signed, without its version." }
    return "`chancery key show \(name) --public-key --key-version \(version)` prints the key of that version."
  }

  /// Which version signed is what its line says; the file decides whether it did.
  private static func verify(_ text: String, _ name: String, _ keyText: String) throws -> (RunReceipt, String) {
    do {
      let name = try KeyName(name)
      let prefix = KeyReference(name: name).text + ":"
      for signer in try RunReceipt.unverifiedSigners(of: text) where signer.hasPrefix(prefix) {
        guard let number = UInt32(signer.dropFirst(prefix.count)) else { continue }
        let version = try PublicKeyVersion(name: name, number: number, text: keyText)
        guard version.signerName == signer else { continue }
        let verifier = try SignatureVerifier(version, postQuantum: MLDSA())
        let noted = NoteVerifier(name: version.signerName, keyID: version.signerID) { signature, message in
          verifier.isValid(KeyText(version: number, bytes: signature), for: message)
        }
        do throws(LedgerFault) {
          return (try RunReceipt.verify(text, by: noted), signer)
        } catch LedgerFault.unknownKey {
          continue
        }
      }
      throw LedgerFault.unknownKey
    } catch let error as LedgerFault {
      throw failure(error, text, remedy: remedy(text, name))
    } catch NamedKeyError.malformed {
      throw CommandFailure(
        .usage, "the key file holds no public key of a named key",
        remedy: "`chancery key show NAME --public-key` prints one.")
    } catch let error as NamedKeyError {
      throw CommandFailure(.usage, error.message)
    }
  }
}
