import Encodings
import Keyring
import Ledger
package import Runner
import Storage
package import Webhooks

/// What the handlers work with: the service's parts, joined.
package final class ServerCore: Sendable {
  package let parts: ServiceParts
  package let library: DocumentLibrary
  package let endpoints: EndpointBook
  package let runner: Runner
  package let admission: Admission
  package let tokens: TokenBook
  package let policies: PolicyShelf
  package let verifier: WebhookVerifier
  package let refusals: RefusalCounts
  /// Shown on every screen of a development service.
  package let isDevelopment: Bool
  let table: RouteTable

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
    self.policies = policies
    self.verifier = verifier
    self.isDevelopment = isDevelopment
    refusals = RefusalCounts()
    table = RouteTable()
  }

  /// Reads what is kept in memory and takes up what was left: after an unseal, and at a start that is not sealed.
  package func awaken() async throws {
    try await policies.renew()
    try await endpoints.renew()
    runner.wake()
  }

  /// Seals: keys are wiped, and everything that was opened is forgotten.
  func seal() {
    parts.keyring.wipe()
    endpoints.forget()
    policies.forget()
    runner.forget()
  }

  /// Where a runbook's public endpoint is.
  func startURL(_ id: String) -> String { "\(parts.publicURL ?? "")/api/automation/\(id)" }

  func now() -> Instant { parts.clock.now() }
}
