import Access
import Encodings
import Runner

/// Policies, in Vault's shape.
enum PolicyRoutes {
  static let routes: [Route] = [
    Route(["LIST"], "/v1/sys/policies/acl", .token(.list, path: "v1/sys/policies/acl")) { core, _, _ in
      VaultEnvelope.data { writer in
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        for name in core.policies.book.names { writer.string(name.text) }
        writer.endArray()
        writer.endObject()
      }
    },
    Route(["GET"], "/v1/sys/policies/acl/{name}", .token(.read, path: "v1/sys/policies/acl/{name}")) {
      core, request, _ in
      let name = try policyName(request)
      guard let policy = core.policies.book[name] else { throw Problem.notFound("There is no policy of this name.") }
      return VaultEnvelope.data { writer in
        writer.beginObject()
        writer.key("name")
        writer.string(name.text)
        writer.key("policy")
        writer.string(policy.source)
        writer.endObject()
      }
    },
    Route(
      ["PUT", "POST"], "/v1/sys/policies/acl/{name}", .token(.update, path: "v1/sys/policies/acl/{name}"),
      bodyLimit: 512 << 10, write),
    Route(["DELETE"], "/v1/sys/policies/acl/{name}", .token(.delete, path: "v1/sys/policies/acl/{name}")) {
      core, request, who in
      guard let who else { throw Problem.unauthenticated }
      try await core.policies.delete(try policyName(request), by: who.token.entity.text)
      return .noContent
    },
  ]

  private static func policyName(_ request: RouteRequest) throws -> PolicyName {
    guard let name = try? PolicyName(request.parameter("name")) else {
      throw Problem.invalid(field: "name", "This is no name of a policy.")
    }
    return name
  }

  private static func write(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let name = try policyName(request)
    let tape = try request.json()
    guard let text = tape.member(tape.root, "policy").flatMap({ tape.string($0) }) else {
      throw Problem.invalid(field: "policy", "`policy` must be the text of a policy.")
    }
    switch PolicyParser.parse(text, name: name) {
    case .failure(let refusal):
      throw Problem.documents(refusal.faults.map { $0.rendered(file: name.text) })
    case .success(let policy):
      try await core.policies.save(policy, by: who.token.entity.text)
      return .noContent
    }
  }
}
