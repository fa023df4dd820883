package import Encodings

/// What a source file may cost at most, the same for YAML and JSON.
package enum SourceLimits {
  /// 4 MiB, 64 deep, 200 000 values.
  package static let json = JSONLimits(maximumBytes: 4 << 20, maximumDepth: 64, maximumNodes: 200_000)

  /// How often a text may use `*name` after `&name` before it is refused unread.
  ///
  /// Aliases are refused at their place in any case, but only after Yams has composed the document, and it hashes
  /// whole collections used as keys, aliases followed: nested well, *n* of them cost up to 3^(n/3) steps. Twelve
  /// are harmless.
  static let maximumAliases = 12
}
