/// The tree of tokens by their parents: revoking a token revokes what it made.
package enum TokenFamily {
  /// The accessors themselves and all their descendants, each once, parents before children. Total for any input: a
  /// cycle, which no issuance makes, ends where it began. Its cost grows with the number of tokens.
  package static func members(
    of roots: [TokenAccessor], among tokens: some Sequence<(accessor: TokenAccessor, parent: TokenAccessor?)>
  ) -> [TokenAccessor] {
    var children: [TokenAccessor: [TokenAccessor]] = [:]
    for token in tokens {
      if let parent = token.parent { children[parent, default: []].append(token.accessor) }
    }
    var seen: Set<TokenAccessor> = []
    var members = roots.filter { seen.insert($0).inserted }
    var next = 0
    while next < members.count {
      for child in children[members[next]] ?? [] where seen.insert(child).inserted { members.append(child) }
      next += 1
    }
    return members
  }
}
