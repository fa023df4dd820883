import Access
import Encodings
import Labels
import Ledger
import Runner
import SecretStore
import Storage

/// The key/value store, in the shape of Vault's version 2: `kv` is the mount.
enum KeyValueRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/v1/kv/data/{path*}", .token(.read, path: "v1/kv/data/{path}"), discloses: .machine, read),
    Route(
      ["POST", "PUT"], "/v1/kv/data/{path*}", .token(.update, path: "v1/kv/data/{path}"), bodyLimit: 512 << 10, write),
    Route(["LIST"], "/v1/kv/metadata/{path*}", .token(.list, path: "v1/kv/metadata/{path}"), list),
    Route(["GET"], "/v1/kv/metadata/{path*}", .token(.list, path: "v1/kv/metadata/{path}")) { core, request, who in
      guard ["true", "True", "1"].contains(request.query("list") ?? "") else {
        throw Problem.invalid(field: "list", "Metadata is listed with LIST or ?list=true.")
      }
      return try await list(core, request, who)
    },
    Route(["DELETE"], "/v1/kv/metadata/{path*}", .token(.delete, path: "v1/kv/metadata/{path}"), delete),
  ]

  private static func path(_ request: RouteRequest) throws -> KVPath {
    do {
      return try KVPath("kv/\(request.parameter("path"))")
    } catch {
      throw Problem.invalid(field: "path", error.message)
    }
  }

  private static func write(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let path = try path(request)
    let tape = try request.json()
    guard let data = tape.member(tape.root, "data") else {
      throw Problem.invalid(field: "data", "`data` must be a JSON object of fields.")
    }
    let fields: KVFields
    do {
      fields = try KVFields(json: Array(tape.text(data)))
    } catch {
      throw Problem.invalid(field: "data", error.message)
    }
    let hosts = try hosts(tape)
    let old = try await core.parts.store.secret(path: path.text)
    if let options = tape.member(tape.root, "options"),
      let cas = tape.member(options, "cas").flatMap({ tape.integer($0) }),
      cas != Int64(clamping: old?.version ?? 0)
    {
      throw Problem.invalid(
        field: "options.cas", "check-and-set parameter did not match the current version")
    }
    let warnings = try await warnings(core, request, who, replacing: old, by: fields)
    let row = try SecretShelf(parts: core.parts).row(path: path, fields: fields, hosts: hosts, replacing: old)
    let actor = LedgerActor.entity(who.token.entity.text)
    var drafts = [
      LedgerDraft(
        .secret(version: row.version, hosts: hosts), actor: actor, action: "write", subject: path.text, outcome: "ok",
        commitment: row.fields.digest)
    ]
    if let old, !warnings.isEmpty {
      // Names of its fields leave with the answer.
      drafts.append(
        LedgerDraft(
          .disclosure(to: .machine, version: old.version, reason: nil, labels: [path.text]), actor: actor,
          action: "read", subject: path.text, outcome: "ok"))
    }
    do {
      _ = try await core.parts.store.commit(WriteBatch([.saveSecret(row)], ledger: drafts))
    } catch {
      throw ServiceFault(error)
    }
    core.library.secretChanged(at: path.text)
    try await core.endpoints.renew(secret: path.text)
    return VaultEnvelope.data(warnings: warnings) { writer in metadata(row, to: &writer) }
  }

  /// Which fields of the version before are gone with this one. Their names are sealed as their values are, so they are
  /// told only where the same token may read the secret; to others a write says nothing of what was there.
  private static func warnings(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization, replacing old: StoredSecret?, by fields: KVFields
  ) async throws -> [String] {
    guard let old, let live = try await core.tokens.peek(Dispatch.presented(request)),
      let reading = core.alsoAllows(.read, who.path.text, for: who, live: live),
      let value = try? SecretShelf(parts: core.parts).open(old).value
    else { return [] }
    let permit = try DisclosurePermit.machine(reading).get()
    let tape = try JSONTape(try DiscloseDoor.machine(value, readAt: reading.path, permit: permit).get())
    let dropped = tape.children(tape.root).compactMap { tape.key($0) }.filter { !fields.names.contains($0) }
    guard !dropped.isEmpty else { return [] }
    let names = dropped.prefix(mostNamed).map { "`\($0)`" }.joined(separator: ", ")
    let others = dropped.count > mostNamed ? " and \(dropped.count - mostNamed) more" : ""
    return [
      "version \(old.version) had the field\(dropped.count == 1 ? "" : "s") \(names)\(others), which this one has not; "
        + "a write replaces all fields"
    ]
  }

  /// Fields that a warning names.
  private static let mostNamed = 8

  private static func hosts(_ tape: JSONTape) throws -> [String]? {
    guard let node = tape.member(tape.root, "hosts"), tape.kind(node) != .null else { return nil }
    guard tape.kind(node) == .array else { throw Problem.invalid(field: "hosts", "`hosts` must be a list of hosts.") }
    return try tape.children(node).map { child in
      guard let host = tape.string(child) else {
        throw Problem.invalid(field: "hosts", "`hosts` must be a list of hosts.")
      }
      return host
    }
  }

  private static func metadata(_ row: StoredSecret, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("version")
    writer.integer(Int64(clamping: row.version))
    writer.key("created_time")
    writer.string(row.createdAt.rfc3339)
    writer.key("deletion_time")
    writer.string("")
    writer.key("destroyed")
    writer.bool(false)
    writer.key("hosts")
    if let hosts = row.hosts {
      writer.beginArray()
      for host in hosts { writer.string(host) }
      writer.endArray()
    } else {
      writer.null()
    }
    writer.endObject()
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let path = try path(request)
    guard let row = try await core.parts.store.secret(path: path.text) else {
      throw Problem.notFound("There is no secret at this path.")
    }
    let value = try SecretShelf(parts: core.parts).open(row).value
    // The permit and the ledger's entry come before the value leaves.
    let permit = try DisclosurePermit.machine(who).get()
    let draft = LedgerDraft(
      .disclosure(to: .machine, version: row.version, reason: nil, labels: [path.text]),
      actor: .entity(who.token.entity.text), action: "read", subject: path.text, outcome: "ok")
    _ = try await core.parts.store.commit(WriteBatch(ledger: [draft]))
    let bytes = try DiscloseDoor.machine(value, readAt: who.path, permit: permit).get()
    return VaultEnvelope.data { writer in
      writer.beginObject()
      writer.key("data")
      writer.raw(bytes)
      writer.key("metadata")
      metadata(row, to: &writer)
      writer.endObject()
    }
  }

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let below = request.parameter("path")
    let prefix = below.isEmpty ? "kv/" : "kv/\(below)/"
    let paths = try await core.parts.store.secretPaths(prefix: prefix)
    guard !paths.isEmpty else { throw Problem.notFound("There is nothing below this path.") }
    var keys: [String] = []
    for path in paths {
      let rest = path.dropFirst(prefix.count)
      let key = rest.firstIndex(of: "/").map { String(rest[...$0]) } ?? String(rest)
      if keys.last != key { keys.append(key) }
    }
    return VaultEnvelope.data { writer in
      writer.beginObject()
      writer.key("keys")
      writer.beginArray()
      for key in keys { writer.string(key) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func delete(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let path = try path(request)
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(who.token.entity.text), action: "delete", subject: path.text, outcome: "ok")
    do {
      _ = try await core.parts.store.commit(WriteBatch([.deleteSecret(path: path.text)], ledger: [draft]))
    } catch CommitRefusal.notFound {
      return .noContent
    } catch {
      throw ServiceFault(error)
    }
    try await core.endpoints.renew(secret: path.text)
    return .noContent
  }
}
