import ArgumentParser
import SecretStore

/// `kv`: the key/value store of secrets.
struct KVCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kv",
    abstract: "Secrets in the key/value store.",
    subcommands: [KVPutCommand.self, KVGetCommand.self, KVListCommand.self, KVDeleteCommand.self])
}

/// Paths of the store on the command line and in routes.
enum SecretPath {
  /// Reads `kv/openai`. Throws `usage`.
  static func read(_ text: String) throws(CommandFailure) -> KVPath {
    let path: KVPath
    do throws(SecretStoreError) {
      path = try KVPath(text)
    } catch {
      throw CommandFailure(.usage, "this is no path of the store: \(error.message)")
    }
    guard path.mount == mount else {
      throw CommandFailure(
        .usage, "this is no path of the store", remedy: "Paths begin with \(mount)/, such as kv/openai.")
    }
    return path
  }

  /// `/v1/kv/data/openai`
  static func data(_ path: KVPath) -> APIPath { route("data", path) }

  /// `/v1/kv/metadata/openai`
  static func metadata(_ path: KVPath) -> APIPath { route("metadata", path) }

  private static func route(_ kind: String, _ path: KVPath) -> APIPath {
    APIPath(["v1", path.mount, kind] + path.segments.dropFirst())
  }

  static let mount = "kv"
}
