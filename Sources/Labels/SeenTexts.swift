import Encodings

/// Which short texts, with the labels on each of their parts, were met before: what shows a run for a list or an index asks it,
/// so that a loop which hears the same a hundred times is masked once. It gives nothing out of what it holds.
package struct SeenTexts: Sendable {
  /// Bytes of a group of texts that is remembered.
  private static let longest = 4 << 10

  private var seen: Set<[UInt8]> = []

  /// Nothing was met yet.
  package init() {}

  /// Whether just these texts, with just these labels, are met for the first time; true for those that are too long to be
  /// remembered. The caller may skip what is not new only where what it makes of them depends on nothing else.
  package mutating func isNew(_ texts: [LabeledText]) -> Bool {
    guard texts.reduce(0, { $0 + $1.bytes.count }) <= Self.longest else { return true }
    var key = LengthPrefixed()
    for text in texts { key.append(text.encoded) }
    return seen.insert(key.bytes).inserted
  }
}
