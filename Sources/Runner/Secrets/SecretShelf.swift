import Cryptography
import Destinations
import Keyring
package import Labels
package import Storage

/// The key/value store's values: sealed with their labels, so that what comes back knows where it came from
/// and where it may go.
package struct SecretShelf: Sendable {
  package let parts: ServiceParts

  package init(parts: ServiceParts) {
    self.parts = parts
  }

  /// The next version of a secret. `fields` is a JSON object of strings, in the text that came in.
  package func seal(
    path: String, fields: [UInt8], hosts: [String]?, replacing old: StoredSecret?
  ) throws -> StoredSecret {
    let version = (old?.version ?? 0) + 1
    let clearance: HostClearance =
      try hosts.map { names in
        HostClearance(only: try names.map { try Self.host($0) })
      } ?? .any
    let label = Label(origin: .secret(path: path, version: version), rule: .masked, hosts: clearance)
    let text: LabeledText
    do {
      text = try LabeledText(json: fields, label: label)
    } catch {
      throw ServiceFault.invalid(field: "data", sentence: "`data` must be one JSON object of strings.")
    }
    return StoredSecret(
      path: path, version: version, hosts: hosts, createdAt: parts.clock.now(),
      fields: try SealDoor.seal(text, with: parts.keyring, in: Self.context(path, version)))
  }

  /// The fields of a stored version, labelled.
  package func open(_ stored: StoredSecret) throws -> LabeledText {
    try SealDoor.open(stored.fields, with: parts.keyring, in: Self.context(stored.path, stored.version))
  }

  /// A field of a secret as a key that verifies what comes in: it never enters a run, so it needs no label.
  func verificationKey(_ stored: StoredSecret, field: String) throws -> GuardedBytes {
    let value = Transforms.stringForm(
      try LabeledJSON(reading: try open(stored)).extract(
        ValuePath(steps: [.member(field)], isBare: true), name: "\(stored.path)#\(field)"))
    return SealDoor.verificationKey(value)
  }

  private static func host(_ text: String) throws -> HostPort {
    guard let host = HostPort(text) else {
      throw ServiceFault.invalid(field: "hosts", sentence: "`\(text)` is no host; write HOST or HOST:PORT.")
    }
    return host
  }

  private static func context(_ path: String, _ version: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .kvSecret, table: "secret", row: "\(path)/\(version)", column: "fields",
      context: [Array(path.utf8), Array(String(version).utf8)], version: version)
  }
}
