import RunEngine
import Storage

extension OpenAPISchemas {
  static let accounts: [(name: String, schema: OpenAPISchema)] = [
    ("RunbookStats", runbookStats), ("ScheduleState", scheduleState), ("RequestPage", requestPage),
    ("LoggedRequest", loggedRequest), ("OutboxPage", outboxPage), ("OutboxItem", outboxItem),
    ("NotificationList", notificationList), ("Notification", notification),
    ("NotificationChoice", .object([.sometimes("id", .text, "The one to mark; all without it.")])),
  ]

  private static let runbookStats: OpenAPISchema = .object([
    .always("runbook_id", .text), .always("at", .time, "When the windows end."),
    .always("average_steps_executed", .orNull(.number), "Of runs that ended in the last 30 days."),
    .always("max_steps_executed", .orNull(.integer(from: 0))),
    .always("average_execution_ms", .orNull(.number), "From first step to end, waits included."),
    .always("max_execution_ms", .orNull(.integer(from: 0))),
    .always("runs_last_day", .integer(from: 0), "Runs that began in the last 24 hours."),
    .always("runs_last_week", .integer(from: 0), "Runs that began in the last 7 times 24 hours."),
    .always("failures_in_a_row", .integer(from: 0), "Since the last success, or since it was enabled."),
    .always("is_paused", .flag, "Whether its runs wait until somebody resumes it."),
    .always("runs_waiting", .integer(from: 0), "Runs that have not begun."),
    .always("runs_paused", .integer(from: 0), "Runs that are paused by themselves."),
    .always("schedules", .list(.named("ScheduleState"))),
  ])

  private static let scheduleState: OpenAPISchema = .object([
    .always("cron", .text), .always("zone", .text),
    .always("last", .orNull(.time), "The newest start that was dealt with."),
    .always("next", .orNull(.time), "The next start; null while the runbook is disabled."),
    .always("missed", .integer(from: 0), "Starts that were passed over in all."),
  ])

  private static let requestPage: OpenAPISchema = .object([
    .always("method", .text, "INTEGRATION/METHOD."), .always("requests", .list(.named("LoggedRequest"))),
    .always("next", .orNull(.text), "`before` of the next page; null on the last one."),
  ])

  private static let loggedRequest: OpenAPISchema = .object([
    .always("at", .time),
    .always(
      "origin", .oneOf(RequestEntry.Origin.allCases.map(\.rawValue)),
      "A run, one that was deleted since, a test, or a token that was fetched."),
    .always("run_id", .orNull(.text), "Null where no run made the call."),
    .always("log_url", .orNull(.text), "Where request and answer are."), .always("step", .orNull(.text)),
    .always("outcome", .text, "`status 200`, or the word of a failure."),
    .always("seq", .orNull(.integer(from: 1)), "The line of the run's log."),
    .always("duration_ms", .orNull(.integer(from: 0))),
    .always("sent_size_class", .orNull(.integer(from: 0)), "Bytes of the body, rounded up to a power of two."),
    .always("received_size_class", .orNull(.integer(from: 0))), .always("warnings", .list(.text)),
  ])

  private static let outboxPage: OpenAPISchema = .object([
    .always("items", .list(.named("OutboxItem"))),
    .always("next", .orNull(.text), "`before` of the next page; null on the last one."),
  ])

  private static let outboxItem: OpenAPISchema = .object([
    .always("id", .text, "By which a receiver knows a repetition."),
    .always("action", .oneOf(FailureAction.allCases.map(\.rawValue))),
    .always("state", .oneOf(OutboxItem.State.allCases.map(\.rawValue))), .always("runbook_id", .text),
    .always("run_id", .text), .always("created_at", .time),
    .always("failures", .integer(from: 1), "Failed runs in a row, this one included."),
    .always("attempts", .integer(from: 0)), .always("due_at", .orNull(.time), "When it is tried next."),
    .always("done_at", .orNull(.time)), .always("problem", .orNull(.text), "Why the last attempt failed."),
  ])

  private static let notificationList: OpenAPISchema = .object([
    .always("login", .orNull(.text), "Null where the token belongs to no login."),
    .always("notifications", .list(.named("Notification"))),
  ])

  private static let notification: OpenAPISchema = .object([
    .always("id", .text), .always("at", .time), .always("runbook_id", .text), .always("runbook", .text),
    .always("run_id", .text), .always("run_url", .text), .always("text", .text),
    .always("failures", .integer(from: 1)), .always("read_at", .orNull(.time)),
  ])
}
