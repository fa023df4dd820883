import Access
import Encodings
import Runbooks
import Runner
import Storage

/// Integrations: list and read, with the state of their write-only values.
enum IntegrationRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/integrations", .token(.read, path: "api/integrations"), list),
    Route(["GET"], "/api/integrations/{id}", .token(.read, path: "api/integrations/{id}"), read),
  ]

  static func find(
    _ core: ServerCore, _ id: String
  ) async throws -> (row: StoredDocument, document: IntegrationDocument) {
    guard let found = try await core.library.integration(id) else {
      throw ServiceFault.notFound(kind: "integration", name: id)
    }
    return found
  }

  private static func list(
    _ core: ServerCore, _: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let authorization = CodeAuthorization(library: core.library)
    var all: [(row: StoredDocument, document: IntegrationDocument, state: CodeAuthorization.State?)] = []
    for (row, document) in try await core.library.integrations() {
      let state = try await authorization.state(of: document)
      all.append((row, document, state))
    }
    let unreadable = try await core.library.unreadable(.integration)
    let listed = all
    return .json { writer in
      writer.beginObject()
      writer.key("integrations")
      writer.beginArray()
      for (row, document, state) in listed {
        writer.beginObject()
        summary(row, document, state, to: &writer)
        writer.endObject()
      }
      writer.endArray()
      UnreadableDocuments.write(unreadable, to: &writer)
      writer.endObject()
    }
  }

  private static func summary(
    _ row: StoredDocument, _ document: IntegrationDocument, _ state: CodeAuthorization.State?,
    to writer: inout JSONWriter
  ) {
    writer.key("id")
    writer.string(row.id)
    writer.key("name")
    writer.string(row.name)
    writer.key("base_url")
    writer.string(document.baseURL)
    writer.key("revision")
    writer.integer(Int64(clamping: row.revision))
    writer.key("updated_at")
    writer.string(row.updatedAt.rfc3339)
    guard let state else { return }
    writer.key("authorization")
    writer.beginObject()
    writer.key("state")
    switch state {
    case .authorized(let tokenFrom):
      writer.string("authorized")
      writer.key("token_at")
      writer.string(tokenFrom.rfc3339)
    case .missing: writer.string("missing")
    case .changed: writer.string("changed")
    case .over: writer.string("over")
    }
    writeAuthorizing(row.id, state, to: &writer)
    writer.endObject()
  }

  /// What a person has to do before the integration can be called, and why; nothing where nobody has to.
  static func writeAuthorizing(_ id: String, _ state: CodeAuthorization.State, to writer: inout JSONWriter) {
    guard let reason = state.reason else { return }
    writer.key("command")
    writer.string("chancery authorize \(id)")
    writer.key("detail")
    writer.string(reason)
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let (row, document) = try await find(core, request.parameter("id"))
    let states = try await ValueEntry(library: core.library, endpoints: core.endpoints).states()
    let authorization = try await CodeAuthorization(library: core.library).state(of: document)
    return .json { writer in
      writer.beginObject()
      summary(row, document, authorization, to: &writer)
      writer.key("parameters")
      writer.beginArray()
      for slot in RequiredSecrets.of(document) {
        writer.beginObject()
        write(states.command(of: slot), state: states.state(of: slot), to: &writer)
        writer.endObject()
      }
      writer.endArray()
      writer.key("document")
      writer.raw(document.canonicalJSON)
      writer.endObject()
    }
  }

  private static func write(_ command: String, state: ValueStates.State, to writer: inout JSONWriter) {
    writer.key("command")
    writer.string(command)
    writer.key("state")
    switch state {
    case .missing: writer.string("missing")
    case .entered: writer.string("entered")
    case .urlChanged(let from, let to):
      writer.string("url-changed")
      writer.key("detail")
      writer.string("must be entered again: the URL changed from \(from) to \(to)")
    }
  }
}
