package import NamedKeys

/// Where a credential of a document comes from.
package enum CredentialSource: Equatable, Sendable {
  /// Sealed in the service: entered by `chancery set`, or found in clear in an import and sealed at once.
  case entered
  /// A field of the key/value store, which must be granted.
  case secret(SecretReference)
  /// A named key for messages, which must be granted. Only what checks signatures or signs
  /// tokens can be one.
  case named(KeyReference)

  /// The field to read; `nil` where the value is sealed or never read.
  package var secretReference: SecretReference? {
    switch self {
    case .entered, .named: nil
    case .secret(let reference): reference
    }
  }

  /// The named key; `nil` where it is none.
  package var namedKey: KeyReference? {
    switch self {
    case .entered, .secret: nil
    case .named(let reference): reference
    }
  }
}

/// A field of a secret, as documents write it: `kv/openai#token`.
package struct SecretReference: Hashable, Comparable, Sendable {
  /// The path in the store, without a leading slash: `kv/openai`.
  package let path: String
  /// The field of the secret's data: `token`.
  package let field: String

  package init(path: String, field: String) {
    self.path = path
    self.field = field
  }

  /// Reads `PATH#FIELD`. `nil` when a part is missing, the path has an empty, `.` or `..` segment, or
  /// there is a character that is not visible ASCII (a path names rows and policies, so it must have
  /// one spelling only).
  package init?(_ text: String) {
    guard text.utf8.count <= 512, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { return nil }
    let segments = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard segments.count >= 2, segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
    self.init(path: String(parts[0]), field: String(parts[1]))
  }

  /// `PATH#FIELD`.
  package var text: String { "\(path)#\(field)" }

  /// By path, then by field.
  package static func < (left: SecretReference, right: SecretReference) -> Bool {
    (left.path, left.field) < (right.path, right.field)
  }
}
