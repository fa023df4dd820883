import NamedKeys

extension OpenAPISchemas {
  static let keys: [(name: String, schema: OpenAPISchema)] = [
    ("KeyList", .object([.always("keys", .list(.text))])), ("Key", key), ("KeyVersion", keyVersion),
    ("KeyCreation", keyCreation),
    (
      "KeyDeletion",
      .object([.sometimes("waiting_time", .integer(from: 86_400), "Seconds until it is destroyed; 30 days.")])
    ),
    ("KeySettings", keySettings),
    ("KeyTrim", .object([.always("min_available_version", .integer(from: 1), "The oldest version to keep.")])),
    ("EncryptOrder", encryptOrder), ("Encrypted", made("ciphertext", "`chancery:v1:…`")),
    ("DecryptOrder", decryptOrder), ("Decrypted", made("plaintext", "In base 64.")), ("SignOrder", signOrder),
    ("Signed", made("signature", "`chancery:v1:…`; with an `algorithm`, the bare signature in base 64.")),
    ("VerifyOrder", verifyOrder),
    ("Verified", .object([.always("valid", .flag), .always("version", .integer(from: 1))])),
  ]

  private static let type = OpenAPISchema.oneOf(KeyType.allCases.map(\.rawValue))
  private static let purpose = OpenAPISchema.oneOf(KeyPurpose.allCases.map(\.rawValue))
  private static let context = OpenAPISchema.Member.sometimes(
    "context", .orNull(.text), "Base 64; for a derived key, and only for one.")

  private static let key: OpenAPISchema = .object([
    .always("name", .text), .always("type", type), .always("purpose", purpose),
    .always("derived", .flag, "Whether each use names a context."), .always("latest_version", .integer(from: 1)),
    .always("min_available_version", .integer(from: 1)), .always("min_decryption_version", .integer(from: 1)),
    .always("min_encryption_version", .integer(from: 0)),
    .always("rotation_period", .orNull(.integer(from: 3600)), "Seconds."),
    .always("destroyed_at", .orNull(.time), "When a deleted key is destroyed."),
    .always("versions", .list(.named("KeyVersion"))),
  ])

  private static let keyVersion: OpenAPISchema = .object([
    .always("version", .integer(from: 1)), .always("created_at", .time),
    .always("uses", .integer(from: 0), "Never fewer than there were."),
    .always("should_rotate", .flag, "Whether its uses come near what is safe."),
    .always("public_key", .orNull(.text), "PEM; of ML-DSA the bare key in base 64."),
  ])

  private static let keyCreation: OpenAPISchema = .object([
    .always("type", type), .sometimes("purpose", .orNull(purpose)), .sometimes("derived", .orNull(.flag)),
    .sometimes("rotation_period", .orNull(.integer(from: 3600)), "Seconds between automatic rotations."),
  ])

  private static let keySettings: OpenAPISchema = .object([
    .sometimes("min_decryption_version", .orNull(.integer(from: 1))),
    .sometimes("min_encryption_version", .orNull(.integer(from: 0)), "0: no further bound."),
    .sometimes("rotation_period", .orNull(.integer(from: 0)), "Seconds; 0 ends the automatic rotation."),
  ])

  private static let encryptOrder: OpenAPISchema = .object([
    .always("plaintext", .text, "Base 64."), .sometimes("associated_data", .orNull(.text), "Base 64."), context,
    .sometimes("version", .orNull(.integer(from: 1)), "The newest where none is named."),
  ])

  private static let decryptOrder: OpenAPISchema = .object([
    .always("ciphertext", .text), .sometimes("associated_data", .orNull(.text), "Base 64."), context,
  ])

  private static let signOrder: OpenAPISchema = .object([
    .always("message", .text, "Base 64."), context,
    .sometimes("version", .orNull(.integer(from: 1)), "The newest where none is named."),
    .sometimes("algorithm", .orNull(.oneOf(BareSigner.Way.names)), "For a key for messages, and only for one."),
    .sometimes("type", .orNull(type), "Refuse where the key is of another type."),
  ])

  private static let verifyOrder: OpenAPISchema = .object([
    .always("message", .text, "Base 64."),
    .always("signature", .text, "`chancery:v1:…`; with an `algorithm`, the bare signature."), context,
    .sometimes("algorithm", .orNull(.oneOf(BareSigner.Way.names)), "For a key for messages, and only for one."),
    .sometimes("signature_form", .orNull(.oneOf(["base64", "hex"])), "Of a bare signature; base64."),
    .sometimes(
      "version", .orNull(.integer(from: 1)),
      "Of a bare signature: only this one; else every version that verifies is tried."),
  ])

  private static func made(_ name: String, _ note: String) -> OpenAPISchema {
    .object([
      .always(name, .text, note), .always("version", .integer(from: 1)),
      .always("should_rotate", .flag, "Whether the version's uses come near what is safe."),
    ])
  }
}
