package import DataSources
package import Destinations
package import Egress
package import Keyring
package import NamedKeys
package import Storage

/// What every part of the service works with: joined once, in the executable. It never changes, and is a reference, so that
/// handing it on copies nothing.
package final class ServiceParts: Sendable {
  package let store: any Store
  package let keyring: Keyring
  package let client: EgressGuard
  package let rules: EgressRules
  package let clock: ServiceClock
  let runIDs = RunIDs()
  /// What start URLs, `halo_url` and signed `{url}` begin with, without a slash at the end; nil where none
  /// is configured.
  package let publicURL: String?
  /// What signs with ML-DSA; nil in programs that are built without it.
  package let postQuantum: (any PostQuantumSignatures)?
  /// Where statements of SQL steps are carried out.
  package let dataSources: DataSources
  /// Where calls meet that need a token of an authorisation server.
  package let tokens = TokenDesk()
  /// What runbooks may do with secrets, as it was worked out last.
  let clearances = ClearanceMemo()
  /// What runs are found by.
  package let search = SearchShelf()
  /// What logs are made from while somebody reads them.
  package let logs = OpenLogs()

  package init(
    store: any Store, keyring: Keyring, client: EgressGuard, rules: EgressRules, clock: ServiceClock,
    publicURL: String?, postQuantum: (any PostQuantumSignatures)? = nil,
    dataSources: DataSources = DataSources(folder: nil)
  ) {
    self.store = store
    self.keyring = keyring
    self.client = client
    self.rules = rules
    self.clock = clock
    self.publicURL = publicURL
    self.postQuantum = postQuantum
    self.dataSources = dataSources
  }

  /// Whether keys are at hand.
  package var isSealed: Bool {
    switch keyring.state {
    case .uninitialised, .sealed: true
    case .open: false
    }
  }
}
