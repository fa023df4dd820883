import Storage

extension OpenAPIOperations {
  static let accounts: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/runbooks/{id}/stats", "readRunbookStats", "Read the figures of a runbook, over windows that end now.",
      answers: [.json("RunbookStats", "The figures.")]),
    OpenAPIOperation(
      "GET /api/methods/{integration}/{method}/requests", "listRequests",
      "List the calls of a method, the newest first; what was sent and answered is in the log of the run.",
      queries: [
        OpenAPIOperation.Query(
          name: "before", schema: .text,
          note: "Only calls before this one: `next` of the page before; or only calls before this time."),
        OpenAPIOperation.Query(
          name: "limit", schema: .integer(from: 1, through: Limits.page), note: "The most calls; 50 without it."),
      ], answers: [.json("RequestPage", "A page of calls.")]),
    OpenAPIOperation(
      "GET /api/outbox", "listOutbox", "List what failed runs asked for, and what became of it, the newest first.",
      queries: [
        OpenAPIOperation.Query(
          name: "runbook", schema: .text, note: "Of this runbook only, by id or name; of a deleted one, by its id."),
        OpenAPIOperation.Query(
          name: "state", schema: .oneOf(OutboxItem.State.allCases.map(\.rawValue)), note: "In this state only."),
        OpenAPIOperation.Query(
          name: "before", schema: .text, note: "Only items before this one: `next` of the page before."),
        OpenAPIOperation.Query(
          name: "limit", schema: .integer(from: 1, through: Limits.page), note: "The most items; 50 without it."),
      ], answers: [.json("OutboxPage", "A page of the outbox.")]),
    OpenAPIOperation(
      "POST /api/outbox/{id}/retry", "retryOutboxItem", "Try an item at once, also one that was given up.",
      answers: [.noContent("It is tried again.")]),
    OpenAPIOperation(
      "GET /api/notifications", "listNotifications", "List what the caller's own login was told, the newest first.",
      queries: [
        OpenAPIOperation.Query(name: "unread", schema: .oneOf(["true"]), note: "Only what was not marked as read."),
        OpenAPIOperation.Query(
          name: "limit", schema: .integer(from: 1, through: Limits.page), note: "The most; 50 without it."),
      ], answers: [.json("NotificationList", "The notifications.")]),
    OpenAPIOperation(
      "POST /api/notifications/read", "readNotifications", "Mark one notification as read, or all of the login.",
      body: .optional("NotificationChoice"), answers: [.noContent("Marked.")]),
  ]
}
