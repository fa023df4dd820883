import Labels
import RunEngine

/// What a service has on disk: it survives every kill, and changes by whole batches.
struct SimulatedDisk {
  struct Run {
    var runbook: Int
    /// Events in their recorded form.
    var events: [[UInt8]] = []
    /// The labels that the values of the run were sealed with.
    var labels: [ValueID: Label] = [:]
    /// Whether it has had a place.
    var hasBegun = false
    var isEnded = false
    var isCancelRequested = false
    var parent: RunID?
    var retryOf: RunID?
  }

  var runs: [RunID: Run] = [:]
  /// In the order in which they came.
  var order: [RunID] = []
  var paused: Set<Int> = []
  /// Runs that are paused by themselves, and all that ever were.
  var pausedRuns: Set<RunID> = []
  var passed: Set<RunID> = []
  var begun: [Int: Int] = [:]
  var ended: [Int: Int] = [:]
  var streaks: [Int: FailureStreak] = [:]
  /// What failures asked for, in their order.
  var asked: [Int: [FailureAction]] = [:]
  /// Ends of each runbook's runs, in their order.
  var outcomes: [Int: [RunOutcome]] = [:]
  /// The label of the variable that a runbook keeps, and the run that left it.
  var kept: [Int: (run: RunID, label: Label)] = [:]

  /// A run's events as they are read back: with the labels that were sealed with them. Nil where one does not read.
  func history(of id: RunID) -> [RunEvent]? {
    guard let run = runs[id] else { return nil }
    var events: [RunEvent] = []
    for bytes in run.events {
      let labels = run.labels
      guard
        let event = try? RunHistory.decode(
          bytes, handle: { id in labels[id].map { ValueHandle(id: id, label: $0) } })
      else { return nil }
      events.append(event)
    }
    return events
  }
}
