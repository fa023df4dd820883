/// Which fields are structured fields, and of which type: `sf` can be used with these only (RFC 9421 §2.1.1).
package struct StructuredFieldTypes: Sendable {
  private var types: [String: StructuredField.FieldType]

  /// The fields that the HTTP Field Name Registry of IANA lists with a structured type and that requests of APIs carry.
  package static let registered = StructuredFieldTypes(types: [
    "accept-ch": .list, "accept-signature": .dictionary, "cache-status": .list, "cdn-cache-control": .dictionary,
    "client-cert": .item, "client-cert-chain": .list, "content-digest": .dictionary, "priority": .dictionary,
    "proxy-status": .list, "repr-digest": .dictionary, "signature": .dictionary, "signature-input": .dictionary,
    "want-content-digest": .dictionary, "want-repr-digest": .dictionary, "idempotency-key": .item,
    "deprecation": .item, "capsule-protocol": .item,
  ])

  private init(types: [String: StructuredField.FieldType]) { self.types = types }

  /// These and one more; the name is in lower case.
  package func adding(_ name: String, _ type: StructuredField.FieldType) -> StructuredFieldTypes {
    var result = self
    result.types[name] = type
    return result
  }

  func type(of name: String) -> StructuredField.FieldType? { types[name] }
}
