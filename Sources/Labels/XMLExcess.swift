package import Encodings

/// A limit that an XML document is over.
package enum XMLExcess: Hashable, Sendable {
  /// Of the document as JSON.
  case bytes(limit: Int)
  case nodes(limit: Int)
  case levels(limit: Int)
  case name(limit: Int)

  /// Nil where the text is no document at all.
  package init?(_ fault: XMLFault, limits: XMLLimits) {
    switch fault {
    case .tooDeep: self = .levels(limit: limits.depth)
    case .tooManyNodes: self = .nodes(limit: limits.nodes)
    case .nameTooLong: self = .name(limit: XMLLimits.nameBytes)
    case .notUTF8, .empty, .documentType, .encoding, .entity, .malformed: return nil
    }
  }

  /// The limit in words.
  package var message: String {
    switch self {
    case .bytes(let limit): "XML that makes more than \(limit) bytes of JSON is not read; ask for less at once"
    case .nodes(let limit): "XML of more than \(limit) elements and attributes is not read; ask for fewer at once"
    case .levels(let limit): "XML of more than \(limit) levels is not read"
    case .name(let limit): "XML with a name of more than \(limit) bytes is not read"
    }
  }
}
