import ArgumentParser

/// `pause RUN`.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Let a run stop at its next step, until it is resumed.",
    discussion: """
      A call that is out is finished and recorded. Sleeps, the time for approvals and the time that the run may take go on \
      running. A restart of the service changes nothing of it, and `chancery cancel` ends a paused run. \
      `chancery runbook pause` does so with all runs of a runbook.
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  func run() async throws { try await Standing.change(.run, runID, .pause, client) }
}

/// `resume RUN`.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused run go on where it stands.")

  @OptionGroup var client: ClientOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var runID: String

  func run() async throws { try await Standing.change(.run, runID, .resume, client) }
}
