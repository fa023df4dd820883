/// One place in a text that must be masked.
///
/// Matches of one text are in order and never overlap: places that overlap are merged into one, named after the
/// secret that begins first (of several, the longest; of equals, the one registered first).
package struct SecretMatch: Hashable, Sendable {
  /// Offsets into the text that was searched.
  package var range: Range<Int>
  /// The secret after which the mask is named.
  package var name: SecretName
  /// How that secret was written.
  package var kind: FormKind
  /// Other secrets that overlap with it, in the order found.
  package var alsoCovers: [SecretName] = []
}
