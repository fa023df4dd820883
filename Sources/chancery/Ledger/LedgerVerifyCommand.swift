import ArgumentParser
import Ledger

/// `ledger verify`
struct LedgerVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify that the ledger was not changed, and print the verified head.",
    discussion: """
      Reads every entry, computes the root over them, and compares it with the signed head and with the head of --since, \
      which was kept outside: an entry that was changed, deleted, inserted or moved is named, and so is a ledger that \
      was rolled back or replaced. Without --public-key the key comes from the service itself, which proves that the \
      ledger hangs together, not whose it is.

      With --data, verifies a copy of a data folder, without a service and without changing the copy.
      """)

  @OptionGroup var client: ClientOptions

  @Option(
    help: ArgumentHelp("A head that was kept: the output of an earlier verify or head.", valueName: "file"),
    completion: .file())
  var since: String?

  @Option(help: ArgumentHelp("The ledger's key, as `ledger key` and `operator init` print it.", valueName: "key"))
  var publicKey: String?

  @Option(help: ArgumentHelp("A copy of a data folder.", valueName: "folder"), completion: .directory)
  var data: String?

  func validate() throws {
    guard data == nil || publicKey != nil else {
      throw ValidationError("--data needs --public-key: a copy cannot vouch for its own key")
    }
  }

  func run() async throws {
    let key = try publicKey.map(Self.key)
    let kept = try since.map { file throws(CommandFailure) in
      try InputFile.readText(file, limit: LedgerLimits.headBytes)
    }
    do {
      if let data, let key {
        try await LedgerCopy(folder: data).read { copy in
          try await verify(copy, key: key, kept: kept)
        }
      } else {
        try await APIClient.connect(client) { api in
          try await verify(ServedLedger(api), key: key, kept: kept)
        }
      }
    } catch let fault as LedgerFault {
      throw CommandFailure(.notSo, "the ledger does not verify: \(fault.message)")
    }
  }

  private func verify(_ ledger: ServedLedger, key: VerifierKey?, kept: String?) async throws {
    let trusted: VerifierKey
    if let key { trusted = key } else { trusted = try await ledger.key() }
    // The head comes first: entries that are written from here on are not asked for.
    let head = try SignedHead.verify(try await ledger.head(), keys: [trusted])
    let keptHead = try kept.map { try Self.keptHead($0, trusted) }
    var audit = LedgerAudit(heads: [head], kept: [keptHead].compactMap { $0 })
    var progress = VerifyProgress(total: head.size)
    try await ledger.rows(upTo: head.size) { row in
      audit.push(row)
      progress.advance()
      return !audit.isDecided
    }
    progress.end()
    let report = try audit.finish().get()
    if key == nil {
      Terminal.errors.line("the key came from the service itself; keep it and pass it on: --public-key \(trusted.text)")
    }
    tell(report, head: head, kept: keptHead)
  }

  private func verify(_ copy: LedgerCopy.Content, key: VerifierKey, kept: String?) async throws {
    guard let text = try await copy.head() else {
      throw CommandFailure(.notSo, "the copy has no signed head to verify against")
    }
    let head = try SignedHead.verify(text, keys: [key])
    let keptHead = try kept.map { try Self.keptHead($0, key) }
    var audit = LedgerAudit(heads: [head], kept: [keptHead].compactMap { $0 })
    var progress = VerifyProgress(total: head.size)
    try await copy.rows { row in
      audit.push(row)
      progress.advance()
      return !audit.isDecided
    }
    progress.end()
    tell(try audit.finish(state: try await copy.state()).get(), head: head, kept: keptHead)
  }

  private func tell(_ report: LedgerReport, head: SignedHead, kept: SignedHead?) {
    var sentence = "verified \(Count.entries(report.size)), their root and the signature of the head"
    if let kept { sentence += "; they continue the head of size \(kept.size)" }
    Terminal.errors.line(sentence)
    if report.unsignedRows > 0 {
      Terminal.errors.line("warning: no signed head covers the last \(Count.entries(report.unsignedRows))")
    }
    Terminal.output.write(Array(SafeText.show(head.text, keepsLines: true).utf8))
  }

  private static func key(_ text: String) throws(CommandFailure) -> VerifierKey {
    do throws(LedgerFault) {
      return try VerifierKey(text)
    } catch {
      throw CommandFailure(
        .usage, "--public-key takes NAME+ID+KEY: \(error.message)",
        remedy: "`chancery ledger key` and `chancery operator init` print it.")
    }
  }

  private static func keptHead(_ text: String, _ key: VerifierKey) throws(CommandFailure) -> SignedHead {
    do throws(LedgerFault) {
      return try SignedHead.verify(text, keys: [key])
    } catch {
      throw CommandFailure(.notSo, "the head of --since is not one of this ledger: \(error.message)")
    }
  }
}

extension Count {
  static func entries(_ number: UInt64) -> String { "\(number) \(number == 1 ? "entry" : "entries")" }
}

/// A counter on the terminal for a ledger that takes longer than a moment.
private struct VerifyProgress {
  private let total: UInt64
  private var done: UInt64 = 0

  private static let step: UInt64 = 10_000

  init(total: UInt64) {
    self.total = total
  }

  mutating func advance() {
    done += 1
    guard done.isMultiple(of: Self.step), Terminal.errors.isInteractive else { return }
    Terminal.errors.write(Array("\r\(done) of \(total) entries".utf8))
  }

  func end() {
    if done >= Self.step, Terminal.errors.isInteractive { Terminal.errors.line() }
  }
}
