import Access
import ArgumentParser
import Encodings

/// `policy`: checking and writing policies.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Check or write a policy.", subcommands: [Check.self, Put.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Name every fault of policies, with file, line and column. No service is asked.")

    @Argument(help: ArgumentHelp("Policies, in HCL or JSON.", valueName: "file"), completion: .file())
    var files: [String]

    func run() async throws {
      var isFaulty = false
      for file in files {
        switch try PolicyFile.read(try PolicyFile.text(file), name: "policy") {
        case .success(let policy):
          for warning in policy.warnings { Terminal.output.line(FaultLine.shown(warning.rendered(file: file))) }
          Terminal.output.line("\(SafeText.show(file)): \(Count.text(policy.rules.count, "rule")), no errors")
        case .failure(let refusal):
          isFaulty = true
          for fault in refusal.faults { Terminal.output.line(FaultLine.shown(fault.rendered(file: file))) }
        }
      }
      if isFaulty { throw ExitCode(CommandFailure.Outcome.notSo.rawValue) }
    }
  }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a policy. It holds from the next request on.")

    @OptionGroup var client: ClientOptions

    @Argument(help: "The policy's name: a-z, 0-9, dot, underscore, hyphen.")
    var name: String

    @Argument(
      help: ArgumentHelp("The policy, in HCL or JSON; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    func run() async throws {
      let text = try PolicyFile.text(file)
      if case .failure(let refusal) = try PolicyFile.read(text, name: name) {
        for fault in refusal.faults { Terminal.output.line(FaultLine.shown(fault.rendered(file: file))) }
        throw CommandFailure(.notSo, "the policy has errors; nothing was written")
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("policy")
      writer.string(text)
      writer.endObject()
      let body = writer.finish()
      try await APIClient.connect(client) { api in
        let path = APIPath("v1", "sys", "policies", "acl", name)
        let answer = try await api.send(.PUT, path, body: body, expecting: [200, 204])
        for warning in JSONView(answer.body)?["warnings"]?.strings ?? [] {
          Terminal.errors.line("warning: \(SafeText.show(warning))")
        }
        Terminal.output.line("policy \(SafeText.show(name)) is written")
      }
    }
  }
}

/// Policies in files.
private enum PolicyFile {
  static func text(_ file: String) throws(CommandFailure) -> String {
    try InputFile.readText(file, limit: AccessLimits.policyBytes)
  }

  /// Throws `usage` where the name is none. A check has no name yet; no fault depends on it.
  static func read(_ text: String, name: String) throws(CommandFailure) -> Result<Policy, PolicyRefusal> {
    let policyName: PolicyName
    do throws(AccessError) {
      policyName = try PolicyName(name)
    } catch {
      throw CommandFailure(
        .usage, "this is no name of a policy",
        remedy: "A name has 1 to 128 characters of a-z, 0-9, dot, underscore and hyphen; root is reserved.")
    }
    return PolicyParser.parse(text, name: policyName)
  }
}
