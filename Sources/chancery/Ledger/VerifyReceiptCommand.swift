import ArgumentParser
import Ledger

/// `verify-receipt FILE`: whether a receipt is what the service signed; needs no service.
struct VerifyReceiptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-receipt",
    abstract: "Verify the receipt of a run, without a service, and print what it states.",
    discussion: """
      A receipt comes from `chancery log RUN --receipt`. The key is that of the service's ledger, as `ledger key` and \
      `operator init` print it; it must come from elsewhere than the receipt. Standard output holds the statement: one \
      JSON object with the documents' hash, the trigger, every step with its outcome, and commitments to the values.
      """)

  @Argument(help: ArgumentHelp("The receipt.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: ArgumentHelp("The ledger's key.", valueName: "key"))
  var publicKey: String

  func run() async throws {
    let key: VerifierKey
    do throws(LedgerFault) {
      key = try VerifierKey(publicKey)
    } catch {
      throw CommandFailure(
        .usage, "--public-key takes NAME+ID+KEY: \(error.message)",
        remedy: "`chancery ledger key` and `chancery operator init` print it.")
    }
    let text = try InputFile.readText(file, limit: LedgerLimits.receiptBytes)
    do throws(LedgerFault) {
      let receipt = try RunReceipt.verify(text, keys: [key])
      Terminal.errors.line("verified: signed by \(SafeText.show(receipt.origin.text))")
      Terminal.output.line(SafeText.show(receipt.statement))
    } catch {
      throw CommandFailure(.notSo, "the receipt does not verify: \(error.message)")
    }
  }
}
