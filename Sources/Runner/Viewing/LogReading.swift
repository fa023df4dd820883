package import Encodings
import RunEngine
import Storage

/// A log as one look at the run found it, told piece by piece: a line is masked when its piece is asked for, so that the
/// first ones come before the last ones are made, and no more than a piece is in memory.
package struct LogReading: Sendable {
  /// Lines in one piece at most.
  static let mostLines = 64
  /// Bytes after which a piece is full: it is longer by at most one line.
  static let fullBytes = 256 << 10

  /// Lines of a log, one behind the other.
  package struct Piece: Sendable {
    package var lines: [[UInt8]] = []
    /// The sequence of the first of them.
    package let first: Int
    /// The sequence of the last of them; no piece is empty.
    package var last: Int { first + lines.count - 1 }
  }

  /// Whether the run had ended.
  package let isEnded: Bool
  /// From when on a run that has not ended takes longer than it should; nil where it has not begun, or is over.
  package let longFrom: Instant?
  /// The sequence of the last line, or of the one before where there is none.
  package let last: Int

  private let log: RunLog
  private let row: StoredRun
  /// Events of the history; the line behind them is the end's.
  private let events: Int
  private let retries: [RunID]
  private let place: OpenLogs.Place?
  /// The sequence of the line that was told last.
  private var told: Int

  /// Nothing new, so that nothing was opened.
  init(of row: StoredRun, log: RunLog, after: Int) {
    self.init(of: row, log: log, after: after, events: after, retries: [], place: nil, last: after)
  }

  /// - Parameters:
  ///   - events: how many events the history has.
  ///   - retries: the runs that repeat it.
  ///   - place: where the content is that the lines are made from.
  init(of row: StoredRun, log: RunLog, after: Int, events: Int, retries: [RunID], place: OpenLogs.Place) {
    let last = row.state.isFinished ? events + 1 : events
    self.init(of: row, log: log, after: after, events: events, retries: retries, place: place, last: last)
  }

  private init(
    of row: StoredRun, log: RunLog, after: Int, events: Int, retries: [RunID], place: OpenLogs.Place?, last: Int
  ) {
    isEnded = row.state.isFinished
    let startedAt = isEnded ? nil : row.startedAt
    longFrom = startedAt?.advanced(byMilliseconds: RunFigures.warningMilliseconds + 1)
    self.last = last
    self.log = log
    self.row = row
    self.events = events
    self.retries = retries
    self.place = place
    told = max(0, after)
  }

  /// Whether every line was told.
  package var isWhole: Bool { told >= last }

  /// The next lines; nil behind the last one. Throws where they cannot be made: the run was deleted, or the service is
  /// sealed.
  package mutating func next() async throws -> Piece? {
    guard !isWhole, let place else { return nil }
    let renderer = LineRendering(try await log.content(of: row.id, in: place, events: events))
    var piece = Piece(first: told + 1)
    var bytes = 0
    while told < last, piece.lines.count < Self.mostLines, bytes < Self.fullBytes {
      told += 1
      let line =
        told > events
        ? renderer.end(row, retries: retries, sequence: told) : renderer.line(numbered: told)
      bytes += line.count
      piece.lines.append(line)
    }
    if isWhole { place.clear() }
    return piece
  }
}
