import ArgumentParser
import NamedKeys
import Webhooks

/// `key`: the named keys.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Named keys, which sign and encrypt for others and never leave the service.",
    subcommands: [
      Create.self, List.self, Show.self, Rotate.self, Config.self, Trim.self, Delete.self, Restore.self,
    ])

  /// The answer of everything that changes a key.
  static func show(_ answer: APIAnswer, _ api: APIClient) throws {
    let key = try answer.json(api.address)
    var table = Table([
      "NAME", "TYPE", "PURPOSE", "DERIVED", "LATEST", "DECRYPTS FROM", "ENCRYPTS FROM", "ROTATES", "DESTROYED AT",
    ])
    table.add([
      key["name"]?.shown ?? "", key["type"]?.shown ?? "", key["purpose"]?.shown ?? "",
      key["derived"]?.bool == true ? "yes" : "no",
      key["latest_version"]?.shown ?? "", key["min_decryption_version"]?.shown ?? "",
      key["min_encryption_version"]?.shown ?? "", rotation(key["rotation_period"]?.integer),
      Moment.text(key["destroyed_at"]?.string),
    ])
    table.write(to: .output)
    var versions = Table(["VERSION", "MADE", "USES"])
    for version in key["versions"]?.items ?? [] {
      versions.add([
        version["version"]?.shown ?? "", Moment.text(version["created_at"]?.string), version["uses"]?.shown ?? "",
      ])
    }
    versions.write(to: .output)
    let verifying = (key["latest_version"]?.integer ?? 0) - (key["min_decryption_version"]?.integer ?? 0) + 1
    guard key["purpose"]?.string == "messages", verifying >= mostTried else { return }
    Terminal.output.line(
      verifying > mostTried
        ? "note: \(verifying) versions verify; public starts try the newest \(mostTried) only"
        : "note: \(verifying) versions verify, as many as public starts try; the next rotation leaves the oldest out")
  }

  /// When a key rotates by itself, in days where it is days.
  private static func rotation(_ seconds: Int?) -> String {
    guard let seconds else { return "by hand" }
    return seconds.isMultiple(of: 86_400) ? "every \(seconds / 86_400) days" : "every \(seconds) seconds"
  }

  /// Versions that an endpoint tries (`WebhookLimits.keysPerEndpoint`).
  private static let mostTried = WebhookLimits.keysPerEndpoint

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a key.")

    @OptionGroup var client: ClientOptions

    @Option(
      help: ArgumentHelp("One of \(KeyType.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "type"))
    var type: String

    @Option(help: "signing, messages (bare messages in the form of others), or encryption; what the type is for first.")
    var purpose: String?

    @Flag(help: "Each use names a context, and each context has a key of its own.")
    var derived = false

    @Option(help: ArgumentHelp("Rotate by itself after so many days.", valueName: "days"))
    var rotateAfter: Int?

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      var body = KeyBody()
      body.text("type", type)
      body.text("purpose", purpose)
      body.flag("derived", derived)
      body.integer("rotation_period", try KeyBody.seconds(ofDays: rotateAfter, of: "--rotate-after"))
      let bytes = body.finish()
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.POST, KeyPath.key(name), body: bytes, expecting: [201]), api)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the keys' names.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await APIClient.connect(client) { api in
        let names = try await api.send(.GET, APIPath("api", "keys")).json(api.address)["keys"]?.strings ?? []
        guard !names.isEmpty else { return Terminal.errors.line("there are no keys") }
        for name in names { Terminal.output.line(SafeText.show(name)) }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a key's versions and settings, or its public key.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var json: JSONOption

    @Flag(help: "Print the public key alone: PEM; of ML-DSA the bare key in base 64.")
    var publicKey = false

    @Option(help: ArgumentHelp("Of this version, with --public-key; else of the newest.", valueName: "number"))
    var keyVersion: Int?

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        let answer = try await api.send(.GET, KeyPath.key(name))
        if publicKey {
          let key = try answer.json(api.address)
          let wanted = keyVersion ?? key["latest_version"]?.integer
          let version = key["versions"]?.items.first { $0["version"]?.integer == wanted }
          guard let text = version?["public_key"]?.string else {
            throw CommandFailure(.notSo, "the key has no such public key")
          }
          Terminal.output.write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
        } else if json.isOn {
          Terminal.output.write(answer.body + [0x0A])
        } else {
          try KeyCommand.show(answer, api)
        }
      }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a version, which is used from now on.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.POST, KeyPath.key(name, "rotate")), api)
      }
    }
  }

  struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change which versions are used, and when a key rotates.")

    @OptionGroup var client: ClientOptions

    @Option(help: ArgumentHelp("The oldest version that decrypts and verifies.", valueName: "version"))
    var minDecryption: Int?

    @Option(
      help: ArgumentHelp("The oldest version that encrypts and signs; 0: no further bound.", valueName: "version"))
    var minEncryption: Int?

    @Option(help: ArgumentHelp("Rotate by itself after so many days; 0: not.", valueName: "days"))
    var rotateAfter: Int?

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      var body = KeyBody()
      body.integer("min_decryption_version", minDecryption)
      body.integer("min_encryption_version", minEncryption)
      body.integer("rotation_period", try KeyBody.seconds(ofDays: rotateAfter, of: "--rotate-after"))
      let bytes = body.finish()
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.POST, KeyPath.key(name, "config"), body: bytes), api)
      }
    }
  }

  struct Trim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Destroy the material of old versions, which do not decrypt any more.")

    @OptionGroup var client: ClientOptions

    @Option(help: ArgumentHelp("The oldest version to keep.", valueName: "version"))
    var below: Int

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      var body = KeyBody()
      body.integer("min_available_version", below)
      let bytes = body.finish()
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.POST, KeyPath.key(name, "trim"), body: bytes), api)
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a key: it does nothing from now on, and is destroyed after a waiting time.")

    @OptionGroup var client: ClientOptions

    @Option(
      help: ArgumentHelp("How many days it can be restored: 1 to 366; 30 where nothing is said.", valueName: "days"))
    var waiting: Int?

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      var body = KeyBody()
      body.integer("waiting_time", try KeyBody.seconds(ofDays: waiting, of: "--waiting"))
      let bytes = body.finish()
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.DELETE, KeyPath.key(name), body: bytes), api)
      }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a deletion back before its time has come.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
      try await APIClient.connect(client) { api in
        try KeyCommand.show(try await api.send(.POST, KeyPath.key(name, "restore")), api)
      }
    }
  }
}
