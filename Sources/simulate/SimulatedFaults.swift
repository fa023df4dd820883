/// What goes wrong in one simulated life of a service, and how often; drawn by the seed.
struct SimulatedFaults {
  /// Kills, in a thousand places where the process may be killed.
  var killsPerMille = 0
  /// Commits that report failure, in a thousand; half of them became durable.
  var failuresPerMille = 0
  /// Leaps of the clock, back or forward, in a thousand operations.
  var leapsPerMille = 0
  /// Reads of the disk that fail, in a thousand.
  var failedReadsPerMille = 0
  /// Whether whoever writes is answered before what he wrote is on disk: no fault of the world, but one that must be noticed.
  var answersBeforeSync = false
  /// Records that come back otherwise than they were written, in a thousand operations.
  var damagesPerMille = 0

  static let none = SimulatedFaults()

  /// A service that is never killed has no other fault either: what breaks there is no matter of faults.
  init(killsPerMille: Int, using random: inout SimulationRandom) {
    let failures = [0, 100, 300].randomElement(using: &random) ?? 0
    let leaps = [0, 30, 120].randomElement(using: &random) ?? 0
    let damages = [0, 0, 12].randomElement(using: &random) ?? 0
    let reads = [0, 100, 500].randomElement(using: &random) ?? 0
    guard killsPerMille > 0 else { return }
    self.killsPerMille = killsPerMille
    failuresPerMille = failures
    leapsPerMille = leaps
    damagesPerMille = damages
    failedReadsPerMille = reads
  }

  private init() {}
}

/// What happened of it, so that a test can ask whether it did.
struct SimulatedFigures: Equatable {
  var kills = 0
  var retries = 0
  var pauses = 0
  var runPauses = 0
  /// Commits that reported failure: those that became durable, and those that did not.
  var failedButKept = 0
  var failedAndLost = 0
  /// Reads that failed, and what was looked at after a commit of which nobody knew.
  var failedReads = 0
  var looks = 0
  /// Starts that were repeated with their key, and those of them that had been written.
  var repeats = 0
  var duplicates = 0
  /// Commits that a kill took although an earlier one of the same moment stands.
  var lostBehindOthers = 0
  /// Batches that were refused because the data had moved.
  var refusals = 0
  /// Starts of which nobody was told, though they are there.
  var unacknowledged = 0
  /// Runs that waited for their turn, and that were over with their first commit without a place.
  var waits = 0
  var passed = 0
  var leapsBack = 0
  var leapsForward = 0
  var damages = 0
  /// Runs that were ended because their records did not read.
  var closed = 0
  var approvals = 0
  var lateAnswers = 0
  var slots = 0

  mutating func add(_ other: SimulatedFigures) {
    kills += other.kills
    retries += other.retries
    pauses += other.pauses
    runPauses += other.runPauses
    failedButKept += other.failedButKept
    failedAndLost += other.failedAndLost
    failedReads += other.failedReads
    looks += other.looks
    repeats += other.repeats
    duplicates += other.duplicates
    lostBehindOthers += other.lostBehindOthers
    refusals += other.refusals
    unacknowledged += other.unacknowledged
    waits += other.waits
    passed += other.passed
    leapsBack += other.leapsBack
    leapsForward += other.leapsForward
    damages += other.damages
    closed += other.closed
    approvals += other.approvals
    lateAnswers += other.lateAnswers
    slots += other.slots
  }
}
