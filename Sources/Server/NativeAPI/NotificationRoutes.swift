import Access
import Encodings
import Runner
import Storage

/// What the caller's own login was told. A token that belongs to no login has none.
enum NotificationRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/notifications", .token(.read, path: "api/notifications"), list),
    Route(["POST"], "/api/notifications/read", .token(.update, path: "api/notifications/read"), markRead),
  ]

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let login = who.token.entity.user?.text
    let unreadOnly = request.query("unread") == "true"
    let limit = try PageLimit.read(request) ?? 50
    var told: [StoredNotification] = []
    if let login {
      told = try await core.parts.store.notifications(login: login, unreadOnly: unreadOnly, limit: limit)
    }
    let names = Dictionary(
      try await core.parts.store.documents(.runbook).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    let notifications = told
    return .json { writer in
      writer.beginObject()
      writer.key("login")
      if let login { writer.string(login) } else { writer.null() }
      writer.key("notifications")
      writer.beginArray()
      for notification in notifications { write(notification, names[notification.runbookID], core, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func write(
    _ notification: StoredNotification, _ name: String?, _ core: ServerCore, to writer: inout JSONWriter
  ) {
    let runbook = name ?? notification.runbookID
    let count = notification.failures
    let rows = count == 1 ? "" : " (\(count) runs in a row)"
    writer.beginObject()
    for (key, text) in [
      ("id", notification.id), ("at", notification.at.rfc3339), ("runbook_id", notification.runbookID),
      ("runbook", runbook), ("run_id", notification.run.text),
      ("run_url", "\(core.parts.publicURL ?? "")/api/runs/\(notification.run.text)"),
      ("text", "The runbook `\(runbook)` failed\(rows)."),
    ] {
      writer.key(key)
      writer.string(text)
    }
    writer.key("failures")
    writer.integer(Int64(count))
    writer.key("read_at")
    if let readAt = notification.readAt { writer.string(readAt.rfc3339) } else { writer.null() }
    writer.endObject()
  }

  private static func markRead(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    guard let login = who.token.entity.user?.text else {
      throw ServiceFault.conflict("This token belongs to no login, so it has no notifications.")
    }
    var id: String?
    if let tape = try request.optionalJSON(), let node = tape.member(tape.root, "id") {
      guard let text = tape.string(node) else { throw Problem.invalid(field: "id", "`id` is a notification's id.") }
      id = text
    }
    do {
      _ = try await core.parts.store.commit(
        WriteBatch([.account(.readNotifications(login: login, id: id, at: core.now()))]))
    } catch CommitRefusal.notFound(let name) {
      throw ServiceFault.notFound(kind: "notification", name: name)
    } catch {
      throw ServiceFault(error)
    }
    return .noContent
  }
}
