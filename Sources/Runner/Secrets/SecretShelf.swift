import Cryptography
import Destinations
import Labels
package import SecretStore
package import Storage

/// Between the key/value store's rows and its values.
package struct SecretShelf: Sendable {
  package let parts: ServiceParts

  package init(parts: ServiceParts) {
    self.parts = parts
  }

  /// The row of a secret's next version. `hosts`: those that it may be sent to; nil where nobody names any, then a
  /// grant pins them.
  package func row(
    path: KVPath, fields: KVFields, hosts: [String]?, replacing old: StoredSecret?
  ) throws -> StoredSecret {
    let version = try KVVersion(
      path: path, version: (old?.version ?? 0) + 1, hosts: try Self.clearance(hosts), createdAt: parts.clock.now(),
      fields: fields)
    return StoredSecret(
      path: path.text, version: version.version, hosts: hosts, createdAt: version.createdAt,
      fields: try version.sealed(with: parts.keyring))
  }

  /// A stored version, opened; what stands in clear beside it is compared with what was sealed.
  package func open(_ stored: StoredSecret) throws -> KVVersion {
    try KVVersion.open(
      stored.fields, path: try KVPath(stored.path), version: stored.version, hosts: try Self.clearance(stored.hosts),
      createdAt: stored.createdAt, with: parts.keyring)
  }

  /// A granted field as a key that verifies what comes in: it never enters a run.
  func verificationKey(_ stored: StoredSecret, field: String, granted: GrantedSecret) throws -> GuardedBytes {
    SealDoor.verificationKey(Transforms.stringForm(try open(stored).field(field, granted: granted)))
  }

  private static func clearance(_ hosts: [String]?) throws -> HostClearance {
    guard let hosts else { return .any }
    return HostClearance(
      only: try hosts.map { text in
        guard let host = HostPort(text) else {
          throw ServiceFault.invalid(field: "hosts", sentence: "`\(text)` is no host; write HOST or HOST:PORT.")
        }
        return host
      })
  }
}
