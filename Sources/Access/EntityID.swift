/// Who stands behind a token: the same for a token and its children, so that "another person" can be asked for.
/// 1 to 64 characters of `A-Z a-z 0-9 . _ -`; compared exactly.
package struct EntityID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Throws `entityID` for another alphabet or length.
  package init(_ text: String) throws(AccessError) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { throw .entityID }
    self.text = text
  }

  private init(unchecked text: String) {
    self.text = text
  }

  /// The entity of whoever logs in by this name.
  init(user name: UserName) { self.init(unchecked: "user.\(name.text)") }

  /// The login whose entity it is; nil for the entity of a token that was made otherwise.
  ///
  /// No token can be made with such an entity but by logging in.
  package var user: UserName? { text.hasPrefix("user.") ? try? UserName(String(text.dropFirst(5))) : nil }

  /// The entity of the initial root token.
  package static let root = EntityID(unchecked: "root")

  package var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
