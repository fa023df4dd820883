import ArgumentParser
import Encodings

/// `groups`: the groups of runbooks.
struct GroupsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "groups", abstract: "List the groups of runbooks, with how many are in each.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.GET, APIPath("api", "groups"))
      guard !json.isOn else { return Terminal.output.write(answer.body + [0x0A]) }
      let groups = try answer.json(api.address)["groups"]?.items ?? []
      guard !groups.isEmpty else { return Terminal.output.line("there are no groups") }
      var table = Table(["GROUP", "RUNBOOKS"], rightAligned: [1])
      for group in groups { table.add([group["name"]?.shown ?? "", group["runbooks"]?.shown ?? ""]) }
      table.write(to: .output)
    }
  }
}

/// `group create|rename|delete NAME`.
struct GroupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "group", abstract: "Create, rename or delete a group of runbooks.",
    subcommands: [Create.self, Rename.self, Delete.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Create an empty group.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The group's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        _ = try await api.send(.PUT, APIPath("api", "groups", name))
        Terminal.output.line("created the group \(SafeText.show(name))")
      }
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a group and the runbooks in it another name.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The group's name.")
    var name: String

    @Argument(help: "Its new name.")
    var new: String

    func run() async throws {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("name")
      writer.string(new)
      writer.endObject()
      let body = writer.finish()
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.POST, APIPath("api", "groups", name, "rename"), body: body)
        let members = try answer.json(api.address)["runbooks"]?.shown ?? ""
        Terminal.output.line("the group \(SafeText.show(name)) is \(SafeText.show(new)); runbooks in it: \(members)")
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a group. The runbooks in it stay, in no group.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The group's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.DELETE, APIPath("api", "groups", name))
        let members = try answer.json(api.address)["runbooks"]?.shown ?? ""
        Terminal.output.line("deleted the group \(SafeText.show(name)); runbooks that are in no group now: \(members)")
      }
    }
  }
}
