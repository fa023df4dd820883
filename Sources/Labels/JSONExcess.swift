package import Encodings

/// A limit that a JSON text is over.
package enum JSONExcess: Hashable, Sendable {
  case bytes(limit: Int)
  case values(limit: Int)
  case levels(limit: Int)

  /// Nil where the text is no JSON at all.
  package init?(_ fault: JSONFault, limits: JSONLimits) {
    switch fault {
    case .tooLarge: self = .bytes(limit: limits.maximumBytes)
    case .tooManyNodes: self = .values(limit: limits.maximumNodes)
    case .tooDeep: self = .levels(limit: limits.maximumDepth)
    case .notUTF8, .unexpected, .unexpectedEnd, .duplicateKey, .trailingText, .loneSurrogate, .controlCharacter,
      .byteOrderMark, .badNumber, .badEscape:
      return nil
    }
  }

  /// The limit in words.
  package var message: String {
    switch self {
    case .bytes(let limit): "JSON of more than \(limit) bytes is not read; ask for less at once"
    case .values(let limit): "JSON of more than \(limit) values is not read; ask for fewer at once"
    case .levels(let limit): "JSON of more than \(limit) levels is not read"
    }
  }
}
