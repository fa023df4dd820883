import Access
import Encodings
import Runner
import Storage

/// Tokens: make, look up, revoke.
enum TokenRoutes {
  static let routes: [Route] = [
    Route(["POST", "PUT"], "/v1/auth/token/create", .token(.update, path: "v1/auth/token/create"), create),
    Route(["GET"], "/v1/auth/token/lookup-self", .token(.read, path: "v1/auth/token/lookup-self")) { _, _, who in
      guard let who else { throw Problem.unauthenticated }
      return VaultEnvelope.data { writer in describe(who.token, to: &writer) }
    },
    Route(["POST", "PUT"], "/v1/auth/token/revoke-self", .token(.update, path: "v1/auth/token/revoke-self")) {
      core, _, who in
      guard let who else { throw Problem.unauthenticated }
      try await core.tokens.revoke(who.token, by: who.token.entity.text)
      return .noContent
    },
  ]

  private static func create(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let order = try order(try request.json())
    let issued: IssuedToken
    switch try TokenIssuance.child(order, by: who, now: core.now(), hasher: core.tokens.hasher) {
    case .success(let token): issued = token
    case .failure(let refusal): throw Problem.invalid(field: "policies", refusal.message)
    }
    try await core.tokens.store(issued, by: who.token.entity.text)
    // As Vault has it: a policy may be written later, so this is no error.
    let known = core.policies.book
    let warnings = issued.token.policies.filter { known[$0] == nil && !Self.isBuiltIn($0) }.map {
      "policy \($0.text) does not exist; until it is written it allows nothing"
    }
    return answer(issued, user: nil, warnings: warnings, core)
  }

  /// The one answer that holds a new token's text. `user`: whoever logged in for it.
  static func answer(
    _ issued: IssuedToken, user: UserName?, warnings: [String], _ core: ServerCore
  ) -> RouteResponse {
    let token = issued.token
    let lifetime = token.state.expiresAt.map { ($0.millisecondsSinceEpoch - core.now().millisecondsSinceEpoch) / 1_000 }
    return VaultEnvelope.auth(warnings: warnings) { writer in
      writer.beginObject()
      writer.key("client_token")
      writer.string(issued.secret.disclosedToHolder())
      writer.key("accessor")
      writer.string(token.accessor.text)
      for key in ["policies", "token_policies"] {
        writer.key(key)
        writer.beginArray()
        for policy in token.policies { writer.string(policy.text) }
        writer.endArray()
      }
      writer.key("metadata")
      if let user {
        writer.beginObject()
        writer.key("username")
        writer.string(user.text)
        writer.endObject()
      } else {
        writer.null()
      }
      writer.key("lease_duration")
      writer.integer(lifetime ?? 0)
      writer.key("renewable")
      writer.bool(false)
      writer.key("entity_id")
      writer.string(token.entity.text)
      writer.key("token_type")
      writer.string("service")
      writer.key("orphan")
      writer.bool(token.parent == nil)
      writer.key("num_uses")
      writer.integer(Int64(token.grantedUses ?? 0))
      writer.endObject()
    }
  }

  private static func isBuiltIn(_ name: PolicyName) -> Bool { ["root", "default"].contains(name.text) }

  private static func order(_ tape: JSONTape) throws -> TokenOrder {
    guard let list = tape.member(tape.root, "policies") else {
      throw Problem.invalid(field: "policies", "`policies` must be a list of policy names.")
    }
    var policies: [PolicyName] = []
    for node in tape.children(list) {
      guard let name = tape.string(node).flatMap({ try? PolicyName($0) }) else {
        throw Problem.invalid(field: "policies", "`policies` must be a list of policy names.")
      }
      policies.append(name)
    }
    let name = tape.member(tape.root, "display_name").flatMap { tape.string($0) } ?? "token"
    guard let displayName = try? DisplayName(name) else {
      throw Problem.invalid(field: "display_name", "`display_name` must be one line of 1 to 128 bytes.")
    }
    var order = TokenOrder(policies: policies, displayName: displayName)
    if let node = tape.member(tape.root, "ttl"), tape.kind(node) != .null {
      guard let seconds = VaultEnvelope.seconds(tape, node), seconds > 0, seconds < 1 << 40 else {
        throw Problem.invalid(field: "ttl", "`ttl` is a duration such as 3600, \"30m\" or \"1h30m\".")
      }
      order.lifetimeMilliseconds = seconds * 1_000
    }
    if let node = tape.member(tape.root, "num_uses"), tape.kind(node) != .null {
      guard let uses = tape.integer(node) else {
        throw Problem.invalid(field: "num_uses", "`num_uses` is a number; 0 means not limited.")
      }
      if uses != 0 { order.uses = Int(clamping: uses) }
    }
    if let node = tape.member(tape.root, "no_parent"), tape.bool(node) == true { order.isOrphan = true }
    return order
  }

  private static func describe(_ token: Token, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.string("")
    writer.key("accessor")
    writer.string(token.accessor.text)
    writer.key("display_name")
    writer.string(token.displayName.text)
    writer.key("entity_id")
    writer.string(token.entity.text)
    writer.key("policies")
    writer.beginArray()
    if token.isRoot { writer.string("root") }
    for policy in token.policies { writer.string(policy.text) }
    writer.endArray()
    writer.key("creation_time")
    writer.integer(token.createdAt.secondsSinceEpoch)
    writer.key("expire_time")
    if let end = token.state.expiresAt { writer.string(end.rfc3339) } else { writer.null() }
    writer.key("num_uses")
    writer.integer(Int64(token.state.remainingUses ?? 0))
    writer.key("orphan")
    writer.bool(token.parent == nil)
    writer.key("type")
    writer.string("service")
    writer.endObject()
  }
}
