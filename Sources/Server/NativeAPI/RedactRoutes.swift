import Access
import Encodings
import Runner
import Storage

/// The redactor for other tools: log shippers, build machines, chat bridges.
enum RedactRoutes {
  static let routes: [Route] = [
    Route(["POST"], "/api/redact", .token(.update, path: "api/redact"), bodyLimit: Limits.startBody, redact)
  ]

  private static func redact(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    guard let text = tape.member(tape.root, "text").flatMap({ tape.string($0) }) else {
      throw Problem.invalid(field: "text", "`text` must be the text to be masked.")
    }
    let secrets = try await readable(core, request, who)
    let masked = try TextRedaction(parts: core.parts).redact(text, secrets: secrets)
    return .json { writer in
      writer.beginObject()
      writer.key("text")
      writer.string(masked.text)
      writer.key("secrets")
      writer.integer(Int64(secrets.count))
      writer.endObject()
    }
  }

  /// The secrets that the same token may read: with any other, the answer would confirm a guess.
  private static func readable(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization
  ) async throws -> [StoredSecret] {
    guard let live = try await core.tokens.peek(Dispatch.presented(request)) else { return [] }
    var secrets: [StoredSecret] = []
    for path in try await core.parts.store.secretPaths(prefix: "kv/") {
      guard core.alsoAllows(.read, "v1/kv/data/\(path.dropFirst(3))", for: who, live: live) != nil,
        let secret = try await core.parts.store.secret(path: path)
      else { continue }
      secrets.append(secret)
    }
    return secrets
  }
}
