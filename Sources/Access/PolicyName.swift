/// The name of a policy: 1 to 128 characters of `a-z 0-9 . _ -`.
///
/// Upper case is refused instead of folded: folding once made `ROOT` the root policy elsewhere (CVE-2025-64761,
/// CVE-2025-54996), and two names that differ in case alone are a trap for whoever reads a list of them.
package struct PolicyName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// Throws `policyName` for another alphabet, a wrong length, or the reserved name `root`: root is a property of a
  /// token, never a policy that somebody could write.
  package init(_ text: String) throws(AccessError) {
    guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed), text != "root" else {
      throw .policyName
    }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: PolicyName, right: PolicyName) -> Bool {
    left.text < right.text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
