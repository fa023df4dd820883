import ArgumentParser
import Cryptography
import Encodings
import Foundation
import Glibc
import Redaction
import Synchronization

/// `exec -- COMMAND`: a program with secrets in its environment, and with what it prints masked.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a program with secrets from the service, and mask them in what it prints.",
    discussion: """
      Each --env reads one field of a secret (an entry in the ledger) into a variable of the program's environment. What \
      the program writes to standard output and standard error passes the same scanner as logs. Its exit code is kept; a \
      program that a signal ended gives 128 and the signal's number. The token of the service is not handed on.

        chancery exec --env DATABASE_PASSWORD=kv/prod/db#password -- ./migrate --verbose
      """)

  @OptionGroup var client: ClientOptions

  @Option(help: ArgumentHelp("A variable and the field that it is set to.", valueName: "name=path#field"))
  var env: [String] = []

  @Flag(help: "Write each line at once, as on a terminal.")
  var lineBuffered = false

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("The program and its arguments, after --.", valueName: "command"))
  var command: [String]

  func validate() throws {
    guard !command.isEmpty else { throw ValidationError("name the program to run after --") }
    guard !env.isEmpty else { throw ValidationError("name at least one variable with --env NAME=PATH#FIELD") }
  }

  func run() async throws {
    let wanted = try env.map(SecretVariable.init)
    guard Set(wanted.map(\.name)).count == wanted.count else {
      throw CommandFailure(.usage, "a variable is named twice with --env")
    }
    var values: [(name: String, value: String)] = []
    try await APIClient.connect(client) { api in
      for variable in wanted { values.append((variable.name, try await variable.value(from: api))) }
    }
    let code = try MaskedProgram(command, environment: values, isLineByLine: lineBuffered).run()
    if code != 0 { throw ExitCode(code) }
  }
}

/// `NAME=PATH#FIELD`.
private struct SecretVariable {
  let name: String
  private let path: KVPathText
  private let field: String

  private typealias KVPathText = String

  init(_ text: String) throws(CommandFailure) {
    guard let equals = text.firstIndex(of: "="), let hash = text[equals...].lastIndex(of: "#") else {
      throw CommandFailure(.usage, "--env \(text) is not of the form NAME=PATH#FIELD, such as TOKEN=kv/api#token")
    }
    name = String(text[..<equals])
    path = String(text[text.index(after: equals)..<hash])
    field = String(text[text.index(after: hash)...])
    let isName =
      !name.isEmpty && name.first?.isNumber == false
      && name.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || (0x30...0x39).contains($0) || $0 == 0x5F }
    guard isName else {
      throw CommandFailure(.usage, "\(name) is no name of a variable: letters, digits and _, no digit first")
    }
    guard !field.isEmpty else { throw CommandFailure(.usage, "--env \(text) names no field after #") }
  }

  func value(from api: APIClient) async throws -> String {
    let path = try SecretPath.read(path)
    let answer = try await api.exchange(.GET, SecretPath.data(path))
    if answer.status == 404 { throw CommandFailure(.notSo, "there is no secret \(path.text)") }
    guard answer.status == 200 else { throw answer.failure(address: api.address) }
    guard let value = try answer.json(api.address)["data"]?["data"]?[field]?.string else {
      throw CommandFailure(.notSo, "\(path.text) has no field \(field)")
    }
    guard !value.utf8.contains(0) else {
      throw CommandFailure(.notSo, "\(path.text)#\(field) holds a zero byte, which no environment can")
    }
    return value
  }
}

/// A child process whose output is masked.
private struct MaskedProgram {
  private let arguments: [String]
  private let environment: [String]
  private let matcher: SecretMatcher
  private let isLineByLine: Bool

  /// Where a signal that is meant for the program goes; 0 before it runs.
  private static let child = Atomic<Int32>(0)

  init(_ arguments: [String], environment: [(name: String, value: String)], isLineByLine: Bool) throws(CommandFailure) {
    self.arguments = arguments
    self.isLineByLine = isLineByLine
    let names = Set(environment.map(\.name))
    self.environment =
      ProcessInfo.processInfo.environment.filter { !names.contains($0.key) && $0.key != "CHANCERY_TOKEN" }
      .map { "\($0.key)=\($0.value)" } + environment.map { "\($0.name)=\($0.value)" }
    var builder = MatcherBuilder(hashSeed: RandomBytes.make(8).reduce(0) { $0 << 8 | UInt64($1) })
    for (name, value) in environment {
      let shown = SecretName(name, keyedHash: Digest.sha256(Array(name.utf8)))
      if case .failure(let refusal) = builder.add(Array(value.utf8), name: shown, weak: .borderOnly) {
        throw CommandFailure(.notSo, "\(name) cannot be masked: \(refusal.sentence)")
      }
    }
    matcher = builder.build()
  }

  /// Runs the program to its end. The exit code, or 128 and the number of the signal that ended it.
  func run() throws(CommandFailure) -> Int32 {
    let output = try Self.pipe()
    let errors = try Self.pipe()
    let child = try spawn(output: output.write, errors: errors.write)
    Self.child.store(child, ordering: .sequentiallyConsistent)
    for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
      // The terminal sends the last two to the program as well; here they must only not end the filter.
      Glibc.signal(signal) { number in
        let child = MaskedProgram.child.load(ordering: .sequentiallyConsistent)
        if child > 0, number == SIGTERM || number == SIGHUP { kill(child, number) }
      }
    }
    close(output.write)
    close(errors.write)
    let pump = ErrorPump(matcher: matcher, input: errors.read)
    pump.begin()
    var filter = RedactionFilter(matcher: matcher, input: output.read, isLineByLine: isLineByLine)
    try filter.run()
    pump.end()
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  private static func pipe() throws(CommandFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else {
      throw CommandFailure(.notSo, "no pipe can be made: \(SystemCause.of(errno))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private func spawn(output: Int32, errors: Int32) throws(CommandFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer {
      for pointer in argv { free(pointer) }
      for pointer in envp {
        guard let pointer else { continue }
        // The copy that held values.
        explicit_bzero(pointer, strlen(pointer))
        free(pointer)
      }
    }
    var child: pid_t = 0
    let code = posix_spawnp(&child, arguments[0], &actions, nil, &argv, &envp)
    guard code == 0 else {
      throw CommandFailure(.notSo, "\(arguments[0]) cannot be run: \(SystemCause.of(code))")
    }
    return child
  }
}

/// Standard error of the program, through a scanner of its own on a thread of its own.
private final class ErrorPump: Sendable {
  private let matcher: SecretMatcher
  private let input: Int32
  private let thread = Mutex<pthread_t?>(nil)

  init(matcher: SecretMatcher, input: Int32) {
    self.matcher = matcher
    self.input = input
  }

  func begin() {
    thread.withLock { thread in
      var started = pthread_t()
      let this = Unmanaged.passRetained(self).toOpaque()
      let code = pthread_create(
        &started, nil,
        { context in
          guard let context else { return nil }
          Unmanaged<ErrorPump>.fromOpaque(context).takeRetainedValue().pump()
          return nil
        }, this)
      if code == 0 { thread = started }
    }
  }

  private func pump() {
    // What programs say about errors is for people, who wait for it.
    var filter = RedactionFilter(matcher: matcher, input: input, output: .errors, isLineByLine: true)
    try? filter.run()
  }

  /// Waits for the end of standard error.
  func end() {
    if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
  }
}
