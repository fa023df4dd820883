import Access
import Encodings
import Ledger
import Runner
import Storage

/// What failed runs asked for, and what became of it.
enum OutboxRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/outbox", .token(.read, path: "api/outbox"), list),
    Route(["POST"], "/api/outbox/{id}/retry", .token(.update, path: "api/outbox/{id}/retry"), retry),
  ]

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    var query = OutboxQuery()
    if let name = request.query("runbook") { query.runbookID = try await RunbookRoutes.idOfPast(core, name) }
    if let text = request.query("state") {
      guard let state = OutboxItem.State(rawValue: text) else {
        throw Problem.invalid(field: "state", "`state` is pending, waiting, done or failed.")
      }
      query.state = state
    }
    if let text = request.query("before") {
      guard let before = OutboxCursor(text) else {
        throw Problem.invalid(field: "before", "`before` is `next` of the page before.")
      }
      query.before = before
    }
    query.limit = try PageLimit.read(request) ?? query.limit
    let items = try await core.parts.store.outbox(query)
    let limit = query.limit
    return .json { writer in
      writer.beginObject()
      writer.key("items")
      writer.beginArray()
      for item in items { write(item, to: &writer) }
      writer.endArray()
      writer.key("next")
      if items.count == limit, let last = items.last {
        writer.string(OutboxCursor(behind: last).text)
      } else {
        writer.null()
      }
      writer.endObject()
    }
  }

  private static func write(_ item: OutboxItem, to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, text) in [
      ("id", item.id), ("action", item.action.rawValue), ("state", item.state.rawValue),
      ("runbook_id", item.runbookID), ("run_id", item.run.text), ("created_at", item.createdAt.rfc3339),
    ] {
      writer.key(key)
      writer.string(text)
    }
    writer.key("failures")
    writer.integer(Int64(item.failures))
    writer.key("attempts")
    writer.integer(Int64(item.attempts))
    let next = item.state == .pending ? item.dueAt.rfc3339 : nil
    for (key, text) in [("due_at", next), ("done_at", item.doneAt?.rfc3339), ("problem", item.problem)] {
      writer.key(key)
      if let text { writer.string(text) } else { writer.null() }
    }
    writer.endObject()
  }

  private static func retry(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let id = request.parameter("id")
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(who.token.entity.text), action: "retry", subject: "outbox/\(id)", outcome: "ok")
    do {
      _ = try await core.parts.store.commit(
        WriteBatch([.account(.retry(outbox: id, at: core.now()))], ledger: [draft]))
    } catch CommitRefusal.notFound {
      throw try await refusal(core, id)
    } catch {
      throw ServiceFault(error)
    }
    core.runner.wake()
    return .noContent
  }

  /// Why an item is not tried.
  private static func refusal(_ core: ServerCore, _ id: String) async throws -> ServiceFault {
    guard let item = try await core.parts.store.outboxItem(id) else { return .notFound(kind: "outbox item", name: id) }
    return switch item.state {
    case .waiting where item.action == .mail:
      .conflict("`\(id)` waits for a mail server, and is sent when there is one: `chancery mail set` names it.")
    case .waiting: .conflict("`\(id)` waits for a part of the service that is not there yet, and is done when it is.")
    case .done: .conflict("`\(id)` is done, and is not done again.")
    case .pending, .failed: .conflict("`\(id)` has changed just now; try again.")
    }
  }
}

/// `limit` of a page.
enum PageLimit {
  static func read(_ request: RouteRequest) throws(Problem) -> Int? {
    guard let text = request.query("limit") else { return nil }
    guard let limit = Int(text), (1...Limits.page).contains(limit) else {
      throw .invalid(field: "limit", "`limit` is a number from 1 to \(Limits.page).")
    }
    return limit
  }
}
