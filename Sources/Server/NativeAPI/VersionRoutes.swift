import Access
import Encodings
import Runner
import Storage

/// Earlier saves of documents: list, compare, and back to one.
enum VersionRoutes {
  static let routes: [Route] = DocumentKind.allCases.flatMap { routes($0) }

  private static func routes(_ kind: DocumentKind) -> [Route] {
    let base = "api/\(kind.rawValue)s/{id}"
    return [
      Route(["GET"], "/\(base)/versions", .token(.read, path: "\(base)/versions")) { core, request, _ in
        try await list(kind, core, request)
      },
      Route(["GET"], "/\(base)/diff", .token(.read, path: "\(base)/diff")) { core, request, _ in
        try await compare(kind, core, request)
      },
      Route(["POST"], "/\(base)/rollback", .token(.update, path: "\(base)/rollback")) { core, request, who in
        try await rollBack(kind, core, request, who)
      },
    ]
  }

  private static func list(
    _ kind: DocumentKind, _ core: ServerCore, _ request: RouteRequest
  ) async throws -> RouteResponse {
    let versions = try await DocumentHistory(library: core.library).versions(kind, request.parameter("id"))
    return .json { writer in
      writer.beginObject()
      writer.key("versions")
      writer.beginArray()
      for version in versions {
        writer.beginObject()
        writer.key("revision")
        writer.integer(Int64(clamping: version.revision))
        writer.key("name")
        writer.string(version.name)
        writer.key("is_active")
        writer.bool(version.isActive)
        writer.key("saved_at")
        writer.string(version.savedAt.rfc3339)
        writer.key("saved_by")
        if let editor = version.savedBy { writer.string(editor) } else { writer.null() }
        writer.key("is_current")
        writer.bool(version.isCurrent)
        writer.endObject()
      }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func compare(
    _ kind: DocumentKind, _ core: ServerCore, _ request: RouteRequest
  ) async throws -> RouteResponse {
    guard let from = try revision(request, "from") else {
      throw Problem.invalid(field: "from", "`from` is the revision to compare with.")
    }
    let difference = try await DocumentHistory(library: core.library).difference(
      kind, request.parameter("id"), from: from, to: try revision(request, "to"))
    return .json { writer in
      writer.beginObject()
      writer.key("from")
      writer.integer(Int64(clamping: difference.from))
      writer.key("to")
      writer.integer(Int64(clamping: difference.to))
      writer.key("diff")
      writer.string(difference.text)
      writer.endObject()
    }
  }

  private static func revision(_ request: RouteRequest, _ name: String) throws(Problem) -> UInt64? {
    guard let text = request.query(name) else { return nil }
    guard let revision = UInt64(text), revision > 0 else {
      throw .invalid(field: name, "`\(name)` is the number of a revision, from 1 on.")
    }
    return revision
  }

  private static func rollBack(
    _ kind: DocumentKind, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    guard let node = tape.member(tape.root, "revision"), let revision = tape.integer(node), revision > 0 else {
      throw Problem.invalid(field: "revision", "`revision` is the number of the revision to go back to.")
    }
    let live = try await core.tokens.peek(Dispatch.presented(request))
    let importing = DocumentImport(library: core.library, endpoints: core.endpoints)
    let result = try await DocumentHistory(library: core.library).rollBack(
      kind, request.parameter("id"), to: UInt64(revision), importing: importing, by: who
    ) { capability, path in
      live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) }
    }
    return try await RunbookRoutes.importAnswer(result, core)
  }
}
