import Encodings

@testable import Runbooks

/// Fills a JSON template as its positions say, with the same value everywhere.
enum JSONFilling {
  /// - Parameters:
  ///   - value: JSON text for whole values.
  ///   - text: escaped characters for places inside strings.
  static func isJSON(_ template: JSONTemplate, value: String, text: String) -> Bool {
    var filled = ""
    for (number, piece) in template.pieces.enumerated() {
      switch piece {
      case .text(let literal): filled += literal
      case .value: filled += value
      case .inString: filled += text
      // Keys that depend on values may collide, which is a matter of the values.
      case .key: filled += "\"key \(number)\""
      case .inKey: filled += "key \(number)"
      }
    }
    return (try? JSONTape(Array(filled.utf8))) != nil
  }
}
