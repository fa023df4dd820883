/// What a key does for somebody. Each is granted by itself: who may verify need not be one who may sign.
package enum KeyOperation: String, Hashable, Sendable, CaseIterable {
  /// Signatures by a key pair, and those that are bound to the key (docs/spec/named-keys.md §4).
  case sign
  /// Whether a signature or a MAC is the key's.
  case verify
  case encrypt
  case decrypt
  /// MACs of bare messages in the form of others, by a key of the type `hmac`.
  case hmac

  /// What a sentence says of it: "sign with the key deploy".
  package var verb: String {
    switch self {
    case .sign: "sign with"
    case .verify: "verify with"
    case .encrypt: "encrypt with"
    case .decrypt: "decrypt with"
    case .hmac: "authenticate with"
    }
  }
}

/// One operation of one key: what a runbook is granted. It is written `keys/NAME#OPERATION`, which no path of the
/// key/value store can be.
package struct KeyUse: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Which key.
  package let name: KeyName
  /// What is done with it.
  package let operation: KeyOperation

  package init(_ name: KeyName, _ operation: KeyOperation) {
    self.name = name
    self.operation = operation
  }

  /// Reads `keys/NAME#OPERATION`; nil for any other text.
  package init?(_ text: String) {
    guard text.utf8.starts(with: Self.prefix.utf8) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: "#", omittingEmptySubsequences: false)
    guard parts.count == 2, let name = try? KeyName(String(parts[0])),
      let operation = KeyOperation(rawValue: String(parts[1]))
    else { return nil }
    self.init(name, operation)
  }

  private static let prefix = "keys/"

  /// `keys/NAME#OPERATION`.
  package var text: String { "\(Self.prefix)\(name.text)#\(operation.rawValue)" }
  package var description: String { text }

  package static func < (left: KeyUse, right: KeyUse) -> Bool { left.text < right.text }
}

/// A key as documents name it.
package struct KeyReference: Hashable, Sendable {
  /// Which key.
  package let name: KeyName
  /// Which version makes something, or is all that counts; nil: the newest makes, and every version counts that the key
  /// lets verify.
  package let version: UInt32?

  package init(name: KeyName, version: UInt32? = nil) {
    self.name = name
    self.version = version
  }

  /// What logs call it: `keys/deploy`, `keys/deploy:3`.
  package var text: String { "keys/\(name.text)" + (version.map { ":\($0)" } ?? "") }
}
