/// Why bytes are no XML document that is read here.
package enum XMLFault: Error, Hashable, Sendable {
  case notUTF8
  /// Nothing, or white space alone.
  case empty
  /// A document type declaration: it can define entities, which can name files and grow without bound.
  case documentType
  /// Another encoding than UTF-8 is declared.
  case encoding
  /// An entity that only a document type could define.
  case entity
  case malformed
  /// Deeper than `XMLLimits.depth`.
  case tooDeep
  /// More elements and attributes than `XMLLimits.nodes`.
  case tooManyNodes
  /// A name that is longer than `XMLLimits.nameBytes`.
  case nameTooLong

  /// What is wrong, in words and without any of the text.
  package var summary: String {
    switch self {
    case .notUTF8: "the text is neither UTF-8 nor in the character set that its `Content-Type` names"
    case .empty: "there is nothing in it"
    case .documentType: "a document type is not read"
    case .encoding: "the declaration names another encoding than UTF-8, and the `Content-Type` names no character set"
    case .entity: "only the entities amp, lt, gt, quot and apos are read"
    case .malformed: "this is not well-formed"
    case .tooDeep: "elements are nested too deeply"
    case .tooManyNodes: "there are too many elements and attributes"
    case .nameTooLong: "this name is too long"
    }
  }
}

/// A fault of a document, and where reading stopped. The place tells about the content: it is shown only where that may be.
package struct PlacedXMLFault: Error, Hashable, Sendable {
  package let fault: XMLFault
  /// In bytes from the start; nil for what concerns the whole text.
  package let offset: Int?

  /// `line:column: what is wrong`, for the text that was read; without the place where there is none.
  package func message(in bytes: [UInt8]) -> String {
    guard let offset else { return fault.summary }
    let position = TextPosition(offset: offset, in: bytes)
    return "\(position.line):\(position.column): \(fault.summary)"
  }
}

/// How much of a document is read: so much that its JSON stays within `JSONLimits.standard`. An element may become an object
/// in an array, so its depth counts twice.
package struct XMLLimits: Sendable {
  /// Elements within elements.
  package var depth = 30
  /// Elements and attributes.
  package var nodes = 60_000
  /// Bytes of one name.
  package static let nameBytes = 1_024

  package init() {}
}
