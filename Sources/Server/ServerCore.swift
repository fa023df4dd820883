package import Encodings
package import Keyring
package import Ledger
package import Runner
import Storage
import Synchronization
package import Webhooks

/// What the handlers work with: the service's parts, joined.
package final class ServerCore: Sendable {
  package let parts: ServiceParts
  package let library: DocumentLibrary
  package let endpoints: EndpointBook
  package let runner: Runner
  package let admission: Admission
  package let tokens: TokenBook
  package let reveals: RevealBook
  package let logins: LoginBook
  package let keys: KeyBook
  package let resealing: Resealing
  package let policies: PolicyShelf
  package let verifier: WebhookVerifier
  package let refusals: RefusalCounts
  package let handshakes: Handshakes
  let certificates: CertificateBook
  let refusalLimit = RefusalLimit()
  /// Under the lock: what the clock was read as.
  private let clockWatch = Mutex(ClockWatch(newest: nil))
  /// Shown on every screen of a development service.
  package let isDevelopment: Bool
  let table: RouteTable
  /// Under the lock: whether everything has been read that requests are decided by.
  private let awake = Mutex(false)
  /// Under the lock: what else happens when the keys come.
  private let unsealing = Mutex<(@Sendable (SealKind) async throws -> Void)?>(nil)
  /// Under the lock: what signs the receipts of runs.
  private let receipts = Mutex<(@Sendable (RunReceipt.Statement) -> RunReceipt?)?>(nil)
  /// Under the lock: what else happens when the keys go.
  private let sealing = Mutex<(@Sendable () -> Void)?>(nil)

  package init(
    parts: ServiceParts, library: DocumentLibrary, endpoints: EndpointBook, runner: Runner, admission: Admission,
    policies: PolicyShelf, verifier: WebhookVerifier, isDevelopment: Bool
  ) {
    self.parts = parts
    self.library = library
    self.endpoints = endpoints
    self.runner = runner
    self.admission = admission
    self.tokens = TokenBook(parts: parts)
    self.reveals = RevealBook(parts: parts)
    self.logins = LoginBook(parts: parts)
    self.keys = runner.keys
    self.resealing = Resealing(library: library)
    self.policies = policies
    self.verifier = verifier
    self.isDevelopment = isDevelopment
    refusals = RefusalCounts()
    handshakes = Handshakes(library: library, endpoints: endpoints)
    certificates = CertificateBook(client: parts.client)
    table = RouteTable()
  }

  /// Sets who signs the receipts of runs.
  package func onReceipt(_ sign: @escaping @Sendable (RunReceipt.Statement) -> RunReceipt?) {
    receipts.withLock { $0 = sign }
  }

  /// The receipt, signed by the key of the ledger; nil while there is no key.
  func signReceipt(_ statement: RunReceipt.Statement) -> RunReceipt? { receipts.withLock { $0 }?(statement) }

  /// Sets what happens after an unseal, before anything is read with the keys. It is told the kind of the seal.
  package func onUnseal(_ act: @escaping @Sendable (SealKind) async throws -> Void) {
    unsealing.withLock { $0 = act }
  }

  /// What else is to be forgotten with the keys.
  package func onSeal(_ act: @escaping @Sendable () -> Void) {
    sealing.withLock { $0 = act }
  }

  /// Called with the keys at hand after an unseal. Where something of it fails the service is sealed again.
  func unsealed(by kind: SealKind) async throws {
    do {
      if let act = unsealing.withLock({ $0 }) { try await act(kind) } else { try await awaken() }
    } catch {
      seal()
      throw error
    }
  }

  /// Reads what is kept in memory and takes up what was left: after an unseal, and at a start that is not sealed.
  package func awaken() async throws {
    try await policies.renew()
    try await endpoints.renew()
    try await runner.renewPauses()
    try await runner.renewIDs()
    awake.withLock { $0 = true }
    runner.wake()
  }

  /// Seals: keys are wiped, and everything that was opened is forgotten.
  func seal() {
    awake.withLock { $0 = false }
    sealing.withLock { $0 }?()
    parts.keyring.wipe()
    endpoints.forget()
    handshakes.forget()
    parts.logs.forget()
    Task { [certificates] in await certificates.forget() }
    policies.forget()
    runner.forget()
  }

  // MARK: The clock

  /// The newest reading of an earlier process; before anything is let in.
  package func beginClock(newest: Instant?) {
    clockWatch.withLock { $0 = ClockWatch(newest: newest) }
  }

  /// Somebody says that the clock is right, though an earlier reading was later.
  package func acceptClock() {
    clockWatch.withLock { $0.accept(now()) }
  }

  /// Reads the clock: whether it can be believed.
  package func readClock() -> ClockWatch.Verdict {
    let monotonic = parts.clock.monotonicMilliseconds()
    return clockWatch.withLock { $0.read(wall: now(), monotonic: monotonic) }
  }

  /// Whether what is old by the clock may be deleted.
  package var isClockSettled: Bool {
    let monotonic = parts.clock.monotonicMilliseconds()
    return clockWatch.withLock { $0.isSettled(monotonic: monotonic) }
  }

  /// Whether nothing can be decided now: sealed, or not read yet after an unseal.
  package var isSealed: Bool { parts.isSealed || !awake.withLock { $0 } }

  /// Why nothing can be decided now; nil where it can.
  var closed: Problem? { parts.isSealed ? .sealed : isSealed ? .waking : nil }

  /// Where a runbook's public endpoint is.
  func startURL(_ id: String) -> String { "\(parts.publicURL ?? "")/api/automation/\(id)" }

  func now() -> Instant { parts.clock.now() }
}
