import Access

/// Vault's decision on paths, written down naively from its documentation and independently of `PolicySet`: what the
/// property tests compare with.
struct VaultModel {
  struct Rule {
    var path: String
    var capabilities: Set<Capability>
  }

  var rules: [Rule]

  /// What Vault would say, with one pattern deciding and deny winning among the rules of that pattern only.
  func vaultAllows(_ path: String, _ capability: Capability) -> Bool {
    let matching = matching(path, isListing: capability == .list)
    guard let best = matching.map(\.path).max(by: { Self.isLower($0, than: $1) }) else { return false }
    let capabilities = matching.filter { $0.path == best }.reduce(into: Set<Capability>()) {
      $0.formUnion($1.capabilities)
    }
    return !capabilities.contains(.deny) && capabilities.contains(capability)
  }

  /// What we say: the same, unless any matching rule denies.
  func allows(_ path: String, _ capability: Capability) -> Bool {
    let denied = matching(path, isListing: capability == .list).contains { $0.capabilities.contains(.deny) }
    return !denied && vaultAllows(path, capability)
  }

  private func matching(_ path: String, isListing: Bool) -> [Rule] {
    rules.filter { rule in
      Self.matches(rule.path, path) || (isListing && Self.matches(rule.path, path + "/"))
    }
  }

  private static func matches(_ pattern: String, _ path: String) -> Bool {
    var wanted = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    var given = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if pattern.hasSuffix("*") {
      guard given.count >= wanted.count, let last = wanted.popLast() else { return false }
      guard given[wanted.count].hasPrefix(String(last.dropLast())) else { return false }
      given = Array(given.prefix(wanted.count))
    }
    return wanted.count == given.count && zip(wanted, given).allSatisfy { $0 == "+" || $0 == $1 }
  }

  /// Vault's five rules, after "exact first".
  private static func isLower(_ left: String, than right: String) -> Bool {
    let (one, two) = (rank(left), rank(right))
    if one.first != two.first { return one.first < two.first }
    if one.isPrefix != two.isPrefix { return one.isPrefix }
    if one.plusses != two.plusses { return one.plusses > two.plusses }
    if one.text.utf8.count != two.text.utf8.count { return one.text.utf8.count < two.text.utf8.count }
    return one.text < two.text
  }

  private static func rank(_ pattern: String) -> (first: Int, isPrefix: Bool, plusses: Int, text: String) {
    let isPrefix = pattern.hasSuffix("*")
    let text = isPrefix ? String(pattern.dropLast()) : pattern
    var offset = 0
    var first = isPrefix ? text.utf8.count : Int.max
    var plusses = 0
    for segment in text.split(separator: "/", omittingEmptySubsequences: false) {
      if segment == "+" {
        first = min(first, offset)
        plusses += 1
      }
      offset += segment.utf8.count + 1
    }
    return (first, isPrefix, plusses, text)
  }
}
