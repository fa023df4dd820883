import Access
import Encodings
import Runner

/// Variables that are kept for a runbook's next run: list them, clear one. No answer holds a value.
enum KeptRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/runbooks/{id}/kept", .token(.read, path: "api/runbooks/{id}/kept"), list),
    Route(["DELETE"], "/api/runbooks/{id}/kept/{name}", .token(.delete, path: "api/runbooks/{id}/kept/{name}")) {
      core, request, who in
      guard let who else { throw Problem.unauthenticated }
      try await KeptView(library: core.library).clear(
        request.parameter("name"), of: request.parameter("id"), by: who)
      return .noContent
    },
  ]

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let entries = try await KeptView(library: core.library).entries(of: request.parameter("id"))
    return .json { writer in
      writer.beginObject()
      writer.key("kept")
      writer.beginArray()
      for entry in entries {
        writer.beginObject()
        writer.key("name")
        writer.string(entry.name)
        writer.key("kept_at")
        if let time = entry.keptAt { writer.string(time.rfc3339) } else { writer.null() }
        writer.key("size_class")
        writer.integer(Int64(entry.sizeClass))
        writer.key("is_used")
        writer.bool(entry.isUsed)
        writer.endObject()
      }
      writer.endArray()
      writer.endObject()
    }
  }
}
