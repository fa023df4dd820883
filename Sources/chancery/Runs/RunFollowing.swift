import ArgumentParser

/// Follows the log of one run to its end, across restarts of the service. Where the service has no place for a further follower
/// it is asked again now and then.
struct RunFollowing: Sendable {
  let api: APIClient
  let run: String

  /// How often a lost connection is taken up again without a new line in between, a second apart.
  private static let attempts = 30

  /// Seconds between two looks, whatever the service says.
  private static let shortestWait = 1
  private static let longestWait = 60

  /// Writes every line as it comes. Returns when the run succeeded; throws exit code 1 when it did not, `unavailable`
  /// when the service stays away, or is sealed.
  func show(asJSON: Bool) async throws {
    var text = RunLogText(terminal: .output)
    let state = try await follow { line in
      if asJSON {
        Terminal.output.write(line + [0x0A])
      } else if let view = JSONView(line) {
        Terminal.output.write(Array(text.render(view).utf8))
      }
    }
    if state != "succeeded" { throw ExitCode(CommandFailure.Outcome.notSo.rawValue) }
  }

  /// What is known of the run's log.
  private struct Progress {
    var last = 0
    /// How often a lost connection is still taken up.
    var attemptsLeft = RunFollowing.attempts
    var hasBegun = false
    /// The run's state at its end.
    var state: String?
    /// Seconds until the next look.
    var wait = RunFollowing.shortestWait
    /// The last line `present` without its time: one that says the same is not shown again.
    var present: [String?] = []
    /// Whether it was said that there is no place.
    var hasSaidFull = false

    /// Whether a line says something that is to be shown.
    mutating func take(_ view: JSONView) -> Bool {
      if let sequence = view["seq"]?.integer { last = max(last, sequence) }
      attemptsLeft = RunFollowing.attempts
      hasBegun = true
      if view["event"]?.string == "ended" { state = view["state"]?.string }
      guard view["event"]?.string == "present" else { return true }
      if let again = view["again_ms"]?.integer {
        wait = min(RunFollowing.longestWait, max(RunFollowing.shortestWait, again / 1_000))
        if !hasSaidFull { Terminal.errors.line(Self.full) }
        hasSaidFull = true
      }
      let now = ["waiting", "until", "warning"].map { view[$0]?.string }
      defer { present = now }
      // One that says only when to look again says nothing of the run.
      return now != present && now.contains { $0 != nil }
    }

    private static let full =
      "note: as many follow logs as the service has places for, so that news of this run may come some seconds late"
  }

  /// The run's state at its end.
  private func follow(_ each: (ArraySlice<UInt8>) -> Void) async throws -> String {
    var progress = Progress()
    while true {
      var lost: CommandFailure?
      progress.wait = Self.shortestWait
      do {
        let query = [(name: "after", value: String(progress.last)), (name: "follow", value: "true")]
        let path = APIPath("api", "runs", run, "log", query: query)
        try await api.lines(path, isOpenEnded: true) { line in
          guard let view = JSONView(line), progress.take(view) else { return }
          each(line)
        }
        progress.hasBegun = true
      } catch let failure as CommandFailure where failure.outcome == .unavailable && progress.hasBegun {
        // The run goes on where the service left it, and so does its log.
        lost = failure
      }
      if let state = progress.state { return state }
      guard progress.attemptsLeft > 0 else {
        throw CommandFailure(
          .unavailable, lost?.sentence ?? "the service ended the log before the run's end, again and again",
          remedy: "`chancery log \(run) --follow` goes on.")
      }
      progress.attemptsLeft -= 1
      try await Task.sleep(for: .seconds(progress.wait))
    }
  }
}
