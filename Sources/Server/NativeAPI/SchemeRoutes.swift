import Access
import Encodings
import Runbooks
import Runner
import Storage
import Webhooks

/// Signature schemes: those that come with the program and the installation's own, list and read.
enum SchemeRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/schemes", .token(.read, path: "api/schemes"), list),
    Route(["GET"], "/api/schemes/{id}", .token(.read, path: "api/schemes/{id}"), read),
  ]

  /// A scheme by its name, wherever it comes from.
  private struct Entry {
    let document: SchemeDocument
    /// Nil for those that come with the program.
    let row: StoredDocument?
    let scheme: SignatureScheme

    init?(_ document: SchemeDocument, _ row: StoredDocument?) {
      guard let scheme = document.scheme else { return nil }
      self.document = document
      self.row = row
      self.scheme = scheme
    }

    init?(builtIn name: String) {
      guard let definition = SchemeCatalogue.builtIn[name] else { return nil }
      self.init(SchemeDocument(id: name, definition: definition), nil)
    }

    func summary(to writer: inout JSONWriter) {
      writer.key("name")
      writer.string(document.id)
      writer.key("title")
      writer.string(scheme.about.title)
      writer.key("origin")
      writer.string(row == nil ? "built-in" : "own")
      writer.key("algorithm")
      writer.string(scheme.algorithm.rawValue)
      writer.key("is_recipe")
      if case .recipe = document.definition { writer.bool(true) } else { writer.bool(false) }
      writer.key("is_usable")
      writer.bool(row == nil || document.unconfirmed.isEmpty)
      if let row {
        writer.key("revision")
        writer.integer(Int64(clamping: row.revision))
        writer.key("updated_at")
        writer.string(row.updatedAt.rfc3339)
      }
    }
  }

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let own = try await core.library.schemes().compactMap { Entry($0.document, $0.row) }
    let unreadable = try await core.library.unreadable(.scheme)
    // One in the place of ours is what endpoints name, also where it cannot be read.
    let taken = Set(own.map(\.document.id) + unreadable.map(\.row.id))
    let builtIn = SchemeCatalogue.builtIn.names.filter { !taken.contains($0) }.compactMap { Entry(builtIn: $0) }
    return .json { writer in
      writer.beginObject()
      writer.key("schemes")
      writer.beginArray()
      for entry in (own + builtIn).sorted(by: { $0.document.id < $1.document.id }) {
        writer.beginObject()
        entry.summary(to: &writer)
        writer.endObject()
      }
      writer.endArray()
      UnreadableDocuments.write(unreadable, to: &writer)
      writer.endObject()
    }
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let name = request.parameter("id")
    let own = try await core.library.scheme(name)
    guard let entry = own.flatMap({ Entry($0.document, $0.row) }) ?? Entry(builtIn: name) else {
      throw ServiceFault.notFound(kind: "scheme", name: name)
    }
    return .json { writer in
      writer.beginObject()
      entry.summary(to: &writer)
      details(entry, to: &writer)
      writer.key("document")
      writer.raw(entry.document.canonicalJSON)
      writer.endObject()
    }
  }

  private static func details(_ entry: Entry, to writer: inout JSONWriter) {
    let scheme = entry.scheme
    for (key, text) in [("page", scheme.about.page), ("key", scheme.about.key)] {
      writer.key(key)
      writer.string(text)
    }
    writer.key("key_encoding")
    if let encoding = scheme.keyEncoding { writer.string(encoding.rawValue) } else { writer.null() }
    for (key, texts) in [
      ("notes", scheme.about.notes), ("settings", scheme.settings.map(\.name)),
      ("remarks", scheme.remarks.map(\.message)),
    ] {
      writer.key(key)
      writer.beginArray()
      for text in texts { writer.string(text) }
      writer.endArray()
    }
    writer.key("warnings")
    writer.beginArray()
    for warning in scheme.warnings {
      writer.beginObject()
      writer.key("code")
      writer.string(warning.code)
      writer.key("message")
      writer.string(warning.message)
      writer.key("is_accepted")
      writer.bool(entry.row == nil || entry.document.acceptedWarnings.contains(warning.code))
      writer.endObject()
    }
    writer.endArray()
  }
}
