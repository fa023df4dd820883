/// What logins can be called, as the service takes their names (`UserName` in the room Access, which documents do
/// without).
enum LoginNames {
  /// The rule, for a remedy.
  static let rule = "a login's name is 1 to 56 small letters, digits and . _ -, and is not root"

  /// Whether a login can have this name.
  static func canBe(_ name: String) -> Bool {
    (1...56).contains(name.utf8.count) && name != "root"
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}
