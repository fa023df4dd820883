import ArgumentParser
import Redaction

/// `redact`: the scanner of the service as a filter, for log shippers and build machines. It asks no service.
struct RedactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Mask known secrets in what comes on standard input.",
    discussion: """
      Every secret is found as it is and in the forms that programs give it (escaped, percent-encoded, base64 at every \
      alignment, hexadecimal, UTF-16, another case, wrapped lines, inside base64, hexadecimal, percent and gzip), \
      however the input is cut. All other bytes pass as they are. At most 64 KiB are held back; with --line-buffered, \
      and on a terminal, each line leaves at once, and what spans lines is not found.

      The file of secrets has one a line, or JSON lines: {"name": "api_token", "value": "…"}. Names are shown in \
      masks, values never. A secret that is too short or too plain to be masked anywhere is an error, unless --weak \
      lets it be masked where it stands alone.

      A host that should not have the secrets gets a blind set of them instead: made once with --make-patterns, \
      searched for with --patterns. It recognises secrets and cannot write them down; with its key file it tells \
      whether a guess is right, so passwords and short secrets are refused.
      """)

  @Option(
    help: ArgumentHelp("The secrets, one a line or JSON lines.", valueName: "file"), completion: .file())
  var secrets: String?

  @Option(
    help: ArgumentHelp("A blind set, made with --make-patterns, to search for as well.", valueName: "file"),
    completion: .file())
  var patterns: String?

  @Option(
    help: ArgumentHelp("The key file of the blind set; FILE.key if it is not given.", valueName: "file"),
    completion: .file())
  var patternKey: String?

  @Option(
    help: ArgumentHelp("Make a blind set of the secrets, and its key file; read nothing.", valueName: "file"),
    completion: .file())
  var makePatterns: String?

  @Option(
    help: ArgumentHelp("With --make-patterns: where the key goes; FILE.key if it is not given.", valueName: "file"),
    completion: .file())
  var keyFile: String?

  @Flag(help: "With --make-patterns: keep the secrets' names in the set, in the clear.")
  var names = false

  @Flag(
    help: "Mask what has the shape of a well-known token as well: cloud keys, access tokens, private keys, cards, …")
  var shapes = false

  @Flag(help: "Mask short and plain secrets where no letter or digit touches them.")
  var weak = false

  @Flag(help: "Say on standard error how often each secret was masked.")
  var summary = false

  @Flag(help: "Write each line at once.")
  var lineBuffered = false

  func validate() throws {
    if makePatterns != nil {
      guard secrets != nil else { throw ValidationError("name the secrets of the blind set: --secrets FILE") }
      guard patterns == nil, patternKey == nil, !shapes, !weak, !summary, !lineBuffered else {
        throw ValidationError("--make-patterns takes --secrets, --key-file and --names, and nothing else")
      }
      return
    }
    guard keyFile == nil, !names else {
      throw ValidationError("--key-file and --names belong to --make-patterns; a set's key is named by --pattern-key")
    }
    guard patternKey == nil || patterns != nil else {
      throw ValidationError("--pattern-key belongs to a blind set: name it with --patterns FILE")
    }
    guard secrets != nil || patterns != nil || shapes else {
      throw ValidationError("name what to mask: --secrets FILE, --patterns FILE, --shapes, or several of them")
    }
  }

  func run() async throws {
    if let makePatterns, let secrets {
      try PatternFile.make(makePatterns, key: keyFile ?? makePatterns + ".key", of: secrets, keepsNames: names)
      return
    }
    var matcher = SecretMatcher.empty
    if let secrets { matcher = try SecretFile.matcher(secrets, weak: weak ? .borderOnly : .refuse) }
    var set: BlindSet?
    if let patterns { set = try PatternFile.read(patterns, key: patternKey ?? patterns + ".key") }
    var filter = RedactionFilter(
      matcher: matcher, patterns: set, findsShapes: shapes,
      isLineByLine: lineBuffered || Terminal.output.isInteractive)
    try filter.run()
    if summary { filter.writeSummary() }
    if let reason = filter.withheld {
      throw CommandFailure(.notSo, "the rest of the input was withheld: \(reason.sentence)")
    }
  }
}
