/// The text that stands where a secret stood: `‹api_token·k7f2›`.
///
/// Its width depends on the name alone, never on the value, and no part of the value is ever in it.
package enum Mask {
  /// The mask of `name`.
  package static func text(_ name: SecretName) -> String { "‹\(name.text)·\(name.pseudonym)›" }

  /// What stands for a whole text that could not be scanned, or must not be shown.
  package static func withheld(_ reason: WithheldReason) -> String { "‹withheld: \(reason.sentence)›" }

  /// Masks of `name` from the usual one to the barest. A name can contain another secret's value; then the next one
  /// of these is used, so that no mask that is written is ever matched itself.
  static func candidates(_ name: SecretName) -> [[UInt8]] {
    [text(name), "‹secret·\(name.pseudonym)›", "‹·\(name.pseudonym)›", "‹›"].map { Array($0.utf8) }
  }
}
