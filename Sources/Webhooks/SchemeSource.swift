/// Where a scheme finds one text of a request, and what form it must have.
package struct SchemeSource: Sendable {
  package enum Place: Hashable, Sendable {
    case header(HeaderName)
    /// Headers of this name followed by a number 1 to 999.
    case headerFamily(HeaderName)
    case query(ParameterName)
    case json(JSONPointer)
    /// Not in the request: a value the administrator enters, by name.
    case config(String)
  }

  /// What `in` can say, in the language of schemes.
  static let words = ["header", "header-family", "query", "json", "config"]

  package let place: Place
  /// The text is a list with this separator; nil when it is one element.
  package let separator: [UInt8]?
  /// What an element begins with; cut off. Without a separator a missing tag refuses, with one the element belongs
  /// to somebody else and is passed over.
  package let tag: [UInt8]?
  /// The form of the whole value, tag cut off.
  package let pattern: ValuePattern

  /// An empty separator or tag is the same as none.
  package init(
    _ place: Place, separator: String? = nil, tag: String? = nil, pattern: ValuePattern = .visibleASCII
  ) {
    self.place = place
    self.separator = separator.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
    self.tag = tag.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
    self.pattern = pattern
  }
}
