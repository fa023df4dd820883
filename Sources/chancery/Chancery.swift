import ArgumentParser
import Glibc
import Keyring
import Runner
import Storage

/// The one binary: the service, and the commands that talk to it. It begins in `EntryPoint`.
struct Chancery: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chancery",
    abstract: "A self-hosted service for secrets and the runbooks that use them.",
    discussion: """
      Client commands talk to the service at --address or CHANCERY_ADDR (http://127.0.0.1:8200 where neither is given) \
      with the token in the file of --token-file, in CHANCERY_TOKEN, or of `chancery login`. CHANCERY_CACERT names a file of further trusted \
      certificates. NO_COLOR switches colours off.

      Exit codes: 0 fine, 1 the thing asked about is not so, 2 wrong usage, 3 the service is unreachable or sealed.
      """,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "The service",
        subcommands: [ServeCommand.self, OperatorCommand.self]),
      CommandGroup(
        name: "Documents",
        subcommands: [
          CheckCommand.self, ImportCommand.self, ExportCommand.self, RunbooksCommand.self, RunbookCommand.self,
          IntegrationsCommand.self, IntegrationCommand.self, DataSourcesCommand.self, DataSourceCommand.self,
          SchemesCommand.self, SchemeCommand.self, TemplatesCommand.self, TemplateCommand.self, TestCommand.self,
          VersionsCommand.self, DiffCommand.self,
          RollbackCommand.self, GroupsCommand.self, GroupCommand.self,
        ]
      ),
      CommandGroup(
        name: "Runs",
        subcommands: [
          StartCommand.self, RunsCommand.self, LogCommand.self, CancelCommand.self, PauseCommand.self,
          ResumeCommand.self, RetryCommand.self,
          ReplayCommand.self,
          ApproveCommand.self,
          RefuseCommand.self, RequestsCommand.self,
          OutboxCommand.self, NotificationsCommand.self, MailCommand.self,
        ]),
      CommandGroup(
        name: "Secrets",
        subcommands: [
          KVCommand.self, SetCommand.self, AuthorizeCommand.self, GrantCommand.self, GrantsCommand.self,
          RevealCommand.self, ExecCommand.self, RedactCommand.self,
        ]),
      CommandGroup(
        name: "Keys",
        subcommands: [
          KeyCommand.self, SignCommand.self, VerifyCommand.self, EncryptCommand.self, DecryptCommand.self,
          HMACCommand.self,
        ]),
      CommandGroup(
        name: "Access and evidence",
        subcommands: [
          LoginCommand.self, LogoutCommand.self, UserCommand.self, TokenCommand.self, PolicyCommand.self,
          LedgerCommand.self, VerifyReceiptCommand.self,
        ]),
    ])

  static var _errorLabel: String { "error" }

  /// Reads the command line and runs the command.
  ///
  /// What the service must do to the process first stands at the beginning of its command, and in `EntryPoint`.
  static func main() async {
    do {
      var command = try await asyncParseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      end(with: error)
    }
  }

  /// Says what went wrong, in one sentence and without any value, and ends with the exit code of its kind.
  private static func end(with error: any Error) -> Never {
    if let failure = CommandFailure(error) {
      Terminal.errors.line(failure.rendered)
      Glibc.exit(failure.outcome.rawValue)
    }
    let code = exitCode(for: error)
    let text = fullMessage(for: error)
    guard !code.isSuccess else {
      Terminal.output.line(text)
      Glibc.exit(0)
    }
    switch error {
    case is ExitCode: Glibc.exit(code.rawValue)
    case _ where code == .validationFailure:
      Terminal.errors.line(text)
      Glibc.exit(CommandFailure.Outcome.usage.rawValue)
    default:
      // An error of a kind that nobody foresaw: its text could hold anything, its type cannot.
      Terminal.errors.line("error: an unexpected fault of the kind \(type(of: error))")
      Glibc.exit(CommandFailure.Outcome.notSo.rawValue)
    }
  }
}

extension CommandFailure {
  /// The failure that an error of a room means to whoever gave the command; nil for errors of other kinds.
  init?(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let fault as KeyringError: self.init(.notSo, fault.operatorMessage, remedy: fault.remedy)
    case let fault as StoreFault: self.init(.notSo, fault.sentence)
    case let fault as ServiceFault: self.init(.notSo, fault.sentence)
    default: return nil
    }
  }
}
