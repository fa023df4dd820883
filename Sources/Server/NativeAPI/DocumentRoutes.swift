import Access
import Encodings
import Runner
import Storage

/// The routes by which documents of a kind are listed and read, where they have nothing but a summary and their text.
struct DocumentRoutes<Document: Sendable>: Sendable {
  /// Behind `/api/`, and the key of the list.
  let plural: String
  /// What a fault calls one.
  let kind: String
  let storedKind: DocumentKind
  let list: @Sendable (DocumentLibrary) async throws -> [(row: StoredDocument, document: Document)]
  let find: @Sendable (DocumentLibrary, String) async throws -> (row: StoredDocument, document: Document)?
  /// Members of one in the list; revision and time come behind them.
  let summary: @Sendable (Document, inout JSONWriter) -> Void
  let canonicalJSON: @Sendable (Document) -> [UInt8]

  var routes: [Route] {
    [
      Route(["GET"], "/api/\(plural)", .token(.read, path: "api/\(plural)")) { core, _, _ in
        let all = try await list(core.library)
        let unreadable = try await core.library.unreadable(storedKind)
        return .json { writer in
          writer.beginObject()
          writer.key(plural)
          writer.beginArray()
          for (row, document) in all {
            writer.beginObject()
            write(row, document, to: &writer)
            writer.endObject()
          }
          writer.endArray()
          UnreadableDocuments.write(unreadable, to: &writer)
          writer.endObject()
        }
      },
      Route(["GET"], "/api/\(plural)/{id}", .token(.read, path: "api/\(plural)/{id}")) { core, request, _ in
        let name = request.parameter("id")
        guard let (row, document) = try await find(core.library, name) else {
          throw ServiceFault.notFound(kind: kind, name: name)
        }
        return .json { writer in
          writer.beginObject()
          write(row, document, to: &writer)
          writer.key("document")
          writer.raw(canonicalJSON(document))
          writer.endObject()
        }
      },
    ]
  }

  private func write(_ row: StoredDocument, _ document: Document, to writer: inout JSONWriter) {
    summary(document, &writer)
    writer.key("revision")
    writer.integer(Int64(clamping: row.revision))
    writer.key("updated_at")
    writer.string(row.updatedAt.rfc3339)
  }
}
