import Access
import Cryptography
import Destinations
import Encodings
import Runbooks
import Runner
import Storage

/// Persons who log in with a password, in Vault's shape: `userpass` is the mount.
enum LoginRoutes {
  static let routes: [Route] = [
    Route(["POST", "PUT"], "/v1/auth/userpass/login/{name}", .anybody, bodyLimit: 16 << 10, login),
    Route(["LIST"], "/v1/auth/userpass/users", .token(.list, path: "v1/auth/userpass/users"), list),
    Route(["GET"], "/v1/auth/userpass/users", .token(.list, path: "v1/auth/userpass/users")) { core, request, who in
      guard ["true", "True", "1"].contains(request.query("list") ?? "") else {
        throw Problem.invalid(field: "list", "Users are listed with LIST or ?list=true.")
      }
      return try await list(core, request, who)
    },
    Route(["GET"], "/v1/auth/userpass/users/{name}", .token(.read, path: "v1/auth/userpass/users/{name}"), read),
    // Whoever writes a login gives away its policies: sudo, as for a token with policies of another.
    Route(["POST", "PUT"], "/v1/auth/userpass/users/{name}", privileged(.update), bodyLimit: 16 << 10, write),
    Route(["POST", "PUT"], "/v1/auth/userpass/users/{name}/password", privileged(.update), bodyLimit: 16 << 10) {
      core, request, who in
      try await change(core, request, who, takes: ["password"])
    },
    Route(["POST", "PUT"], "/v1/auth/userpass/users/{name}/policies", privileged(.update), bodyLimit: 16 << 10) {
      core, request, who in
      try await change(core, request, who, takes: ["policies", "token_policies"])
    },
    Route(["DELETE"], "/v1/auth/userpass/users/{name}", privileged(.delete), delete),
  ]

  private static func privileged(_ capability: Capability) -> Route.Admission {
    .token(capability, path: "v1/auth/userpass/users/{name}", privilege: .sudo)
  }

  // MARK: Logging in

  /// One answer for an unknown user, a wrong password and a name that is none, after the same work.
  private static func login(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    if let closed = core.closed { throw closed }
    let place = RefusalLimit.Place.login(user: request.parameter("name"))
    let moment = core.parts.clock.monotonicMilliseconds()
    if let seconds = core.refusalLimit.wait(of: request.caller, at: place, now: moment) {
      throw Problem.tooMany(retryAfterSeconds: seconds)
    }
    let tape = try request.json()
    guard let password = tape.member(tape.root, "password").flatMap({ tape.stringBytes($0) }) else {
      throw Problem.invalid(field: "password", "`password` must be a text.")
    }
    let name = try? UserName(request.parameter("name"))
    guard let checked = try await core.logins.verify(GuardedBytes(copying: password), of: name) else {
      core.refusalLimit.refused(request.caller, at: place, now: core.parts.clock.monotonicMilliseconds())
      if let first = core.refusals.count(
        endpoint: "login", reason: "wrong-password", caller: request.caller, now: core.now())
      {
        _ = try? await core.parts.store.commit(WriteBatch(ledger: [first]))
      }
      throw Problem.invalid(field: "password", "invalid username or password")
    }
    let issued = try await core.logins.issue(checked)
    return TokenRoutes.answer(issued, user: checked.name, warnings: [], core)
  }

  // MARK: Who may

  private static func name(_ request: RouteRequest) throws(Problem) -> UserName {
    do throws(AccessError) {
      return try UserName(request.parameter("name"))
    } catch {
      throw .invalid(field: "name", sentence(LoginFault.name.message))
    }
  }

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let names = try await core.logins.names()
    guard !names.isEmpty else { throw Problem.notFound("There are no users.") }
    return VaultEnvelope.data { writer in
      writer.beginObject()
      writer.key("keys")
      writer.beginArray()
      for name in names { writer.string(name) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    guard let login = try await core.logins.login(try name(request)) else {
      throw Problem.notFound("There is no user of this name.")
    }
    return VaultEnvelope.data { writer in
      writer.beginObject()
      for key in ["policies", "token_policies"] {
        writer.key(key)
        writer.beginArray()
        for policy in login.policies { writer.string(policy.text) }
        writer.endArray()
      }
      writer.key("token_ttl")
      writer.integer(login.lifetimeMilliseconds / 1_000)
      writer.key("error_notifications")
      writer.bool(login.preferences.errorNotifications)
      writer.key("email")
      writer.string(login.preferences.mail ?? "")
      writer.key("entity_id")
      writer.string(login.entity.text)
      writer.endObject()
    }
  }

  private static func write(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    try await change(
      core, request, who,
      takes: ["password", "policies", "token_policies", "ttl", "token_ttl", "error_notifications", "email"])
  }

  /// Writes what the body names over what there is. `takes`: the members that this address knows; others are refused, so
  /// that nothing is thought to be set that is not.
  private static func change(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?, takes known: Set<String>
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let name = try name(request)
    let tape = try request.json()
    guard tape.kind(tape.root) == .object else { throw Problem.invalid(field: "body", "The body is a JSON object.") }
    for member in tape.children(tape.root) {
      guard let key = tape.key(member), known.contains(key) else {
        throw Problem.invalid(field: "body", "This address takes \(known.sorted().joined(separator: ", ")).")
      }
    }
    let old = try await core.logins.login(name)
    let policies = try policies(tape) ?? old?.policies ?? []
    let lifetime = try lifetime(tape) ?? old?.lifetimeMilliseconds
    var verifier = old?.verifier
    if let node = tape.member(tape.root, "password") {
      guard let password = tape.stringBytes(node) else {
        throw Problem.invalid(field: "password", "`password` must be a text.")
      }
      do {
        verifier = try await core.logins.verifier(of: GuardedBytes(copying: password))
      } catch AccessError.login(let fault) {
        throw Problem.invalid(field: "password", sentence(fault.message))
      }
    }
    guard let verifier else {
      throw Problem.invalid(field: "password", "There is no user of this name yet: a new one needs a `password`.")
    }
    let login: Login
    do {
      login = try Login(
        name: name, policies: policies, lifetimeMilliseconds: lifetime, createdAt: old?.createdAt ?? core.now(),
        verifier: verifier, preferences: try preferences(tape, old?.preferences ?? Login.Preferences()))
    } catch AccessError.login(let fault) {
      throw Problem.invalid(field: fault == .lifetime ? "ttl" : "policies", sentence(fault.message))
    }
    try await core.logins.save(login, by: who.token.entity.text)
    return .noContent
  }

  private static func delete(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    _ = try await core.logins.delete(try name(request), by: who.token.entity.text)
    return .noContent
  }

  /// A list of names, or one text with commas, as Vault's clients send either.
  private static func policies(_ tape: JSONTape) throws(Problem) -> [PolicyName]? {
    guard let node = tape.member(tape.root, "token_policies") ?? tape.member(tape.root, "policies") else { return nil }
    let texts: [String?] =
      if let text = tape.string(node) {
        text.split(separator: ",").map { String($0).filter { $0 != " " } }
      } else if tape.kind(node) == .array {
        tape.children(node).map { tape.string($0) }
      } else {
        [nil]
      }
    var names: [PolicyName] = []
    for text in texts {
      guard let text, let name = try? PolicyName(text) else {
        throw .invalid(field: "policies", "`policies` must be a list of policy names.")
      }
      names.append(name)
    }
    return names
  }

  private static func preferences(
    _ tape: JSONTape, _ old: Login.Preferences
  ) throws(Problem) -> Login.Preferences {
    var preferences = old
    if let node = tape.member(tape.root, "error_notifications") {
      guard let isOn = tape.bool(node) else {
        throw .invalid(field: "error_notifications", "`error_notifications` is true or false.")
      }
      preferences.errorNotifications = isOn
    }
    if let node = tape.member(tape.root, "email") {
      guard let text = tape.string(node), text.isEmpty || MailAddress(text) != nil else {
        throw .invalid(field: "email", sentence(LoginFault.mail.message))
      }
      preferences.mail = text.isEmpty ? nil : text
    }
    return preferences
  }

  private static func lifetime(_ tape: JSONTape) throws(Problem) -> Int64? {
    guard let node = tape.member(tape.root, "token_ttl") ?? tape.member(tape.root, "ttl"), tape.kind(node) != .null
    else { return nil }
    guard let seconds = VaultEnvelope.seconds(tape, node), seconds > 0, seconds < 1 << 40 else {
      throw .invalid(field: "ttl", "`ttl` is a duration such as 3600, \"30m\" or \"1h30m\".")
    }
    return seconds * 1_000
  }

  private static func sentence(_ message: String) -> String {
    message.prefix(1).uppercased() + message.dropFirst() + "."
  }
}
