extension OpenAPIOperations {
  /// Repeating runs, and pausing runbooks.
  static let retries: [OpenAPIOperation] = [
    OpenAPIOperation(
      "POST /api/runs/{id}/retry", "retryRun",
      "Repeat a run that has ended, as a run of its own. Needs `start` on its runbook and `read` on its log, and `grant` on "
        + "its runbook's grants once documents were changed since.",
      body: .optional("RetryRequest"), answers: [.json(202, "Started", "The new run is durable.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/dry-run", "dryRun",
      "Run a runbook without any effect and keep what it did as a run. Needs `start` on the runbook; `replay` needs "
        + "`read` on that run's log, and `grant` on the runbook's grants once documents were changed since.",
      body: .optional("DryRunRequest"), answers: [.json("Started", "It has ended; its log shows what would be sent.")]),
    OpenAPIOperation(
      "POST /api/runs/{id}/replay", "replayRun",
      "Decide a recorded run anew over its recorded answers; no effect, no run. Needs `grant` on the runbook's grants once "
        + "documents were changed since, but with `pinned`.",
      body: .optional("ReplayRequest"), answers: [.json("ReplayReport", "Whether the decisions are the same.")]),
    OpenAPIOperation(
      "POST /api/runs/{id}/pause", "pauseRun",
      "Let a run that has not ended stop at its next step, or not begin. A call that is out is finished and recorded.",
      answers: [.json("RunPaused", "It is paused.")]),
    OpenAPIOperation(
      "POST /api/runs/{id}/resume", "resumeRun", "Let a paused run go on where it stands.",
      answers: [.json("RunPaused", "It is not paused.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/pause", "pauseRunbook",
      "Let no run of a runbook begin, and those under way stop at their next step. Starts are taken and wait.",
      answers: [.json("RunbookPaused", "It is paused.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/resume", "resumeRunbook", "Let the runs of a paused runbook go on, in their order.",
      answers: [.json("RunbookPaused", "It is not paused.")]),
  ]
}
