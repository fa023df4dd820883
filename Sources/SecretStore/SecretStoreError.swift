package import Labels

/// Why the key/value store refuses something. Names and sizes only.
package enum SecretStoreError: Error, Equatable, Sendable {
  /// The text is no path of the store.
  case path(KVPathFault)
  /// The data is not a JSON object with fields.
  case notFields
  case tooManyFields(limit: Int)
  case tooLarge(limit: Int)
  /// A field name that is empty, too long, or holds a control character or `#`.
  case fieldName
  /// The secret has no such field.
  case noField(path: KVPath, name: String)
  /// The value does not open: why, for the ledger; the caller is told only that.
  case cannotOpen(path: KVPath, reason: DoorRefusal)
  /// The clear columns of the row differ from what was sealed.
  case rowChanged(path: KVPath)
  /// The grant is for another secret.
  case otherSecret(path: KVPath)

  /// One sentence for people.
  package var message: String {
    switch self {
    case .path(let fault): fault.message
    case .notFields: "a secret is a JSON object with at least one field"
    case .tooManyFields(let limit): "a secret has at most \(limit) fields"
    case .tooLarge(let limit): "a secret has at most \(limit) bytes"
    case .fieldName: "a field name has 1 to \(KVFields.maximumNameBytes) bytes, without control characters and #"
    case .noField(let path, let name): "the secret \(path) has no field \(name)"
    case .cannotOpen(let path, _): "the secret \(path) cannot be opened"
    case .rowChanged(let path): "the stored row of the secret \(path) was changed from outside"
    case .otherSecret(let path): "the grant is not for the secret \(path)"
    }
  }
}
