import ArgumentParser

/// `runbooks`: what there is to start.
struct RunbooksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runbooks", abstract: "List the runbooks: state, how they start, what stands in the way.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var json: JSONOption

  @Option(help: ArgumentHelp("Those of this group alone.", valueName: "name"))
  var group: String?

  func run() async throws {
    try await APIClient.connect(client) { api in
      let answer = try await api.send(
        .GET, APIPath("api", "runbooks", query: group.map { [(name: "group", value: $0)] } ?? []))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let view = try answer.json(api.address)
      DocumentListing.tellUnreadable(view, "runbook")
      let runbooks = view["runbooks"]?.items ?? []
      guard !runbooks.isEmpty else {
        return Terminal.output.line(
          group == nil
            ? "there are no runbooks; `chancery import FILE` brings some" : "there are no runbooks in this group")
      }
      var table = Table(["ID", "NAME", "GROUP", "STATE", "REVISION", "START", "HANDSHAKE", "NOTE"], rightAligned: [4])
      for runbook in runbooks { table.add(row(runbook, api.address)) }
      table.write(to: .output)
    }
  }

  private func row(_ runbook: JSONView, _ address: ServiceAddress) -> [String] {
    let start = runbook["start_url"]?.string.map { StartURL.absolute($0, address) }
    return [
      runbook["id"]?.shown ?? "", runbook["name"]?.shown ?? "", runbook["group"]?.shown ?? "",
      state(runbook), runbook["revision"]?.shown ?? "",
      start ?? runbook["start"]?.shown ?? "", runbook["handshake"]?["profile"]?.shown ?? "", note(runbook),
    ]
  }

  private func state(_ runbook: JSONView) -> String {
    let state = runbook["is_active"]?.bool == true ? "active" : "inactive"
    return runbook["is_paused"]?.bool == true ? "\(state), paused" : state
  }

  private func note(_ runbook: JSONView) -> String {
    ([disabling(runbook), runbook["endpoint_fault"]?.shown].compactMap { $0 }
      + (runbook["endpoint_notes"]?.strings ?? [])).joined(separator: " ")
  }

  /// Where failed runs disabled it: how many, and what helps.
  private func disabling(_ runbook: JSONView) -> String? {
    guard let failures = runbook["disabled_after_failures"]?.integer else { return nil }
    let runs = failures == 1 ? "a failed run" : "\(failures) failed runs in a row"
    return "Disabled after \(runs); `chancery runbook enable \(runbook["id"]?.shown ?? "RUNBOOK")` enables it."
  }
}
