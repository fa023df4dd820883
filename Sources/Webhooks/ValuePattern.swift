/// The form that a whole value must have: a regular expression of a small, safe subset.
///
/// Written here rather than taken from the standard library's `Regex` for three reasons: that engine backtracks,
/// so a pattern such as `([a-z]+)+x` in a scheme file would hand the sender an exponential amount of our time; it
/// matches characters of a `String`, and these values are bytes that need not be UTF-8; and the loader must *reason*
/// about patterns (does this one fix where the value ends?), which needs the automaton, not only its verdict.
package struct ValuePattern: Sendable {
  /// The pattern as it was written.
  package let source: String
  let node: PatternNode
  private let automaton: PositionAutomaton

  /// - Throws: `PatternFault` when the text is not in the subset, or would be too large once written out.
  package init(_ source: String) throws(PatternFault) {
    self.init(source: source, node: try PatternParser.parse(source))
  }

  private init(source: String, node: PatternNode) {
    self.source = source
    self.node = node
    automaton = PositionAutomaton(node)
  }

  /// `[!-~]+`: visible ASCII, the form of every value whose scheme says nothing else.
  package static let visibleASCII = ValuePattern(
    source: "[!-~]+",
    node: .repeated(.byte(ByteClass(UInt8(ascii: "!")...UInt8(ascii: "~"))), minimum: 1, maximum: nil))

  /// `[ -~]+`: printable ASCII, the form of a signed header of the configurable recipe.
  package static let printableASCII = ValuePattern(
    source: "[ -~]+",
    node: .repeated(.byte(ByteClass(UInt8(ascii: " ")...UInt8(ascii: "~"))), minimum: 1, maximum: nil))

  /// Whether the *whole* value has this form. Linear in the value's length.
  package func matches(_ value: ArraySlice<UInt8>) -> Bool { automaton.matches(value) }

  package func matches(_ value: [UInt8]) -> Bool { automaton.matches(value[...]) }
}
