/// How a secret that was accepted is searched for.
package enum Registration: Hashable, Sendable {
  /// In every form, anywhere.
  case everyForm
  /// As it is, and only where no letter, digit or `_` touches it: it is too short or too plain for more.
  case borderOnly
}

/// What to do with a secret that is too short or too plain to be searched for everywhere.
package enum WeakSecretRule: Hashable, Sendable {
  /// Refuse it, with the reason.
  case refuse
  /// Search for it at token borders only. What is shorter than `RedactionLimits.minimumBorderBytes` is refused still.
  case borderOnly
}
