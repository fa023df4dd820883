import Access
import Encodings
import Runbooks
import Runner
import Storage

/// Mail templates: list, read and delete. They are imported as other documents are.
enum TemplateRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/templates", .token(.read, path: "api/templates"), list),
    Route(["GET"], "/api/templates/{id}", .token(.read, path: "api/templates/{id}"), read),
    Route(["DELETE"], "/api/templates/{id}", .token(.delete, path: "api/templates/{id}")) { core, request, who in
      guard let who else { throw Problem.unauthenticated }
      try await TemplateDeletion(library: core.library).delete(request.parameter("id"), by: who)
      return .noContent
    },
  ]

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let templates = try await core.library.templates()
    return .json { writer in
      writer.beginObject()
      writer.key("templates")
      writer.beginArray()
      for (row, document) in templates {
        writer.beginObject()
        summary(row, document, to: &writer)
        writer.endObject()
      }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let name = request.parameter("id")
    guard let (row, document) = try await core.library.template(name) else {
      throw ServiceFault.notFound(kind: "template", name: name)
    }
    return .json { writer in
      writer.beginObject()
      summary(row, document, to: &writer)
      writer.key("document")
      writer.raw(document.canonicalJSON)
      writer.endObject()
    }
  }

  private static func summary(_ row: StoredDocument, _ document: TemplateDocument, to writer: inout JSONWriter) {
    for (key, text) in [("id", document.id), ("subject", document.subject)] {
      writer.key(key)
      writer.string(text)
    }
    for (key, isThere) in [("has_text", document.text != nil), ("has_html", document.html != nil)] {
      writer.key(key)
      writer.bool(isThere)
    }
    writer.key("revision")
    writer.integer(Int64(clamping: row.revision))
    writer.key("updated_at")
    writer.string(row.updatedAt.rfc3339)
  }
}
