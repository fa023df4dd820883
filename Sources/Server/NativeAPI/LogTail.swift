import Encodings
import RunEngine
import Runner

/// A run's log on its way to a reader, piece by piece: what is on disk now, and for a follower whatever becomes durable,
/// until the run ends. A fault on the way, or a seal, is thrown, so that the connection is cut: a log that lacks its end would
/// look whole.
struct LogTail: Sendable {
  /// Milliseconds until a follower for whom there is no place is to look again.
  static let againMilliseconds = 5_000

  let core: ServerCore
  let run: RunID
  let log: RunLog
  var form = Form.lines

  /// How lines are sent.
  enum Form: Sendable {
    /// JSON lines.
    case lines
    /// Server-sent events (HTML Living Standard, 9.2): the id of each is its `seq`, so that a browser goes on where it was.
    case events

    /// A line that is no part of the history, so that nobody goes on after it.
    func bytes(present line: [UInt8]) -> [UInt8] {
      switch self {
      case .lines: line + [0x0A]
      case .events: Array("data: ".utf8) + line + [0x0A, 0x0A]
      }
    }

    /// The last line for a follower for whom there is no place: a browser asks again by itself, after so long.
    func bytes(again line: [UInt8]) -> [UInt8] {
      switch self {
      case .lines: bytes(present: line)
      case .events: Array("retry: \(LogTail.againMilliseconds)\n".utf8) + bytes(present: line)
      }
    }

    func bytes(_ piece: LogReading.Piece) -> [UInt8] {
      switch self {
      case .lines: Array(piece.lines.map { $0 + [0x0A] }.joined())
      case .events:
        piece.lines.enumerated().flatMap { offset, line in
          Array("id: \(piece.first + offset)\ndata: ".utf8) + line + [0x0A, 0x0A]
        }
      }
    }
  }

  /// What is there and what follows, from behind this `seq`.
  func pieces(after: Int) -> AsyncThrowingStream<[UInt8], any Error> {
    let state = TailState(after: after, follower: core.runner.followers.follow(run))
    return AsyncThrowingStream { try await next(state) }
  }

  /// The rest of a tree, with the piece of it that was made already.
  static func rest(ofTree tree: TreeReading, from piece: [UInt8]?) -> AsyncThrowingStream<[UInt8], any Error> {
    let state = RestState(reading: tree, piece: piece)
    return AsyncThrowingStream { try await next(state) }
  }

  private static func next(_ state: RestState<TreeReading, [UInt8]>) async throws -> [UInt8]? {
    if let piece = state.piece {
      state.piece = nil
      return piece
    }
    return try await state.reading.next()
  }

  /// The rest of a log as it stands now, with the piece of it that was made already.
  func rest(of reading: LogReading, from piece: LogReading.Piece?) -> AsyncThrowingStream<[UInt8], any Error> {
    let state = RestState(reading: reading, piece: piece)
    return AsyncThrowingStream { try await next(state) }
  }

  private func next(_ state: RestState<LogReading, LogReading.Piece>) async throws -> [UInt8]? {
    if let piece = state.piece {
      state.piece = nil
      return form.bytes(piece)
    }
    if let piece = try await state.reading.next() { return form.bytes(piece) }
    guard !state.isTold else { return nil }
    state.isTold = true
    return try await log.present(of: run, last: state.reading.last).map { form.bytes(present: $0) }
  }

  /// The next lines; nil at the end.
  private func next(_ state: TailState) async throws -> [UInt8]? {
    while true {
      if let piece = try await state.reading?.next() {
        state.after = piece.last
        return form.bytes(piece)
      }
      if let reading = state.reading {
        guard !reading.isEnded, !state.isLast else { return nil }
        if state.follower == nil {
          if let line = try await leave(state, reading) { return form.bytes(again: line) }
        } else {
          if let line = try await present(state, reading) { return form.bytes(present: line) }
          try await wait(state)
        }
      }
      try await look(state)
    }
  }

  /// Looks at the run again: each look reads all of it.
  private func look(_ state: TailState) async throws {
    let begun = core.parts.clock.monotonicMilliseconds()
    guard let reading = try await log.reading(of: run, after: state.after) else {
      throw ServiceFault.notFound(kind: "run", name: run.text)
    }
    state.reading = reading
    if !reading.isWhole { state.pace.note(begun: begun, ended: core.parts.clock.monotonicMilliseconds()) }
  }

  /// Until there may be more to tell. What comes in quick succession is told together, the run's end at once.
  private func wait(_ state: TailState) async throws {
    // A seal that came before this one followed has not ended it.
    guard !core.parts.isSealed else { throw ServiceFault.sealed }
    guard try await state.follower?.next(until: state.warningDue, by: core.parts.clock) == true else {
      // The run ended: one more look, then the end.
      state.isLast = true
      return
    }
    await state.follower?.gather(state.pace.left(at: core.parts.clock.monotonicMilliseconds()), by: core.parts.clock)
  }

  /// The line behind what is there now, for a follower for whom there is no place: when he is to look again. Nil where the run
  /// has ended meanwhile: one more look, then the end.
  private func leave(_ state: TailState, _ reading: LogReading) async throws -> [UInt8]? {
    state.isLast = true
    return try await log.present(of: run, last: reading.last, again: Self.againMilliseconds)
  }

  /// How the run stands. Once, when all that has happened is told: a short wait is over before anybody has read of it. And
  /// when it begins to take longer than it should, whatever else happens.
  private func present(_ state: TailState, _ reading: LogReading) async throws -> [UInt8]? {
    guard !state.hasToldPresent || !state.hasWarned else { return nil }
    let isLong = reading.longFrom.map { $0 <= core.now() } ?? false
    state.warningDue = isLong ? nil : reading.longFrom
    guard isLong || !state.hasToldPresent else { return nil }
    state.hasToldPresent = true
    state.hasWarned = isLong
    return try await log.present(of: run, last: reading.last)
  }
}

/// When a tail may look again. A look costs as much as the run has done so far; between two there is four times as long as
/// the last one took, so that whoever follows a long run takes no more than a fifth of what one processor can do.
struct LookPace: Equatable {
  /// Milliseconds between two looks.
  static let shortest: Int64 = 100
  static let longest: Int64 = 5_000

  /// On the monotonic clock; nil before the first look.
  private var due: Int64?

  /// A look that found something, on the monotonic clock.
  mutating func note(begun: Int64, ended: Int64) {
    due = ended + min(Self.longest, max(Self.shortest, 4 * (ended - begun)))
  }

  /// Milliseconds until the next look is due; 0 where it is already.
  func left(at now: Int64) -> Int64 { due.map { max(0, $0 - now) } ?? 0 }
}

/// Where a tail stands. One task pulls the stream, so nothing else touches it.
private final class TailState: @unchecked Sendable {
  // Invariant: only the stream's unfolding closure touches these, and it is never called twice at once.
  var after: Int
  var reading: LogReading?
  /// Whether no look follows this one.
  var isLast = false
  var hasToldPresent = false
  var hasWarned = false
  /// When the follower is to be warned that the run takes long; nil where that is not known, or done.
  var warningDue: Instant?
  var pace = LookPace()
  /// Nil where there are too many.
  var follower: RunFollower?

  init(after: Int, follower: RunFollower?) {
    self.after = after
    self.follower = follower
  }
}

/// What is told of a log or a tree as it stands, with the piece that was made already. One task pulls the stream, so nothing
/// else touches it.
private final class RestState<Reading, Piece>: @unchecked Sendable {
  // Invariant: only the stream's unfolding closure touches these, and it is never called twice at once.
  var reading: Reading
  var piece: Piece?
  var isTold = false

  init(reading: Reading, piece: Piece?) {
    self.reading = reading
    self.piece = piece
  }
}
