/// Why bytes are no XML document that is read here. No place and nothing of the content is told: both would tell about it.
package enum XMLFault: Error, Hashable, Sendable {
  case notUTF8
  /// A document type declaration: it can define entities, which can name files and grow without bound.
  case documentType
  /// Another encoding than UTF-8 is declared.
  case encoding
  case malformed
  case tooDeep
  case tooLarge
}

/// How much of a document is read: so much that its JSON stays within `JSONLimits.standard`. An element may become an object
/// in an array, so its depth counts twice.
package struct XMLLimits: Sendable {
  /// Elements within elements.
  package var depth = 30
  /// Elements and attributes.
  package var nodes = 60_000

  package init() {}
}
