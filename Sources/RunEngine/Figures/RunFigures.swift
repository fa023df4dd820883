/// The six figures of a runbook (R17): over windows that end now, to the second.
package struct RunFigures: Equatable, Sendable {
  /// Lengths in seconds.
  package enum Window: Int64, CaseIterable, Sendable {
    case day = 86_400
    case week = 604_800
    case month = 2_592_000
  }

  /// The mean of the step visits of runs that ended in the last thirty days; nil where none did.
  package let averageSteps: Double?
  package let maximumSteps: Int?
  /// The mean of their times from first step to end.
  package let averageMilliseconds: Double?
  package let maximumMilliseconds: Int64?
  /// Runs that began in the last 24 hours.
  package let runsInDay: Int
  /// Runs that began in the last seven times 24 hours.
  package let runsInWeek: Int

  package init(day: RunTally, week: RunTally, month: RunTally) {
    let count = Double(month.finished)
    averageSteps = month.finished == 0 ? nil : Double(month.steps) / count
    maximumSteps = month.finished == 0 ? nil : Int(month.mostSteps)
    averageMilliseconds = month.finished == 0 ? nil : Double(month.milliseconds) / count
    maximumMilliseconds = month.finished == 0 ? nil : month.mostMilliseconds
    runsInDay = Int(day.started)
    runsInWeek = Int(week.started)
  }

  /// A run that takes longer than this is warned about, while it runs and afterwards (details.md).
  package static let warningMilliseconds: Int64 = 15 * 60_000
  /// What people read about a run that takes longer.
  package static let warning = "The execution time is longer than 15 minutes."
}
