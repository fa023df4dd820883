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
      """)

  @Argument(help: ArgumentHelp("The receipt.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: ArgumentHelp("The ledger's key.", valueName: "key"))
  var publicKey: String?

  @Option(help: ArgumentHelp("A named key that signed it.", valueName: "name"))
  var key: String?

  @Option(help: ArgumentHelp("The file with the named key's public half.", valueName: "file"), completion: .file())
  var keyFile: String?

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
        throw CommandFailure(.notSo, "the receipt does not verify: \(error.message)")
      }
    }
    if let key, let keyFile {
      let (verified, signer) = try Self.verify(text, key, try InputFile.readText(keyFile, limit: Self.keyLimit))
      Terminal.errors.line("verified: signed by \(SafeText.show(signer))")
      receipt = verified
    }
    if let receipt { Terminal.output.line(SafeText.show(receipt.statement)) }
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
        if let receipt = try? RunReceipt.verify(text, by: noted) { return (receipt, signer) }
      }
      throw LedgerFault.unknownKey
    } catch let error as LedgerFault {
      throw CommandFailure(.notSo, "the receipt does not verify: \(error.message)")
    } catch NamedKeyError.malformed {
      throw CommandFailure(
        .usage, "the key file holds no public key of a named key",
        remedy: "`chancery key show NAME --public-key` prints one.")
    } catch let error as NamedKeyError {
      throw CommandFailure(.usage, error.message)
    }
  }
}
