package import Encodings
package import Runbooks

/// What a schedule has due: one start, however many were passed over. Pure.
package struct DueSlot: Equatable, Sendable {
  /// The last slot that has come: the one that is started.
  package let slot: Instant
  /// Slots before it that nobody started.
  package let missed: Int64

  /// Starts that are counted at most, where many were passed over.
  package static let mostCounted = 100_000

  /// Nil where none is due: so it is as long as a clock that went back has not come to the slot that was taken last.
  ///
  /// - Parameters:
  ///   - taken: the slot that was dealt with last; nil where none was.
  ///   - since: when the document was saved: nothing before it is due.
  package init?(
    _ schedule: Schedule, taken: Instant?, since: Instant, now: Instant, offset: @escaping ZoneOffset
  ) {
    let after = max(taken ?? since, since)
    guard let starts = schedule.starts(after: after, through: now, limit: Self.mostCounted, offset: offset) else {
      return nil
    }
    slot = starts.last
    missed = Int64(starts.count - 1)
  }
}
