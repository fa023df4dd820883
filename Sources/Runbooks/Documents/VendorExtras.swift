/// The keys of one vendor object that the native form does not carry, kept so that nothing is lost.
/// They are never interpreted, and they never hold a secret: an import takes those out.
package struct VendorExtras: Equatable, Sendable {
  /// One key with its value.
  package struct Entry: Equatable, Sendable {
    package let key: String
    /// One JSON value, in the text of the document.
    package let json: String

    package init(key: String, json: String) {
      self.key = key
      self.json = json
    }
  }

  /// In the order of the document; keys are unique.
  package var entries: [Entry]

  package init(_ entries: [Entry] = []) {
    self.entries = entries
  }

  /// Whether there is nothing.
  package var isEmpty: Bool { entries.isEmpty }

  /// The JSON text kept under this key.
  package subscript(key: String) -> String? {
    entries.first { $0.key == key }?.json
  }
}
