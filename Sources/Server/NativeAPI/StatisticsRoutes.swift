import Access
import Encodings
import RunEngine
import Runbooks
import Runner
import Storage

/// The figures of a runbook, and the calls of a method.
enum StatisticsRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/runbooks/{id}/stats", .token(.read, path: "api/runbooks/{id}/stats"), stats),
    Route(
      ["GET"], "/api/methods/{integration}/{method}/requests",
      .token(.read, path: "api/methods/{integration}/{method}/requests"), requests),
  ]

  // MARK: Figures

  private static func stats(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let (row, document) = try await RunbookRoutes.find(core, request.parameter("id"))
    let now = core.now()
    let figures = try await core.parts.store.figures(runbookID: row.id, at: now)
    let streak = try await core.parts.store.failureStreak(runbookID: row.id)
    let slots = try await core.parts.store.scheduleSlots(runbookID: row.id)
    return .json { writer in
      writer.beginObject()
      writer.key("runbook_id")
      writer.string(row.id)
      writer.key("at")
      writer.string(now.rfc3339)
      number("average_steps_executed", figures.averageSteps, to: &writer)
      number("max_steps_executed", figures.maximumSteps.map { Double($0) }, to: &writer)
      number("average_execution_ms", figures.averageMilliseconds, to: &writer)
      number("max_execution_ms", figures.maximumMilliseconds.map { Double($0) }, to: &writer)
      writer.key("runs_last_day")
      writer.integer(Int64(figures.runsInDay))
      writer.key("runs_last_week")
      writer.integer(Int64(figures.runsInWeek))
      writer.key("failures_in_a_row")
      writer.integer(Int64(streak.failures))
      writer.key("is_paused")
      writer.bool(core.runner.isPaused(row.id))
      writer.key("runs_waiting")
      writer.integer(Int64(core.runner.waitingCount(of: row.id)))
      writer.key("runs_paused")
      writer.integer(Int64(core.runner.pausedCount(of: row.id)))
      writer.key("schedules")
      writer.beginArray()
      for schedule in document.schedules {
        write(schedule, slots.first { $0.schedule == schedule.text }, row, now, to: &writer)
      }
      writer.endArray()
      writer.endObject()
    }
  }

  /// To three decimals, so that a mean reads the same everywhere.
  private static func number(_ key: String, _ value: Double?, to writer: inout JSONWriter) {
    writer.key(key)
    guard let value else { return writer.null() }
    let thousandths = Int64((value * 1_000).rounded())
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1_000)
    guard rest != 0 else { return writer.integer(whole) }
    let digits = String(rest + 1_000).dropFirst()
    let fraction = String(digits.reversed().drop { $0 == "0" }.reversed())
    writer.raw("\(whole).\(fraction)".utf8)
  }

  private static func write(
    _ schedule: Schedule, _ slot: ScheduleSlot?, _ row: StoredDocument, _ now: Instant, to writer: inout JSONWriter
  ) {
    let next = row.isActive ? ScheduleView.next(of: schedule, after: now) : nil
    writer.beginObject()
    writer.key("cron")
    writer.string(schedule.cron.text)
    writer.key("zone")
    writer.string(schedule.zone)
    for (key, instant) in [("last", slot?.slot), ("next", next)] {
      writer.key(key)
      if let instant { writer.string(instant.rfc3339) } else { writer.null() }
    }
    writer.key("missed")
    writer.integer(slot?.missed ?? 0)
    writer.endObject()
  }

  // MARK: Calls

  private static func requests(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let integration = try await core.library.integration(request.parameter("integration"))
    // Calls to the authorisation server have no method of the document.
    let method =
      request.parameter("method") == RequestEntry.tokenMethod
      ? RequestEntry.tokenMethod : integration?.document.method(named: request.parameter("method"))?.name
    guard let integration, let method else {
      throw ServiceFault.notFound(
        kind: "method", name: "\(request.parameter("integration"))/\(request.parameter("method"))")
    }
    var query = RequestQuery(method: "\(integration.row.id)/\(method)")
    if let text = request.query("before") {
      guard let before = RequestCursor(text) ?? Instant(rfc3339: text).map({ RequestCursor(before: $0) }) else {
        throw Problem.invalid(
          field: "before", "`before` is `next` of the page before, or a time such as 2026-01-31T06:00:00Z.")
      }
      query.before = before
    }
    query.limit = try PageLimit.read(request) ?? query.limit
    let entries = try await core.parts.store.requests(query)
    let now = core.now()
    var warned: Set<RunID> = []
    for run in Set(entries.map(\.run)) {
      if let row = try await core.parts.store.run(run), !RunWarnings.of(row, now: now).isEmpty { warned.insert(run) }
    }
    let long = warned
    let name = query.method
    let limit = query.limit
    return .json { writer in
      writer.beginObject()
      writer.key("method")
      writer.string(name)
      writer.key("requests")
      writer.beginArray()
      for entry in entries { write(entry, isLong: long.contains(entry.run), core, to: &writer) }
      writer.endArray()
      writer.key("next")
      let next = entries.count == limit ? entries.last.flatMap { RequestCursor(behind: $0).text } : nil
      if let next { writer.string(next) } else { writer.null() }
      writer.endObject()
    }
  }

  private static func write(_ entry: RequestEntry, isLong: Bool, _ core: ServerCore, to writer: inout JSONWriter) {
    writer.beginObject()
    let isOfRun = entry.origin == .run
    let log = "\(core.parts.publicURL ?? "")/api/runs/\(entry.run.text)/log?after=\(entry.sequence - 1)"
    for (key, text) in [
      ("at", entry.at.rfc3339), ("origin", entry.origin.rawValue), ("run_id", isOfRun ? entry.run.text : nil),
      ("log_url", isOfRun ? log : nil), ("step", isOfRun ? entry.step : nil), ("outcome", entry.outcome),
    ] as [(String, String?)] {
      writer.key(key)
      if let text { writer.string(text) } else { writer.null() }
    }
    for (key, value) in [
      ("seq", isOfRun ? Int64(entry.sequence) : nil), ("duration_ms", entry.milliseconds),
      ("sent_size_class", entry.sentBytes),
      ("received_size_class", entry.receivedBytes),
    ] {
      writer.key(key)
      if let value { writer.integer(value) } else { writer.null() }
    }
    writer.key("warnings")
    writer.beginArray()
    if isLong { writer.string("The execution time of the run is longer than 15 minutes.") }
    writer.endArray()
    writer.endObject()
  }
}
