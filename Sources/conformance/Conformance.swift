import Glibc

/// Judges test vectors of others: verdicts on standard output, one a line, and nothing else there.
///
/// Not installed. Exit codes: 0 all cases were read, 2 usage or a part that does not exist yet, 1 input that cannot be
/// read.
@main
enum Conformance {
  static let usage = """
    usage: conformance webhooks            one case a line on standard input; accept or reject a line
           conformance webhooks --built-in likewise, by the scheme of that name that comes with the program
           conformance wycheproof FILE     tcId accept|reject a line
           conformance rfc9421 FILE        id verdict a line: valid|invalid, equal|differs, accept|reject
           conformance confine FOLDER PORT confines itself as the service does, and says what it still can do
           conformance watch WAY CANARY    divides itself from a watcher as the service does, and crashes
    """

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("webhooks", 1): judgeWebhooks(.beside)
    case ("webhooks", 2) where arguments[1] == "--built-in": judgeWebhooks(.builtIn)
    case ("wycheproof", 2): judgeWycheproof(arguments[1])
    case ("rfc9421", 2): judgeRFC9421(arguments[1])
    case ("confine", 3): ConfinedProbe.run(folder: arguments[1], port: arguments[2])
    case ("watch", 3): WatchedProbe.run(way: arguments[1], canary: arguments[2])
    case ("--help", _), ("-h", _): print(usage)
    default: fail(usage, code: 2)
    }
  }

  private static func judgeWebhooks(_ schemes: WebhookJudge.Schemes) {
    let judge = WebhookJudge(schemes: schemes, report: tell)
    while let line = readLine() {
      if line.isEmpty { continue }
      print(judge.accepts(line) ? "accept" : "reject")
      // Whoever feeds us case by case waits for the answer.
      fflush(nil)
    }
  }

  private static func judgeWycheproof(_ path: String) {
    do throws(WycheproofFault) {
      for (id, isAccepted) in try WycheproofFile.judge(path) { print("\(id) \(isAccepted ? "accept" : "reject")") }
    } catch {
      fail(error.message, code: error.exitCode)
    }
  }

  private static func judgeRFC9421(_ path: String) {
    do throws(RFC9421Judge.Fault) {
      for (id, verdict) in try RFC9421Judge(path: path).judge() { print("\(id) \(verdict)") }
    } catch {
      fail(error.message, code: 1)
    }
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    fflush(nil)
    tell(message)
    exit(code)
  }

  private static func tell(_ message: String) {
    let text = Array("conformance: \(message)\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
  }
}
