import Encodings
import Labels

/// The fields of a secret as somebody entered them, on their way into the store: checked, not yet sealed.
///
/// It has no accessor for what it holds. It becomes part of a `KVVersion`, whose content carries its label.
package struct KVFields: Sendable {
  /// One JSON object.
  let json: [UInt8]
  /// The fields' names, in the order in which they came.
  package let names: [String]

  package static let maximumFields = 128
  package static let maximumBytes = 256 << 10
  package static let maximumNameBytes = 128

  /// Reads the JSON object of a write request. Throws `notFields`, `tooManyFields`, `tooLarge` or `fieldName`.
  package init(json bytes: [UInt8]) throws(SecretStoreError) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLarge(limit: Self.maximumBytes) }
    guard let tape = try? JSONTape(bytes), tape.kind(tape.root) == .object, tape.count(tape.root) > 0 else {
      throw .notFields
    }
    guard tape.count(tape.root) <= Self.maximumFields else { throw .tooManyFields(limit: Self.maximumFields) }
    var names: [String] = []
    for child in tape.children(tape.root) {
      guard let name = tape.key(child), Self.isName(name) else { throw .fieldName }
      names.append(name)
    }
    self.json = tape.canonicalText(tape.root)
    self.names = names
  }

  /// Fields as a command line gives them: each a name and the bytes of a string, which must be UTF-8. A name that comes
  /// twice is `notFields`.
  package init(strings: [(name: String, value: [UInt8])]) throws(SecretStoreError) {
    guard strings.allSatisfy({ UTF8Text.isValid($0.value) }) else { throw .notFields }
    var writer = JSONWriter()
    writer.beginObject()
    for (name, value) in strings {
      writer.key(name)
      writer.stringBytes(value)
    }
    writer.endObject()
    try self.init(json: writer.finish())
  }

  private static func isName(_ name: String) -> Bool {
    (1...maximumNameBytes).contains(name.utf8.count) && !name.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x23 }
  }
}

extension KVFields: Masked {
  package var maskedText: String { "KVFields(\(names.count) fields, ‹masked›)" }
}
