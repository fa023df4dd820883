import Encodings
import RunEngine
import Runner

/// A run's log as it grows: what is on disk now, then whatever becomes durable, until the run ends.
struct LogTail: Sendable {
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

    /// - Parameter after: the `seq` before the first line.
    func bytes(_ lines: [[UInt8]], after: Int) -> [UInt8] {
      switch self {
      case .lines: Array(lines.map { $0 + [0x0A] }.joined())
      case .events:
        lines.enumerated().flatMap { offset, line in
          Array("id: \(max(0, after) + 1 + offset)\ndata: ".utf8) + line + [0x0A, 0x0A]
        }
      }
    }
  }

  func pieces(after: Int) -> AsyncStream<[UInt8]> {
    let state = TailState(after: after, follower: core.runner.followers.follow(run))
    return AsyncStream { await next(state) }
  }

  /// The next lines; nil at the end. A fault of the store ends the stream.
  private func next(_ state: TailState) async -> [UInt8]? {
    while !state.isEnded {
      guard let page = try? await log.lines(of: run, after: state.after) else { return nil }
      let before = state.after
      state.after = page.last
      state.isEnded = page.isEnded
      if !page.lines.isEmpty { return form.bytes(page.lines, after: before) }
      if page.isEnded { return nil }
      if let line = await present(state, last: page.last) { return form.bytes(present: line) }
      guard await state.follower.next(until: state.warningDue, by: core.parts.clock) else {
        // The run ended, or there are too many followers: one more look, then the end.
        state.isEnded = true
        guard let last = try? await log.lines(of: run, after: state.after), !last.lines.isEmpty else { return nil }
        return form.bytes(last.lines, after: state.after)
      }
    }
    return nil
  }

  /// How the run stands. Once, when all that has happened is told: a short wait is over before anybody has read of it. And
  /// when it begins to take longer than it should, whatever else happens.
  private func present(_ state: TailState, last: Int) async -> [UInt8]? {
    guard !state.hasToldPresent || !state.hasWarned else { return nil }
    let due = try? await log.longFrom(run)
    let isLong = due.map { $0 <= core.now() } ?? false
    state.warningDue = isLong ? nil : due
    guard isLong || !state.hasToldPresent else { return nil }
    state.hasToldPresent = true
    state.hasWarned = isLong
    return try? await log.present(of: run, last: last)
  }
}

/// Where a tail stands. One task pulls the stream, so nothing else touches it.
private final class TailState: @unchecked Sendable {
  // Invariant: only the stream's unfolding closure touches these, and it is never called twice at once.
  var after: Int
  var isEnded = false
  var hasToldPresent = false
  var hasWarned = false
  /// When the follower is to be warned that the run takes long; nil where that is not known, or done.
  var warningDue: Instant?
  var follower: RunFollower

  init(after: Int, follower: RunFollower) {
    self.after = after
    self.follower = follower
  }
}
