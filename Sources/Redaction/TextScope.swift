/// How far the search goes in a text, and for a secret.
///
/// Text that somebody chose freely is searched for whole forms only: the more is decoded and pieced together, the
/// more a chosen text can ask about a secret that its author does not know.
package enum TextScope: Int, Comparable, Sendable, CaseIterable {
  /// Whole secrets, raw or in a form of `SecretForms`, escaped or not, wrapped or not. For text whose only origin is
  /// the starter's own clear input, where too many matches also withhold the text (`RedactionAlarm`).
  case wholeForms
  /// Also what lies inside runs of base64 and hexadecimal (`DecodedRuns`) and compressed, and no fragments. For what is
  /// compared with what is known, and not shown: there a piece of a secret would make a secret of what stands beside it.
  case wholeSecrets
  /// Fragments as well. For everything that leaves.
  case all

  package static func < (left: TextScope, right: TextScope) -> Bool { left.rawValue < right.rawValue }
}
