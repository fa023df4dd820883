/// Runs as trees.
extension OpenAPISchemas {
  static let trees: [(name: String, schema: OpenAPISchema)] = [
    ("RunTree", runTree), ("TreeNode", treeNode), ("TreeElement", treeElement), ("TreeAttempt", treeAttempt),
    ("TreeEvent", treeEvent), ("TreeRequest", treeRequest), ("TreeResponse", treeResponse),
  ]

  private static let reason: [OpenAPISchema.Member] = [
    .sometimes("reason", .text, "The word of a failure's reason."),
    .sometimes("detail", .text, "The same as a sentence."),
  ]

  private static let size: [OpenAPISchema.Member] = [
    .sometimes("size_up_to", .integer(from: 64), "The body has at most so many bytes: a power of two."),
    .sometimes("masked_for", .list(.text), "What makes any of it secret."),
  ]

  private static let runTree: OpenAPISchema = .object(
    [
      .always("run", .text), .always("runbook_id", .text), .always("runbook", .text),
      .always("state", .oneOf(logStates)), .always("trigger", .oneOf(logTriggers)),
      .sometimes("parent", .text, "The run that started this one, or that it took its first events from."),
      .always("created_at", .time), .always("started_at", .orNull(.time)), .always("ended_at", .orNull(.time)),
      .sometimes("duration_ms", .integer()), .sometimes("paused_at", .time), .sometimes("paused_by", .text),
      .always("steps", .integer(from: 0)),
      .sometimes("waiting", .oneOf(waits), "What a run that has not ended waits for."), .sometimes("until", .time),
      .sometimes("warning", .text),
    ] + reason + [.always("nodes", .list(.named("TreeNode")), "What happened, in order.")])

  /// A visit of a step, or something about the run as a whole.
  private static let treeNode: OpenAPISchema = .object(
    [
      .sometimes("step", .text, "Of a visit."), .sometimes("title", .text),
      .sometimes("visit", .integer(from: 1)), .always("time", .time), .sometimes("duration_ms", .integer()),
      .sometimes("attempts", .list(.named("TreeAttempt"))),
      .sometimes("elements", .list(.named("TreeElement")), "Of a step that iterates."),
      .sometimes("event", .oneOf(logEvents), "Of something about the run as a whole."),
      .sometimes("trigger", .oneOf(logTriggers), "What started the run."), .sometimes("dry_run", .yes),
      .sometimes("retry_of", .text, "The run that it repeats."),
      .sometimes("request", .named("TreeRequest"), "The request that started the run."), .sometimes("query", .text),
      .sometimes("variables", .mapping(.text)), .sometimes("other_run", .text),
    ] + reason)

  private static let treeElement: OpenAPISchema = .object([
    .always("time", .time), .sometimes("element", .text), .sometimes("variables", .mapping(.text)),
    .always("nodes", .list(.named("TreeNode"))),
  ])

  private static let treeAttempt: OpenAPISchema = .object([
    .always("attempt", .integer(from: 1)), .always("time", .time), .always("duration_ms", .integer()),
    .always("events", .list(.named("TreeEvent"))),
  ])

  private static let treeEvent: OpenAPISchema = .object(
    [
      .always("seq", .integer(from: 1), "The line of the log."), .always("event", .oneOf(logEvents)),
      .always("time", .time), .sometimes("met", .flag), .sometimes("count", .integer(from: 0)),
      .sometimes("waited_for", .oneOf(waits), "Which wait is over."),
    ] + reason + [
      .sometimes("other_run", .text), .sometimes("login", .text), .sometimes("request", .named("TreeRequest")),
      .sometimes("response", .named("TreeResponse")), .sometimes("variables", .mapping(.text)),
    ])

  private static let treeRequest: OpenAPISchema = .object(
    [
      .sometimes("method", .text), .sometimes("url", .text), .always("headers", .named("LogHeaders")),
      .sometimes("body", .text, "Masked, or removed with the reason."),
    ] + size)

  private static let treeResponse: OpenAPISchema = .object(
    [
      .always("status", .integer()), .always("duration_ms", .integer()), .always("headers", .named("LogHeaders")),
      .always("body", .text, "Masked, or removed with the reason."),
    ] + size)
}
