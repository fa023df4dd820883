import Access
import Destinations
import Encodings
import Labels
import NamedKeys
import Runbooks
import SecretStore
import Storage

/// Which grants a runbook needs as it is now, and the hosts that each would pin: those to which its steps send
/// the value.
struct GrantPlanning: Sendable {
  let bundle: LoadedBundle
  let rules: EgressRules

  /// Hosts by secret path or operation of a key; the runbook's own methods stand under `RunClearance.ownMethods`.
  func wanted() -> [(path: String, hosts: [HostPort])] {
    var hosts: [String: Set<HostPort>] = [:]
    if case .only(let own) = bundle.methodHosts { hosts[RunClearance.ownMethods] = Set(own) }
    // An endpoint's key is compared with, and sent nowhere. A variable goes where the steps that name it send it.
    for reference in bundle.runbook.secretReferences { hosts[reference.path, default: []].formUnion([]) }
    for use in bundle.runbook.keyUses { hosts[use.text, default: []].formUnion([]) }
    for variable in bundle.runbook.variables {
      if case .secret(let reference) = variable.initialValue {
        hosts[reference.path, default: []].formUnion(destinations(of: variable.name))
      }
    }
    for source in bundle.allDataSources {
      guard let reference = source.secretReference else { continue }
      hosts[reference.path, default: []].formUnion(source.hostPort.map { [$0] } ?? [])
    }
    // A failure's webhook is signed, so its host receives what was made with the key.
    if let webhook = bundle.runbook.onFailure.webhook, let template = try? webhook.template(rules) {
      hosts[webhook.key.path, default: []].insert(template.origin)
    }
    // What a key makes or decrypts goes where the steps that name it send it.
    for case .key(let key) in bundle.runbook.steps.map(\.kind) {
      for output in key.outputs { hosts[key.keyUse.text, default: []].formUnion(destinations(of: output.name)) }
    }
    for step in bundle.runbook.steps {
      guard case .method(let call) = step.kind, let found = bundle.method(call.method),
        let template = try? RequestBuilding.urlTemplate(found.method, of: found.integration, rules: rules)
      else { continue }
      for reference in found.method.secretReferences { hosts[reference.path, default: []].insert(template.origin) }
      // What a key signs goes where the request goes.
      for use in found.method.keyUses(under: found.integration) {
        hosts[use.text, default: []].insert(template.origin)
      }
      guard found.method.inheritsAuthorization else { continue }
      for reference in found.integration.certificateReferences {
        hosts[reference.path, default: []].insert(template.origin)
      }
      // What a token is had with may go to the server that gives it, and the token to the host that takes it.
      let tokens = (try? TokenSettings(found.integration, rules: rules)).flatMap { $0 }
      for reference in found.integration.authorization.secretReferences {
        hosts[reference.path, default: []].insert(template.origin)
        if let tokens { hosts[reference.path, default: []].insert(tokens.template.origin) }
      }
    }
    return hosts.map { ($0.key, $0.value.sorted()) }.sorted { $0.path < $1.path }
  }

  private func destinations(of variable: String) -> [HostPort] {
    let sources = VariableFlow.sources(sending: variable, in: bundle.runbook) { bundle.method($0)?.method }
    return sources.compactMap { bundle.dataSource($0)?.hostPort } + methods(sending: variable)
  }

  private func methods(sending variable: String) -> [HostPort] {
    VariableFlow.methods(sending: variable, in: bundle.runbook) { bundle.method($0)?.method }.compactMap { reference in
      guard let found = bundle.method(reference) else { return nil }
      return try? RequestBuilding.urlTemplate(found.method, of: found.integration, rules: rules).origin
    }
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
