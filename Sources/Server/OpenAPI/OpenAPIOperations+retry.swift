extension OpenAPIOperations {
  /// Repeating runs, and pausing runbooks.
  static let retries: [OpenAPIOperation] = [
    OpenAPIOperation(
      "POST /api/runs/{id}/retry", "retryRun",
      "Repeat a run that has ended, as a run of its own. Needs `start` on its runbook and `read` on its log.",
      body: .optional("RetryRequest"), answers: [.json(202, "Started", "The new run is durable.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/pause", "pauseRunbook",
      "Let no run of a runbook begin, and those under way stop at their next step. Starts are taken and wait.",
      answers: [.json("RunbookPaused", "It is paused.")]),
    OpenAPIOperation(
      "POST /api/runbooks/{id}/resume", "resumeRunbook", "Let the runs of a paused runbook go on, in their order.",
      answers: [.json("RunbookPaused", "It is not paused.")]),
  ]
}
