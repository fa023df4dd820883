import ArgumentParser
import Encodings

/// `notifications`: what the caller's own login was told.
struct NotificationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notifications", abstract: "List what your login was told, or mark it as read.",
    discussion: """
      Logins are told of failed runs where `chancery user put --error-notifications` says so. `chancery notifications` alone \
      lists; it takes the options of `notifications list`: --unread, --json.
      """,
    subcommands: [List.self, Read.self], defaultSubcommand: List.self)

  /// `notifications list`, which is also `notifications` alone.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List notifications, the newest first.")

    @OptionGroup var client: ClientOptions

    @Flag(help: "Only what was not marked as read.")
    var unread = false

    @OptionGroup var json: JSONOption

    func run() async throws {
      let path = APIPath("api", "notifications", query: unread ? [("unread", "true")] : [])
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, path)
        guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
        let items = try answer.json(api.address)["notifications"]?.items ?? []
        guard !items.isEmpty else { return Terminal.output.line("there are no notifications") }
        var table = Table(["NOTIFICATION", "AT (UTC)", "TEXT", "RUN", "READ"])
        for item in items {
          table.add([
            item["id"]?.shown ?? "", Moment.text(item["at"]?.string), item["text"]?.shown ?? "",
            item["run_id"]?.shown ?? "", Moment.text(item["read_at"]?.string),
          ])
        }
        table.write(to: .output)
      }
    }
  }

  /// `notifications read [ID]`.
  struct Read: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Mark a notification as read, or all of them.")

    @OptionGroup var client: ClientOptions

    @Argument(help: ArgumentHelp("The notification, by id; all where none is named.", valueName: "notification"))
    var id: String?

    func run() async throws {
      var writer = JSONWriter()
      writer.beginObject()
      if let id {
        writer.key("id")
        writer.string(id)
      }
      writer.endObject()
      let body = writer.finish()
      try await APIClient.connect(client) { api in
        _ = try await api.send(.POST, APIPath("api", "notifications", "read"), body: body, expecting: [204])
        Terminal.output.line(id.map { "\(SafeText.show($0)) is read" } ?? "all notifications are read")
      }
    }
  }
}
