import ArgumentParser
import Ledger

/// `ledger`: evidence.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "The audit log: its signed head, its key, and whether it was changed.",
    subcommands: [LedgerHeadCommand.self, LedgerKeyCommand.self, LedgerVerifyCommand.self])
}

/// `ledger head`
struct LedgerHeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head",
    abstract: "Print the signed head, to be kept outside: `ledger verify --since` compares with it.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await APIClient.connect(client) { api in
      Terminal.output.write(Array(SafeText.show(try await ServedLedger(api).head(), keepsLines: true).utf8))
    }
  }
}

/// `ledger key`
struct LedgerKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Print the ledger's public key, to be kept outside: `ledger verify --public-key` takes it.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await APIClient.connect(client) { api in
      Terminal.output.line(try await ServedLedger(api).key().text)
    }
  }
}

/// The ledger as a running service shows it.
struct ServedLedger: Sendable {
  private let api: APIClient

  init(_ api: APIClient) {
    self.api = api
  }

  /// The newest signed head, as text.
  func head() async throws(CommandFailure) -> String {
    let answer = try await api.exchange(.GET, APIPath("api", "ledger", "head"))
    if answer.status == 404 { throw CommandFailure(.notSo, "the ledger has no signed head yet") }
    guard answer.status == 200 else { throw answer.failure(address: api.address) }
    return String(decoding: answer.body, as: UTF8.self)
  }

  /// The key that the service says it signs with.
  func key() async throws(CommandFailure) -> VerifierKey {
    let answer = try await api.exchange(.GET, APIPath("api", "ledger", "key"))
    if answer.status == 404 { throw CommandFailure(.notSo, "the service has no ledger key yet") }
    guard answer.status == 200 else { throw answer.failure(address: api.address) }
    var text = String(decoding: answer.body, as: UTF8.self)
    if text.hasSuffix("\n") { text.removeLast() }
    do throws(LedgerFault) {
      return try VerifierKey(text)
    } catch {
      throw CommandFailure(.unavailable, "the service did not answer with the key of a ledger")
    }
  }

  /// Hands over the rows from 0 up to `size`, as the service shows them, until `push` has seen enough.
  func rows(upTo size: UInt64, _ push: (LedgerRow) -> Bool) async throws {
    var next: UInt64 = 0
    var wantsMore = true
    while next < size, wantsMore {
      let before = next
      let limit = min(size - next, Self.page)
      let query = [(name: "from", value: String(next)), (name: "limit", value: String(limit))]
      try await api.lines(APIPath("api", "ledger", "entries", query: query), isOpenEnded: false) { line in
        guard next < size, wantsMore else { return }
        wantsMore = push(LedgerRow(index: next, bytes: Array(line)))
        next += 1
      }
      // A service that shows no further row has none: the verdict says what that means.
      if next == before { return }
    }
  }

  private static let page: UInt64 = 1_000
}
