import ArgumentParser
import Cryptography
import Encodings
import Glibc
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
      """)

  @Option(
    help: ArgumentHelp("The secrets, one a line or JSON lines.", valueName: "file"), completion: .file())
  var secrets: String?

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
    guard secrets != nil || shapes else {
      throw ValidationError("name what to mask: --secrets FILE, --shapes, or both")
    }
  }

  func run() async throws {
    var matcher = SecretMatcher.empty
    if let secrets {
      if InputFile.isOpenToOthers(secrets) {
        Terminal.errors.line(SafeText.show("warning: others may read or change \(secrets); its mode should be 0600"))
      }
      matcher = try SecretFile.matcher(secrets, weak: weak ? .borderOnly : .refuse)
    }
    var filter = RedactionFilter(
      matcher: matcher, findsShapes: shapes, isLineByLine: lineBuffered || Terminal.output.isInteractive)
    try filter.run()
    if summary { filter.writeSummary() }
    if let reason = filter.withheld {
      throw CommandFailure(.notSo, "the rest of the input was withheld: \(reason.sentence)")
    }
  }
}

/// A file of secrets for the filter.
enum SecretFile {
  private static let byteLimit = 16 << 20

  /// The matcher of a file's secrets. Faults name file and line, never anything of a value.
  static func matcher(_ path: String, weak: WeakSecretRule) throws(CommandFailure) -> SecretMatcher {
    let bytes = try InputFile.read(path, limit: byteLimit)
    var builder = MatcherBuilder(hashSeed: RandomBytes.make(8).reduce(0) { $0 << 8 | UInt64($1) })
    var faults: [String] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty { continue }
      switch entry(Array(line), number: index + 1) {
      case .failure(let fault): faults.append("\(path):\(index + 1): error: \(fault.sentence)")
      case .success(let entry):
        let name = SecretName(entry.name, keyedHash: Digest.sha256(Array(entry.name.utf8)))
        if case .failure(let refusal) = builder.add(entry.value, name: name, weak: weak) {
          faults.append("\(path):\(index + 1): error: \(refusal.sentence)")
        }
      }
    }
    guard faults.isEmpty else {
      for fault in faults { Terminal.errors.line(SafeText.show(fault)) }
      throw CommandFailure(
        .usage, "\(Count.text(faults.count, "secret")) cannot be searched for; nothing was read from standard input",
        remedy: "Replace weak secrets, or mask them where they stand alone with --weak.")
    }
    guard builder.count > 0 else { throw CommandFailure(.usage, "\(path) holds no secret") }
    return builder.build()
  }

  private struct Fault: Error {
    let sentence: String
  }

  private static func entry(_ line: [UInt8], number: Int) -> Result<(name: String, value: [UInt8]), Fault> {
    guard line.first == UInt8(ascii: "{") else { return .success(("secret-\(number)", line)) }
    guard let tape = try? JSONTape(line), tape.kind(tape.root) == .object,
      let value = tape.member(tape.root, "value").flatMap({ tape.stringBytes($0) })
    else {
      return .failure(Fault(sentence: "a line that begins with { must be a JSON object with `value`, a text"))
    }
    guard let node = tape.member(tape.root, "name") else { return .success(("secret-\(number)", value)) }
    guard let name = tape.string(node) else { return .failure(Fault(sentence: "`name` must be a text")) }
    return .success((name, value))
  }
}

/// One descriptor, by default standard input, through the scanner to another, by default standard output.
struct RedactionFilter {
  private let matcher: SecretMatcher
  private let input: Int32
  private let output: Terminal
  private let isLineByLine: Bool
  private var stream: RedactingStream
  /// Behind the scanner of known secrets, so that a known one has its own name.
  private var shapes: ShapeMaskingStream?
  private var counts: [SecretName: Int] = [:]
  /// Why the rest was withheld; nil while it was not.
  private(set) var withheld: WithheldReason?

  init(
    matcher: SecretMatcher, findsShapes: Bool = false, input: Int32 = STDIN_FILENO, output: Terminal = .output,
    isLineByLine: Bool
  ) {
    shapes = findsShapes ? ShapeMaskingStream() : nil
    self.matcher = matcher
    self.input = input
    self.output = output
    self.isLineByLine = isLineByLine
    stream = RedactingStream(matcher)
  }

  /// Until the input ends. The process ends quietly where nobody reads the output any more.
  mutating func run() throws(CommandFailure) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(input, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw CommandFailure(.usage, "the input cannot be read: \(SystemCause.of(errno))")
      }
      if count == 0 { break }
      take(buffer[..<count])
    }
    end()
  }

  /// The text ends here, for the scanners.
  private mutating func end() {
    var rest = stream.finish()
    close(stream)
    if shapes != nil { rest = (shapes?.push(rest) ?? []) + (shapes?.finish() ?? []) }
    output.write(rest)
  }

  private mutating func pass(_ chunk: ArraySlice<UInt8>) {
    let masked = stream.push(chunk)
    output.write(shapes == nil ? masked : shapes?.push(masked) ?? [])
  }

  private mutating func take(_ chunk: ArraySlice<UInt8>) {
    guard isLineByLine, let end = chunk.lastIndex(of: 0x0A) else {
      pass(chunk)
      return
    }
    // Nothing is waited for at the end of a line: the scanners are told that the text ends there.
    pass(chunk[...end])
    self.end()
    stream = RedactingStream(matcher)
    pass(chunk[(end + 1)...])
  }

  private mutating func close(_ stream: RedactingStream) {
    counts.merge(stream.counts) { $0 + $1 }
    withheld = withheld ?? stream.withheld
  }

  /// How often each secret was masked, by name; never found ones are left out.
  func writeSummary() {
    let rows = counts.sorted { ($0.key.text, $0.key.pseudonym) < ($1.key.text, $1.key.pseudonym) }
    for (name, count) in rows {
      Terminal.errors.line("\(Mask.text(name)) \(count)")
    }
    for (shape, count) in (shapes?.counts ?? [:]).sorted(by: { $0.key < $1.key }) {
      Terminal.errors.line("\(shape) \(count)")
    }
    Terminal.errors.line("\(Count.text(counts.values.reduce(0, +), "mask")) of \(Count.text(matcher.count, "secret"))")
  }
}
