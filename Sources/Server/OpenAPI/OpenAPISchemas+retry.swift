import Runner

extension OpenAPISchemas {
  static let retries: [(name: String, schema: OpenAPISchema)] = [
    (
      "RetryRequest",
      .open([
        .sometimes(
          "from", .oneOf(Retrying.Beginning.allCases.map(\.rawValue)),
          "`failed-step`, which is meant without it: everything before the failed step is taken over. `start`: with what "
            + "the run was started with."),
        .sometimes("latest", .flag, "With the documents as they are now; else those that the run was pinned to."),
      ])
    ),
    ("RunbookPaused", .object([.always("id", .text), .always("is_paused", .flag)])),
  ]
}
