import Access
import Encodings
import Runbooks
import Runner
import Storage

/// Data sources: list and read. They are imported as other documents are.
enum DataSourceRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/data_sources", .token(.read, path: "api/data_sources"), list),
    Route(["GET"], "/api/data_sources/{id}", .token(.read, path: "api/data_sources/{id}"), read),
  ]

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let sources = try await core.library.dataSources()
    return .json { writer in
      writer.beginObject()
      writer.key("data_sources")
      writer.beginArray()
      for (row, document) in sources {
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
    guard let (row, document) = try await core.library.dataSource(name) else {
      throw ServiceFault.notFound(kind: "data source", name: name)
    }
    return .json { writer in
      writer.beginObject()
      summary(row, document, to: &writer)
      writer.key("document")
      writer.raw(document.canonicalJSON)
      writer.endObject()
    }
  }

  private static func summary(_ row: StoredDocument, _ document: DataSourceDocument, to writer: inout JSONWriter) {
    let texts = [
      ("id", document.id), ("kind", document.dialect.rawValue), ("access", document.access.rawValue),
    ]
    for (key, text) in texts {
      writer.key(key)
      writer.string(text)
    }
    writer.key("revision")
    writer.integer(Int64(clamping: row.revision))
    writer.key("updated_at")
    writer.string(row.updatedAt.rfc3339)
  }
}
