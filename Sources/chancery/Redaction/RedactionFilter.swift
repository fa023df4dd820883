import Encodings
import Glibc
import Redaction

/// One descriptor, by default standard input, through the scanner to another, by default standard output.
struct RedactionFilter {
  private let matcher: SecretMatcher
  private let input: Int32
  private let output: Terminal
  private let isLineByLine: Bool
  private var stream: RedactingStream
  /// Behind the scanner of known secrets, so that a known one has its own name.
  private var blind: BlindMaskingStream?
  private let blindCount: Int
  /// Behind both.
  private var shapes: ShapeMaskingStream?
  private var counts: [SecretName: Int] = [:]
  /// Why the rest was withheld; nil while it was not.
  private(set) var withheld: WithheldReason?

  init(
    matcher: SecretMatcher, patterns: BlindSet? = nil, findsShapes: Bool = false, input: Int32 = STDIN_FILENO,
    output: Terminal = .output, isLineByLine: Bool
  ) {
    blind = patterns.map { BlindMaskingStream($0) }
    blindCount = patterns?.count ?? 0
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
    if blind != nil { rest = (blind?.push(rest) ?? []) + (blind?.finish() ?? []) }
    if shapes != nil { rest = (shapes?.push(rest) ?? []) + (shapes?.finish() ?? []) }
    output.write(rest)
    withheld = withheld ?? blind?.withheld
  }

  private mutating func pass(_ chunk: ArraySlice<UInt8>) {
    var masked = stream.push(chunk)
    if blind != nil { masked = blind?.push(masked) ?? [] }
    if shapes != nil { masked = shapes?.push(masked) ?? [] }
    output.write(masked)
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
    let counts = counts.merging(blind?.counts ?? [:]) { $0 + $1 }
    let rows = counts.sorted { ($0.key.text, $0.key.pseudonym) < ($1.key.text, $1.key.pseudonym) }
    for (name, count) in rows {
      Terminal.errors.line("\(Mask.text(name)) \(count)")
    }
    for (shape, count) in (shapes?.counts ?? [:]).sorted(by: { $0.key < $1.key }) {
      Terminal.errors.line("\(shape) \(count)")
    }
    let masks = Count.text(counts.values.reduce(0, +), "mask")
    Terminal.errors.line("\(masks) of \(Count.text(matcher.count + blindCount, "secret"))")
  }
}
