/// A value of a YAML or JSON file, with its place. Scalars keep their text, mappings the order of their keys.
package final class SourceNode: Sendable {
  /// A key, which is a scalar, and its value.
  package typealias Member = (key: SourceNode, value: SourceNode)

  /// What it holds.
  package enum Kind: Sendable {
    /// Keys are unique, byte for byte.
    case mapping([Member])
    case sequence([SourceNode])
    /// `text` is what the scalar stands for: quotes, escapes and folding are gone, a number is as it was written.
    case scalar(text: String, style: Style, jsonKind: ScalarKind)
  }

  /// How a scalar is written.
  package enum Style: Hashable, Sendable {
    /// Without quotes: in JSON numbers, `true`, `false` and `null`.
    case plain
    /// In single or double quotes.
    case quoted
    /// A YAML block, literal or folded.
    case literal
  }

  /// What a scalar is in JSON.
  ///
  /// A plain YAML scalar is a number only when JSON would write it so, a truth value only as `true` or `false` (in the
  /// three spellings of the YAML 1.2 core schema), null only as `null`, `~` or nothing. `yes`, `0x1F`, `012` and
  /// `1_000` are strings: nothing is guessed.
  package enum ScalarKind: Hashable, Sendable {
    case string, number, `true`, `false`, null
  }

  /// What it holds.
  package let kind: Kind
  /// Where it begins; of a YAML block mapping, its first key.
  package let place: SourcePlace
  /// The bytes of the value in a JSON file, exactly as they stand there, so that what is not understood can be written
  /// back; nil for YAML. See `jsonText` for a form that always exists.
  package let sourceText: ArraySlice<UInt8>?

  /// A value that a reader, or a test, puts together. Keys must be scalars.
  package init(_ kind: Kind, place: SourcePlace, sourceText: ArraySlice<UInt8>? = nil) {
    self.kind = kind
    self.place = place
    self.sourceText = sourceText
  }
}
