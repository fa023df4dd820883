import Runner

extension OpenAPISchemas {
  static let retries: [(name: String, schema: OpenAPISchema)] = [
    (
      "RetryRequest",
      .object([
        .sometimes(
          "from", .oneOf(Retrying.Beginning.allCases.map(\.rawValue)),
          "`failed-step`, which is meant without it: everything before the failed step is taken over. `start`: with what "
            + "the run was started with."),
        .sometimes("latest", .flag, "With the documents as they are now; else those that the run was pinned to."),
      ])
    ),
    (
      "DryRunRequest",
      .object([
        .sometimes("payload", .anything, "What stands for the body of a request that starts the runbook."),
        .sometimes(
          "responses", .mapping(.named("DryResponse")),
          "Answers by step, or by STEP/VISIT: of calls, statements and steps of keys. A step without one takes its failure "
            + "edge with `dry-run`."),
        .sometimes("replay", .text, "A run of this runbook whose recorded answers are taken, in place of `responses`."),
      ])
    ),
    (
      "DryResponse",
      .object([
        .sometimes("status", .integer(from: 100, through: 999), "200 without it."),
        .sometimes("headers", .mapping(.text)), .sometimes("body", .anything, "A JSON value."),
        .sometimes("text", .text, "In place of `body`: as it stands."),
        .sometimes("failure", .text, "In place of all of them: the reason for which the step takes its failure edge."),
      ])
    ),
    (
      "ReplayRequest",
      .object([.sometimes("pinned", .flag, "With the documents of that time; else with those of now.")])
    ),
    (
      "ReplayReport",
      .object([
        .always("run_id", .text), .always("same", .flag),
        .always("events", .integer(from: 0), "Events that were decided anew."),
        .always("difference", .orNull(.named("ReplayDifference")), "The first one."),
      ])
    ),
    (
      "ReplayDifference",
      .object([
        .always("seq", .integer(from: 1)), .always("step", .orNull(.text)),
        .always("recorded", .text, "Names and words, no value."), .always("now", .text),
      ])
    ),
    ("RunPaused", .object([.always("run_id", .text), .always("is_paused", .flag)])),
    ("RunbookPaused", .object([.always("id", .text), .always("is_paused", .flag)])),
  ]
}
