import Cryptography
package import Keyring

/// How named keys lie under the keyring: the record of a key, and the material of each version, each bound to its row
/// (docs/spec/named-keys.md §2).
package enum KeySeal {
  /// Where the record of a key is stored.
  package static func recordContext(_ name: String, revision: UInt64) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .namedKeyRecord, table: "named_key", row: name, column: "record", context: [Array(name.utf8)],
      version: revision)
  }

  /// Where the material of one version is stored. It is written once.
  package static func materialContext(_ name: String, id: String, version: UInt32) -> EnvelopeContext {
    EnvelopeContext(
      purpose: .namedKeyMaterial, table: "named_key_version", row: "\(name)/\(version)", column: "material",
      context: [Array(id.utf8), Array(String(version).utf8)], version: 1)
  }

  /// The sealed record.
  package static func seal(_ key: NamedKey, revision: UInt64, under keyring: Keyring) throws(KeyringError) -> Envelope {
    try keyring.seal(key.record, in: recordContext(key.name.text, revision: revision))
  }

  /// The sealed material of a version.
  package static func seal(
    _ material: KeyMaterial, of key: NamedKey, version: UInt32, under keyring: Keyring
  ) throws(KeyringError) -> Envelope {
    try keyring.seal(material.encoded, in: materialContext(key.name.text, id: key.id, version: version))
  }
}
