/// Writes one JSON text without white space, keys in the order in which they are given.
///
/// Calls that would not make JSON (a value without a key in an object, two roots, an end without its begin) are the
/// caller's bug and stop the process. The same key twice is not noticed.
package struct JSONWriter: Sendable {
  private enum Container { case object, array }

  private var output: [UInt8] = []
  private var open: [Container] = []
  private var needsComma = false
  private var hasKey = false
  /// Whether a part of the text was taken.
  private var isTaken = false

  /// Nothing written yet.
  package init() {}

  /// `{`
  package mutating func beginObject() { begin(.object, 0x7B) }

  /// `}`
  package mutating func endObject() { end(.object, 0x7D) }

  /// `[`
  package mutating func beginArray() { begin(.array, 0x5B) }

  /// `]`
  package mutating func endArray() { end(.array, 0x5D) }

  /// The key of the next value.
  package mutating func key(_ key: String) {
    precondition(open.last == .object && !hasKey, "a key stands in an object, before a value")
    if needsComma { output.append(0x2C) }
    JSONText.appendQuoted(key.utf8, to: &output)
    output.append(0x3A)
    needsComma = false
    hasKey = true
  }

  /// A string.
  package mutating func string(_ value: String) {
    beginValue()
    JSONText.appendQuoted(value.utf8, to: &output)
    needsComma = true
  }

  /// A string given as UTF-8, which it must be.
  package mutating func stringBytes(_ utf8: some Sequence<UInt8>) {
    beginValue()
    JSONText.appendQuoted(utf8, to: &output)
    needsComma = true
  }

  /// An integer.
  package mutating func integer(_ value: Int64) { raw(String(value).utf8) }

  /// `true` or `false`
  package mutating func bool(_ value: Bool) { raw((value ? "true" : "false").utf8) }

  /// `null`
  package mutating func null() { raw("null".utf8) }

  /// A value that is JSON text already, which the caller vouches for.
  package mutating func raw(_ jsonText: some Sequence<UInt8>) {
    beginValue()
    output.append(contentsOf: jsonText)
    needsComma = true
  }

  /// Bytes that are written and not taken.
  package var count: Int { output.count }

  /// The text so far, for a text that is sent piece by piece; what is written afterwards continues it, and `finish` gives the
  /// rest.
  package mutating func take() -> [UInt8] {
    defer { output = [] }
    if !output.isEmpty { isTaken = true }
    return output
  }

  /// The text, or what is left of it. Everything that was begun must have ended.
  package func finish() -> [UInt8] {
    precondition(open.isEmpty && (isTaken || !output.isEmpty), "one value, complete")
    return output
  }

  private mutating func beginValue() {
    switch open.last {
    case .object: precondition(hasKey, "a value in an object needs a key")
    case .array: if needsComma { output.append(0x2C) }
    case nil: precondition(!isTaken && output.isEmpty, "a JSON text is one value")
    }
    hasKey = false
  }

  private mutating func begin(_ container: Container, _ bracket: UInt8) {
    beginValue()
    output.append(bracket)
    open.append(container)
    needsComma = false
  }

  private mutating func end(_ container: Container, _ bracket: UInt8) {
    precondition(open.last == container && !hasKey, "an end matches its begin")
    open.removeLast()
    output.append(bracket)
    needsComma = true
  }
}
