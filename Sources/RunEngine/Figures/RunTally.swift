/// What is counted of runs, for one piece of time or several together.
package struct RunTally: Equatable, Sendable {
  /// Runs that began.
  package var started: Int64 = 0
  /// Runs that had begun and ended.
  package var finished: Int64 = 0
  /// Step visits of the finished ones in all, and the most of one.
  package var steps: Int64 = 0
  package var mostSteps: Int64 = 0
  /// From first step to end, waits included.
  package var milliseconds: Int64 = 0
  package var mostMilliseconds: Int64 = 0

  package init(
    started: Int64 = 0, finished: Int64 = 0, steps: Int64 = 0, mostSteps: Int64 = 0, milliseconds: Int64 = 0,
    mostMilliseconds: Int64 = 0
  ) {
    self.started = started
    self.finished = finished
    self.steps = steps
    self.mostSteps = mostSteps
    self.milliseconds = milliseconds
    self.mostMilliseconds = mostMilliseconds
  }

  /// One run that began.
  package static let start = RunTally(started: 1)

  /// One run that ended.
  package static func end(steps: Int, milliseconds: Int64) -> RunTally {
    let time = max(0, milliseconds)
    return RunTally(
      finished: 1, steps: Int64(steps), mostSteps: Int64(steps), milliseconds: time, mostMilliseconds: time)
  }

  package mutating func add(_ other: RunTally) {
    started += other.started
    finished += other.finished
    steps += other.steps
    mostSteps = max(mostSteps, other.mostSteps)
    milliseconds += other.milliseconds
    mostMilliseconds = max(mostMilliseconds, other.mostMilliseconds)
  }
}
