import Access
import Destinations
import Encodings
import Labels
import Runbooks
import SecretStore
import Storage

/// Which grants a runbook needs as it is now, and the hosts that each would pin: those to which its steps send
/// the value.
struct GrantPlanning: Sendable {
  let bundle: LoadedBundle
  let rules: EgressRules

  /// Hosts by secret path; the runbook's own methods stand under `RunClearance.ownMethods`.
  func wanted() -> [(path: String, hosts: [HostPort])] {
    var hosts: [String: Set<HostPort>] = [:]
    if case .only(let own) = bundle.methodHosts { hosts[RunClearance.ownMethods] = Set(own) }
    for reference in bundle.runbook.secretReferences {
      // A variable may go wherever a step sends it; an endpoint's key goes nowhere, and pins what it can.
      if case .only(let own) = bundle.methodHosts { hosts[reference.path, default: []].formUnion(own) }
    }
    for step in bundle.runbook.steps {
      guard case .method(let call) = step.kind, let found = bundle.method(call.method),
        let template = try? RequestBuilding.urlTemplate(found.method, of: found.integration, rules: rules)
      else { continue }
      var references = found.method.secretReferences
      if found.method.inheritsAuthorization,
        let credential = found.integration.authorization.credential?.source.secretReference
      {
        references.append(credential)
      }
      for reference in references { hosts[reference.path, default: []].insert(template.origin) }
    }
    return hosts.map { ($0.key, $0.value.sorted()) }.sorted { $0.path < $1.path }
  }

  /// The rows of these grants, given by somebody with the proof that he may.
  func rows(
    paths: Set<String>? = nil, by authorization: Authorization, now: Instant
  ) throws(GrantRefusal) -> [StoredGrant] {
    guard authorization.capability == .grant else { throw .notAllowedToGrant }
    return wanted().filter { paths?.contains($0.path) ?? true }.map { path, hosts in
      StoredGrant(
        runbookID: bundle.runbook.id, secretPath: path, materialHash: bundle.material.hex,
        hosts: hosts.map(\.description), grantedAt: now, grantedBy: authorization.token.entity.text)
    }
  }
}
