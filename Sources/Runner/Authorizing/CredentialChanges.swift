/// Where what a token is asked for with comes from.
enum ChangedCredential: Hashable, Sendable {
  /// What was entered for the integration, or granted to a runbook that calls it.
  case integration(String)
  /// A secret of the store, by its path as references name it, such as `kv/partner`.
  case secret(String)
}

/// Where somebody's credentials come from, and how many changes had been noted before he read them. Whoever reads while a
/// change is being noted may count as having read before it: then a failure is forgotten that need not be.
struct CredentialsRead: Equatable, Sendable {
  var sources: Set<ChangedCredential> = []
  var after: UInt64 = 0
}

/// Numbers the changes of credentials, so that it is known of whatever was read whether it is of before. Pure: it holds
/// names and numbers, never a credential.
struct CredentialChanges: Equatable, Sendable {
  private var count: UInt64 = 0
  /// The number of each source's last change.
  private var last: [ChangedCredential: UInt64] = [:]
  /// Whatever was read before this number counts as outdated, since the names of earlier changes are forgotten.
  private var forgotten: UInt64 = 0

  /// The sources whose last change is known by name.
  var sourceCount: Int { last.count }

  /// The most of them.
  static let maximumSources = 4_096

  /// What is read from these sources from now on.
  func reading(_ sources: Set<ChangedCredential>) -> CredentialsRead { CredentialsRead(sources: sources, after: count) }

  /// To be called when the change can be read.
  mutating func note(_ source: ChangedCredential) {
    if last[source] == nil, last.count >= Self.maximumSources {
      last = [:]
      forgotten = count
    }
    count += 1
    last[source] = count
  }

  func isOutdated(_ read: CredentialsRead) -> Bool {
    read.after < forgotten || read.sources.contains { last[$0, default: 0] > read.after }
  }
}
