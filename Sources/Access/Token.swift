package import Encodings

/// What a store keeps in clear beside a token's sealed record, because it decides and counts by it.
package struct TokenState: Hashable, Sendable {
  /// From this moment on the token is void; nil only for a root token under `--dev`.
  package var expiresAt: Instant?
  /// Uses left; nil where they are not counted.
  package var remainingUses: Int?
  package var isRevoked: Bool

  package init(expiresAt: Instant?, remainingUses: Int?, isRevoked: Bool) {
    self.expiresAt = expiresAt
    self.remainingUses = remainingUses
    self.isRevoked = isRevoked
  }
}

/// A token as the service knows it: everything but its text. Made by `TokenIssuance`, or read back from its record.
package struct Token: Hashable, Sendable {
  /// Of the token's text.
  package let hash: KeyedHash
  package let accessor: TokenAccessor
  /// The accessor of the token that made this one; nil for root and orphans. Revoking the parent revokes this one.
  package let parent: TokenAccessor?
  package let entity: EntityID
  package let displayName: DisplayName
  /// Sorted, each once; empty for root.
  package let policies: [PolicyName]
  package let isRoot: Bool
  package let createdAt: Instant
  /// The uses that it was made with; nil where they are not counted.
  package let grantedUses: Int?
  package var state: TokenState

  init(
    hash: KeyedHash, accessor: TokenAccessor, parent: TokenAccessor?, entity: EntityID, displayName: DisplayName,
    policies: [PolicyName], isRoot: Bool, createdAt: Instant, grantedUses: Int?, state: TokenState
  ) {
    self.hash = hash
    self.accessor = accessor
    self.parent = parent
    self.entity = entity
    self.displayName = displayName
    self.policies = policies
    self.isRoot = isRoot
    self.createdAt = createdAt
    self.grantedUses = grantedUses
    self.state = state
  }
}

/// How a token is called in lists and logs: 1 to 128 bytes without control characters.
package struct DisplayName: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Throws `displayName`.
  package init(_ text: String) throws(AccessError) {
    guard (1...AccessLimits.displayNameBytes).contains(text.utf8.count), PlainText.isPlain(text) else {
      throw .displayName
    }
    self.text = text
  }

  private init(unchecked text: String) {
    self.text = text
  }

  static let root = DisplayName(unchecked: "root")

  package var description: String { text }
}

/// One line of text for people.
enum PlainText {
  /// Whether the text holds no control character and none that changes the direction of what stands around it: either
  /// would let a name or a reason look like something else in a list, a log or a terminal.
  static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
      default: true
      }
    }
  }
}
