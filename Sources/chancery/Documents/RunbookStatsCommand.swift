import ArgumentParser

extension RunbookCommand {
  /// `runbook stats NAME`.
  struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a runbook's figures, over windows that end now, and its schedules.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The runbook's id or name.", valueName: "runbook"))
    var name: String

    @OptionGroup var json: JSONOption

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, APIPath("api", "runbooks", name, "stats"))
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let view = try answer.json(api.address)
        for (title, value) in [
          ("average steps executed (30 days)", shown(view["average_steps_executed"])),
          ("maximum steps executed (30 days)", shown(view["max_steps_executed"])),
          ("average execution time (30 days)", time(view["average_execution_ms"])),
          ("maximum execution time (30 days)", time(view["max_execution_ms"])),
          ("runs in the last day", shown(view["runs_last_day"])),
          ("runs in the last week", shown(view["runs_last_week"])),
          ("failed runs in a row", shown(view["failures_in_a_row"])),
          ("runs that are paused", shown(view["runs_paused"])),
        ] {
          Terminal.output.line("\(title): \(value)")
        }
        let schedules = view["schedules"]?.items ?? []
        guard !schedules.isEmpty else { return }
        var table = Table(["SCHEDULE", "ZONE", "LAST (UTC)", "NEXT (UTC)", "MISSED"], rightAligned: [4])
        for schedule in schedules {
          table.add([
            schedule["cron"]?.shown ?? "", schedule["zone"]?.shown ?? "", Moment.text(schedule["last"]?.string),
            Moment.text(schedule["next"]?.string), schedule["missed"]?.shown ?? "",
          ])
        }
        table.write(to: .output)
      }
    }

    private func shown(_ view: JSONView?) -> String {
      guard let view, !view.isNull else { return "–" }
      return view.shown
    }

    /// The milliseconds without their fraction.
    private func time(_ view: JSONView?) -> String {
      guard let view, !view.isNull else { return "–" }
      return Int(view.shown.prefix { $0 != "." }).map(Span.text) ?? view.shown
    }
  }
}
