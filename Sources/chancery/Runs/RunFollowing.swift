import ArgumentParser

/// Follows the log of one run to its end, across restarts of the service.
struct RunFollowing: Sendable {
  let api: APIClient
  let run: String

  /// How often a lost connection is taken up again without a new line in between, a second apart.
  private static let attempts = 30

  /// Writes every line as it comes. Returns when the run succeeded; throws exit code 1 when it did not, `unavailable`
  /// when the service stays away.
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

  /// The run's state at its end.
  private func follow(_ each: (ArraySlice<UInt8>) -> Void) async throws -> String {
    var last = 0
    var attemptsLeft = Self.attempts
    var hasBegun = false
    while true {
      var state: String?
      do {
        let query = [(name: "after", value: String(last)), (name: "follow", value: "true")]
        let path = APIPath("api", "runs", run, "log", query: query)
        try await api.lines(path, isOpenEnded: true) { line in
          guard let view = JSONView(line) else { return }
          if let sequence = view["seq"]?.integer { last = max(last, sequence) }
          attemptsLeft = Self.attempts
          hasBegun = true
          if view["event"]?.string == "ended" { state = view["state"]?.string }
          each(line)
        }
        hasBegun = true
      } catch let failure as CommandFailure where failure.outcome == .unavailable && hasBegun && attemptsLeft > 0 {
        // The run goes on where the service left it, and so does its log.
      }
      if let state { return state }
      guard attemptsLeft > 0 else {
        throw CommandFailure(
          .unavailable, "the service does not answer any more", remedy: "`chancery log \(run) --follow` goes on.")
      }
      attemptsLeft -= 1
      try await Task.sleep(for: .seconds(1))
    }
  }
}
