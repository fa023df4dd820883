import SourceText

/// Numbers and flags as the vendor's documents may hold them: a whole number also as `5.0` or as a text, a flag also as 1
/// and 0 or as a text.
extension SourceNode {
  /// Null or an empty text: as good as a key that is not there.
  var isNone: Bool { isNull || string == "" }

  /// A whole number that fits, however it is written; `nil` for every other value.
  var whole: Int64? {
    guard let text = numberText ?? string else { return nil }
    if let integer = Int64(text) { return integer }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
    return Int64(parts[0])
  }

  /// `true` and `false`, 1 and 0, or one of these as a text; `nil` for every other value.
  var flag: Bool? {
    if let bool { return bool }
    switch whole {
    case 0: return false
    case 1: return true
    case _?: return nil
    case nil: break
    }
    switch string?.lowercased() {
    case "true": return true
    case "false": return false
    case _?, nil: return nil
    }
  }
}
