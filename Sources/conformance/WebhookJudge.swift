import Cryptography
import Encodings
import SourceText
import Webhooks

/// Judges one case of webhook vectors: request, keys and clock in one JSON object, the scheme as data beside it.
///
/// What the configuration would refuse (a blank secret, no key, a scheme that cannot be used) refuses the request:
/// such an endpoint lets nobody in. Why it would be refused is reported beside the verdict.
struct WebhookJudge {
  /// Where a case's scheme comes from.
  enum Schemes {
    /// Its `definition`, as data beside the case.
    case beside
    /// Ours of that name.
    case builtIn
  }

  let schemes: Schemes
  let report: (String) -> Void
  private let verifier = WebhookVerifier(decoyKey: GuardedBytes(random: 32))

  func accepts(_ line: String) -> Bool {
    guard case .success(let nodes) = SourceTape.parse(line, file: "case.json", as: .json), let node = nodes.first else {
      return false
    }
    do {
      return try verdict(on: node)
    } catch let fault as SchemeFault {
      report("\(node["id"]?.string ?? "a case"): \(fault.rendered)")
    } catch let fault as WebhookFault {
      report("\(node["id"]?.string ?? "a case"): \(fault.message)")
    } catch {
      report("\(node["id"]?.string ?? "a case"): a field is missing or of the wrong kind")
    }
    return false
  }

  /// A case that lacks something, or has it in the wrong form.
  private struct Unreadable: Error {}

  private func verdict(on node: SourceNode) throws -> Bool {
    let scheme = try scheme(of: node)
    let (publicURL, request) = try request(of: node)
    var settings: [String: String] = [:]
    for (key, value) in node["config"]?.mapping ?? [] { settings[key.text ?? ""] = try text(value) }
    let endpoint = try EndpointConfiguration(
      id: "conformance", access: .internalAndPublic, isActive: true, authentication: .signature(scheme),
      publicURL: publicURL, settings: settings, waivesTopic: true)
    guard let seconds = node["now"]?.integer else { throw Unreadable() }
    let outcome = verifier.verify(
      request: request, endpoint: endpoint, keys: try keys(of: node, for: scheme),
      now: Instant(secondsSinceEpoch: seconds)
    ) { (_: Span<UInt8>) -> BearerVerdict<Never> in .refused }
    guard case .verified = outcome else { return false }
    return true
  }

  private func scheme(of node: SourceNode) throws -> SignatureScheme {
    let name = try text(node["scheme"])
    switch try definition(of: node, named: name) {
    case .scheme(let scheme): return scheme
    case .recipe(let defaults):
      let recipe = try node["recipe"].map { try defaults.applying($0) } ?? defaults
      return try recipe.scheme(named: name)
    }
  }

  private func definition(of node: SourceNode, named name: String) throws -> SchemeDefinition {
    let found: SchemeDefinition? =
      switch schemes {
      case .beside: try node["definition"].map { try SchemeCatalogue.definition(named: name, $0) }
      case .builtIn: SchemeCatalogue.builtIn[name]
      }
    guard let found else { throw Unreadable() }
    return found
  }

  private func keys(of node: SourceNode, for scheme: SignatureScheme) throws -> EndpointKeys {
    var keys: [EndpointKey] = []
    for (index, key) in (node["keys"]?.sequence ?? []).enumerated() {
      guard let encoding = KeyEncoding(rawValue: try text(key["encoding"])) else { throw Unreadable() }
      keys.append(
        try EndpointKey(
          text: GuardedBytes(copying: Array(try text(key["value"]).utf8)), encoding: encoding, named: "key \(index)",
          for: scheme, url: try key["url"].map(text)))
    }
    return try EndpointKeys(keys)
  }

  private func request(of node: SourceNode) throws -> (publicURL: String, UnverifiedRequest) {
    let url = try text(node["url"])
    let publicURL = String(url.prefix { $0 != "?" })
    // The target is what follows scheme and authority; its query is what follows the public URL.
    let authority = publicURL.drop { $0 != ":" }.dropFirst(3)
    let path = authority.drop { $0 != "/" }
    let target = String(path) + url.dropFirst(publicURL.count)
    guard let once = Base64.decode(try text(node["body_b64"])) else { throw Unreadable() }
    let times = node["body_repeat"]?.integer ?? 1
    let (byteCount, isTooMany) = times.multipliedReportingOverflow(by: Int64(max(once.count, 1)))
    guard !isTooMany, (0...100_000_000).contains(byteCount) else { throw Unreadable() }
    let body = [UInt8]((0..<times).lazy.map { _ in once }.joined())
    var headers: [RequestHeader] = []
    for header in node["headers"]?.sequence ?? [] {
      headers.append(RequestHeader(try text(header[0]), try text(header[1])))
    }
    return (
      publicURL, UnverifiedRequest(method: try text(node["method"]), target: target, headers: headers, body: body)
    )
  }

  private func text(_ node: SourceNode?) throws -> String {
    guard let text = node?.string else { throw Unreadable() }
    return text
  }
}
