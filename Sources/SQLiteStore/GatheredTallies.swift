import Encodings
import GRDB
import RunEngine

/// What the batches of one transaction add to the figures: added up first and written once, because nearly all of them fall
/// into the same second and hour of the same runbooks.
struct GatheredTallies {
  private struct Place: Hashable {
    let runbook: String
    let span: Int64
    let since: Int64
  }

  private var tallies: [Place: RunTally] = [:]

  mutating func add(_ tally: RunTally, at: Instant, runbook: String) {
    for span in TallyWindow.Span.allCases {
      tallies[Place(runbook: runbook, span: span.rawValue, since: span.since(at)), default: RunTally()].add(tally)
    }
  }

  /// Of a batch that was not refused.
  mutating func add(_ other: GatheredTallies) {
    tallies.merge(other.tallies) { mine, others in
      var sum = mine
      sum.add(others)
      return sum
    }
  }

  func write(to database: Database) throws {
    guard !tallies.isEmpty else { return }
    let insert = try QuickStatement(
      """
      INSERT INTO run_tally
        (runbook, span, since, started, finished, steps, most_steps, milliseconds, most_milliseconds)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (runbook, span, since) DO UPDATE SET
        started = started + excluded.started, finished = finished + excluded.finished,
        steps = steps + excluded.steps, most_steps = max(most_steps, excluded.most_steps),
        milliseconds = milliseconds + excluded.milliseconds,
        most_milliseconds = max(most_milliseconds, excluded.most_milliseconds)
      """, in: database)
    for (place, tally) in tallies {
      try insert.run(
        .text(place.runbook), .integer(place.span), .integer(place.since), .integer(tally.started),
        .integer(tally.finished), .integer(tally.steps), .integer(tally.mostSteps),
        .integer(tally.milliseconds), .integer(tally.mostMilliseconds))
    }
  }
}
