import Cryptography
package import Destinations
import Encodings
package import Labels
package import RunEngine
package import Runbooks
package import SecretStore
package import Storage

/// The documents that a run is pinned to, read and checked: the runbook and every integration that its
/// steps call.
package final class LoadedBundle: Sendable {
  package let id: BundleID
  package let runbook: RunbookDocument
  package let plan: RunPlan
  /// The canonical text: what `id` is the hash of, and what is stored.
  package let text: [UInt8]
  /// The hosts of the runbook's own methods: where its encrypted requests and responses may go.
  package let methodHosts: HostClearance
  /// What grants are bound to.
  package let material: MaterialHash
  private let integrations: [String: IntegrationDocument]
  /// The URLs of the methods that the runbook's steps call, read once, by the methods' names.
  private let templates: [String: URLTemplate]
  private let dataSources: [String: DataSourceDocument]

  package init(
    id: BundleID, runbook: RunbookDocument, integrations: [IntegrationDocument],
    dataSources: [DataSourceDocument] = [], text: [UInt8], rules: EgressRules
  ) throws(PlanFault) {
    let sources = Dictionary(dataSources.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.dataSources = sources
    let byID = Dictionary(integrations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.id = id
    self.runbook = runbook
    self.integrations = byID
    self.text = text
    plan = try RunPlan(runbook: runbook, source: { sources[$0] }) { Self.find($0, in: byID)?.method }
    var hosts: Set<HostPort> = []
    var templates: [String: URLTemplate] = [:]
    for id in runbook.calledDataSources {
      if let place = sources[id]?.hostPort { hosts.insert(place) }
    }
    for step in runbook.steps {
      guard case .method(let call) = step.kind, let found = Self.find(call.method, in: byID),
        let template = try? RequestBuilding.urlTemplate(found.method, of: found.integration, rules: rules)
      else { continue }
      hosts.insert(template.origin)
      templates[call.method.text] = template
    }
    self.templates = templates
    methodHosts = HostClearance(only: hosts)
    let digest = Digest.sha256(GrantedMaterial.bytes(of: runbook, source: { sources[$0] }) { byID[$0] })
    guard let material = MaterialHash(sha256: digest) else { preconditionFailure("a SHA-256 has 32 bytes") }
    self.material = material
  }

  /// The method that a step calls, with its integration.
  package func method(_ reference: MethodReference) -> (integration: IntegrationDocument, method: Method)? {
    Self.find(reference, in: integrations)
  }

  /// The URL of a method that a step calls; nil where it is none that may be called.
  func template(of reference: MethodReference) -> URLTemplate? { templates[reference.text] }

  /// The data source that a step sends a statement to.
  package func dataSource(_ id: String) -> DataSourceDocument? { dataSources[id] }

  /// Every data source of the bundle, by name.
  package var allDataSources: [DataSourceDocument] { dataSources.values.sorted { $0.id < $1.id } }

  /// The methods that the runbook's steps call, each once.
  var calledMethods: [(integration: IntegrationDocument, method: Method)] {
    var references: [MethodReference] = []
    var seen: Set<MethodReference> = []
    for step in runbook.steps {
      if case .method(let call) = step.kind, seen.insert(call.method).inserted { references.append(call.method) }
    }
    return references.compactMap { method($0) }
  }

  /// Every integration of the bundle, by id.
  package var allIntegrations: [IntegrationDocument] { integrations.values.sorted { $0.id < $1.id } }

  private static func find(
    _ reference: MethodReference, in integrations: [String: IntegrationDocument]
  ) -> (integration: IntegrationDocument, method: Method)? {
    guard case .named(let integrationID, let name) = reference, let integration = integrations[integrationID],
      let method = integration.method(named: name)
    else { return nil }
    return (integration, method)
  }
}
