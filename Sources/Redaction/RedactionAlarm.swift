/// More known secrets in one text than chance explains. For the starter's own input that means: somebody tries values,
/// or sends back what leaked elsewhere. The caller raises the alarm; in `TextScope.wholeForms` the text is withheld.
package struct RedactionAlarm: Hashable, Sendable {
  /// Distinct secrets beyond which the alarm is raised.
  package static let distinctSecretsAllowed = 3
  /// Matches beyond which the alarm is raised.
  package static let matchesAllowed = 20

  /// Distinct secrets found.
  package var distinctSecrets: Int
  /// Places found.
  package var matches: Int

  /// Nil unless one of the two bounds is exceeded.
  init?(distinctSecrets: Int, matches: Int) {
    guard distinctSecrets > Self.distinctSecretsAllowed || matches > Self.matchesAllowed else { return nil }
    self.distinctSecrets = distinctSecrets
    self.matches = matches
  }
}
