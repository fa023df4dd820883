/// Media types by name (RFC 9110 §8.3.1): a type and a subtype, without parameters.
package enum MediaType {
  /// What a file is where nobody says it.
  package static let unknown = "application/octet-stream"

  /// Whether the text is one.
  package static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text.utf8.count <= 127 && parts.count == 2 && parts.allSatisfy { NameRules.isHeaderName(String($0)) }
  }
}
